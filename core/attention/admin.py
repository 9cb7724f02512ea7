"""Exception cases in the admin: to read, and to close."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from core.attention.models import ExceptionCase
from core.attention.services import resolve_case
from core.kernel.actors import SYSTEM, Actor
from core.kernel.errors import DomainError
from core.kernel.read_only import ReadOnly


@admin.register(ExceptionCase)
class ExceptionCaseAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["id", "kind", "summary", "timeline", "owner", "opened_at", "closed_at"]
    list_filter = ["kind", ("closed_at", admin.EmptyFieldListFilter)]
    list_select_related = ["owner"]
    search_fields = ["timeline__exact"]
    search_help_text = _("Type the whole reference of an order, a return or a purchase order.")
    ordering = ["-id"]
    actions = ["close"]

    @admin.action(description=_("Close"), permissions=["view"])
    def close(self, request: HttpRequest, queryset: "QuerySet[ExceptionCase]") -> None:
        """Close the chosen cases."""
        actor = getattr(request.user, "actor", None)
        by = actor if isinstance(actor, Actor) else SYSTEM
        for case_id in queryset.values_list("pk", flat=True):
            try:
                resolve_case(case_id, resolution="closed in the admin", by=by, now=timezone.now())
            except DomainError as refusal:
                self.message_user(request, f"{case_id}: {refusal}", messages.WARNING)
