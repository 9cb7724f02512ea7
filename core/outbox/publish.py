"""Write down what happened, in the transaction that makes it true. The only way to cause an effect."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.kernel.actors import Actor
from core.kernel.commands import refuse_outside_transaction
from core.kernel.prepared import Prepared
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


# One statement for events and deliveries: publishing is part of every write, so its round trips count.
_PUBLISH = Prepared(
    "outbox_publish",
    """
WITH new AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('outbox_event', 'id')) AS id, event.*
    FROM jsonb_to_recordset(%(events)s) AS event (
        place int, type text, subject_type text, subject_id bigint, timeline text, data jsonb)
), written AS (
    INSERT INTO outbox_event
        (id, type, subject_type, subject_id, timeline, data, actor_kind, actor_id, actor_name, at)
    SELECT id, type, subject_type, subject_id, timeline, data, %(actor_kind)s, %(actor_id)s, %(actor_name)s, %(now)s
    FROM new
), routed AS (
    INSERT INTO outbox_delivery (event_id, handler, queue, status, due_at, attempts, last_error)
    SELECT new.id, handler, queue, 'due', due_at, 0, ''
    FROM jsonb_to_recordset(%(deliveries)s) AS route (
        place int, handler text, queue text, due_at timestamptz, only_if_heard bool)
    JOIN new USING (place)
    WHERE NOT only_if_heard OR EXISTS (
        SELECT FROM outbox_listener AS listener
        WHERE listener.handler = route.handler
          AND listener.pattern IN (new.type, split_part(new.type, '.', 1) || '.*'))
    ORDER BY new.id
)
SELECT id FROM new ORDER BY place
""",
    events="jsonb",
    actor_kind="text",
    actor_id="bigint",
    actor_name="text",
    now="timestamptz",
    deliveries="jsonb",
)


def publish(*events: NewEvent, by: Actor, now: datetime) -> list[int]:
    """Insert the events and one delivery for each handler routed to; returns the events' ids.

    One statement however many events there are; it asks in passing whether anybody listens to what is optional.
    Raises RuntimeError outside a transaction.
    """
    refuse_outside_transaction()
    if not events:
        return []
    rows = [
        {
            "place": place,
            "type": event.type,
            "subject_type": event.subject_type,
            "subject_id": event.subject_id,
            "timeline": event.timeline,
            "data": event.data,
        }
        for place, event in enumerate(events)
    ]
    deliveries = [
        {
            "place": place,
            "handler": route.handler,
            "queue": route.queue,
            "due_at": ((event.due_at or now) + route.delay).isoformat(),
            "only_if_heard": route.only_if_heard,
        }
        for place, event in enumerate(events)
        for route in routes_of(event.type)
    ]
    found = _PUBLISH.run(
        events=json.dumps(rows),
        actor_kind=by.kind,
        actor_id=by.id,
        actor_name=by.name,
        now=now,
        deliveries=json.dumps(deliveries),
    )
    return [row[0] for row in found]
