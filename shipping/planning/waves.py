"""Which orders go on which walk."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fulfillment order that could be released. ``service_rank`` is 0 for the fastest service."""

    fulfillment_order_id: int
    order_ref: str
    ship_by: date
    service_rank: int
    placed_at: datetime
    lines: int


def by_urgency(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Ship-by first, then the faster service, then the older order."""
    return sorted(candidates, key=lambda one: (one.ship_by, one.service_rank, one.placed_at, one.fulfillment_order_id))


def into_walks(candidates: Iterable[Candidate], *, orders_per_walk: int) -> list[tuple[Candidate, ...]]:
    """Cut the candidates into walks of at most ``orders_per_walk`` orders, the most urgent first.

    Orders of one line walk together and before the others of the same day: they are packed in seconds.
    """
    if orders_per_walk < 1:
        raise ValueError("A walk is for one order at least.")
    urgent = by_urgency(candidates)
    walks: list[tuple[Candidate, ...]] = []
    for day in sorted({one.ship_by for one in urgent}):
        today = [one for one in urgent if one.ship_by == day]
        walks += _cut([one for one in today if one.lines == 1], orders_per_walk)
        walks += _cut([one for one in today if one.lines != 1], orders_per_walk)
    return walks


def _cut(candidates: Sequence[Candidate], size: int) -> list[tuple[Candidate, ...]]:
    return [tuple(candidates[start : start + size]) for start in range(0, len(candidates), size)]
