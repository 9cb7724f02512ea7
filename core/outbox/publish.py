"""Write down what happened, in the transaction that makes it true. The only way to cause an effect."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.kernel.actors import Actor
from core.kernel.commands import refuse_outside_transaction
from core.outbox.models import Delivery, Event
from core.outbox.routes import routes_of


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to publish. ``due_at`` postpones its deliveries: how everything later than now is scheduled."""

    type: str
    subject_type: str
    subject_id: int
    timeline: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    due_at: datetime | None = None


def publish(*events: NewEvent, by: Actor, now: datetime) -> list[int]:
    """Insert the events and one delivery for each handler routed to; returns the events' ids.

    Two statements however many events there are. Raises RuntimeError outside a transaction.
    """
    refuse_outside_transaction()
    if not events:
        return []
    rows = Event.objects.bulk_create(
        [
            Event(
                type=event.type,
                subject_type=event.subject_type,
                subject_id=event.subject_id,
                timeline=event.timeline,
                actor_kind=by.kind,
                actor_id=by.id,
                actor_name=by.name,
                at=now,
                data=event.data,
            )
            for event in events
        ]
    )
    _insert_deliveries(events, rows, now=now)
    return [row.pk for row in rows]


def _insert_deliveries(events: Sequence[NewEvent], rows: Sequence[Event], *, now: datetime) -> None:
    Delivery.objects.bulk_create(
        [
            Delivery(
                event=row,
                handler=route.handler,
                queue=route.queue,
                due_at=(event.due_at or now) + route.delay,
            )
            for event, row in zip(events, rows, strict=True)
            for route in routes_of(event.type)
        ]
    )
