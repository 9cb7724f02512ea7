"""What promises rest on, in the admin: cut-offs of services, transit times, seasons, capacity of single days."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from orders.models import CapacityDay, Season, ServiceCutOff, TransitTime
from orders.selectors.calendars import forget_book

_TRANSIT_HELP = _(
    "These are the days promises, rates and last order dates are reckoned with. The most particular row counts: by"
    " destination first, then by origin. Without any row a method takes what is usual for it. The days of a carrier's"
    " service (shipping) only say which service is faster; no promise is made from them."
)


class CalendarAdmin(ModelAdmin):  # type: ignore[misc]
    """Rows that every process keeps for some seconds: a change here is heard here at once."""

    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        transaction.on_commit(forget_book)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        super().delete_model(request, obj)
        transaction.on_commit(forget_book)

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        super().delete_queryset(request, queryset)
        transaction.on_commit(forget_book)


@admin.register(ServiceCutOff)
class ServiceCutOffAdmin(CalendarAdmin):
    list_display = ["warehouse", "method", "cut_off"]
    list_select_related = ["warehouse"]
    list_filter = ["warehouse"]


class TransitForm(forms.ModelForm):  # type: ignore[type-arg]
    """A transit time; countries are two capital letters, or empty for any."""

    class Meta:
        model = TransitTime
        fields = "__all__"  # noqa: DJ007  the admin's fieldsets name them

    def clean_origin(self) -> str:
        return str(self.cleaned_data["origin"]).upper()

    def clean_destination(self) -> str:
        return str(self.cleaned_data["destination"]).upper()

    def clean_working_weekdays(self) -> list[int]:
        days = list(self.cleaned_data["working_weekdays"] or [])
        if any(day > 6 for day in days):
            raise forms.ValidationError(_("Monday is 0, Sunday is 6."))
        return sorted(set(days))


@admin.register(TransitTime)
class TransitTimeAdmin(CalendarAdmin):
    form = TransitForm
    list_display = ["method", "origin", "destination", "fewest", "most"]
    list_filter = ["method"]
    search_fields = ["method", "destination__iexact"]
    fieldsets = [
        (None, {"fields": ["method", "origin", "destination", "fewest", "most"], "description": _TRANSIT_HELP}),
        (_("The carrier's days"), {"fields": ["working_weekdays", "closed_days"]}),
    ]


@admin.register(Season)
class SeasonAdmin(CalendarAdmin):
    list_display = ["name", "since", "until", "method", "destination", "warehouse", "more_transit_days", "cut_off"]
    list_select_related = ["warehouse"]
    list_filter = ["warehouse"]
    ordering = ["-until"]


@admin.register(CapacityDay)
class CapacityDayAdmin(CalendarAdmin):
    list_display = ["day", "warehouse", "shipments"]
    list_select_related = ["warehouse"]
    list_filter = ["warehouse"]
    ordering = ["-day"]
