"""When what is on its way reaches those who wait for it: pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Need:
    """Units of a product somebody waits for; ``places`` are the warehouses that may send them, empty is any."""

    product_id: int
    units: int
    places: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """Units on their way in to a warehouse; ``on`` is None when nobody said when they come."""

    on: date | None
    units: int
    place: int = 0


class Incoming:
    """Units on their way in, given to who comes first. What a need takes, the needs after it do not get."""

    def __init__(self, *, today: date) -> None:
        self._today = today
        self._left: dict[int, list[Expected]] = {}

    def add(self, product_id: int, rows: Iterable[Expected]) -> None:
        """More that is on its way. What should be here already comes nobody knows when, so it is left out."""
        dated = [row for row in rows if row.on is not None and row.on >= self._today and row.units > 0]
        both = [*self._left.get(product_id, ()), *dated]
        self._left[product_id] = sorted(both, key=lambda row: (row.on or self._today, row.place))

    def fill(self, need: Need) -> Expected | None:
        """The arrival with which the need is filled whole; None when nobody knows."""
        units, last = need.units, None
        rest: list[Expected] = []
        for row in self._left.get(need.product_id, ()):
            if units <= 0 or (need.places and row.place not in need.places):
                rest.append(row)
                continue
            last = row
            if row.units > units:
                rest.append(Expected(row.on, row.units - units, row.place))
            units -= min(units, row.units)
        self._left[need.product_id] = rest
        return last if units <= 0 else None
