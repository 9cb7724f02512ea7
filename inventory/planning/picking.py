"""Which bins to pick from. Pure: no Django, no clock, no I/O."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from inventory.planning.moving import LevelKey

PICK_RANK = {"pick_face": 0, "bulk": 1, "receiving": 2, "returns": 3}
"""Kinds of bins picks may come from, best first: the last two so that what is available can always be fetched."""


@dataclass(frozen=True, slots=True)
class PickWant:
    """``quantity`` units of a product to fetch in a warehouse; ``key`` is the caller's own name for it."""

    key: int
    product_id: int
    warehouse_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """Free sellable units of one lot in one bin."""

    product_id: int
    warehouse_id: int
    bin_id: int
    bin_name: str
    bin_code: str
    kind: str
    pick_sequence: int
    lot: str
    free: int


@dataclass(frozen=True, slots=True)
class BinPick:
    """``quantity`` units to fetch from one lot in one bin, for the want named ``key``."""

    key: int
    bin_id: int
    bin_name: str
    bin_code: str
    pick_sequence: int
    lot: str
    quantity: int


def choose_bins(
    wants: Sequence[PickWant],
    candidates: Iterable[Candidate],
    avoid: Set[tuple[int, int]] = frozenset(),
) -> list[BinPick]:
    """Which bins to visit for the wants, in the order given: fewest bins, then pick faces first, then along the walk.

    Never more than is free anywhere, never from a (product_id, bin_id) to avoid; less than wanted when there is less.
    """
    shelves: dict[LevelKey, list[Candidate]] = {}
    free: dict[Candidate, int] = {}
    for candidate in candidates:
        if candidate.free > 0 and (candidate.product_id, candidate.bin_id) not in avoid:
            shelves.setdefault((candidate.product_id, candidate.warehouse_id), []).append(candidate)
            free[candidate] = candidate.free
    picks: list[BinPick] = []
    for want in wants:
        rest = want.quantity
        shelf = shelves.get((want.product_id, want.warehouse_id), [])
        while rest > 0 and shelf:
            enough = [one for one in shelf if free[one] >= rest]
            best = min(enough, key=_walk) if enough else min(shelf, key=lambda one: (-free[one], _walk(one)))
            quantity = min(rest, free[best])
            free[best] -= quantity
            rest -= quantity
            if not free[best]:
                shelf.remove(best)
            picks.append(
                BinPick(
                    key=want.key,
                    bin_id=best.bin_id,
                    bin_name=best.bin_name,
                    bin_code=best.bin_code,
                    pick_sequence=best.pick_sequence,
                    lot=best.lot,
                    quantity=quantity,
                )
            )
    return picks


def _walk(candidate: Candidate) -> tuple[int, int, str, str, int]:
    return (
        PICK_RANK.get(candidate.kind, len(PICK_RANK)),
        candidate.pick_sequence,
        candidate.bin_name,
        candidate.lot,
        candidate.bin_id,
    )
