"""Choose the warehouses an order ships from: pure.

What is compared, one after the other; only what ties goes on to the next:

1. the most units, so that nothing waits that could ship (an order that ships complete and cannot be covered whole stays
   in the one warehouse that covers most of it, where the rest can join it);
2. the fewest parcels: a warehouse is added only when the order then gets more units;
3. the day the last parcel leaves: today before tomorrow, and a warehouse whose day is full counts a day later;
4. the way, in steps of ``NEAR_KM``: warehouses that are about equally far are equal here;
5. what handling the parcels costs;
6. our own people before a third party, a third party before a drop shipper;
7. the position the channel gives its warehouses.

Why each warehouse was or was not chosen is data (``Weighed``), which ``order.routed`` carries as ``considered``, a list
of ``{"warehouse_id", "verdict", "reason", "units", "of", "days", "distance_km", "parcel_cost", "kind", "position",
"room"}``, those chosen first.

- ``verdict``: ``chosen``, ``passed_over`` (it had some of it) or ``ruled_out``.
- ``reason`` of a chosen one: ``only_one`` (no other could have sent any of it), ``covers_all`` (one parcel),
  ``most_units`` (nobody covers all), ``shares`` (one of several parcels). Of one passed over, what decided:
  ``fewer_units``, ``more_parcels``, ``leaves_later``, ``full`` (leaves later because its day is full), ``farther``,
  ``dearer``, ``not_own``, ``later_in_list``. Of one ruled out: ``no_stock``, ``not_allowed`` (by a rule), ``inactive``.
- ``units`` it ships when chosen, else could have shipped by itself, ``of`` all units wanted. ``days`` from today until
  it leaves (0 is today), ``distance_km`` or null, ``parcel_cost`` as text, ``room`` parcels left on its day or null.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import Any

NEAR_KM = 250
KIND_RANK = {"own": 0, "third_party": 1, "drop_ship": 2}
# Sets of warehouses looked at before the planner takes the next best warehouse instead of the best set.
MOST_SETS, MOST_SETS_WITH_KITS = 6_000, 600


@dataclass(frozen=True, slots=True)
class Demand:
    """A line: so many of an article, or of a kit whose parts [(product_id, units in one)] ship together."""

    parts: tuple[tuple[int, int], ...]
    quantity: int

    @property
    def units(self) -> int:
        """Units of stock in one of it."""
        return sum(per for _product, per in self.parts)

    @property
    def is_kit(self) -> bool:
        return len(self.parts) != 1 or self.parts[0][1] != 1


@dataclass(frozen=True, slots=True)
class Place:
    """A warehouse as the planner sees it. ``days`` until what is ordered now leaves, ``room`` for parcels on that day.

    Without ``room`` there is no limit; without ``distance_km`` it counts as near.
    """

    id: int
    kind: str = "own"
    days: int = 0
    distance_km: int | None = None
    cost: Decimal = Decimal(0)
    room: int | None = None
    position: int = 0
    active: bool = True

    @property
    def is_full(self) -> bool:
        return self.room is not None and self.room <= 0

    @property
    def leaves_in(self) -> int:
        """Days, with the day that a full warehouse needs more."""
        return self.days + self.is_full


@dataclass(frozen=True, slots=True)
class Leg:
    """What one warehouse ships: of each demand, in their order, so many."""

    place_id: int
    shares: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Weighed:
    """Why a warehouse was chosen or not; see the top of the module."""

    place: Place
    verdict: str
    reason: str
    units: int
    of: int

    def as_data(self) -> dict[str, Any]:
        """As ``order.routed`` carries it."""
        return {
            "warehouse_id": self.place.id,
            "verdict": self.verdict,
            "reason": self.reason,
            "units": self.units,
            "of": self.of,
            "days": self.place.leaves_in,
            "distance_km": self.place.distance_km,
            "parcel_cost": str(self.place.cost),
            "kind": self.place.kind,
            "position": self.place.position,
            "room": self.place.room,
        }


@dataclass(frozen=True, slots=True)
class Routing:
    """Where each demand ships from: ``legs``, none of them empty, the first to leave first."""

    legs: tuple[Leg, ...]
    weighed: tuple[Weighed, ...]


Stock = Mapping[tuple[int, int], int]
"""{(product_id, place_id): units there are}"""


def plan(
    demands: Sequence[Demand],
    stock: Stock,
    places: Sequence[Place],
    *,
    together: bool = False,
    allowed: Sequence[int] = (),
) -> Routing:
    """Choose where the demands ship from; ``allowed`` narrows the places, empty does not. Nothing is taken.

    Never more than the stock, the same product on its own and in kits summed; what one place can cover alone ships
    from one; the same questions always get the same answer, in whatever order the places come.
    """
    wanted = [demand.quantity for demand in demands]
    of = sum(demand.units * demand.quantity for demand in demands)
    ruled_out = {place.id: _ruled_out(place, allowed) for place in places}
    open_places = sorted((place for place in places if not ruled_out[place.id]), key=preference)
    alone = {place.id: _give(demands, wanted, _there(demands, stock, place.id)) for place in open_places}
    units = {place_id: _units(demands, given) for place_id, given in alone.items()}
    useful = [place for place in open_places if units[place.id]]
    chosen = _choose(demands, wanted, stock, useful, units, of, together=together)
    legs = _assign(demands, wanted, stock, chosen)
    return Routing(legs, _weigh(demands, places, ruled_out, units, legs, of))


def _ruled_out(place: Place, allowed: Sequence[int]) -> str:
    if not place.active:
        return "inactive"
    return "not_allowed" if allowed and place.id not in allowed else ""


def preference(place: Place) -> tuple[int, int, Decimal, int, int, int]:
    """What places are sorted by that have the same units."""
    return (
        place.leaves_in,
        _far(place),
        place.cost,
        KIND_RANK.get(place.kind, len(KIND_RANK)),
        place.position,
        place.id,
    )


def _far(place: Place) -> int:
    return 0 if place.distance_km is None else place.distance_km // NEAR_KM


def _set_preference(places: Sequence[Place]) -> tuple[Any, ...]:
    return (
        max(place.leaves_in for place in places),
        sum(_far(place) for place in places),
        sum(place.cost for place in places),
        sum(KIND_RANK.get(place.kind, len(KIND_RANK)) for place in places),
        sum(place.position for place in places),
        sorted(place.id for place in places),
    )


def _there(demands: Sequence[Demand], stock: Stock, place_id: int) -> dict[int, int]:
    return {
        product_id: max(stock.get((product_id, place_id), 0), 0)
        for demand in demands
        for product_id, _per in demand.parts
    }


def _give(demands: Sequence[Demand], wanted: Sequence[int], left: dict[int, int]) -> list[int]:
    """What a place gives of what is wanted, the first demand first; ``left`` is brought up to date."""
    given = []
    for demand, quantity in zip(demands, wanted, strict=True):
        count = quantity
        for product_id, per in demand.parts:
            count = min(count, left[product_id] // per)
        if count:
            for product_id, per in demand.parts:
                left[product_id] -= count * per
        given.append(count)
    return given


def _units(demands: Sequence[Demand], given: Sequence[int]) -> int:
    return sum(demand.units * count for demand, count in zip(demands, given, strict=True))


def _choose(
    demands: Sequence[Demand],
    wanted: Sequence[int],
    stock: Stock,
    useful: Sequence[Place],
    units: Mapping[int, int],
    of: int,
    *,
    together: bool,
) -> Sequence[Place]:
    """The set of places; ``useful`` are sorted by preference."""
    if not useful:
        return ()
    best = max(useful, key=lambda place: units[place.id])
    if units[best.id] == of or len(useful) == 1:
        return (best,)
    everywhere = _covered(demands, wanted, stock, useful)
    if (together and everywhere < of) or everywhere <= units[best.id]:
        return (best,)
    return _fewest(demands, wanted, stock, useful, everywhere)


def _covered(demands: Sequence[Demand], wanted: Sequence[int], stock: Stock, places: Sequence[Place]) -> int:
    return sum(_units(demands, leg.shares) for leg in _assign(demands, wanted, stock, places))


def _fewest(
    demands: Sequence[Demand], wanted: Sequence[int], stock: Stock, useful: Sequence[Place], goal: int
) -> Sequence[Place]:
    """The smallest set that covers the goal, the most preferred of those; the next best, when there are too many."""
    with_kits = any(demand.is_kit for demand in demands)
    looked_at, most = 0, MOST_SETS_WITH_KITS if with_kits else MOST_SETS
    needs = _needs(demands, stock, useful)
    for size in range(2, len(useful)):
        found: list[Sequence[Place]] = []
        for some in combinations(useful, size):
            looked_at += 1
            if looked_at > most:
                return min(found, key=_set_preference) if found else _greedy(demands, wanted, stock, useful, goal)
            if _could(some, needs, stock) and (not with_kits or _covered(demands, wanted, stock, some) >= goal):
                found.append(some)
        if found:
            return min(found, key=_set_preference)
    return useful


def _needs(demands: Sequence[Demand], stock: Stock, places: Sequence[Place]) -> list[tuple[int, int]]:
    """[(product_id, units that all places together can give)] of articles that are in no kit of the order."""
    total: dict[int, int] = {}
    in_kits: set[int] = set()
    for demand in demands:
        if demand.is_kit:
            in_kits.update(product_id for product_id, _per in demand.parts)
        else:
            product_id = demand.parts[0][0]
            total[product_id] = total.get(product_id, 0) + demand.quantity
    return [
        (product_id, min(units, sum(max(stock.get((product_id, place.id), 0), 0) for place in places)))
        for product_id, units in total.items()
        if product_id not in in_kits
    ]


def _could(places: Sequence[Place], needs: Sequence[tuple[int, int]], stock: Stock) -> bool:
    for product_id, units in needs:
        for place in places:
            there = stock.get((product_id, place.id), 0)
            if there > 0:
                units -= there
        if units > 0:
            return False
    return True


def _greedy(
    demands: Sequence[Demand], wanted: Sequence[int], stock: Stock, useful: Sequence[Place], goal: int
) -> Sequence[Place]:
    chosen: list[Place] = []
    covered = 0
    while covered < goal and len(chosen) < len(useful):
        rest = [place for place in useful if place not in chosen]
        gains = [_covered(demands, wanted, stock, [*chosen, place]) for place in rest]
        best = max(range(len(rest)), key=gains.__getitem__)
        if gains[best] <= covered:
            break
        covered = gains[best]
        chosen.append(rest[best])
    return sorted(chosen, key=preference)


def _assign(demands: Sequence[Demand], wanted: Sequence[int], stock: Stock, places: Sequence[Place]) -> tuple[Leg, ...]:
    """What each of the places ships; a demand that one of them can ship whole is not divided.

    That can leave kits without a part that another demand took whole: then, and only then, each place gives all it can.
    """
    whole = _whole_first(demands, wanted, stock, places)
    if len(places) < 2 or not any(demand.is_kit for demand in demands):
        return whole
    plain = _in_turn(demands, wanted, stock, places)
    gain = sum(_units(demands, leg.shares) for leg in plain) - sum(_units(demands, leg.shares) for leg in whole)
    return plain if gain > 0 else whole


def _in_turn(
    demands: Sequence[Demand], wanted: Sequence[int], stock: Stock, places: Sequence[Place]
) -> tuple[Leg, ...]:
    left = list(wanted)
    legs = []
    for place in places:
        given = _give(demands, left, _there(demands, stock, place.id))
        left = [want - got for want, got in zip(left, given, strict=True)]
        legs.append(Leg(place.id, tuple(given)))
    return tuple(leg for leg in legs if any(leg.shares))


def _whole_first(
    demands: Sequence[Demand], wanted: Sequence[int], stock: Stock, places: Sequence[Place]
) -> tuple[Leg, ...]:
    there = [_there(demands, stock, place.id) for place in places]
    shares = [[0] * len(demands) for _place in places]
    left = list(wanted)
    for index, demand in enumerate(demands):
        for left_here, given in zip(there, shares, strict=True):
            if all(left_here[product_id] >= per * demand.quantity for product_id, per in demand.parts):
                for product_id, per in demand.parts:
                    left_here[product_id] -= per * demand.quantity
                given[index], left[index] = demand.quantity, 0
                break
    for left_here, given in zip(there, shares, strict=True):
        for index, count in enumerate(_give(demands, left, left_here)):
            given[index] += count
            left[index] -= count
    legs = (Leg(place.id, tuple(given)) for place, given in zip(places, shares, strict=True))
    return tuple(leg for leg in legs if any(leg.shares))


def _weigh(
    demands: Sequence[Demand],
    places: Sequence[Place],
    ruled_out: Mapping[int, str],
    units: Mapping[int, int],
    legs: Sequence[Leg],
    of: int,
) -> tuple[Weighed, ...]:
    by_id = {place.id: place for place in places}
    shipped = {leg.place_id: _units(demands, leg.shares) for leg in legs}
    last = max((by_id[leg.place_id] for leg in legs), key=preference, default=None)
    candidates = sum(1 for place_id in units if units[place_id])

    def verdicts() -> Iterator[Weighed]:
        for place in sorted(places, key=lambda place: (place.id not in shipped, preference(place))):
            if ruled_out[place.id] or not units[place.id] or last is None:
                yield Weighed(place, "ruled_out", ruled_out[place.id] or "no_stock", 0, of)
            elif place.id in shipped:
                reason = _why_chosen(shipped[place.id], of, parcels=len(legs), candidates=candidates)
                yield Weighed(place, "chosen", reason, shipped[place.id], of)
            else:
                beaten_by = min(units[leg.place_id] for leg in legs)
                reason = _why_not(place, last, units[place.id], beaten_by, parcels=len(legs))
                yield Weighed(place, "passed_over", reason, units[place.id], of)

    return tuple(verdicts())


def _why_chosen(shipped: int, of: int, *, parcels: int, candidates: int) -> str:
    if candidates == 1:
        return "only_one"
    if parcels > 1:
        return "shares"
    return "covers_all" if shipped == of else "most_units"


def _why_not(place: Place, chosen: Place, units: int, of_chosen: int, *, parcels: int) -> str:
    """What decided against a place that had some of it, compared with the least preferred of those chosen."""
    if parcels == 1 and units < of_chosen:
        return "fewer_units"
    if parcels > 1 and preference(place) < preference(chosen):
        return "more_parcels"
    if place.leaves_in != chosen.leaves_in:
        return "full" if place.is_full and place.days <= chosen.leaves_in else "leaves_later"
    if _far(place) != _far(chosen):
        return "farther"
    if place.cost != chosen.cost:
        return "dearer"
    return "not_own" if place.kind != chosen.kind else "later_in_list"
