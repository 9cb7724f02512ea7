"""What the outbox shows: stories for people, ages and counts for alarms."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max

from core.outbox.facts import TimelineEntry
from core.outbox.models import Delivery, DeliveryStatus, Event


def timeline(ref: str, *, after: int = 0, limit: int = 500) -> list[TimelineEntry]:
    """The events of the order, return or purchase order ``ref``, oldest first, from the one after id ``after``."""
    if not ref:
        return []
    rows = Event.objects.filter(timeline=ref, pk__gt=after).order_by("pk")[:limit]
    return [
        TimelineEntry(
            id=row.pk,
            type=row.type,
            subject_type=row.subject_type,
            subject_id=row.subject_id,
            at=row.at,
            actor_kind=row.actor_kind,
            actor_name=row.actor_name,
            data=row.data,
        )
        for row in rows
    ]


def oldest_due_age(now: datetime) -> timedelta:
    """How long the oldest delivery that is due, or whose lease ran out, has been waiting; zero when none is."""
    due = (
        Delivery.objects.filter(status=DeliveryStatus.DUE, due_at__lte=now)
        .order_by("due_at", "pk")
        .values_list("due_at", flat=True)
        .first()
    )
    expired = (
        Delivery.objects.filter(status=DeliveryStatus.CLAIMED, claimed_until__lte=now)
        .order_by("claimed_until")
        .values_list("claimed_until", flat=True)
        .first()
    )
    oldest = min((moment for moment in (due, expired) if moment is not None), default=now)
    return max(now - oldest, timedelta(0))


def dead_count() -> int:
    """How many deliveries were given up and wait for a person."""
    return Delivery.objects.filter(status=DeliveryStatus.DEAD).count()


def followed_by(after: int, type: str, *, subject_type: str, subject_id: int, **data: Any) -> bool:
    """Whether, later than the event ``after``, one of this type with that data happened to the subject. One query."""
    rows = Event.objects.filter(subject_type=subject_type, subject_id=subject_id, pk__gt=after, type=type)
    return rows.filter(data__contains=data).exists()


def newest_at(timelines: Iterable[str]) -> dict[str, datetime]:
    """{order, return or purchase order: when something last happened to it}. One statement."""
    wanted = set(timelines)
    if not wanted:
        return {}
    rows = Event.objects.filter(timeline__in=wanted).order_by().values_list("timeline").annotate(at=Max("at"))
    return dict(rows)
