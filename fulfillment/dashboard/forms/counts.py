"""How a warehouse counts, and what a count sheet brings back."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.selectors.counting import CountPlanFact


class PlanForm(forms.Form):
    """The count plan of a warehouse."""

    days_a = forms.IntegerField(
        label=_("Fast articles (A): days between counts"), min_value=0, max_value=3650, help_text=_("0 is never.")
    )
    days_b = forms.IntegerField(label=_("Medium articles (B): days between counts"), min_value=0, max_value=3650)
    days_c = forms.IntegerField(label=_("Slow articles (C): days between counts"), min_value=0, max_value=3650)
    bins_per_day = forms.IntegerField(label=_("Bins a day at most"), min_value=0, max_value=10_000)
    count_zero = forms.BooleanField(label=_("Count a bin whose stock reaches zero"), required=False)
    count_short = forms.BooleanField(label=_("Count a bin after a short pick"), required=False)
    tolerance_units = forms.IntegerField(
        label=_("Units a count may differ without approval"), min_value=0, max_value=1_000_000
    )
    tolerance_value = forms.DecimalField(
        label=_("Value at cost a count may differ without approval"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
        help_text=_("More than either is counted again by somebody else and then approved."),
    )
    active = forms.BooleanField(label=_("Ask for counts every night"), required=False)

    @classmethod
    def of(cls, plan: CountPlanFact) -> "PlanForm":
        """The form as the plan is."""
        return cls(
            initial={
                "days_a": plan.days["A"],
                "days_b": plan.days["B"],
                "days_c": plan.days["C"],
                "bins_per_day": plan.bins_per_day,
                "count_zero": plan.count_zero,
                "count_short": plan.count_short,
                "tolerance_units": plan.tolerance_units,
                "tolerance_value": plan.tolerance_value,
                "active": plan.active,
            }
        )

    def asked(self) -> dict[str, Any]:
        """What ``set_count_plan`` takes."""
        clean = dict(self.cleaned_data)
        days = {letter: clean.pop(f"days_{letter.lower()}") for letter in "ABC"}
        return {"days": days, **clean}


class SheetForm(forms.Form):
    """A filled count sheet."""

    file = forms.FileField(label=_("Count sheet (CSV)"))
    counted_at = forms.DateTimeField(
        label=_("When it was counted"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("What moved since then is taken into account."),
    )
