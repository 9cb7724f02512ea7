"""Events and deliveries in the admin: to read, and to try a dead delivery again."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from core.kernel.actors import SYSTEM, Actor
from core.kernel.errors import DomainError
from core.kernel.read_only import ReadOnly
from core.outbox.models import Delivery, Event
from core.outbox.services import retry_dead


@admin.register(Event)
class EventAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["id", "type", "timeline", "subject_type", "subject_id", "actor_name", "at"]
    search_fields = ["timeline__exact"]
    search_help_text = _("Type the whole reference of an order, a return or a purchase order.")
    ordering = ["-id"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["id", "status", "handler", "event", "attempts", "due_at", "last_error"]
    list_filter = ["status", "queue"]
    list_select_related = ["event"]
    search_fields = ["event__timeline__exact"]
    search_help_text = _("Type the whole reference of an order, a return or a purchase order.")
    ordering = ["-id"]
    actions = ["retry"]

    @admin.action(description=_("Try again"), permissions=["view"])
    def retry(self, request: HttpRequest, queryset: "QuerySet[Delivery]") -> None:
        """Make the chosen dead deliveries due again; say which were not dead."""
        retried = 0
        for delivery_id in queryset.values_list("pk", flat=True):
            try:
                retry_dead(delivery_id, by=staff_of(request), now=timezone.now())
                retried += 1
            except DomainError as refusal:
                self.message_user(request, f"{delivery_id}: {refusal}", messages.WARNING)
        if retried:
            text = ngettext(
                "%(count)d delivery will be tried again.", "%(count)d deliveries will be tried again.", retried
            )
            self.message_user(request, text % {"count": retried}, messages.SUCCESS)


def staff_of(request: HttpRequest) -> Actor:
    """The member of staff at the admin, as an actor."""
    actor = getattr(request.user, "actor", None)
    return actor if isinstance(actor, Actor) else SYSTEM
