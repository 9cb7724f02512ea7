"""What goes into a wave."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.selectors.channels import ChannelFact
from orders.selectors.releasing import ReleaseFilter
from shipping.services.waves import MAX_ORDERS
from shipping.states import PickMethod


class WaveForm(forms.Form):
    """Which orders, how many, and how they are picked."""

    until = forms.ChoiceField(
        label=_("Ship by"), required=False, choices=[("", _("Any day")), ("today", _("Today or earlier"))]
    )
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    limit = forms.IntegerField(label=_("Orders at most"), min_value=1, max_value=MAX_ORDERS, initial=50, required=False)
    method = forms.ChoiceField(
        label=_("Method"), choices=PickMethod.choices, initial=PickMethod.DISCRETE, required=False
    )
    per_list = forms.IntegerField(
        label=_("Totes on a cart"), min_value=1, max_value=20, initial=4, required=False, help_text=_("For carts only.")
    )

    def __init__(self, data: Any = None, *, channels: list[ChannelFact]) -> None:
        super().__init__(data)
        self.fields["channel"].choices = [("", _("Any")), *((str(one.id), one.name) for one in channels)]  # type: ignore[attr-defined]

    def filters(self, today: Any) -> ReleaseFilter:
        """Which fulfilment orders the form asks for."""
        clean = self.cleaned_data
        return ReleaseFilter(
            ship_by_until=today if clean.get("until") == "today" else None,
            channel_ids=(int(clean["channel"]),) if clean.get("channel") else (),
        )

    @property
    def limit_asked(self) -> int:
        return int(self.cleaned_data.get("limit") or 50)

    @property
    def orders_per_list(self) -> int:
        return int(self.cleaned_data.get("per_list") or 4) if self.method_asked == PickMethod.CLUSTER else 1

    @property
    def method_asked(self) -> str:
        return str(self.cleaned_data.get("method") or PickMethod.DISCRETE)
