"""The recipe of a kit in the admin: the same rules as everywhere."""

from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet

from inventory.models import KitComponent, Product
from inventory.services.kits import KitRefused, check_recipe


class KitFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """The components of a kit; refuses loops, too many levels, and a kind that does not fit."""

    instance: Product
    model = KitComponent

    def clean(self) -> None:
        """Judge the recipe as it would be after saving."""
        super().clean()
        if any(self.errors):
            return
        parts = {
            form.cleaned_data["component"].pk: form.cleaned_data["quantity"]
            for form in self.forms
            if form.cleaned_data.get("component") and not form.cleaned_data.get("DELETE")
        }
        try:
            check_recipe(self.instance.pk, self.instance.kit_kind, parts)
        except KitRefused as refusal:
            raise ValidationError(refusal.detail) from refusal
