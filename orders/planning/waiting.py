"""When what is on its way reaches those who wait for it: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Need:
    """Units of a product somebody waits for."""

    product_id: int
    units: int


@dataclass(frozen=True, slots=True)
class Expected:
    """Units on their way in; ``on`` is None when nobody said when they come."""

    on: date | None
    units: int


def when_filled(needs: Sequence[Need], coming: Mapping[int, Sequence[Expected]], *, today: date) -> list[date | None]:
    """The day on which each need is filled whole, who comes first first; None when nobody knows.

    What should be here already comes nobody knows when. What a need takes, the needs after it do not get.
    """
    left: dict[int, list[tuple[date, int]]] = {}
    for product_id, rows in coming.items():
        dated = sorted((row.on, row.units) for row in rows if row.on is not None and row.on >= today)
        left[product_id] = [(day, units) for day, units in dated if units > 0]
    found: list[date | None] = []
    for need in needs:
        units, day, queue = need.units, today, left.get(need.product_id, [])
        while units > 0 and queue:
            day, there = queue[0]
            if there > units:
                queue[0] = (day, there - units)
                units = 0
            else:
                queue.pop(0)
                units -= there
        found.append(day if units <= 0 else None)
    return found
