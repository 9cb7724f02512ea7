"""Counts in the admin: plans to edit, counts to read."""

from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from core.kernel.read_only import ReadOnly
from inventory.models import CountLine, CountPlan, CountTask


@admin.register(CountPlan)
class CountPlanAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["warehouse", "days_a", "days_b", "days_c", "bins_per_day", "tolerance_units", "active"]
    list_select_related = ["warehouse"]


class CountLineInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = CountLine
    extra = 0
    fields = ["round", "product", "lot", "condition", "counted", "book", "moved", "counted_by", "at"]


@admin.register(CountTask)
class CountTaskAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["ref", "bin", "cause", "status", "round", "due_on", "counter_name", "variance_units"]
    list_filter = ["status", "cause"]
    list_select_related = ["bin"]
    search_fields = ["ref__exact", "bin__name__istartswith"]
    inlines = [CountLineInline]
    ordering = ["-id"]
    show_full_result_count = False
