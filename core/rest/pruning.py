"""Forgetting what has served its time, a thousand rows at a transaction."""

from datetime import datetime, timedelta

from django.db.models import Model

from core.kernel.commands import command
from core.rest.models import IdempotencyRecord, RateCounter, StaffAction

ANSWERS_KEPT = timedelta(days=30)
COUNTERS_KEPT = timedelta(days=2)
CHUNK = 1000


def prune(*, now: datetime) -> int:
    """Delete answers older than 30 days and counters older than two; returns how many rows went.

    Safe to run twice at once or to stop half-way. An order sent again later still meets its unique external id.
    """
    return (
        _prune(IdempotencyRecord, "created_at", now - ANSWERS_KEPT)
        + _prune(StaffAction, "created_at", now - ANSWERS_KEPT)
        + _prune(RateCounter, "minute", now - COUNTERS_KEPT)
    )


def _prune(model: type[Model], column: str, before: datetime) -> int:
    total = 0
    while gone := _prune_chunk(model, column, before):
        total += gone
    return total


@command
def _prune_chunk(model: type[Model], column: str, before: datetime) -> int:
    rows = model._default_manager.filter(**{f"{column}__lt": before}).order_by(column)
    ids = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True)[:CHUNK])
    return model._default_manager.filter(pk__in=ids).delete()[0] if ids else 0
