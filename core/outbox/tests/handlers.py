"""Handlers that the tests route events to. What they did is kept in ``DONE``, in this process."""

import os
import signal
import threading
import time
from datetime import datetime

from core.attention.services import open_case
from core.outbox.errors import Permanent
from core.outbox.facts import EventFact

DONE: list[tuple[int, datetime]] = []
_lock = threading.Lock()


class ServerAway(Exception):
    """What a network call raises on a bad day."""


def record(event: EventFact, *, now: datetime) -> None:
    with _lock:
        DONE.append((event.subject_id, now))


def record_slowly(event: EventFact, *, now: datetime) -> None:
    time.sleep(0.2)
    record(event, now=now)


def fail(event: EventFact, *, now: datetime) -> None:
    record(event, now=now)
    raise ServerAway("somchai@example.com could not be reached")


def fail_for_good(event: EventFact, *, now: datetime) -> None:
    record(event, now=now)
    raise Permanent("The address is not one plain e-mail address.")


def write_to_database(event: EventFact, *, now: datetime) -> None:
    """Touch a row, so that an effect in another process can be seen."""
    open_case(
        kind="test",
        dedupe_key=f"effect:{event.subject_id}:{time.monotonic_ns()}",
        summary="An effect.",
        subject_type="test",
        subject_id=event.subject_id,
        now=now,
    )


def write_to_database_slowly(event: EventFact, *, now: datetime) -> None:
    time.sleep(0.3)
    write_to_database(event, now=now)


def kill_this_process(event: EventFact, *, now: datetime) -> None:
    """What a crash in a C library, or the kernel short of memory, does."""
    write_to_database(event, now=now)
    os.kill(os.getpid(), signal.SIGKILL)
