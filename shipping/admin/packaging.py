"""Packaging rules with what they lay in."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from shipping.models import PackagingInsert, PackagingRule


class PackagingInsertInline(TabularInline):  # type: ignore[misc]
    """Stocked products that go into the first parcel of an order, or into every one."""

    model = PackagingInsert
    extra = 0
    raw_id_fields = ("product",)


@admin.register(PackagingRule)
class PackagingRuleAdmin(ModelAdmin):  # type: ignore[misc]
    """The lowest position decides each thing it says."""

    list_display = (
        "code",
        "name",
        "position",
        "channel",
        "for_gifts",
        "min_value",
        "max_value",
        "currency",
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
