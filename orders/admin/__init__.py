"""Orders in the admin: channels to edit; orders and everything of theirs to read, for only services write them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from core.kernel.read_only import ReadOnly
from core.kernel.refs import is_order_ref, tidy_ref
from orders.admin.calendars import CapacityDayAdmin, SeasonAdmin, ServiceCutOffAdmin, TransitTimeAdmin
from orders.admin.channels import ChannelAdmin
from orders.admin.choices import ShortageChoiceAdmin
from orders.admin.rules import RuleAdmin
from orders.models import (
    Allocation,
    Channel,
    Customer,
    Erasure,
    FulfillmentOrder,
    Hold,
    Order,
    OrderCharge,
    OrderKit,
    OrderLine,
    Promise,
)

__all__ = [
    "CapacityDayAdmin",
    "ChannelAdmin",
    "RuleAdmin",
    "SeasonAdmin",
    "ServiceCutOffAdmin",
    "ShortageChoiceAdmin",
    "TransitTimeAdmin",
]


@admin.register(Customer)
class CustomerAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["id", "name", "email", "channel", "locale", "created_at"]
    list_select_related = ["channel"]
    list_filter = ["channel"]
    search_fields = ["email__iexact", "name__istartswith"]
    search_help_text = _("E-mail address, or the beginning of a name")
    ordering = ["-pk"]


@admin.register(Erasure)
class ErasureAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["id", "customer_id", "channel_id", "requested_by", "erased_at"]
    ordering = ["-pk"]


class LineInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = OrderLine
    fields = ["position", "sku", "name", "quantity", "allocated", "backordered", "shipped", "cancelled", "returned"]
    extra = 0


class KitInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = OrderKit
    fields = ["sku", "name", "quantity", "unit_price"]
    extra = 0


class ChargeInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = OrderCharge
    fields = ["code", "description", "amount"]
    extra = 0


class HoldInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = Hold
    fields = ["type", "reason", "placed_by", "placed_at", "release_at", "released_by", "released_at"]
    extra = 0


class PromiseInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = Promise
    fields = ["version", "ship_by", "deliver_from", "deliver_to", "reason", "made_at"]
    extra = 0


class FulfillmentOrderInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = FulfillmentOrder
    fields = ["warehouse", "status", "ship_by", "released_at", "picked_at", "packed_at", "closed_at"]
    show_change_link = True
    extra = 0

    def get_queryset(self, request: HttpRequest) -> "QuerySet[FulfillmentOrder]":
        found: QuerySet[FulfillmentOrder] = super().get_queryset(request)
        return found.select_related("warehouse")


@admin.register(Order)
class OrderAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = [
        "ref",
        "channel",
        "external_id",
        "status",
        "fulfillment_status",
        "payment_status",
        "return_status",
        "open_holds",
        "ship_by",
        "placed_at",
    ]
    list_select_related = ["channel"]
    list_filter = ["status", "fulfillment_status", "payment_status", "channel"]
    search_fields = ["ref", "external_id__exact", "email__iexact"]
    search_help_text = _("Reference, the channel's number or the e-mail address, whole")
    ordering = ["-placed_at", "-pk"]
    inlines = [LineInline, KitInline, ChargeInline, HoldInline, PromiseInline, FulfillmentOrderInline]

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Order]", search_term: str
    ) -> tuple["QuerySet[Order]", bool]:
        """By what is unique or indexed, never by parts of a text."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if "@" in term:
            return queryset.filter(email__iexact=term), False
        if is_order_ref(tidy_ref(term)):
            return queryset.filter(ref=tidy_ref(term)), False
        channels = list(Channel.objects.values_list("pk", flat=True))
        return queryset.filter(channel_id__in=channels, external_id=term), False


class AllocationInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = Allocation
    fields = ["order_line_id", "sku", "quantity", "status", "bin", "lot", "packed_at"]
    readonly_fields = ["order_line_id", "sku"]
    extra = 0

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Allocation]":
        found: QuerySet[Allocation] = super().get_queryset(request)
        return found.select_related("order_line", "bin")

    @admin.display(description=_("SKU"))
    def sku(self, obj: Allocation) -> str:
        return obj.order_line.sku


@admin.register(FulfillmentOrder)
class FulfillmentOrderAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["id", "order_ref", "warehouse", "status", "ship_by", "released_at", "closed_at"]
    list_select_related = ["warehouse"]
    list_filter = ["status", "warehouse"]
    search_fields = ["order_ref__exact"]
    search_help_text = _("Reference of the order, whole")
    ordering = ["-pk"]
    inlines = [AllocationInline]


@admin.register(Hold)
class HoldAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["id", "order", "type", "reason", "placed_by", "placed_at", "release_at", "released_at"]
    list_select_related = ["order"]
    list_filter = ["type"]
    ordering = ["-pk"]
