"""The Celery edge of shipping."""

from celery import shared_task
from django.utils import timezone

from core.kernel.actors import system
from shipping.services.labels import settle_open_requests


@shared_task(name="shipping.settle_labels")
def settle_labels() -> None:
    """Ask carriers what became of labels nobody heard of."""
    settle_open_requests(by=system("label sweep"), now=timezone.now())
