"""Which handlers an event goes to. The table itself is ``fulfillment/event_routes.py``; the roof installs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Route:
    """A handler's dotted path, the Celery queue it runs on and how long after the event it is due.

    With ``only_if_heard`` the event goes there only while a Listener of that handler wants events of its type.
    """

    handler: str
    queue: str = "stock"
    delay: timedelta = timedelta(0)
    only_if_heard: bool = False


_table: dict[str, tuple[Route, ...]] = {}


def install(table: Mapping[str, Sequence[Route]]) -> None:
    """Replace the whole table."""
    _table.clear()
    _table.update({event_type: tuple(routes) for event_type, routes in table.items()})


def routes_of(event_type: str) -> tuple[Route, ...]:
    """The routes of an event type; none for a type nobody listens to."""
    return _table.get(event_type, ())


def installed_routes() -> dict[str, tuple[Route, ...]]:
    """A copy of the table."""
    return dict(_table)
