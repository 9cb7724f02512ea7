"""What the outbox shows: stories for people, ages and counts for alarms."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Max
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from core.outbox.facts import TimelineEntry
from core.outbox.models import Delivery, DeliveryStatus, Event


def timeline(ref: str, *, after: int = 0, limit: int = 500) -> list[TimelineEntry]:
    """The events of the order, return or purchase order ``ref``, oldest first, from the one after id ``after``."""
    if not ref:
        return []
    rows = Event.objects.filter(timeline=ref, pk__gt=after).order_by("pk")[:limit]
    return [_entry(row) for row in rows]


def _entry(row: Event) -> TimelineEntry:
    return TimelineEntry(
        id=row.pk,
        type=row.type,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        at=row.at,
        actor_kind=row.actor_kind,
        actor_name=row.actor_name,
        data=row.data,
    )


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


_FIRED = """
SELECT rule.id, (SELECT count(*) FROM (
    SELECT 1 FROM outbox_event event
    WHERE event.type = 'order.rule_fired' AND ((event.data ->> 'rule_id'))::bigint = rule.id AND event.at >= %s
    LIMIT %s) few)
FROM unnest(%s::bigint[]) AS rule(id)
"""


def rule_firings(rule_ids: Iterable[int], *, since: datetime, cap: int = 1000) -> dict[int, int]:
    """{rule id: how often it fired since}, each counted up to ``cap``. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRED, [since, cap, list(rule_ids)])
        return dict(cursor.fetchall())


def fired_on(rule_id: int, *, since: datetime, limit: int = 100) -> list[tuple[str, datetime, Mapping[str, Any]]]:
    """[(order's reference, when, what it did)] of a rule's firings since, the newest first. One statement."""
    fired = Event.objects.filter(type="order.rule_fired", at__gte=since).annotate(
        rule=Cast(KeyTextTransform("rule_id", "data"), BigIntegerField())
    )
    return list(fired.filter(rule=rule_id).order_by("-at", "-pk").values_list("timeline", "at", "data")[:limit])
