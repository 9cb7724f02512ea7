"""What moves change. Pure: no Django, no clock, no I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

LevelKey = tuple[int, int]
"""(product_id, warehouse_id)"""

VIRTUAL = frozenset({"supplier", "customer", "scrap", "adjustment", "production", "transit"})
SELLABLE = "sellable"


@dataclass(frozen=True, slots=True)
class Move:
    """``quantity`` units (above zero) of a product from one bin to another, or from one condition to another.

    ``planned`` consumes the units of the bin that were planned for a pick. ``move_key`` makes a repeat impossible.
    ``document`` is the reference of what caused it (an order, a receipt), ``reason`` a ``MovementReason``.
    """

    product_id: int
    quantity: int
    from_bin_id: int
    to_bin_id: int
    reason: str
    from_condition: str = SELLABLE
    to_condition: str = SELLABLE
    lot: str = ""
    document: str = ""
    note: str = ""
    move_key: str | None = None
    planned: bool = False


@dataclass(frozen=True, slots=True)
class BinPlace:
    """What a move needs to know of a bin."""

    id: int
    warehouse_id: int
    kind: str
    name: str

    @property
    def is_virtual(self) -> bool:
        return self.kind in VIRTUAL


@dataclass(frozen=True, slots=True, order=True)
class BinKey:
    """One row of bin stock; rows are locked in this order."""

    product_id: int
    bin_id: int
    lot: str
    condition: str


@dataclass(slots=True)
class Change:
    """By how much a row's counters change. ``unavailable`` is by condition, for stock levels alone."""

    quantity: int = 0
    to_pick: int = 0
    allocated: int = 0
    unavailable: dict[str, int] = field(default_factory=dict)

    @property
    def is_nothing(self) -> bool:
        return not (self.quantity or self.to_pick or self.allocated or any(self.unavailable.values()))


def changes_of_bins(moves: Iterable[Move], places: Mapping[int, BinPlace]) -> dict[BinKey, Change]:
    """The net change of each real bin's row; what cancels out is left out. Sums to in − out of the moves."""
    changes: dict[BinKey, Change] = {}
    for move in moves:
        if not places[move.from_bin_id].is_virtual:
            key = BinKey(move.product_id, move.from_bin_id, move.lot, str(move.from_condition))
            change = changes.setdefault(key, Change())
            change.quantity -= move.quantity
            if move.planned:
                change.to_pick -= move.quantity
        if not places[move.to_bin_id].is_virtual:
            key = BinKey(move.product_id, move.to_bin_id, move.lot, str(move.to_condition))
            changes.setdefault(key, Change()).quantity += move.quantity
    return {key: changes[key] for key in sorted(changes) if not changes[key].is_nothing}


def changes_of_levels(
    bins: Mapping[BinKey, Change], places: Mapping[int, BinPlace], allocated: Mapping[LevelKey, int]
) -> dict[LevelKey, Change]:
    """The net change of each stock level: the sum of its bins by condition, and the allocated units given."""
    changes: dict[LevelKey, Change] = {}
    for key, change in bins.items():
        level = changes.setdefault((key.product_id, places[key.bin_id].warehouse_id), Change())
        level.quantity += change.quantity
        if key.condition != SELLABLE:
            level.unavailable[key.condition] = level.unavailable.get(key.condition, 0) + change.quantity
    for level_key, quantity in allocated.items():
        changes.setdefault(level_key, Change()).allocated += quantity
    return {key: changes[key] for key in sorted(changes) if not changes[key].is_nothing}
