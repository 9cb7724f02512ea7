"""What customers type and tick."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from returns.selectors.offers import LineOffer, Offer, reason_choices, resolution_choices
from returns.services.requests import ItemRequest


class LookupForm(forms.Form):
    """Order number and e-mail address, as the confirmation mail has them."""

    order = forms.CharField(
        label=gettext_lazy("Order number"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Enter the order number from your e-mail.")},
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        error_messages={
            "required": gettext_lazy("Enter the e-mail address you ordered with."),
            "invalid": gettext_lazy("Enter an e-mail address such as name@example.com."),
        },
    )


@dataclass(slots=True)
class Choice:
    """One line of the return form: what it offers and what was chosen."""

    line: LineOffer
    until: str
    chosen: bool = False
    quantity: int = 1
    reason: str = ""
    comment: str = ""
    error: str = ""

    @property
    def key(self) -> str:
        return str(self.line.order_line_id)

    @property
    def quantities(self) -> range:
        return range(1, self.line.units + 1)


@dataclass(slots=True)
class ReturnForm:
    """The return form of an order: fields ``pick``, and ``quantity-``, ``reason-`` and ``comment-<line id>``."""

    choices: list[Choice]
    resolution: str = "refund"
    errors: list[tuple[str, str]] = field(default_factory=list)
    """(id of the field, sentence)"""

    @property
    def chosen(self) -> list[Choice]:
        return [choice for choice in self.choices if choice.chosen]

    @property
    def reasons(self) -> Sequence[tuple[str, str]]:
        return reason_choices()

    @property
    def resolutions(self) -> Sequence[tuple[str, str]]:
        return resolution_choices()

    @property
    def items(self) -> list[ItemRequest]:
        """What to ask for; valid only without errors."""
        return [
            ItemRequest(
                order_line_id=choice.line.order_line_id,
                quantity=choice.quantity,
                reason=choice.reason,
                comment=choice.comment,
            )
            for choice in self.chosen
        ]


def empty_form(offer: Offer, untils: Mapping[int, str]) -> ReturnForm:
    """The form as it is first shown; with one item there is nothing to pick."""
    choices = [Choice(line, untils[line.order_line_id]) for line in offer.returnable]
    if len(choices) == 1:
        choices[0].chosen = True
    return ReturnForm(choices)


def read_form(offer: Offer, untils: Mapping[int, str], data: Any) -> ReturnForm:
    """The form as a customer filled it in, with what is still missing. ``data`` is a QueryDict."""
    picked = set(data.getlist("pick"))
    reasons = {code for code, _words in reason_choices()}
    resolutions = {code for code, _words in resolution_choices()}
    form = ReturnForm([], resolution=data.get("resolution", "refund"))
    if form.resolution not in resolutions:
        form.resolution = "refund"
    for line in offer.returnable:
        key = str(line.order_line_id)
        choice = Choice(line, untils[line.order_line_id], chosen=key in picked)
        quantity = data.get(f"quantity-{key}", "1")
        choice.quantity = int(quantity) if quantity.isascii() and quantity.isdigit() and len(quantity) < 6 else 0
        choice.reason = data.get(f"reason-{key}", "")
        choice.comment = data.get(f"comment-{key}", "").replace("\x00", "").strip()[:500]
        form.choices.append(choice)
        if not choice.chosen:
            continue
        if choice.reason not in reasons:
            choice.reason = ""
            choice.error = _("Choose a reason for “%(name)s”.") % {"name": line.name or line.sku}
            form.errors.append((f"reason-{key}", choice.error))
        elif not 1 <= choice.quantity <= line.units:
            choice.quantity = line.units
            choice.error = _("You can return up to %(units)d of “%(name)s”.") % {
                "units": line.units,
                "name": line.name or line.sku,
            }
            form.errors.append((f"quantity-{key}", choice.error))
    if not form.chosen:
        first = form.choices[0].key if form.choices else ""
        form.errors.append((f"pick-{first}", _("Choose at least one item to return.")))
    return form
