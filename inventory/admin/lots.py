"""Lots and snapshots in the admin, to read; a lot's page in the dashboard recalls it."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from inventory.admin import ReadOnly
from inventory.models import Lot, StockSnapshot


@admin.register(Lot)
class LotAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["number", "product", "expires_on", "supplier", "first_received_at", "recalled_at"]
    list_filter = ["recalled_at"]
    list_select_related = ["product", "supplier"]
    search_fields = ["number__exact", "product__sku__istartswith"]
    show_full_result_count = False


@admin.register(StockSnapshot)
class StockSnapshotAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["at", "product", "bin"]
    list_select_related = ["product", "bin"]
    show_full_result_count = False
