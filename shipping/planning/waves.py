"""Which orders go on which walk. Pure.

Urgency is the order's priority, then its ship-by day, then the faster service, then the older order.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

DISCRETE, CLUSTER, BATCH, ZONE = "discrete", "cluster", "batch", "zone"

# A batch looks for orders that share bins among so many of the next most urgent: it grows with the wave, not with its
# square, and no order is overtaken by more than these.
LOOK_AHEAD = 150


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fulfillment order that could be released. ``service_rank`` is 0 for the fastest service.

    ``bins`` and ``zones`` are where its units would be picked from, as far as that is known; a bin outside every zone
    counts as zone 0. Orders of one ``buyer`` (one customer at one address) belong together; empty is nobody's.
    """

    fulfillment_order_id: int
    order_ref: str
    ship_by: date
    service_rank: int
    placed_at: datetime
    lines: int
    priority: int = 0
    bins: frozenset[int] = frozenset()
    zones: frozenset[int] = frozenset()
    buyer: str = ""


@dataclass(frozen=True, slots=True)
class PlannedWalk:
    """The orders of one walk in the order of their totes. ``zone`` is the only zone walked, else None."""

    orders: tuple[Candidate, ...]
    zone: int | None = None


Group = tuple[Candidate, ...]
"""Orders that must not be torn apart, most urgent first: one order, or all of one buyer."""


def urgency(one: Candidate) -> tuple[int, date, int, datetime, int]:
    """The smaller, the sooner."""
    return (-one.priority, one.ship_by, one.service_rank, one.placed_at, one.fulfillment_order_id)


def by_urgency(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The more urgent first."""
    return sorted(candidates, key=urgency)


def into_walks(candidates: Iterable[Candidate], *, orders_per_walk: int) -> list[tuple[Candidate, ...]]:
    """The walks of a cart with a tote for each order: ``plan_walks`` of a cluster, without their zones."""
    return [walk.orders for walk in plan_walks(candidates, method=CLUSTER, orders_per_walk=orders_per_walk)]


def plan_walks(candidates: Iterable[Candidate], *, method: str, orders_per_walk: int) -> list[PlannedWalk]:
    """Put every candidate on exactly one walk of at most ``orders_per_walk`` orders; one for ``discrete``.

    Within a priority and a day, orders of one line walk together and before the others: they are packed in seconds.
    ``batch`` puts orders that share bins on one walk, and never visits more bins than ``cluster`` would. ``zone`` keeps
    orders picked in one zone on walks of that zone; those of several zones, or of none known, walk by themselves. A
    buyer's orders go as soon as the most urgent of them, and on one walk if it has room for them. Walks are in the
    order of the most urgent order on each. Raises ValueError for a walk without room.
    """
    if orders_per_walk < 1:
        raise ValueError("A walk is for one order at least.")
    size = 1 if method == DISCRETE else orders_per_walk
    lanes: dict[tuple[int, date, bool], list[Group]] = {}
    for group in _groups(candidates, size):
        first = group[0]
        several_lines = len(group) > 1 or first.lines != 1
        lanes.setdefault((-first.priority, first.ship_by, several_lines), []).append(group)
    walks: list[PlannedWalk] = []
    for lane in sorted(lanes):
        walks += _in_order(_LANES.get(method, _cut)(lanes[lane], size))
    return walks


def bin_visits(walks: Iterable[Iterable[Candidate]]) -> int:
    """How often a picker stops at a bin, all walks together: a walk visits each of its bins once."""
    return sum(len(frozenset().union(*(one.bins for one in walk))) for walk in walks)


def _groups(candidates: Iterable[Candidate], size: int) -> list[Group]:
    """Buyers' orders joined, never more than fit a walk; the groups by urgency of their first."""
    together: dict[str, list[Candidate]] = {}
    for one in by_urgency(candidates):
        together.setdefault(one.buyer or f"\0{one.fulfillment_order_id}", []).append(one)
    groups = [
        tuple(orders[start : start + size]) for orders in together.values() for start in range(0, len(orders), size)
    ]
    return sorted(groups, key=lambda group: urgency(group[0]))


def _in_order(walks: Iterable[PlannedWalk]) -> list[PlannedWalk]:
    return sorted(walks, key=lambda walk: min(urgency(one) for one in walk.orders))


def _cut(groups: Sequence[Group], size: int) -> list[PlannedWalk]:
    """One walk after the other; a group that does not fit any more begins the next."""
    walks: list[list[Candidate]] = []
    for group in groups:
        if not walks or len(walks[-1]) + len(group) > size:
            walks.append([])
        walks[-1] += group
    return [PlannedWalk(tuple(walk)) for walk in walks]


def _batch(groups: Sequence[Group], size: int) -> list[PlannedWalk]:
    """The most urgent order begins a walk; those of the next orders that add fewest bins to it join."""
    waiting = [(group, frozenset[int]().union(*(one.bins for one in group))) for group in groups]
    walks: list[PlannedWalk] = []
    start = 0
    gone: set[int] = set()
    while start < len(waiting):
        if start in gone:
            start += 1
            continue
        walk, bins = list(waiting[start][0]), waiting[start][1]
        ahead = [place for place in range(start + 1, min(len(waiting), start + LOOK_AHEAD)) if place not in gone]
        start += 1
        while len(walk) < size:
            fitting = [place for place in ahead if len(waiting[place][0]) + len(walk) <= size]
            if not fitting:
                break
            best = min(fitting, key=lambda place: (len(waiting[place][1] - bins), -len(waiting[place][1]), place))
            walk += waiting[best][0]
            bins |= waiting[best][1]
            gone.add(best)
            ahead.remove(best)
        walks.append(PlannedWalk(tuple(walk)))
    plain = _cut(groups, size)
    shorter = bin_visits(walk.orders for walk in walks) <= bin_visits(walk.orders for walk in plain)
    return walks if shorter and len(walks) <= len(plain) else plain


def _zone(groups: Sequence[Group], size: int) -> list[PlannedWalk]:
    """Walks of each zone, and of orders that lie in several."""
    zones: dict[int | None, list[Group]] = {}
    for group in groups:
        seen = frozenset[int]().union(*(one.zones for one in group))
        known = len(seen) == 1 and 0 not in seen and all(one.zones for one in group)
        zones.setdefault(next(iter(seen)) if known else None, []).append(group)
    return [PlannedWalk(walk.orders, zone) for zone, own in zones.items() for walk in _cut(own, size)]


_LANES: dict[str, Callable[[Sequence[Group], int], list[PlannedWalk]]] = {BATCH: _batch, ZONE: _zone}
