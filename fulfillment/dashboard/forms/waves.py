"""What goes into a wave, and kinds of waves by name."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.selectors import WarehouseFact
from inventory.selectors.places import ZoneFact
from orders.planning.promises import begins, local_day
from orders.selectors.channels import ChannelFact
from orders.selectors.releasing import ReleaseFilter
from orders.services.promising import terms_of
from orders.states import ChannelKind
from shipping.selectors.wave_candidates import MAX_ORDERS, WaveAsk
from shipping.selectors.wave_templates import TemplateFact
from shipping.services.wave_templates import MOST_ON_A_CART
from shipping.states import PickMethod

ANY = ("", _("Any"))
NARROW = ("service", "channel", "kind", "zone", "one_line", "urgent", "to_capacity")


class WaveForm(forms.Form):
    """Which orders, how many, and how they are picked. ``template`` remembers where the answers came from."""

    until = forms.ChoiceField(
        label=_("Ship by"),
        required=False,
        choices=[("", _("Any day")), ("cut_off", _("The next cut-off")), ("today", _("Today or earlier"))],
    )
    service = forms.ChoiceField(label=_("Service"), required=False)
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    kind = forms.ChoiceField(label=_("Kind of channel"), required=False, choices=[ANY, *ChannelKind.choices])
    zone = forms.ChoiceField(label=_("All in zone"), required=False)
    one_line = forms.BooleanField(label=_("One-line orders only"), required=False)
    urgent = forms.BooleanField(label=_("Only orders with priority"), required=False)
    to_capacity = forms.BooleanField(label=_("Within today's capacity"), required=False)
    limit = forms.IntegerField(label=_("Orders at most"), min_value=1, max_value=MAX_ORDERS, initial=50, required=False)
    method = forms.ChoiceField(
        label=_("Method"), choices=PickMethod.choices, initial=PickMethod.DISCRETE, required=False
    )
    per_list = forms.IntegerField(label=_("Totes on a cart"), min_value=1, max_value=MOST_ON_A_CART, required=False)
    pickers = forms.IntegerField(label=_("People picking"), min_value=1, max_value=500, required=False)
    template = forms.CharField(max_length=20, required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any,
        *,
        channels: Sequence[ChannelFact],
        zones: Sequence[ZoneFact],
        services: Sequence[tuple[str, str]],
    ) -> None:
        super().__init__(data)
        self.zone_codes = {zone.id: zone.code for zone in zones}
        choices: dict[str, list[tuple[str, Any]]] = {
            "channel": [(str(one.id), one.name) for one in channels],
            "zone": [(str(one.id), one.name or one.code) for one in zones],
            "service": [("fast", _("Express and faster")), *services],
        }
        for name, found in choices.items():
            self.fields[name].choices = [ANY, *found]  # type: ignore[attr-defined]
        if not zones:
            del self.fields["zone"]

    @staticmethod
    def data_of(template: TemplateFact) -> dict[str, str]:
        """What the form says for a template."""
        filters = template.filters
        methods = filters.get("shipping_methods") or []
        said = {
            "until": "cut_off" if filters.get("until_cut_off") else "today" if filters.get("until_today") else "",
            "service": "fast" if len(methods) > 1 else "".join(methods),
            "channel": str((filters.get("channel_ids") or [""])[0]),
            "kind": str((filters.get("channel_kinds") or [""])[0]),
            "zone": str(filters.get("zone_id") or ""),
            "one_line": "on" if filters.get("one_line") else "",
            "urgent": "on" if filters.get("priority_from") else "",
            "to_capacity": "on" if filters.get("to_capacity") else "",
            "limit": str(template.max_orders),
            "method": template.method,
            "per_list": str(template.orders_per_list),
            "template": template.key,
        }
        return {name: value for name, value in said.items() if value}

    def asked(self, warehouse: WarehouseFact, *, now: datetime, fast: Sequence[str]) -> WaveAsk:
        """The wave the form describes; ``fast`` are the methods that count as express."""
        clean, filters = self.cleaned_data, self.template_filters(fast)
        until = None
        if clean.get("until") == "today":
            until = local_day(now, warehouse.time_zone)
        elif clean.get("until") == "cut_off":
            until = begins(now, terms_of(warehouse, "", ""))
        template = str(clean.get("template") or "")
        return WaveAsk(
            warehouse.id,
            limit=int(clean.get("limit") or 50),
            method=self.method_asked,
            orders_per_list=self.orders_per_list,
            filters=ReleaseFilter(
                ship_by_until=until,
                shipping_methods=tuple(filters.get("shipping_methods", ())),
                channel_ids=tuple(filters.get("channel_ids", ())),
                channel_kinds=tuple(filters.get("channel_kinds", ())),
                one_line=bool(filters.get("one_line")),
                priority_from=filters.get("priority_from"),
            ),
            zone_id=filters.get("zone_id"),
            template_id=int(template) if template.isdecimal() and len(template) < 18 else None,
        )

    def template_filters(self, fast: Sequence[str]) -> dict[str, Any]:
        """What a template keeps of the answers."""
        clean = self.cleaned_data
        service = clean.get("service")
        said = {
            "until_cut_off": clean.get("until") == "cut_off",
            "until_today": clean.get("until") == "today",
            "shipping_methods": list(fast) if service == "fast" else [service] if service else [],
            "channel_ids": [int(clean["channel"])] if clean.get("channel") else [],
            "channel_kinds": [clean["kind"]] if clean.get("kind") else [],
            "zone_id": int(clean["zone"]) if clean.get("zone") else None,
            "one_line": bool(clean.get("one_line")),
            "priority_from": 1 if clean.get("urgent") else None,
            "to_capacity": bool(clean.get("to_capacity")),
        }
        return {name: value for name, value in said.items() if value}

    @property
    def plain(self) -> list[forms.BoundField]:
        """The questions every wave answers."""
        return [self[name] for name in ("until", "limit", "method", "per_list", "pickers")]

    @property
    def narrow(self) -> list[forms.BoundField]:
        """The questions that narrow the choice."""
        return [self[name] for name in NARROW if name in self.fields]

    @property
    def is_narrowed(self) -> bool:
        """Whether one of them is answered."""
        return any(self.data.get(name) for name in NARROW)

    @property
    def limit_asked(self) -> int:
        return int(self.cleaned_data.get("limit") or 50)

    @property
    def orders_per_list(self) -> int:
        return 1 if self.method_asked == PickMethod.DISCRETE else int(self.cleaned_data.get("per_list") or 4)

    @property
    def method_asked(self) -> str:
        return str(self.cleaned_data.get("method") or PickMethod.DISCRETE)
