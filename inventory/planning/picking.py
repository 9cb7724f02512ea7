"""Which bins to pick from. Pure: no Django, no clock, no I/O."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from inventory.planning.moving import LevelKey

PICK_RANK = {"pick_face": 0, "bulk": 1, "pallet": 2, "receiving": 3, "returns": 4}
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
    """Free sellable units of one lot in one bin.

    ``removal`` is how its product is fetched (a ``Removal``); what is known of the lot counts for two of them.
    """

    product_id: int
    warehouse_id: int
    bin_id: int
    bin_name: str
    bin_code: str
    kind: str
    pick_sequence: int
    lot: str
    free: int
    removal: str = "fewest_bins"
    expires_on: date | None = None
    first_received_at: datetime | None = None


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
    """Which bins to visit for the wants, in the order given and as each product is to be fetched:

    ``fefo`` the earliest expiry first (what never expires last), ``fifo`` the lot first received (of unknown age
    first), ``nearest`` along the walk, else the fewest bins. Among equals fewest bins, then pick faces, then the walk.
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
            first = min(_turn(one) for one in shelf)
            due = [one for one in shelf if _turn(one) == first]
            enough = [one for one in due if free[one] >= rest]
            best = min(enough, key=_walk) if enough else min(due, key=lambda one: (-free[one], _walk(one)))
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


def _turn(candidate: Candidate) -> tuple[Any, ...]:
    """Whose turn it is: all candidates of the smallest are equally due."""
    if candidate.removal == "fefo":
        return (candidate.expires_on is None, candidate.expires_on or date.max)
    if candidate.removal == "fifo":
        return (candidate.first_received_at.timestamp() if candidate.first_received_at else 0.0,)
    if candidate.removal == "nearest":
        return _walk(candidate)
    return ()


def _walk(candidate: Candidate) -> tuple[int, int, str, str, int]:
    return (
        PICK_RANK.get(candidate.kind, len(PICK_RANK)),
        candidate.pick_sequence,
        candidate.bin_name,
        candidate.lot,
        candidate.bin_id,
    )
