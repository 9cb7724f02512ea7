"""Packaging rules with what they lay in."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from shipping.models import PackagingInsert, PackagingRule


class PackagingInsertInline(TabularInline):  # type: ignore[misc]
    """Stocked products that go into the first parcel of an order, or into every one."""

    model = PackagingInsert
    extra = 0
    hide_title = True
    raw_id_fields = ("product",)


NEITHER = {"for_gifts": _("Gifts or not"), "hide_prices": _("Says nothing about it")}
"""What it means when a yes-or-no of a rule is left open."""


@admin.register(PackagingRule)
class PackagingRuleAdmin(ModelAdmin):  # type: ignore[misc]
    """The lowest position decides each thing it says."""

    list_display = (
        "code",
        "name",
        "position",
        "channel",
        "gifts",
        "value",
        "carton",
        "active",
    )
    list_editable = ("position", "active")
    list_filter = ("channel", "active")
    list_select_related = ("channel", "carton")
    search_fields = ("code", "name")
    raw_id_fields = ("product",)
    inlines = (PackagingInsertInline,)
    fieldsets = (
        (None, {"fields": ("code", "name", "position", "active")}),
        (
            _("When"),
            {"fields": ("channel", "product", "min_value", "max_value", "currency", "for_gifts", "chosen_only")},
        ),
        (_("Then"), {"fields": ("carton", "material", "instruction", "note", "hide_prices")}),
    )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Open yes-or-no's in words, and how a note is written."""
        found = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in NEITHER:
            found.widget.choices = [("unknown", NEITHER[db_field.name]), ("true", _("Yes")), ("false", _("No"))]
        elif db_field.name == "note":
            found.help_text = _('Printed for the customer, by language: {"en": "Thank you", "sv": "Tack"}.')
        return found

    @admin.display(description=_("For gifts"), ordering="for_gifts")
    def gifts(self, rule: PackagingRule) -> object:
        """Whether it is about gifts, in words."""
        return NEITHER["for_gifts"] if rule.for_gifts is None else _("Yes") if rule.for_gifts else _("No")

    @admin.display(description=_("Value of the goods"), ordering="min_value")
    def value(self, rule: PackagingRule) -> str:
        """From and up to what value, with the currency; "–" for any."""
        limits = (("≥", rule.min_value), ("≤", rule.max_value))
        told = " ".join(f"{sign} {limit}" for sign, limit in limits if limit is not None)
        return f"{told} {rule.currency}".strip() if told else "–"
