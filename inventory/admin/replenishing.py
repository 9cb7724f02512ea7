"""Terms, policies, faces and seasons in the admin to edit; forecasts, proposals and tasks to read."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from core.kernel.read_only import ReadOnly
from inventory.models import (
    DemandForecast,
    FaceRule,
    PeakPlan,
    PurchaseProposal,
    ReplenishmentTask,
    StockPolicy,
    SupplierProduct,
)


@admin.register(SupplierProduct)
class SupplierProductAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["supplier", "product", "pack_size", "minimum_quantity", "unit_cost", "lead_time_days", "preferred"]
    list_select_related = ["supplier", "product"]
    list_filter = ["preferred"]
    search_fields = ["product__sku__istartswith", "supplier_sku__istartswith"]
    autocomplete_fields = ["supplier", "product"]
    show_full_result_count = False


@admin.register(StockPolicy)
class StockPolicyAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["product", "warehouse", "reorder_point", "maximum", "service_level", "review_days"]
    list_select_related = ["product", "warehouse"]
    list_filter = ["warehouse"]
    search_fields = ["product__sku__istartswith"]
    autocomplete_fields = ["product"]
    show_full_result_count = False


@admin.register(FaceRule)
class FaceRuleAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["product", "bin", "minimum", "maximum"]
    list_select_related = ["product", "bin"]
    search_fields = ["product__sku__istartswith", "bin__name__istartswith"]
    autocomplete_fields = ["product", "bin"]
    show_full_result_count = False


@admin.register(PeakPlan)
class PeakPlanAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["name", "warehouse", "starts_on", "ends_on", "uplift"]
    list_select_related = ["warehouse"]


@admin.register(DemandForecast)
class DemandForecastAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["product", "warehouse", "method", "daily_mean", "daily_deviation", "wape", "baseline_wape", "days"]
    list_select_related = ["product", "warehouse"]
    list_filter = ["warehouse", "method"]
    search_fields = ["product__sku__istartswith"]
    show_full_result_count = False


@admin.register(PurchaseProposal)
class PurchaseProposalAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["product", "warehouse", "supplier", "quantity", "status", "order_by", "decided_by"]
    list_select_related = ["product", "warehouse", "supplier"]
    list_filter = ["status", "warehouse"]
    search_fields = ["product__sku__istartswith"]
    ordering = ["-id"]
    show_full_result_count = False


@admin.register(ReplenishmentTask)
class ReplenishmentTaskAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["ref", "product", "from_bin", "to_bin", "quantity", "status", "cause", "needed_by", "done_by"]
    list_select_related = ["product", "from_bin", "to_bin"]
    list_filter = ["status", "warehouse"]
    search_fields = ["ref__exact", "product__sku__istartswith"]
    ordering = ["-id"]
    show_full_result_count = False
