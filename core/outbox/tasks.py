"""The Celery edge of the outbox. Arguments are ids and tokens, never people."""

from celery import shared_task
from django.utils import timezone

from core.outbox import pruning, relay, services, watch


@shared_task(name="core.outbox.deliver")
def deliver(delivery_id: int, claim_token: str) -> None:
    """Run one claimed delivery; a message that comes twice or too late does nothing."""
    services.deliver(delivery_id, claim_token)


@shared_task(name="core.outbox.sweep")
def sweep() -> None:
    """Hand over what is due but has been left lying, so that the loss of every relay is a delay and no more."""
    if watch.is_left_lying(now=timezone.now()):
        while relay.hand_over() == relay.BATCH:
            pass


@shared_task(name="core.outbox.watch")
def watch_outbox() -> None:
    """Open an exception case while due deliveries grow old, and close it when they do not."""
    watch.watch_age(now=timezone.now())


@shared_task(name="core.outbox.prune")
def prune_deliveries() -> None:
    """Forget what was delivered long ago."""
    pruning.prune(now=timezone.now())
