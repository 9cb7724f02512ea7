"""Pure arithmetic of receptions: what arrived set against what was announced. No Django, no clock, no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Awaited:
    """Units of an item that were announced and have not arrived."""

    item_id: int
    product_id: int
    open: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """Units of one product found in a parcel. ``instead_of`` is the item they came in place of, if known."""

    product_id: int
    quantity: int
    instead_of: int | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """Units that arrived for an announced item."""

    item_id: int
    product_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Surplus:
    """Units nobody announced; ``instead_of`` as in ``Arrived``."""

    product_id: int
    quantity: int
    instead_of: int | None


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a parcel's content means: matches, surplus, the items it leaves open, and those that are another article."""

    matches: tuple[Match, ...]
    surplus: tuple[Surplus, ...]
    still_open: dict[int, int]
    replaced: frozenset[int]

    @property
    def units(self) -> int:
        return sum(one.quantity for one in self.matches) + sum(one.quantity for one in self.surplus)


def reconcile(awaited: Sequence[Awaited], arrived: Sequence[Arrived]) -> Reconciled:
    """Set units that arrived against the items awaited, in the order of the items; no unit is lost or counted twice."""
    left = {item.item_id: item.open for item in awaited}
    matches: dict[int, Match] = {}
    surplus: list[Surplus] = []
    replaced: set[int] = set()
    for one in arrived:
        rest = one.quantity
        if one.instead_of is None:
            for item in awaited:
                if item.product_id != one.product_id or not rest or not left[item.item_id]:
                    continue
                units = min(rest, left[item.item_id])
                left[item.item_id] -= units
                rest -= units
                before = matches.get(item.item_id)
                matches[item.item_id] = Match(item.item_id, item.product_id, units + (before.quantity if before else 0))
        elif one.instead_of in left:
            replaced.add(one.instead_of)
        if rest:
            surplus.append(Surplus(one.product_id, rest, one.instead_of))
    return Reconciled(
        matches=tuple(matches.values()),
        surplus=tuple(surplus),
        still_open={item_id: units for item_id, units in left.items() if units},
        replaced=frozenset(replaced),
    )


def everything(awaited: Sequence[Awaited]) -> Reconciled:
    """What it means when a parcel holds exactly what was announced."""
    return Reconciled(
        matches=tuple(Match(item.item_id, item.product_id, item.open) for item in awaited if item.open),
        surplus=(),
        still_open={},
        replaced=frozenset(),
    )
