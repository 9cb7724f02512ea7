"""Who may act on a delivery: leases in PostgreSQL, by PostgreSQL's clock, each step one guarded statement.

A claim has two stages. The relay takes due deliveries under a token and sends that token to a worker. The worker
trades it for a token of its own, and only then is an attempt counted. A message that comes twice, or late, holds a
token already spent and finds nothing to start; a message that is lost costs a lease but no attempt; a worker that
dies has been counted.
"""

import json
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_noop

from core.attention.services import open_case
from core.outbox.facts import Claim, EventFact, Started

MAX_ATTEMPTS = 5
# How long a message may wait in the broker before it is thought lost and sent again. Too short costs a message
# that finds its token spent; too long delays what a lost broker forgot.
HAND_OVER_LEASE = timedelta(seconds=45)
# Longer than the hard time limit of a task (90 s), so that two workers never act on one delivery at once, and more
# than three times the longest network timeout (10 s).
ACT_LEASE = timedelta(seconds=100)
# Waits after the first, second, … failed attempt.
BACK_OFF = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))

_CLAIM = """
WITH room AS (
    SELECT queue FROM outbox_delivery WHERE status = 'claimed' AND claimed_until >= clock_timestamp()
    GROUP BY queue HAVING count(*) >= %(in_hand)s
), due AS (
    SELECT id FROM outbox_delivery
    WHERE status = 'due' AND due_at <= coalesce(%(now)s, clock_timestamp())
      AND queue NOT IN (SELECT queue FROM room)
    ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), expired AS (
    SELECT id FROM outbox_delivery
    WHERE status = 'claimed' AND claimed_until < clock_timestamp()
    ORDER BY claimed_until LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE outbox_delivery AS delivery SET
    status = CASE WHEN attempts >= %(max_attempts)s THEN 'dead' ELSE 'claimed' END,
    last_error = CASE WHEN attempts >= %(max_attempts)s THEN 'The worker was lost in every attempt.'
                      ELSE last_error END,
    claim_token = CASE WHEN attempts >= %(max_attempts)s THEN NULL ELSE %(token)s::uuid END,
    claimed_until = CASE WHEN attempts >= %(max_attempts)s THEN NULL
                         ELSE clock_timestamp() + make_interval(secs => %(lease)s) END
FROM (SELECT id FROM due UNION ALL SELECT id FROM expired) AS picked
WHERE delivery.id = picked.id
RETURNING delivery.due_at, delivery.id, delivery.queue, delivery.status, delivery.handler,
    (SELECT timeline FROM outbox_event WHERE outbox_event.id = delivery.event_id), clock_timestamp()
"""

_START = """
UPDATE outbox_delivery AS delivery
SET attempts = attempts + 1, claim_token = %(mine)s,
    claimed_until = clock_timestamp() + make_interval(secs => %(lease)s)
FROM outbox_event AS event
WHERE delivery.id = %(id)s AND delivery.status = 'claimed' AND delivery.claim_token = %(token)s
  AND event.id = delivery.event_id
RETURNING delivery.handler, delivery.attempts, event.id, event.type, event.subject_type, event.subject_id,
    event.timeline, event.data, event.at, event.actor_kind, event.actor_name, clock_timestamp()
"""


def claim_due(
    *, limit: int, in_hand: int = 2000, now: datetime | None = None, lease: timedelta = HAND_OVER_LEASE
) -> list[Claim]:
    """Take up to ``limit`` due deliveries and as many whose lease ran out, oldest first; one statement.

    Rows another relay holds are skipped. A queue that already has ``in_hand`` claimed deliveries gets no more due
    ones, so that one slow queue does not fill the broker. A delivery whose lease ran out in its fifth attempt is
    not claimed but buried, with an exception case. ``now`` replaces the database's clock in deciding what is due.
    """
    token = str(uuid.uuid4())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {
                "now": now,
                "limit": limit,
                "in_hand": in_hand,
                "token": token,
                "lease": lease.total_seconds(),
                "max_attempts": MAX_ATTEMPTS,
            },
        )
        rows = sorted(cursor.fetchall())
        claims = []
        for _, delivery_id, queue, status, handler, timeline, clock in rows:
            if status == "claimed":
                claims.append(Claim(delivery_id, queue, token))
            else:
                _open_dead_letter(delivery_id, handler, timeline, clock)
    return claims


def give_back(claims: Iterable[Claim]) -> int:
    """Return deliveries that could not be handed over; those a worker has started meanwhile stay as they are."""
    claims = list(claims)
    if not claims:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outbox_delivery SET status = 'due', claim_token = NULL, claimed_until = NULL"
            " WHERE id = ANY(%s) AND status = 'claimed' AND claim_token = ANY(%s::uuid[])",
            [[claim.delivery_id for claim in claims], sorted({claim.token for claim in claims})],
        )
        return int(cursor.rowcount)


def start(delivery_id: int, token: str, *, lease: timedelta = ACT_LEASE) -> Started | None:
    """Spend the token, count an attempt and take the lease; None when the token is spent or the work is done.

    Committed before anything is done: the only count that survives a killed process.
    """
    mine = str(uuid.uuid4())
    with connection.cursor() as cursor:
        cursor.execute(_START, {"id": delivery_id, "token": token, "mine": mine, "lease": lease.total_seconds()})
        row = cursor.fetchone()
    if row is None:
        return None
    handler, attempts, event_id, type_, subject_type, subject_id, timeline, data, at, kind, name, now = row
    event = EventFact(
        id=event_id,
        type=type_,
        subject_type=subject_type,
        subject_id=subject_id,
        timeline=timeline,
        data=json.loads(data) if isinstance(data, str) else data,
        at=at,
        actor_kind=kind,
        actor_name=name,
    )
    return Started(delivery_id, handler, attempts, mine, event, now)


def finish(started: Started) -> bool:
    """Mark the delivery done, if the lease is still ours."""
    return bool(
        _execute(
            "UPDATE outbox_delivery SET status = 'done', done_at = clock_timestamp(), claim_token = NULL,"
            " claimed_until = NULL, last_error = '' WHERE id = %s AND status = 'claimed' AND claim_token = %s",
            [started.delivery_id, started.token],
        )
    )


def put_back(started: Started, *, error: str, now: datetime | None = None) -> bool:
    """Make the delivery due again after a wait that grows with its attempts, if the lease is still ours.

    The wait runs from ``now``, or from the database's clock.
    """
    wait = BACK_OFF[min(started.attempts, len(BACK_OFF)) - 1]
    return bool(
        _execute(
            "UPDATE outbox_delivery SET status = 'due',"
            " due_at = coalesce(%s, clock_timestamp()) + make_interval(secs => %s),"
            " claim_token = NULL, claimed_until = NULL, last_error = %s"
            " WHERE id = %s AND status = 'claimed' AND claim_token = %s",
            [now, wait.total_seconds(), error, started.delivery_id, started.token],
        )
    )


def bury(started: Started, *, error: str) -> bool:
    """Send the delivery to the dead letters and open an exception case, if the lease is still ours."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outbox_delivery SET status = 'dead', claim_token = NULL, claimed_until = NULL,"
            " last_error = %s WHERE id = %s AND status = 'claimed' AND claim_token = %s"
            " RETURNING clock_timestamp()",
            [error, started.delivery_id, started.token],
        )
        row = cursor.fetchone()
        if row is None:
            return False
        _open_dead_letter(started.delivery_id, started.handler, started.event.timeline, row[0])
    return True


def dead_letter_key(delivery_id: int) -> str:
    """The dedupe key of the exception case of a dead delivery."""
    return f"dead_letter:{delivery_id}"


def _open_dead_letter(delivery_id: int, handler: str, timeline: str, now: datetime) -> None:
    open_case(
        kind="dead_letter",
        dedupe_key=dead_letter_key(delivery_id),
        summary=gettext_noop("An effect did not happen. Read the error, then try it again."),
        subject_type="delivery",
        subject_id=delivery_id,
        timeline=timeline,
        detail={"handler": handler},
        fixes=[{"label": gettext_noop("Open the delivery"), "url": f"/admin/outbox/delivery/{delivery_id}/change/"}],
        now=now,
    )


def _execute(statement: str, values: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
