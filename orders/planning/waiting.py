"""When what is on its way reaches those who wait for it: pure."""

from collections.abc import Mapping, Sequence
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


def filled_by(needs: Sequence[Need], coming: Mapping[int, Sequence[Expected]], *, today: date) -> list[Expected | None]:
    """The arrival with which each need is filled whole, who comes first first; None when nobody knows.

    What should be here already comes nobody knows when. What a need takes, the needs after it do not get.
    """
    left: dict[int, list[Expected]] = {}
    for product_id, rows in coming.items():
        dated = [row for row in rows if row.on is not None and row.on >= today and row.units > 0]
        left[product_id] = sorted(dated, key=lambda row: (row.on or today, row.place))
    found: list[Expected | None] = []
    for need in needs:
        units, last = need.units, None
        rest: list[Expected] = []
        for row in left.get(need.product_id, ()):
            if units <= 0 or (need.places and row.place not in need.places):
                rest.append(row)
                continue
            last = row
            if row.units > units:
                rest.append(Expected(row.on, row.units - units, row.place))
            units -= min(units, row.units)
        left[need.product_id] = rest
        found.append(last if units <= 0 else None)
    return found
