"""Wave templates in the admin."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from shipping.models import WaveTemplate


@admin.register(WaveTemplate)
class WaveTemplateAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("name", "warehouse", "position", "method", "orders_per_list", "max_orders", "active")
    list_filter = ("warehouse", "method", "active")
    list_editable = ("position", "active")
    search_fields = ("name",)
    list_select_related = ("warehouse",)
