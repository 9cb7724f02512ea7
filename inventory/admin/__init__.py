"""Inventory in the admin: products and places to edit; stock, ledger and deliveries to read."""

from typing import Any

from django.contrib import admin
from django.db.models import F
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from core.kernel.read_only import ReadOnly
from inventory.admin.kits import KitFormSet
from inventory.models import (
    Barcode,
    Bin,
    BinStock,
    KitComponent,
    Product,
    PurchaseOrder,
    PurchaseOrderLine,
    Receipt,
    ReceiptLine,
    Reservation,
    ReservationLine,
    StockMovement,
    Substitute,
    Supplier,
    Warehouse,
    Zone,
)
from inventory.selectors.lead_times import lead_times
from inventory.services.places import NewBin, NewWarehouse, add_bins, add_warehouse


class BarcodeInline(TabularInline):  # type: ignore[misc]
    model = Barcode
    extra = 0
    hide_title = True


class SubstituteInline(TabularInline):  # type: ignore[misc]
    """What a customer may be offered when the product is missing, the first to be offered first."""

    model = Substitute
    fk_name = "product"
    autocomplete_fields = ["substitute"]
    extra = 0
    hide_title = True


class KitInline(TabularInline):  # type: ignore[misc]
    model = KitComponent
    fk_name = "kit"
    formset = KitFormSet
    autocomplete_fields = ["component"]
    extra = 0
    hide_title = True


@admin.register(Product)
class ProductAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["sku", "name", "weight_g", "tracking", "ships", "release_on", "active"]
    list_filter = ["active", "tracking", "ships"]
    search_fields = ["sku__istartswith", "name", "barcodes__code__exact"]
    exclude = ["created_at", "version"]
    inlines = [BarcodeInline, KitInline, SubstituteInline]
    show_full_result_count = False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """An image's address typed without a scheme is taken as https."""
        if db_field.name == "image_url":
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A SKU never changes once it is in use."""
        return ["sku"] if obj else []

    def save_model(self, request: HttpRequest, obj: Product, form: "ModelForm[Product]", change: bool) -> None:
        """Stamp a new product; count the version of a changed one up."""
        if change:
            super().save_model(request, obj, form, change)
            Product.objects.filter(pk=obj.pk).update(version=F("version") + 1)
        else:
            obj.created_at = timezone.now()
            super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Supplier)
class SupplierAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["code", "name", "lead_time_days"]
    search_fields = ["code", "name"]
    readonly_fields = ["learned"]

    @admin.display(description=_("lead time learned from receipts"))
    def learned(self, row: Supplier) -> str:
        """How long its orders really took."""
        found = lead_times([row.pk]).get(row.pk) if row.pk else None
        if found is None:
            return "–"
        return _("%(median)s days as a rule, 9 of 10 within %(p90)s (%(receipts)d orders)") % {
            "median": found.median_days,
            "p90": found.p90_days,
            "receipts": found.receipts,
        }


@admin.register(Warehouse)
class WarehouseAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["code", "name", "kind", "country", "time_zone", "cut_off", "active"]

    def save_model(self, request: HttpRequest, obj: Warehouse, form: "ModelForm[Warehouse]", change: bool) -> None:
        """A new warehouse comes with its virtual bins and one bin each to receive, pack, stage and take returns."""
        if change:
            super().save_model(request, obj, form, change)
            return
        fact = add_warehouse(
            NewWarehouse(
                code=obj.code,
                name=obj.name,
                country=obj.country,
                cut_off=obj.cut_off,
                time_zone=obj.time_zone,
                address=obj.address,
                handling_days=obj.handling_days,
                working_weekdays=obj.working_weekdays,
                closed_days=obj.closed_days,
                kind=obj.kind,
                daily_capacity=obj.daily_capacity,
                parcel_cost=obj.parcel_cost,
                latitude=obj.latitude,
                longitude=obj.longitude,
            )
        )
        obj.pk = fact.id

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Zone)
class ZoneAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["code", "name", "warehouse", "allowed_hazards"]
    list_select_related = ["warehouse"]


@admin.register(Bin)
class BinAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["name", "code", "kind", "zone", "warehouse", "pick_sequence", "one_product", "frozen", "active"]
    list_filter = ["kind", "frozen", "active"]
    list_select_related = ["warehouse", "zone"]
    search_fields = ["name__istartswith", "code__exact"]
    raw_id_fields = ["parent"]
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What a bin is, and where, cannot change while units may lie in it; it is frozen on its own page."""
        fixed = ["code", "frozen", "frozen_reason"]
        return [*fixed, "warehouse", "kind", "parent"] if obj else fixed

    def save_model(self, request: HttpRequest, obj: Bin, form: "ModelForm[Bin]", change: bool) -> None:
        """A new bin gets its scan code."""
        if change:
            super().save_model(request, obj, form, change)
            return
        (fact,) = add_bins(
            obj.warehouse_id,
            [
                NewBin(
                    name=obj.name,
                    kind=obj.kind,
                    pick_sequence=obj.pick_sequence,
                    zone=obj.zone.code if obj.zone else "",
                    capacity_ml=obj.capacity_ml,
                    capacity_g=obj.capacity_g,
                    capacity_units=obj.capacity_units,
                    one_product=obj.one_product,
                    parent_id=obj.parent_id,
                )
            ],
        )
        obj.pk, obj.code = fact.id, fact.code

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(BinStock)
class BinStockAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["bin", "product", "lot", "condition", "quantity", "to_pick"]
    list_filter = ["condition"]
    list_select_related = ["bin", "product"]
    search_fields = ["product__sku__istartswith", "bin__name__istartswith", "bin__code__exact"]
    show_full_result_count = False


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["id", "product", "quantity", "from_bin", "to_bin", "reason", "document", "actor_name", "at"]
    list_select_related = ["product", "from_bin", "to_bin"]
    search_fields = ["document__exact", "product__sku__exact"]
    search_help_text = _("Type the whole SKU, or the whole reference of a document.")
    ordering = ["-id"]
    show_full_result_count = False
    list_per_page = 50


class PurchaseOrderLineInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = PurchaseOrderLine
    extra = 0


@admin.register(PurchaseOrder)
class PurchaseOrderAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["ref", "supplier", "warehouse", "status", "expected_on", "created_at"]
    list_filter = ["status", "warehouse"]
    list_select_related = ["supplier", "warehouse"]
    search_fields = ["ref__exact"]
    inlines = [PurchaseOrderLineInline]
    ordering = ["-id"]


class ReceiptLineInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = ReceiptLine
    extra = 0


@admin.register(Receipt)
class ReceiptAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["ref", "warehouse", "purchase_order", "opened_at", "closed_at", "opened_by"]
    list_filter = ["warehouse"]
    list_select_related = ["warehouse", "purchase_order"]
    search_fields = ["ref__exact", "purchase_order__ref__exact"]
    inlines = [ReceiptLineInline]
    ordering = ["-id"]


class ReservationLineInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = ReservationLine
    extra = 0


@admin.register(Reservation)
class ReservationAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["id", "warehouse", "created_at", "expires_at", "closed_at"]
    list_select_related = ["warehouse"]
    inlines = [ReservationLineInline]
    ordering = ["-created_at"]
    show_full_result_count = False


# Last, because it uses what is above.
from inventory.admin import assembly, availability, counting, exchange, lots, receiving, replenishing  # noqa: E402, F401
