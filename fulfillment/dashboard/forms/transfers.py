"""What is to be sent to another warehouse."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.kernel.errors import NotFound
from inventory.selectors.places import WarehouseFact
from inventory.selectors.products import product_by_code

MAX_LINES = 500


class TransferForm(forms.Form):
    """Where to, and a line for each product: its SKU or barcode, then how many."""

    target = forms.ChoiceField(label=gettext_lazy("To"))
    lines = forms.CharField(
        label=gettext_lazy("Products"),
        widget=forms.Textarea(attrs={"rows": 8, "class": "mono", "spellcheck": "false"}),
        help_text=gettext_lazy("A line for each product: SKU or barcode, then how many. For example: MUG-BLUE 12"),
        max_length=20_000,
    )
    expected_on = forms.DateField(
        label=gettext_lazy("Expected on"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=200)

    def __init__(self, data: Any = None, *, targets: Sequence[WarehouseFact]) -> None:
        super().__init__(data)
        self.fields["target"].choices = [(str(one.id), f"{one.name} ({one.code})") for one in targets]  # type: ignore[attr-defined]

    def clean_lines(self) -> list[tuple[int, int]]:
        """[(product_id, quantity)]. Every line that cannot be read is told at once."""
        wanted: list[tuple[int, int]] = []
        wrong: list[str] = []
        lines = [line for line in self.cleaned_data["lines"].splitlines() if line.strip()]
        if len(lines) > MAX_LINES:
            raise forms.ValidationError(_("A transfer has %(most)d products at most.") % {"most": MAX_LINES})
        for number, line in enumerate(lines, start=1):
            parts = line.replace(";", " ").replace("\t", " ").split()
            count = parts[-1] if len(parts) > 1 else ""
            if not (count.isascii() and count.isdigit() and int(count[:7]) > 0 and len(count) <= 6):
                wrong.append(_("Line %(number)d: write the SKU, then how many.") % {"number": number})
                continue
            try:
                product, units = product_by_code(" ".join(parts[:-1]))
            except NotFound as error:
                wrong.append(_("Line %(number)d: %(why)s") % {"number": number, "why": error.detail})
                continue
            wanted.append((product.id, int(count) * units))
        if wrong:
            raise forms.ValidationError(wrong[:20])
        return wanted
