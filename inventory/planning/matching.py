"""Which announced lines the units that came belong to. Pure: no Django, no clock, no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Announced:
    """A line of a ship notice: ``received`` of ``quantity`` units have come."""

    id: int
    product_id: int
    quantity: int
    received: int
    lot: str = ""
    sscc: str = ""


@dataclass(frozen=True, slots=True)
class Came:
    """Units that came, with whatever their label said."""

    product_id: int
    quantity: int
    lot: str = ""
    sscc: str = ""


def count_in(came: Sequence[Came], lines: Sequence[Announced]) -> tuple[dict[int, int], frozenset[int]]:
    """({line id: units that came of it}, the products of which more came than was announced).

    Units go to the line of their case, then of their lot, then to any of their product that is open; no line gets
    more than it announced. Nothing announced makes nothing over.
    """
    if not lines:
        return {}, frozenset()
    left = {line.id: line.quantity - line.received for line in lines}
    counted: dict[int, int] = {}
    over: set[int] = set()
    for one in came:
        units = one.quantity
        for line in _nearest(one, lines):
            taken = min(units, max(left[line.id], 0))
            if taken:
                left[line.id] -= taken
                counted[line.id] = counted.get(line.id, 0) + taken
                units -= taken
        if units:
            over.add(one.product_id)
    return counted, frozenset(over)


def count_out(gone: Sequence[Came], lines: Sequence[Announced]) -> dict[int, int]:
    """{line id: units to take off again} for units whose receipt is voided; never more than had come."""
    had = {line.id: line.received for line in lines}
    counted: dict[int, int] = {}
    for one in gone:
        units = one.quantity
        for line in _nearest(one, lines):
            taken = min(units, had[line.id])
            if taken:
                had[line.id] -= taken
                counted[line.id] = counted.get(line.id, 0) + taken
                units -= taken
    return counted


def _nearest(one: Came, lines: Sequence[Announced]) -> list[Announced]:
    same = [line for line in lines if line.product_id == one.product_id]
    return sorted(
        same, key=lambda line: (line.sscc != one.sscc or not one.sscc, line.lot != one.lot or not one.lot, line.id)
    )
