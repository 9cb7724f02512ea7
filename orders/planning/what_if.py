"""On which day open orders leave when days close or have less room: pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from orders.planning.promises import LONGEST_CLOSURE, ONE_DAY


@dataclass(frozen=True, slots=True)
class OpenPart:
    """A part of an order that has not left, with the day it should."""

    id: int
    order_ref: str
    ship_by: date


def leaving_days(
    parts: Sequence[OpenPart],
    *,
    first: date,
    works_on: Callable[[date], bool],
    capacity_on: Callable[[date], int | None],
) -> dict[int, date]:
    """{part: the day it leaves}: on its own day, else on the next one that works and has room; earlier days first.

    ``first`` is the first day anything can leave. Raises ValueError when no day has room for more than a year.
    """
    taken: dict[date, int] = {}
    days: dict[int, date] = {}
    for part in sorted(parts, key=lambda one: (one.ship_by, one.id)):
        day = max(part.ship_by, first)
        for _ in range(LONGEST_CLOSURE):
            capacity = capacity_on(day)
            if works_on(day) and (capacity is None or taken.get(day, 0) < capacity):
                break
            day += ONE_DAY
        else:
            raise ValueError("No day has room for more than a year.")
        taken[day] = taken.get(day, 0) + 1
        days[part.id] = day
    return days


def late_parts(parts: Sequence[OpenPart], days: dict[int, date]) -> list[OpenPart]:
    """Those that leave after their day, the most urgent first."""
    return sorted((one for one in parts if days[one.id] > one.ship_by), key=lambda one: (one.ship_by, one.id))
