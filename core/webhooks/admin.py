"""Endpoints and their messages in the admin: to read, to switch off and on, and to send again."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from core.kernel.errors import DomainError
from core.kernel.read_only import ReadOnly
from core.outbox.admin import staff_of
from core.webhooks.attempts import replay
from core.webhooks.models import WebhookDelivery, WebhookEndpoint
from core.webhooks.subscribing import disable_endpoint, enable_endpoint


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["id", "url", "channel_id", "active", "disabled_reason", "failing_since", "created_at"]
    list_filter = ["active", "disabled_reason"]
    exclude = ["secret", "previous_secret"]
    ordering = ["-id"]
    actions = ["switch_off", "switch_on"]

    @admin.action(description=_("Switch off"), permissions=["view"])
    def switch_off(self, request: HttpRequest, queryset: "QuerySet[WebhookEndpoint]") -> None:
        """Send the chosen endpoints nothing more."""
        _each(self, request, queryset, lambda row: disable_endpoint(row.pk, by=staff_of(request), now=timezone.now()))

    @admin.action(description=_("Switch on again"), permissions=["view"])
    def switch_on(self, request: HttpRequest, queryset: "QuerySet[WebhookEndpoint]") -> None:
        """Send the chosen endpoints what happens from now on."""
        _each(self, request, queryset, lambda row: enable_endpoint(row.pk, by=staff_of(request), now=timezone.now()))


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["id", "type", "status", "endpoint", "attempts", "last_status_code", "last_error", "created_at"]
    list_filter = ["status"]
    list_select_related = ["endpoint"]
    exclude = ["claim_token"]
    ordering = ["-id"]
    actions = ["send_again"]

    @admin.action(description=_("Send again"), permissions=["view"])
    def send_again(self, request: HttpRequest, queryset: "QuerySet[WebhookDelivery]") -> None:
        """Send the chosen messages once more."""
        _each(
            self,
            request,
            queryset,
            lambda row: replay(row.pk, endpoint=row.endpoint, by=staff_of(request), now=timezone.now()),
        )


def _each(page: ModelAdmin, request: HttpRequest, rows: "QuerySet[Any]", act: Callable[[Any], Any]) -> None:
    for row in rows:
        try:
            act(row)
        except DomainError as refusal:
            page.message_user(request, f"{row.pk}: {refusal}", messages.WARNING)
