"""An order typed in at the desk: the buyer, the address, the terms. Of its lines knows ``dashboard.desk_order``."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from core.kernel.countries import country_choices
from core.kernel.plain_text import plain_text
from orders.selectors.channels import ChannelFact
from orders.states import PaymentStatus

ADDRESS = ("name", "company", "line1", "line2", "postal_code", "city", "region", "country", "phone", "instructions")
PAYMENTS = (
    (PaymentStatus.PENDING, _("Not paid yet: it waits for the payment")),
    (PaymentStatus.AUTHORIZED, _("Authorized")),
    (PaymentStatus.PAID, _("Paid")),
)


def _text(label: Any, most: int, *, required: bool = False, complete: str = "off", **attrs: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": complete, **attrs})
    return forms.CharField(label=label, max_length=most, required=required, widget=widget, validators=[plain_text])


def _day(label: Any) -> forms.DateField:
    """A day that may be left open, from the same years as over REST."""
    widget = forms.DateInput(attrs={"type": "date"})
    within = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2100, 12, 31))]
    return forms.DateField(label=label, required=False, widget=widget, validators=within)


class DeskOrderForm(forms.Form):
    """Everything of a desk order but its lines; ``known`` is the e-mail address that was looked up last."""

    channel = forms.ChoiceField(label=_("Channel"))
    email = forms.EmailField(
        label=_("E-mail of the buyer"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Type the buyer's e-mail address.")},
    )
    locale = forms.ChoiceField(
        label=_("Language"), choices=[("", _("As the channel")), *settings.LANGUAGES], required=False
    )
    name = _text(_("Name"), 200)
    company = _text(_("Company"), 200)
    line1 = _text(_("Street and number"), 200, required=True)
    line2 = _text(_("Second line"), 200)
    postal_code = _text(_("Postal code"), 20)
    city = _text(_("Town"), 120, required=True)
    region = _text(_("State or province"), 120)
    country = forms.ChoiceField(label=_("Country"), choices=country_choices)
    phone = _text(_("Phone"), 32, inputmode="tel")
    instructions = _text(_("For the driver"), 500)
    shipping_method = forms.ChoiceField(label=_("Service"), required=False)
    shipping_price = forms.DecimalField(
        label=_("Postage"),
        min_value=Decimal(0),
        max_digits=12,
        decimal_places=2,
        required=False,
        help_text=_("Empty: what the service costs."),
    )
    payment_status = forms.ChoiceField(label=_("Payment"), choices=PAYMENTS)
    note = forms.CharField(label=_("Note"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    is_gift = forms.BooleanField(label=_("It is a gift"), required=False)
    gift_message = forms.CharField(
        label=_("Text of the card"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    hide_prices = forms.BooleanField(label=_("No prices in the box"), required=False)
    purchase_order_number = _text(_("Purchase order number"), 60)
    ship_complete = forms.BooleanField(label=_("Ship everything together"), required=False)
    pallet = forms.BooleanField(label=_("On a pallet"), required=False)
    deliver_not_before = _day(_("Deliver not before"))
    deliver_not_after = _day(_("Deliver not after"))
    known = forms.CharField(required=False, max_length=254, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        channels: Sequence[ChannelFact],
        methods: Sequence[tuple[str, str]],
        country: str,
        shown: Mapping[str, Any] | None = None,
    ) -> None:
        first = channels[0]
        initial = {"channel": first.code, "country": country, "payment_status": str(PaymentStatus.PENDING)}
        super().__init__(data, initial={**initial, **(shown or {})})
        self.fields["channel"].choices = [(one.code, one.name) for one in channels]  # type: ignore[attr-defined]
        self.fields["shipping_method"].choices = methods  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = found.get("deliver_not_before"), found.get("deliver_not_after")
        if first and last and last < first:
            self.add_error("deliver_not_after", _("The last day is not before the first."))
        return found

    @property
    def address_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ADDRESS]

    @property
    def terms_fields(self) -> list[forms.BoundField]:
        """What few orders need, folded away."""
        names = ("purchase_order_number", "deliver_not_before", "deliver_not_after")
        return [self[name] for name in names]
