"""Real races: threads with connections of their own, parked at one lock and let go together."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """Run the actions in threads of their own, started together; returns what each returned or raised."""
    results: list[Any] = [None] * len(actions)
    ready = threading.Barrier(len(actions))

    def run(index: int, action: Callable[[], Any]) -> None:
        try:
            ready.wait(10)
            results[index] = action()
        except BaseException as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index, action), daemon=True) for index, action in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def against_a_held_row(statement: str, values: Sequence[Any], *actions: Callable[[], Any]) -> list[Any]:
    """As ``at_once``, with the rows that ``statement`` locks held until every action waits for a lock."""
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with holding_rows(statement, values):
            holding.set()
            deadline = time.monotonic() + 1.5
            while waiting_for_locks() < len(actions) and time.monotonic() < deadline and not done.is_set():
                time.sleep(0.01)
        connection.close()

    holder = threading.Thread(target=hold, daemon=True)
    holder.start()
    holding.wait(10)
    try:
        return at_once(*actions)
    finally:
        done.set()
        holder.join(10)


@contextmanager
def holding_rows(statement: str, values: Sequence[Any]) -> Iterator[None]:
    """Hold what the statement locks while inside."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement, list(values))
        yield


def waiting_for_locks() -> int:
    """How many connections to this database wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])
