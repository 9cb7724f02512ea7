"""Real threads, each with a connection of its own."""

import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import connection

T = TypeVar("T")
R = TypeVar("R")


def together(act: Callable[[T], R], things: Iterable[T]) -> list[R | Exception]:
    """Call ``act`` with each thing in a thread of its own, all starting at once; what each returned or raised."""
    items = list(things)
    ended: list[R | Exception] = [RuntimeError("never ran")] * len(items)
    start = threading.Barrier(len(items))

    def run(number: int, item: T) -> None:
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            ended[number] = act(item)
        except Exception as error:
            ended[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(items)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return ended
