"""Celery's edge of the REST plumbing."""

from celery import shared_task
from django.utils import timezone

from core.rest.pruning import prune


@shared_task(name="core.rest.prune")
def prune_answers() -> None:
    """Forget old answers and counters."""
    prune(now=timezone.now())
