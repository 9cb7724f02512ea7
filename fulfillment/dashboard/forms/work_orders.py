"""A new work order."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.states import WorkOrderKind


class WorkOrderForm(forms.Form):
    """Which kits, how many, until when."""

    sku = forms.ChoiceField(label=_("Kit"))
    kind = forms.ChoiceField(label=_("What to do"), choices=WorkOrderKind.choices, initial=WorkOrderKind.ASSEMBLE)
    quantity = forms.IntegerField(
        label=_("How many"),
        min_value=1,
        max_value=100_000,
        error_messages={"required": _("Say how many kits.")},
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    due_on = forms.DateField(
        label=_("Due on"), required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text=_("Optional.")
    )

    def __init__(self, data: Any = None, *, kits: Sequence[tuple[str, str]]) -> None:
        super().__init__(data)
        choices = [(sku, f"{sku} · {name}") for sku, name in kits]
        self.fields["sku"].choices = choices  # type: ignore[attr-defined]
