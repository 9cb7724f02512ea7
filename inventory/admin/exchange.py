"""Transfers and imports in the admin, to read; the dashboard works them."""

from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from core.kernel.read_only import ReadOnly
from inventory.models import ImportJob, Transfer, TransferLine


class TransferLineInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = TransferLine
    extra = 0


@admin.register(Transfer)
class TransferAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["ref", "status", "source", "target", "expected_on", "shipped_at"]
    list_filter = ["status", "source", "target"]
    list_select_related = ["source", "target"]
    search_fields = ["ref__exact"]
    inlines = [TransferLineInline]
    ordering = ["-id"]
    show_full_result_count = False


@admin.register(ImportJob)
class ImportJobAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["ref", "kind", "status", "file_name", "total", "faulty", "done", "created_by", "created_at"]
    list_filter = ["kind", "status"]
    search_fields = ["ref__exact"]
    exclude = ["content"]
    ordering = ["-id"]
    show_full_result_count = False
