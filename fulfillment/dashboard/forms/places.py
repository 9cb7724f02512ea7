"""Bins in bulk, zones and pallets."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fulfillment.dashboard.place_words import MOVABLE, PLACE_KINDS
from inventory.planning.bin_names import MOST, ORDER, SHAPE, TOO_LONG, TOO_MANY, BadPattern, expand
from inventory.services.places import NewBin

KINDS = tuple((kind, word) for kind, word in PLACE_KINDS.items() if kind not in MOVABLE)
WRONG: dict[str, str | Promise] = {
    SHAPE: _("Write the first and the last name alike, such as A-01-1-A … A-10-4-D."),
    ORDER: _("The last name comes before the first. Write the first one first."),
    TOO_MANY: _("That is more than %(most)d bins. Make them in several steps.") % {"most": MOST},
    TOO_LONG: _("A name has at most 40 characters."),
}


class LimitsForm(forms.Form):
    """What a bin holds. Capacities are asked in litres and kilograms, and kept in millilitres and grams."""

    zone = forms.CharField(label=_("Zone"), max_length=20, required=False)
    litres = forms.DecimalField(
        label=_("Litres each holds"), min_value=Decimal("0.001"), max_value=10**6, required=False
    )
    kilograms = forms.DecimalField(
        label=_("Kilograms each carries"), min_value=Decimal("0.001"), max_value=10**6, required=False
    )
    units = forms.IntegerField(label=_("Units each holds"), min_value=1, max_value=10**6, required=False)
    one_product = forms.BooleanField(label=_("One product at a time"), required=False)

    def limits(self) -> dict[str, Any]:
        """The columns of a bin."""
        clean: dict[str, Any] = self.cleaned_data
        return {
            "capacity_ml": None if clean["litres"] is None else int(clean["litres"] * 1000),
            "capacity_g": None if clean["kilograms"] is None else int(clean["kilograms"] * 1000),
            "capacity_units": clean["units"],
            "one_product": clean["one_product"],
        }


class ChangeBinForm(LimitsForm):
    """The limits of one bin, and its place on the walk."""

    sequence = forms.IntegerField(label=_("On the walk"), min_value=0, max_value=10**8)


class BinsForm(LimitsForm):
    """Many bins alike."""

    field_order = ["pattern", "kind"]

    pattern = forms.CharField(
        label=_("Names, first … last"),
        max_length=100,
        widget=forms.TextInput(attrs={"placeholder": "A-01-1-A … A-10-4-D", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=KINDS)
    sequence = forms.IntegerField(
        label=_("Walked from number"),
        min_value=1,
        max_value=10**8,
        required=False,
        help_text=_("Empty: behind the last bin of the walk."),
    )

    def clean_pattern(self) -> list[str]:
        """The names it stands for."""
        try:
            return expand(self.cleaned_data["pattern"])
        except BadPattern as error:
            raise forms.ValidationError(str(WRONG[str(error)])) from error

    def like(self) -> NewBin:
        """What all of them have in common."""
        clean: dict[str, Any] = self.cleaned_data
        return NewBin(
            name="",
            kind=clean["kind"],
            zone=clean["zone"].strip().upper(),
            pick_sequence=clean["sequence"] or 0,
            **self.limits(),
        )


class ZoneForm(forms.Form):
    """A zone; one of that code is changed."""

    code = forms.CharField(label=_("Zone"), max_length=20)
    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    hazards = forms.CharField(
        label=_("Hazard classes allowed"),
        max_length=120,
        required=False,
        help_text=_("Such as 3, 8. Empty: harmless goods alone."),
    )

    def clean_hazards(self) -> list[str]:
        """The classes, one by one."""
        return [one[:10] for one in self.cleaned_data["hazards"].replace(";", ",").replace(" ", ",").split(",") if one]


class FreezeForm(forms.Form):
    """Why a bin is frozen."""

    reason = forms.CharField(
        label=_("Why it is frozen"), max_length=200, error_messages={"required": _("Say why the bin is frozen.")}
    )


class PalletsForm(forms.Form):
    """How many pallets are set up."""

    count = forms.IntegerField(label=_("How many pallets"), min_value=1, max_value=200, initial=1)
