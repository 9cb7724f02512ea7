"""Lots in the admin, to correct an expiry date; snapshots to read. A lot's page in the dashboard recalls it."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin

from core.kernel.read_only import ReadOnly
from inventory.models import Lot, StockSnapshot
from inventory.services.lots import correct_expiry


@admin.register(Lot)
class LotAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["number", "product", "expires_on", "supplier", "first_received_at", "recalled_at"]
    list_filter = ["recalled_at"]
    list_select_related = ["product", "supplier"]
    search_fields = ["number__exact", "product__sku__istartswith"]
    readonly_fields = ["product", "number", "supplier", "first_received_at", "recalled_at", "recall_reason"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Lot, form: "ModelForm[Lot]", change: bool) -> None:
        """By the service, so that the correction is told."""
        correct_expiry(obj.pk, form.cleaned_data["expires_on"], by=request.user.actor, now=timezone.now())  # type: ignore[union-attr]


@admin.register(StockSnapshot)
class StockSnapshotAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["at", "product", "bin"]
    list_select_related = ["product", "bin"]
    show_full_result_count = False
