"""Incoming goods in the admin: sampling rules to edit; ship notices, checks and photos to read."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from core.kernel.read_only import ReadOnly
from inventory.models import QualityCheck, SamplingRule, ShipNotice, ShipNoticeLine


@admin.register(SamplingRule)
class SamplingRuleAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["id", "supplier", "product", "every_nth", "first_receipts", "seen", "active"]
    list_filter = ["active"]
    list_select_related = ["supplier", "product"]
    autocomplete_fields = ["supplier", "product"]
    readonly_fields = ["seen"]


class ShipNoticeLineInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = ShipNoticeLine
    extra = 0


@admin.register(ShipNotice)
class ShipNoticeAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["ref", "supplier", "number", "warehouse", "status", "expected_on", "created_at"]
    list_filter = ["status", "warehouse"]
    list_select_related = ["supplier", "warehouse"]
    search_fields = ["ref__exact", "number__exact", "lines__sscc__exact"]
    search_help_text = _("Type the whole reference, the supplier's number, or the SSCC of a case.")
    inlines = [ShipNoticeLineInline]
    ordering = ["-id"]
    show_full_result_count = False


@admin.register(QualityCheck)
class QualityCheckAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["id", "receipt", "product", "units", "status", "passed", "failed", "decided_by", "decided_at"]
    list_filter = ["status"]
    list_select_related = ["receipt_line__receipt", "receipt_line__product"]
    search_fields = ["receipt_line__receipt__ref__exact"]
    ordering = ["-id"]
    show_full_result_count = False

    @admin.display(description=_("receipt"))
    def receipt(self, row: QualityCheck) -> str:
        return row.receipt_line.receipt.ref

    @admin.display(description=_("product"))
    def product(self, row: QualityCheck) -> Any:
        return row.receipt_line.product

    @admin.display(description=_("units"))
    def units(self, row: QualityCheck) -> int:
        return row.receipt_line.quantity
