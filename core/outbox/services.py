"""Act on deliveries: run the handler, then say what came of it."""

import logging
import traceback
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from core.attention.services import close_cases
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import DomainError
from core.kernel.locks import lock_one
from core.outbox import claims
from core.outbox.current import acting_for
from core.outbox.errors import Permanent
from core.outbox.facts import Drained, Started
from core.outbox.models import Delivery, DeliveryStatus

logger = logging.getLogger(__name__)

Outcome = Literal["done", "retried", "dead", "stale"]


class NotDead(DomainError):
    """Only a dead delivery can be tried again by hand."""

    code = "not_dead"


def deliver(delivery_id: int, token: str, *, now: datetime | None = None, raise_errors: bool = False) -> Outcome:
    """Run the handler of a claimed delivery and record the outcome; "stale" when the claim is spent.

    The handler runs outside any transaction with ``now`` (by default the database's clock). ``Permanent`` buries
    the delivery at once; any other exception puts it back for later, or buries it after the fifth attempt.
    ``raise_errors`` raises the handler's exception once it is recorded.
    """
    started = claims.start(delivery_id, token)
    if started is None:
        return "stale"
    try:
        handle = import_string(started.handler)
        with acting_for(started.delivery_id):
            handle(started.event, now=now or started.now)
    except Permanent as error:
        _log(started, error)
        _drop_broken_connection()
        outcome: Outcome = "dead" if claims.bury(started, error=str(error)[:500]) else "stale"
        if raise_errors:
            raise
        return outcome
    except Exception as error:
        _log(started, error)
        _drop_broken_connection()
        outcome = _retry_or_bury(started, error=describe(error), now=now)
        if raise_errors:
            raise
        return outcome
    return "done" if claims.finish(started) else "stale"


def run_due(*, now: datetime, limit: int = 10_000, raise_errors: bool = False) -> Drained:
    """Run due deliveries in this process, with those that their handlers make due, until none is left.

    At most ``limit``. Deliveries due after ``now`` stay. ``raise_errors`` stops at the first handler that fails.
    """
    counts: dict[Outcome, int] = {"done": 0, "retried": 0, "dead": 0, "stale": 0}
    left = limit
    while left > 0:
        batch = claims.claim_due(limit=min(left, 100), in_hand=limit + 1000, now=now)
        if not batch:
            break
        left -= len(batch)
        for index, claim in enumerate(batch):
            try:
                counts[deliver(claim.delivery_id, claim.token, now=now, raise_errors=raise_errors)] += 1
            except BaseException:
                claims.give_back(batch[index + 1 :])
                raise
    return Drained(done=counts["done"], retried=counts["retried"], dead=counts["dead"])


@command
def retry_dead(delivery_id: int, *, by: Actor, now: datetime) -> None:
    """Make a dead delivery due again with five fresh attempts, and close its exception case.

    Raises NotFound, NotDead.
    """
    delivery = lock_one(Delivery.objects.all(), pk=delivery_id)
    if delivery.status != DeliveryStatus.DEAD:
        raise NotDead("This delivery is not dead: it is on its way or already done.")
    _make_due(delivery_id, now=now)
    close_cases(dedupe_key=claims.dead_letter_key(delivery_id), resolution="retried", by=by, now=now)


@command
def deliver_again(delivery_id: int, *, now: datetime) -> None:
    """Make a delivery that is done or dead due once more; one still on its way is left alone. Raises NotFound.

    Handlers are idempotent, so only what was deliberately made repeatable happens again.
    """
    delivery = lock_one(Delivery.objects.all(), pk=delivery_id)
    if delivery.status in (DeliveryStatus.DONE, DeliveryStatus.DEAD):
        _make_due(delivery_id, now=now)


def describe(error: BaseException) -> str:
    """The exception's class and where in this project it came from; never its message, which may name people."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(settings.BASE_DIR) and "site-packages" not in frame.filename
    ]
    places = [
        f"{Path(frame.filename).relative_to(settings.BASE_DIR)}:{frame.lineno} in {frame.name}" for frame in frames[-3:]
    ]
    code = f" ({error.code})" if isinstance(error, DomainError) else ""
    return f"{type(error).__module__}.{type(error).__qualname__}{code} at {' < '.join(reversed(places))}"[:500]


def _retry_or_bury(started: Started, *, error: str, now: datetime | None) -> Outcome:
    if started.attempts >= claims.MAX_ATTEMPTS:
        return "dead" if claims.bury(started, error=error) else "stale"
    return "retried" if claims.put_back(started, error=error, now=now) else "stale"


def _drop_broken_connection() -> None:
    """The handler may have failed because the database went away; the outcome goes over a fresh connection."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def _make_due(delivery_id: int, *, now: datetime) -> None:
    values: dict[str, Any] = {"claim_token": None, "claimed_until": None, "done_at": None}
    Delivery.objects.filter(pk=delivery_id).update(status=DeliveryStatus.DUE, due_at=now, attempts=0, **values)


def _log(started: Started, error: Exception) -> None:
    logger.warning(
        "delivery %s, attempt %s, %s: %s",
        started.delivery_id,
        started.attempts,
        started.handler,
        describe(error),
    )
