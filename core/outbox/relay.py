"""Hand due deliveries over to the broker. Runs as a process of its own (``manage.py relay``); two do no harm."""

import logging
import random
from collections.abc import Callable, Iterable
from threading import Event as Flag
from time import monotonic

from celery import current_app
from django.db import DatabaseError, InterfaceError, connection
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from core.outbox import claims
from core.outbox.facts import Claim

logger = logging.getLogger(__name__)

BATCH = 200
POLL_SECONDS = 0.5
LONGEST_PAUSE = 10.0
# What a broker that is down, stalled or restarting raises on the way through redis-py and kombu.
BROKER_ERRORS = (KombuError, RedisError, OSError)

Send = Callable[[Iterable[Claim]], None]


class BrokerAway(Exception):
    """The broker took none or only some of a batch; the rest has been given back."""


def send_to_broker(batch: Iterable[Claim]) -> None:
    """One Celery message for each claim, on its queue, over one connection. Raises one of BROKER_ERRORS."""
    with current_app.producer_pool.acquire(block=True, timeout=5) as producer:
        for claim in batch:
            current_app.send_task(
                "core.outbox.deliver",
                args=(claim.delivery_id, claim.token),
                queue=claim.queue,
                producer=producer,
                declare=(),  # a queue on this broker is a list: nothing to declare, nothing to lose in a flush
                retry=False,
                ignore_result=True,
            )


def hand_over(*, limit: int = BATCH, in_hand: int = 2000, send: Send = send_to_broker) -> int:
    """Claim up to ``limit`` due deliveries and send them; returns how many were claimed.

    Raises BrokerAway when the broker refuses: the claims are given back, so that no attempt and no time is lost.
    A message that did get through then holds a spent token.
    """
    batch = claims.claim_due(limit=limit, in_hand=in_hand)
    if not batch:
        return 0
    try:
        send(batch)
    except BROKER_ERRORS as error:
        claims.give_back(batch)
        raise BrokerAway(type(error).__name__) from error
    return len(batch)


def run(stop: Flag, *, send: Send = send_to_broker, batch: int = BATCH, in_hand: int = 2000) -> None:
    """Poll until ``stop`` is set: at once again after a full batch, after half a second otherwise.

    Outlives the loss of PostgreSQL and of the broker, pausing 1, 2, 4, … at most 10 seconds between tries.
    """
    pause = 0.0
    reported = monotonic() - 60
    while not stop.is_set():
        try:
            taken = hand_over(limit=batch, in_hand=in_hand, send=send)
        except (BrokerAway, DatabaseError, InterfaceError) as error:
            # Closed, not kept: the next round opens a fresh one when the server is back.
            connection.close()
            pause = min(LONGEST_PAUSE, pause * 2 or 1.0)
            if monotonic() - reported >= 30:
                reported = monotonic()
                logger.warning("relay: %s (%s); trying again", type(error).__name__, _cause(error))
            stop.wait(pause * random.uniform(0.8, 1.2))
            continue
        pause = 0.0
        if taken < batch:
            stop.wait(POLL_SECONDS)


def _cause(error: BaseException) -> str:
    return type(error.__cause__).__name__ if error.__cause__ else "no cause"
