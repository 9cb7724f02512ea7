"""Shipping in the admin: cartons, services and carrier accounts to edit; work, parcels, labels and reports to read."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from core.kernel.read_only import ReadOnly
from shipping.admin.packaging import PackagingRuleAdmin
from shipping.admin.pricing import CarrierServiceAdmin, ShippingZoneAdmin, UpgradeAdmin, UpgradeBudgetAdmin
from shipping.admin.waves import WaveTemplateAdmin
from shipping.models import (
    CarrierAccount,
    CarrierNotice,
    Carton,
    IssuedNumber,
    LabelRequest,
    Parcel,
    ParcelItem,
    PickLine,
    PickList,
    PickTote,
    TrackingEvent,
    Wave,
)

__all__ = [
    "CarrierServiceAdmin",
    "PackagingRuleAdmin",
    "ShippingZoneAdmin",
    "UpgradeAdmin",
    "UpgradeBudgetAdmin",
    "WaveTemplateAdmin",
]


class ReadOnlyAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    """A list of rows to look at: newest first, without counting them all."""

    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)


class ReadOnlyInline(ReadOnly, TabularInline):  # type: ignore[misc]
    extra = 0
    can_delete = False


@admin.register(Carton)
class CartonAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("code", "name", "length_mm", "width_mm", "height_mm", "weight_g", "max_weight_g", "active")
    list_filter = ("active",)
    search_fields = ("code", "name")


@admin.register(CarrierAccount)
class CarrierAccountAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("carrier", "active")


class PickListInline(ReadOnlyInline):
    model = PickList
    fields = ("ref", "status", "ship_by", "picker", "started_at", "completed_at", "scans", "wrong_scans")
    show_change_link = True


@admin.register(Wave)
class WaveAdmin(ReadOnlyAdmin):
    list_display = ("ref", "warehouse", "status", "method", "created_by", "created_at", "released_at", "completed_at")
    list_filter = ("status", "method", "warehouse")
    list_select_related = ("warehouse",)
    search_fields = ("ref__exact",)
    inlines = (PickListInline,)


class PickToteInline(ReadOnlyInline):
    model = PickTote
    fields = ("position", "fulfillment_order", "tote", "released_at")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[PickTote]":
        found: QuerySet[PickTote] = super().get_queryset(request)
        return found.select_related("fulfillment_order", "tote")


class PickLineInline(ReadOnlyInline):
    model = PickLine
    fk_name = "pick_list"
    fields = ("sequence", "bin", "product", "quantity", "picked", "status", "short_reason", "order_ref", "done_at")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[PickLine]":
        found: QuerySet[PickLine] = super().get_queryset(request)
        return found.select_related("bin", "product")


@admin.register(PickList)
class PickListAdmin(ReadOnlyAdmin):
    list_display = ("ref", "wave", "status", "ship_by", "picker", "started_at", "completed_at", "scans", "wrong_scans")
    list_filter = ("status", "warehouse")
    list_select_related = ("wave", "picker")
    search_fields = ("ref__exact", "code__exact", "lines__order_ref__exact")
    inlines = (PickToteInline, PickLineInline)


class ParcelItemInline(ReadOnlyInline):
    model = ParcelItem
    fields = ("product", "quantity", "scanned", "order_line", "allocation")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[ParcelItem]":
        found: QuerySet[ParcelItem] = super().get_queryset(request)
        return found.select_related("product", "order_line", "allocation")


class LabelRequestInline(ReadOnlyInline):
    model = LabelRequest
    fields = (
        "carrier",
        "service",
        "status",
        "tracking_number",
        "cost",
        "error",
        "requested_at",
        "settled_at",
        "prints",
    )


class TrackingEventInline(ReadOnlyInline):
    model = TrackingEvent
    fields = ("happened_at", "status", "raw_code", "raw_text", "place", "received_at")
    ordering = ("-happened_at",)


@admin.register(Parcel)
class ParcelAdmin(ReadOnlyAdmin):
    list_display = ("ref", "order_ref", "status", "carrier", "tracking_number", "weight_g", "created_at", "shipped_at")
    list_filter = ("status", "carrier", "warehouse")
    search_fields = ("ref__exact", "order_ref__exact", "tracking_number__exact")
    inlines = (ParcelItemInline, LabelRequestInline, TrackingEventInline)


@admin.register(LabelRequest)
class LabelRequestAdmin(ReadOnlyAdmin):
    list_display = ("id", "parcel", "carrier", "service", "status", "tracking_number", "error", "requested_at")
    list_filter = ("status", "carrier")
    list_select_related = ("parcel",)
    search_fields = ("parcel__ref__exact", "tracking_number__exact", "order_ref__exact")


@admin.register(CarrierNotice)
class CarrierNoticeAdmin(ReadOnlyAdmin):
    list_display = ("id", "carrier", "message_id", "received_at", "handled_at", "outcome")
    list_filter = ("carrier",)
    search_fields = ("message_id__exact",)


@admin.register(IssuedNumber)
class IssuedNumberAdmin(ReadOnlyAdmin):
    list_display = ("id", "country", "issued_at", "voided_at")
