"""Write down what happened, in the transaction that makes it true. The only way to cause an effect."""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import connection

from core.kernel.actors import Actor
from core.kernel.commands import is_outermost, refuse_outside_transaction
from core.kernel.prepared import Prepared
from core.outbox.routes import routes_of

P = ParamSpec("P")
R = TypeVar("R")


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


class _Gathered(threading.local):
    """What the running command published and has not written yet; ``batches`` is None when nobody gathers."""

    batches: "list[_Batch] | None" = None
    savepoints: int = 0


_gathered = _Gathered()


class _Batch:
    """Events of one actor at one moment, as the statement takes them."""

    def __init__(self, by: Actor, now: datetime) -> None:
        self.by, self.now = by, now
        self.events: list[str] = []
        self.deliveries: list[dict[str, Any]] = []

    def add(self, events: Sequence[NewEvent]) -> None:
        for event in events:
            place = len(self.events)
            # Written out here: what the caller does with its data afterwards is none of the event's.
            self.events.append(
                json.dumps(
                    {
                        "place": place,
                        "type": event.type,
                        "subject_type": event.subject_type,
                        "subject_id": event.subject_id,
                        "timeline": event.timeline,
                        "data": event.data,
                    }
                )
            )
            self.deliveries += [
                {
                    "place": place,
                    "handler": route.handler,
                    "queue": route.queue,
                    "due_at": ((event.due_at or self.now) + route.delay).isoformat(),
                    "only_if_heard": route.only_if_heard,
                }
                for route in routes_of(event.type)
            ]

    def write(self) -> list[int]:
        found = _PUBLISH.run(
            events=f"[{','.join(self.events)}]",
            actor_kind=self.by.kind,
            actor_id=self.by.id,
            actor_name=self.by.name,
            now=self.now,
            deliveries=json.dumps(self.deliveries),
        )
        return [row[0] for row in found]


def publish(*events: NewEvent, by: Actor, now: datetime) -> list[int]:
    """Insert the events and one delivery for each handler routed to; returns the events' ids.

    One statement however many events there are; it asks in passing whether anybody listens to what is optional.
    In a command that is ``published_together`` they are kept for its end, and no ids are returned.
    Raises RuntimeError outside a transaction.
    """
    refuse_outside_transaction()
    if not events:
        return []
    batches = _gathered.batches
    if batches is None or len(connection.savepoint_ids) > _gathered.savepoints:
        # What a savepoint may take back is not kept beyond it.
        alone = _Batch(by, now)
        alone.add(events)
        return alone.write()
    if not batches or (batches[-1].by, batches[-1].now) != (by, now):
        batches.append(_Batch(by, now))
    batches[-1].add(events)
    return []


def published_together(function: Callable[P, R]) -> Callable[P, R]:
    """Under ``@command``: what the command publishes is written in one statement, at its end, in the order published.

    For commands of many steps none of which reads events. ``write_gathered`` writes them sooner. Joined by another
    command, it leaves the matter to that one.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if _gathered.batches is not None or not is_outermost(run):
            return function(*args, **kwargs)
        _gathered.batches, _gathered.savepoints = [], len(connection.savepoint_ids)
        try:
            answer = function(*args, **kwargs)
            write_gathered()
            return answer
        finally:
            _gathered.batches = None

    return run


def write_gathered() -> None:
    """Write what was kept so far: before a row is locked that others wait for. Nothing kept, nothing done."""
    batches = _gathered.batches
    if not batches or len(connection.savepoint_ids) > _gathered.savepoints:
        return
    _gathered.batches = []
    if connection.needs_rollback:
        return  # a refusal has undone what they tell of
    for batch in batches:
        batch.write()
