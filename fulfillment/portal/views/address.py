"""The public page where a customer corrects the address of an order that waits for it."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from core.kernel.actors import CUSTOMER
from core.kernel.countries import country_choices
from core.kernel.errors import DomainError, Invalid
from core.kernel.plain_text import plain_text
from fulfillment.portal.order_pages import frame, see_other, unknown_link
from fulfillment.portal.pages import language_of, show
from orders.selectors.channels import channel_by_id
from orders.selectors.doubts import open_doubts
from orders.selectors.facts import OrderFact
from orders.selectors.public import order_by_public_token
from orders.services.addresses import correct_address


def _text(label: Any, *, most: int = 200, needed: Any = "", kind: str = "") -> forms.CharField:
    """A line of the address; ``needed`` is what is said when it is empty."""
    return forms.CharField(
        label=label,
        max_length=most,
        required=bool(needed),
        error_messages={"required": needed},
        strip=True,
        validators=[plain_text],
        widget=forms.TextInput(attrs={"autocomplete": kind or "off"}),
    )


class AddressForm(forms.Form):
    """The address as the order has it, to be corrected."""

    name = _text(gettext_lazy("Name"), kind="name")
    line1 = _text(
        gettext_lazy("Street and number"), needed=gettext_lazy("Enter the street and number."), kind="address-line1"
    )
    line2 = _text(gettext_lazy("Flat, floor or building"), kind="address-line2")
    postal_code = _text(gettext_lazy("Postal code"), most=20, kind="postal-code")
    city = _text(gettext_lazy("Town"), most=120, needed=gettext_lazy("Enter the town."), kind="address-level2")
    region = _text(gettext_lazy("Region"), most=120, kind="address-level1")
    country = forms.ChoiceField(label=gettext_lazy("Country"), widget=forms.Select(attrs={"autocomplete": "country"}))
    phone = _text(gettext_lazy("Phone"), most=40, kind="tel")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = country_choices()  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
def address(request: HttpRequest, token: str) -> HttpResponse:
    """The form while the address is doubted; afterwards a word of thanks, and the address is shown to nobody."""
    order = order_by_public_token(token, purpose="address")
    if order is None:
        return unknown_link(request)
    language = language_of(request, order.locale)
    with translation.override(language):
        if order.status != "confirmed" or not open_doubts(order.id):
            return _page(request, order, token, language)
        if request.method != "POST":
            return _page(request, order, token, language, form=AddressForm(initial=dict(order.shipping_address)))
        form = AddressForm(request.POST)
        if not form.is_valid():
            return _page(request, order, token, language, form=form, status=422)
        try:
            correct_address(order.ref, form.cleaned_data, by=CUSTOMER, now=timezone.now())
        except DomainError as refusal:
            # What else stands in the way is for the order desk to read.
            ours = isinstance(refusal, Invalid)
            form.add_error(None, str(refusal) if ours else _("Please write to us, and we put it right."))
            return _page(request, order, token, language, form=form, status=409)
        if open_doubts(order.id):
            form.add_error(
                None,
                _("We still have a question about this address. Somebody looks at it, and your order goes on then."),
            )
            return _page(request, order, token, language, form=form, status=422)
    return see_other("address", token=token)


def _page(
    request: HttpRequest,
    order: OrderFact,
    token: str,
    language: str,
    *,
    form: AddressForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        **frame(order, channel_by_id(order.channel_id), token),
        "form": form,
        "cancelled": order.status == "cancelled",
    }
    return show(request, "portal/address.html", context, language=language, status=status)
