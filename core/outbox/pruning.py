"""Forgetting deliveries that were made, a thousand rows at a transaction. Events are the story and stay."""

from datetime import datetime, timedelta

from core.kernel.commands import command
from core.outbox.models import Delivery, DeliveryStatus

KEPT = timedelta(days=90)
CHUNK = 1000


def prune(*, now: datetime) -> int:
    """Delete deliveries done more than 90 days ago; returns how many went. Due, claimed and dead ones stay.

    Safe to run twice at once or to stop half-way. A mail whose delivery is gone can no longer be sent again.
    """
    total, after = 0, 0
    while (walked := _prune_chunk(after, now - KEPT)) is not None:
        after, gone = walked
        total += gone
    return total


@command
def _prune_chunk(after: int, before: datetime) -> tuple[int, int] | None:
    """(the last id looked at, how many went) of the next rows; None at the first chunk in which nothing is old.

    Walks by key from the oldest: the night's cost is what grew old and what is stuck, not what is kept, and the
    table, the busiest of all, needs no further index.
    """
    rows = list(Delivery.objects.filter(pk__gt=after).order_by("pk").values_list("pk", "due_at")[:CHUNK])
    if not any(due_at < before for _pk, due_at in rows):
        return None
    last = rows[-1][0]
    done = Delivery.objects.filter(pk__gt=after, pk__lte=last, status=DeliveryStatus.DONE, done_at__lt=before)
    ids = list(done.select_for_update(skip_locked=True).values_list("pk", flat=True))
    return last, Delivery.objects.filter(pk__in=ids).delete()[0] if ids else 0
