"""Celery's edge of the webhooks."""

from celery import shared_task
from django.utils import timezone

from core.webhooks.pruning import prune


@shared_task(name="core.webhooks.prune")
def prune_deliveries() -> None:
    """Forget old messages."""
    prune(now=timezone.now())
