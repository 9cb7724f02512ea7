"""Messages in the admin: to read, and to send again."""

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
from core.messaging.models import Message
from core.messaging.services import resend


@admin.register(Message)
class MessageAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["id", "status", "template", "locale", "recipient", "timeline", "attempts", "sent_at"]
    list_filter = ["status", "template", "locale"]
    search_fields = ["timeline__exact", "recipient__exact"]
    search_help_text = _("Type the whole reference, or the whole address.")
    ordering = ["-id"]
    actions = ["send_again"]

    @admin.action(description=_("Send again"), permissions=["view"])
    def send_again(self, request: HttpRequest, queryset: "QuerySet[Message]") -> None:
        """Send the chosen messages once more, each as its next revision."""
        actor = getattr(request.user, "actor", None)
        by = actor if isinstance(actor, Actor) else SYSTEM
        sent = 0
        for message_id in queryset.values_list("pk", flat=True):
            try:
                resend(message_id, by=by, now=timezone.now())
                sent += 1
            except DomainError as refusal:
                self.message_user(request, f"{message_id}: {refusal}", messages.WARNING)
        if sent:
            text = ngettext("%(count)d message will be sent again.", "%(count)d messages will be sent again.", sent)
            self.message_user(request, text % {"count": sent}, messages.SUCCESS)
