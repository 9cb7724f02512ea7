"""A correction of the stock by hand."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from inventory.selectors.stock import BinContent
from inventory.states import ADJUSTMENT_REASONS, MovementReason


class AdjustForm(forms.Form):
    """``place`` is ``<bin id>:<units it is believed to hold>``: a correction of an outdated figure is refused."""

    place = forms.ChoiceField(label=_("Where"))
    quantity = forms.IntegerField(
        label=_("Units there are now"),
        min_value=0,
        max_value=1_000_000,
        error_messages={"required": _("Say how many units there are.")},
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off", "autofocus": True}),
    )
    reason = forms.ChoiceField(label=_("Reason"))
    note = forms.CharField(label=_("Note"), required=False, max_length=200)

    def __init__(self, data: Any = None, *, bins: list[BinContent]) -> None:
        super().__init__(data)
        held: dict[int, tuple[str, int]] = {}
        for content in bins:
            if content.condition == "sellable":
                name, units = held.get(content.bin_id, (content.bin_name, 0))
                held[content.bin_id] = (name, units + content.quantity)
        places = [
            (f"{bin_id}:{units}", _gettext("%(name)s, believed to hold %(units)d") % {"name": name, "units": units})
            for bin_id, (name, units) in held.items()
        ]
        self.fields["place"].choices = [*places, ("0:0", _("A place it was not in yet (found)"))]  # type: ignore[attr-defined]
        reasons = [(one.value, one.label) for one in MovementReason if one.value in ADJUSTMENT_REASONS]
        self.fields["reason"].choices = reasons  # type: ignore[attr-defined]

    def clean_place(self) -> tuple[int, int]:
        """(bin id or 0, units expected there)."""
        bin_id, _colon, expected = self.cleaned_data["place"].partition(":")
        return int(bin_id), int(expected)


class StalePlace(AdjustForm):
    """The same, accepting a figure that is no longer shown: the service says what changed."""

    def __init__(self, data: Any = None, *, bins: list[BinContent]) -> None:
        super().__init__(data, bins=bins)
        sent = str((data or {}).get("place", ""))
        bin_id, colon, expected = sent.partition(":")
        if colon and bin_id.isdecimal() and expected.isdecimal() and len(sent) < 30:
            self.fields["place"].choices = [*self.fields["place"].choices, (sent, sent)]  # type: ignore[attr-defined]
