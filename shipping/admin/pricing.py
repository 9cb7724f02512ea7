"""What sending costs, and what is given away: services with their bands, zones and upgrade budgets."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from core.kernel.read_only import ReadOnly
from shipping.models import CarrierService, RateBand, ShippingZone, Upgrade, UpgradeBudget
from shipping.services.budgets import hear_orders


class RateBandInline(TabularInline):  # type: ignore[misc]
    """Prices by zone and weight; without any, the service's own price counts everywhere."""

    model = RateBand
    extra = 0
    hide_title = True
    fields = ("zone", "weight_to_g", "price", "cost", "free_from")


@admin.register(CarrierService)
class CarrierServiceAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("method", "name", "carrier", "service", "price", "cost", "free_from", "active")
    list_filter = ("carrier", "active")
    search_fields = ("method", "name")
    inlines = (RateBandInline,)
    fieldsets = (
        (None, {"fields": ("method", "name", "carrier", "service", "active")}),
        (_("Price and weight"), {"fields": ("price", "free_from", "cost", "max_weight_g")}),
        (
            _("How fast it is"),
            {
                "fields": ("transit_days_min", "transit_days_max"),
                "description": _(
                    "Only tells which service is faster. Promises and last order dates are reckoned with the transit"
                    " times of orders."
                ),
            },
        ),
    )


@admin.register(ShippingZone)
class ShippingZoneAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("code", "name", "countries", "postal_prefixes")
    search_fields = ("code", "name")


@admin.register(UpgradeBudget)
class UpgradeBudgetAdmin(ModelAdmin):  # type: ignore[misc]
    """Every change says whether new orders have to be looked at at all."""

    list_display = (
        "channel",
        "from_method",
        "to_method",
        "orders_a_month",
        "money_a_month",
        "min_value",
        "first_orders",
        "one_in",
        "active",
    )
    list_filter = ("channel", "active")
    list_select_related = ("channel",)

    def save_model(self, request: HttpRequest, obj: UpgradeBudget, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        hear_orders()

    def delete_model(self, request: HttpRequest, obj: UpgradeBudget) -> None:
        super().delete_model(request, obj)
        hear_orders()

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[UpgradeBudget]") -> None:
        super().delete_queryset(request, queryset)
        hear_orders()


@admin.register(Upgrade)
class UpgradeAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    """Who was upgraded, by what budget or by whom."""

    list_display = ("id", "order", "budget", "from_method", "to_method", "cost", "given_by", "given_at")
    list_select_related = ("order", "budget")
    search_fields = ("order__ref__exact",)
    show_full_result_count = False
    ordering = ("-pk",)
