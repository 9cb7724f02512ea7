"""How a product is kept in stock: policy, terms, pick face."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.selectors.policies import PolicyFact

_MOST = 10_000_000


def _units(label: Any, **more: Any) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    return forms.IntegerField(label=label, max_value=_MOST, widget=widget, **{"min_value": 0, **more})


class PolicyForm(forms.Form):
    """A person's limits; what is left empty is computed."""

    reorder_point = _units(_("Reorder point"), required=False, help_text=_("Empty: computed from the forecast."))
    maximum = _units(_("Maximum"), required=False, help_text=_("Empty: computed from the forecast."))
    service_level = forms.DecimalField(
        label=_("Service level"),
        min_value=0,
        max_value=1,
        decimal_places=3,
        help_text=_("0.95: enough 19 times in 20."),
    )
    review_days = forms.IntegerField(label=_("Days between two orders"), min_value=0, max_value=365)

    @classmethod
    def of(cls, fact: PolicyFact) -> "PolicyForm":
        """The form filled with what holds now."""
        names = ("reorder_point", "maximum", "service_level", "review_days")
        return cls(initial={name: getattr(fact, name) for name in names})


class TermsForm(forms.Form):
    """How a supplier sells the product; it becomes the preferred one."""

    supplier = forms.TypedChoiceField(label=_("Supplier"), coerce=int)
    pack_size = _units(_("Units in a pack"), min_value=1, initial=1)
    minimum_quantity = _units(_("Units ordered at least"), min_value=1, initial=1)
    unit_cost = forms.DecimalField(
        label=_("Cost of a unit"), min_value=0, max_digits=12, decimal_places=4, required=False
    )
    lead_time_days = forms.IntegerField(
        label=_("Lead time in days"),
        min_value=0,
        max_value=1000,
        required=False,
        help_text=_("Empty: learned from deliveries, else what the supplier promises."),
    )

    def __init__(self, *args: Any, suppliers: list[tuple[int, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["supplier"].choices = suppliers  # type: ignore[attr-defined]


class FaceForm(forms.Form):
    """A pick face to keep filled."""

    bin = forms.CharField(label=_("Pick face"), max_length=40, help_text=_("Its painted name, or scan its label."))
    minimum = _units(_("Fill it below"))
    maximum = _units(_("Up to"), min_value=1)
