"""Returns in the admin: everything to read, the few decisions a supervisor takes as actions through the services."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin, TabularInline

from core.kernel.actors import SYSTEM, Actor
from core.kernel.errors import DomainError
from core.kernel.read_only import ReadOnly
from returns.models import Inspection, Reception, RefundInstruction, Return, ReturnItem, SpokenFor
from returns.services.inspection import put_down_inspection
from returns.services.requests import approve_return, cancel_return
from returns.services.resolution import close_return, request_refund_again


def actor_of(request: HttpRequest) -> Actor:
    """The member of staff who clicked."""
    actor = getattr(request.user, "actor", None)
    return actor if isinstance(actor, Actor) else SYSTEM


def each(modeladmin: Any, request: HttpRequest, names: list[str], act: Callable[[str], object]) -> None:
    """Do the act for each; refusals are shown by name, the rest is counted."""
    done = 0
    for name in names:
        try:
            act(name)
            done += 1
        except DomainError as refusal:
            modeladmin.message_user(request, f"{name}: {refusal}", messages.WARNING)
    if done:
        text = ngettext("%(count)d was changed.", "%(count)d were changed.", done) % {"count": done}
        modeladmin.message_user(request, text, messages.SUCCESS)


class ReturnItemInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = ReturnItem
    fields = [
        "sku",
        "name",
        "quantity",
        "received",
        "accepted",
        "reason",
        "reception_status",
        "acceptance_status",
        "grade",
        "disposition",
        "refund_amount",
    ]
    extra = 0


class RefundInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = RefundInstruction
    fields = ["amount", "currency", "status", "requested_at", "settled_at", "failure"]
    extra = 0


@admin.register(Return)
class ReturnAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["ref", "kind", "status", "order_ref", "warehouse", "resolution", "requested_at", "received_at"]
    list_filter = ["status", "kind", "resolution", "warehouse"]
    list_select_related = ["warehouse"]
    search_fields = ["ref__exact", "order_ref__exact", "tracking_number__exact"]
    search_help_text = _("Type a whole return, order or tracking number.")
    ordering = ["-requested_at", "-pk"]
    inlines = [ReturnItemInline, RefundInline]
    actions = ["approve", "cancel", "close"]

    @admin.action(description=_("Approve"), permissions=["view"])
    def approve(self, request: HttpRequest, queryset: "QuerySet[Return]") -> None:
        """Say yes to the chosen requests."""
        refs = list(queryset.values_list("ref", flat=True))
        each(self, request, refs, lambda ref: approve_return(ref, by=actor_of(request), now=timezone.now()))

    @admin.action(description=_("Cancel"), permissions=["view"])
    def cancel(self, request: HttpRequest, queryset: "QuerySet[Return]") -> None:
        """Call the chosen returns off."""
        refs = list(queryset.values_list("ref", flat=True))
        each(self, request, refs, lambda ref: cancel_return(ref, by=actor_of(request), now=timezone.now()))

    @admin.action(description=_("Close, the exchange is placed"), permissions=["view"])
    def close(self, request: HttpRequest, queryset: "QuerySet[Return]") -> None:
        """Close returns whose exchange or credit was placed by hand."""
        refs = list(queryset.values_list("ref", flat=True))
        each(self, request, refs, lambda ref: close_return(ref, by=actor_of(request), now=timezone.now()))


@admin.register(Inspection)
class InspectionAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["id", "return_ref", "status", "quantity", "grade", "disposition", "inspector", "due_at"]
    list_filter = ["status", "grade", "disposition", "warehouse"]
    list_select_related = ["inspector"]
    search_fields = ["return_ref__exact", "order_ref__exact"]
    search_help_text = _("Type a whole return or order number.")
    ordering = ["-pk"]
    actions = ["put_down"]

    @admin.action(description=_("Give back to the queue"), permissions=["view"])
    def put_down(self, request: HttpRequest, queryset: "QuerySet[Inspection]") -> None:
        """Free inspections that somebody took and does not do."""
        ids = [str(pk) for pk in queryset.values_list("pk", flat=True)]
        each(self, request, ids, lambda pk: put_down_inspection(int(pk), by=actor_of(request), now=timezone.now()))


@admin.register(RefundInstruction)
class RefundAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["id", "rma", "order_ref", "status", "amount", "currency", "requested_at", "settled_at", "failure"]
    list_filter = ["status", "currency"]
    list_select_related = ["rma"]
    search_fields = ["order_ref__exact", "rma__ref__exact"]
    search_help_text = _("Type a whole return or order number.")
    ordering = ["-pk"]
    actions = ["again"]

    @admin.action(description=_("Ask the shop again"), permissions=["view"])
    def again(self, request: HttpRequest, queryset: "QuerySet[RefundInstruction]") -> None:
        """Tell the shop once more about refunds that failed."""
        ids = [str(pk) for pk in queryset.values_list("pk", flat=True)]
        each(self, request, ids, lambda pk: request_refund_again(int(pk), by=actor_of(request), now=timezone.now()))


@admin.register(Reception)
class ReceptionAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["at", "code", "outcome", "rma", "units", "warehouse", "by"]
    list_filter = ["outcome", "warehouse"]
    list_select_related = ["rma", "warehouse"]
    search_fields = ["code__exact", "rma__ref__exact"]
    search_help_text = _("Type a whole code or return number.")
    ordering = ["-at", "-pk"]


@admin.register(SpokenFor)
class SpokenForAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["order_line", "shipped", "units"]
    list_select_related = ["order_line"]
    ordering = ["-pk"]
