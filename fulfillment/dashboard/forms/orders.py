"""Filters of the orders list, and the acts on orders."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from core.accounts.people import PersonFact
from fulfillment.dashboard.statuses import look_of
from orders.selectors.channels import ChannelFact
from orders.states import FulfillmentStatus, HoldType, OrderStatus

# Payment, stock and dates are held by the system for reasons of its own.
BY_HAND = (HoldType.OPERATOR, HoldType.ADDRESS, HoldType.PAYMENT, HoldType.FRAUD, HoldType.CUSTOM)


class OrderFilterForm(forms.Form):
    """What narrows the list; every field is optional and shows in the URL."""

    q = forms.CharField(
        label=_("Find"),
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "placeholder": _("Order, name, e-mail, parcel"),
                "autocomplete": "off",
            }
        ),
    )
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[("", _("Any")), *[one for one in OrderStatus.choices if one[0] != OrderStatus.DRAFT]],
    )
    shipped = forms.ChoiceField(
        label=_("Shipped"),
        required=False,
        choices=[
            ("", _("Any")),
            (FulfillmentStatus.UNFULFILLED, _("Nothing yet")),
            (FulfillmentStatus.PARTIALLY_FULFILLED, _("Partly")),
            (FulfillmentStatus.FULFILLED, _("All of it")),
        ],
    )
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    method = forms.CharField(label=_("Service"), required=False, max_length=40, widget=forms.HiddenInput)
    tag = forms.CharField(label=_("Tag"), required=False, max_length=40, widget=forms.TextInput(attrs={"size": 12}))
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    placed_from = forms.DateField(
        label=_("Placed from"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    placed_to = forms.DateField(label=_("Placed to"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, data: Any, *, channels: list[ChannelFact], people: list[PersonFact]) -> None:
        super().__init__(data)
        choices = [("", _("Any")), *[(channel.code, channel.name) for channel in channels]]
        self.fields["channel"].choices = choices  # type: ignore[attr-defined]
        owners = [("", _("Anybody")), *[(str(person.id), person.name) for person in people]]
        self.fields["owner"].choices = owners  # type: ignore[attr-defined]

    def placed_between(self, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
        """The moments the days asked for begin and end in the warehouse's zone."""
        first, last = self.cleaned_data.get("placed_from"), self.cleaned_data.get("placed_to")
        return (
            datetime.combine(first, time.min, tzinfo=zone) if first else None,
            datetime.combine(last, time.max, tzinfo=zone) if last else None,
        )


class HoldForm(forms.Form):
    """Why an order has to stop."""

    type = forms.ChoiceField(
        label=_("Kind"),
        choices=[(one.value, look_of(one.value, "hold").word) for one in BY_HAND],
        initial=HoldType.OPERATOR,
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Whoever works on the order reads this at the next scan."),
        max_length=200,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
        error_messages={"required": _("Say why the order has to wait.")},
    )
    until = forms.DateField(
        label=_("Until"),
        help_text=_("It goes on by itself when that day begins. Empty: when somebody releases it."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def release_at(self, zone: ZoneInfo) -> datetime | None:
        """When the hold ends by itself: as the day begins in the warehouse."""
        day = self.cleaned_data.get("until")
        return datetime.combine(day, time.min, tzinfo=zone) if day else None


class CancelForm(forms.Form):
    """What to cancel and why. With lines, ``line_<id>`` holds the units of each; without, the whole order goes."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The customer is not shown this."),
        max_length=200,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
        error_messages={"required": _("Say why it is cancelled.")},
    )

    def __init__(self, data: Any = None, *, open_units: dict[int, int] | None = None) -> None:
        # The form for a hold stands on the same page, with a reason of its own.
        super().__init__(data, auto_id="cancel_%s")
        self.open_units = open_units or {}

    def lines(self) -> list[tuple[int, int]] | None:
        """[(order_line_id, units)], or None for the whole order. Raises ValueError for figures out of range."""
        if self.data.get("what") != "lines":
            return None
        found = []
        for line_id, limit in self.open_units.items():
            units = int(str(self.data.get(f"line_{line_id}") or "0"))
            if not 0 <= units <= limit:
                raise ValueError
            if units:
                found.append((line_id, units))
        return found
