"""Forgetting old messages, a thousand at a transaction."""

from datetime import datetime, timedelta

from core.kernel.commands import command
from core.webhooks.models import WebhookDelivery, WebhookStatus

KEPT = timedelta(days=30)
CHUNK = 1000


def prune(*, now: datetime) -> int:
    """Delete messages of more than 30 days ago that are no longer on their way; returns how many went."""
    total = 0
    while gone := _prune_chunk(now - KEPT):
        total += gone
    return total


@command
def _prune_chunk(before: datetime) -> int:
    rows = WebhookDelivery.objects.filter(created_at__lt=before).exclude(status=WebhookStatus.PENDING)
    rows = rows.order_by("created_at").select_for_update(skip_locked=True)
    ids = list(rows.values_list("pk", flat=True)[:CHUNK])
    return WebhookDelivery.objects.filter(pk__in=ids).delete()[0] if ids else 0
