"""Work orders in the admin, to read."""

from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from core.kernel.read_only import ReadOnly
from inventory.models import WorkOrder, WorkOrderLine


class WorkOrderLineInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = WorkOrderLine
    extra = 0
    fields = ["product", "per_kit", "moved"]


@admin.register(WorkOrder)
class WorkOrderAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["ref", "kind", "product", "warehouse", "quantity", "completed", "status", "due_on"]
    list_filter = ["status", "kind"]
    list_select_related = ["product", "warehouse"]
    search_fields = ["ref__exact", "product__sku__exact"]
    inlines = [WorkOrderLineInline]
    ordering = ["-id"]
    show_full_result_count = False
