"""Questions to customers in the admin: to read."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from core.kernel.read_only import ReadOnly
from orders.models import ShortageChoice


@admin.register(ShortageChoice)
class ShortageChoiceAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["order", "status", "choice", "asked_at", "deadline", "answered_by"]
    list_filter = ["status", "choice"]
    list_select_related = ["order"]
    search_fields = ["order__ref__exact"]
    show_full_result_count = False
