"""A sweep does many small things, one transaction each; one that cannot be done keeps no other waiting."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import connection

K = TypeVar("K")


def each(keys: Iterable[K], work: Callable[[K], int | None]) -> int:
    """Do the work of every key and return the sum of what it answered (True is one, None is nothing).

    A key whose work fails is left for the next sweep. When all others are done the first error is raised, so that the
    task fails and the log tells. The loss of the database ends the sweep at once.
    """
    done, failed = 0, None
    for key in keys:
        try:
            done += work(key) or 0
        except Exception as error:
            if connection.connection is None or connection.connection.closed:
                raise
            failed = failed or error
    if failed is not None:
        raise failed
    return done
