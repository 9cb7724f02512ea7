"""A season to prepare for."""

from django import forms
from django.utils.translation import gettext_lazy as _

_DATE = forms.DateInput(attrs={"type": "date"})


class PeakForm(forms.Form):
    """Name, first and last day, and how many times the usual is sold."""

    name = forms.CharField(label=_("Name"), max_length=80)
    starts_on = forms.DateField(label=_("First day"), widget=_DATE)
    ends_on = forms.DateField(label=_("Last day"), widget=_DATE)
    uplift = forms.DecimalField(
        label=_("Times the usual"),
        min_value=0,
        max_value=999,
        decimal_places=2,
        max_digits=5,
        initial=2,
        help_text=_("2 is twice the daily demand of the forecast."),
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}),
    )
