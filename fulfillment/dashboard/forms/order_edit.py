"""What may be changed of an order: address, service, notes, lines."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.kernel.countries import country_choices
from core.kernel.plain_text import plain_text
from orders.selectors.facts import KitFact, LineFact, OrderFact
from orders.services.editing import OrderChanges
from orders.services.line_changes import LineChange

ADDRESS = (
    "name",
    "company",
    "line1",
    "line2",
    "postal_code",
    "city",
    "region",
    "country",
    "phone",
    "instructions",
)
NEW_LINES = 3
LARGEST = 2**31 - 1


class OrderEditForm(forms.Form):
    """Every field shows what the order has now; only what differs is changed.

    ``line_<id>`` is how many units (or kits) a line is to have, ``sku_<n>``, ``quantity_<n>`` and ``price_<n>`` are new
    lines. ``version`` and ``seen`` (the last event) say on what the change was based.
    """

    name = forms.CharField(label=gettext_lazy("Name"), validators=[plain_text], max_length=200, required=False)
    company = forms.CharField(label=gettext_lazy("Company"), validators=[plain_text], max_length=200, required=False)
    line1 = forms.CharField(label=gettext_lazy("Street"), validators=[plain_text], max_length=200)
    line2 = forms.CharField(label=gettext_lazy("Second line"), validators=[plain_text], max_length=200, required=False)
    postal_code = forms.CharField(
        label=gettext_lazy("Postal code"), validators=[plain_text], max_length=20, required=False
    )
    city = forms.CharField(label=gettext_lazy("Town"), validators=[plain_text], max_length=120)
    region = forms.CharField(label=gettext_lazy("Region"), validators=[plain_text], max_length=120, required=False)
    country = forms.ChoiceField(label=gettext_lazy("Country"))
    phone = forms.CharField(label=gettext_lazy("Phone"), validators=[plain_text], max_length=40, required=False)
    instructions = forms.CharField(label=gettext_lazy("For the driver"), max_length=500, required=False)
    shipping_method = forms.ChoiceField(label=gettext_lazy("Service"))
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    gift_message = forms.CharField(
        label=gettext_lazy("Gift message"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, order: OrderFact, methods: Sequence[tuple[str, str]], seen: int = 0
    ) -> None:
        self.order = order
        super().__init__(data, initial={**_initial(order), "seen": seen})
        self.fields["country"].choices = country_choices()  # type: ignore[attr-defined]
        known = list(methods)
        if order.shipping_method not in dict(known):
            known.insert(0, (order.shipping_method, order.shipping_method))
        self.fields["shipping_method"].choices = known  # type: ignore[attr-defined]
        for line in order.bought:
            self.fields[f"line_{line.id}"] = forms.IntegerField(
                label=line.name, min_value=_least(line), max_value=LARGEST, initial=_wanted(line), required=False
            )
        for number in range(1, NEW_LINES + 1):
            self.fields[f"sku_{number}"] = forms.CharField(label=_("Article"), max_length=64, required=False)
            self.fields[f"quantity_{number}"] = forms.IntegerField(
                label=_("Quantity"), min_value=1, max_value=LARGEST, required=False
            )
            self.fields[f"price_{number}"] = forms.DecimalField(
                label=_("Price each"), min_value=Decimal(0), max_digits=12, decimal_places=2, required=False
            )

    @property
    def address_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ADDRESS]

    @property
    def line_fields(self) -> list[tuple[LineFact | KitFact, forms.BoundField]]:
        return [(line, self[f"line_{line.id}"]) for line in self.order.bought]

    @property
    def new_fields(self) -> list[tuple[forms.BoundField, forms.BoundField, forms.BoundField]]:
        return [
            (self[f"sku_{number}"], self[f"quantity_{number}"], self[f"price_{number}"])
            for number in range(1, NEW_LINES + 1)
        ]

    def clean(self) -> dict[str, Any]:
        clean = super().clean() or {}
        for number in range(1, NEW_LINES + 1):
            if clean.get(f"sku_{number}") and not clean.get(f"quantity_{number}"):
                self.add_error(f"quantity_{number}", _("Say how many."))
            if clean.get(f"quantity_{number}") and not clean.get(f"sku_{number}"):
                self.add_error(f"sku_{number}", _("Say which article."))
        return clean

    def changes(self) -> OrderChanges:
        """What differs from the order; only behind ``is_valid``."""
        clean = self.cleaned_data
        address = {**self.order.shipping_address, **{name: clean.get(name, "") for name in ADDRESS}}
        address = {name: value for name, value in address.items() if value or name in self.order.shipping_address}
        gift = {**self.order.gift, "message": clean["gift_message"]}
        return OrderChanges(
            shipping_address=address if address != dict(self.order.shipping_address) else None,
            shipping_method=_other(clean["shipping_method"], self.order.shipping_method),
            note=_other(clean["note"], self.order.note),
            gift=gift if clean["gift_message"] != str(self.order.gift.get("message", "")) else None,
            lines=[*self._changed_lines(clean), *self._new_lines(clean)],
        )

    def _changed_lines(self, clean: Mapping[str, Any]) -> list[LineChange]:
        return [
            LineChange(clean[f"line_{line.id}"], id=line.id)
            for line in self.order.bought
            if clean.get(f"line_{line.id}") is not None and clean[f"line_{line.id}"] != _wanted(line)
        ]

    def _new_lines(self, clean: Mapping[str, Any]) -> list[LineChange]:
        return [
            LineChange(
                clean[f"quantity_{number}"],
                sku=clean[f"sku_{number}"],
                unit_price=clean.get(f"price_{number}") or Decimal(0),
            )
            for number in range(1, NEW_LINES + 1)
            if clean.get(f"sku_{number}")
        ]


def nothing_changes(changes: OrderChanges) -> bool:
    """Whether the form was sent as it was shown."""
    return not changes.lines and all(
        value is None for value in (changes.shipping_address, changes.shipping_method, changes.note, changes.gift)
    )


def _initial(order: OrderFact) -> dict[str, Any]:
    return {
        **{name: order.shipping_address.get(name, "") for name in ADDRESS},
        "shipping_method": order.shipping_method,
        "note": order.note,
        "gift_message": order.gift.get("message", ""),
        "version": order.version,
    }


def _wanted(line: LineFact | KitFact) -> int:
    return line.quantity - line.cancelled


def _least(line: LineFact | KitFact) -> int:
    """What has left cannot be taken away."""
    return line.shipped


def _other(new: str, old: str) -> str | None:
    return new if new != old else None
