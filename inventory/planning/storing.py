"""What may lie where, how many more fit, and which bin is best. Pure: no Django, no clock, no I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

STORAGE = frozenset({"pick_face", "bulk"})
STANDS = frozenset({"bulk", "receiving", "packing", "staging", "quarantine", "returns"})
"""Kinds of bins a pallet stands in whole; into any other its contents are put."""

PLENTY = 1_000_000
"""What ``units_that_fit`` says of a bin without a limit."""


class Fault(StrEnum):
    """Why units may not go into a bin. The last three are a matter of room, the others are rules."""

    VIRTUAL = "virtual"
    INACTIVE = "inactive"
    FROZEN = "frozen"
    HAZARD_ZONE = "hazard_zone"
    HAZARD_MIX = "hazard_mix"
    ONE_PRODUCT = "one_product"
    VOLUME = "volume"
    WEIGHT = "weight"
    UNITS = "units"


ROOM = frozenset({Fault.VOLUME, Fault.WEIGHT, Fault.UNITS})
"""Faults a person may overrule: the bin is full by our numbers, and they stand before it."""


@dataclass(frozen=True, slots=True)
class Article:
    """One unit of a product: cubic millimetres and grams, 0 when nobody measured it; then it takes no room."""

    product_id: int
    mm3: int = 0
    grams: int = 0
    hazard: str = ""
    velocity: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A bin with what lies in it now, pallets that stand in it included. A capacity of None is no limit."""

    bin_id: int
    name: str
    code: str
    kind: str
    pick_sequence: int = 0
    capacity_ml: int | None = None
    capacity_g: int | None = None
    capacity_units: int | None = None
    one_product: bool = False
    frozen: bool = False
    active: bool = True
    zone: str = ""
    allowed_hazards: frozenset[str] = frozenset()
    used_units: int = 0
    used_mm3: int = 0
    used_g: int = 0
    product_ids: frozenset[int] = frozenset()
    hazards: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        return self.used_units == 0

    @property
    def is_limited(self) -> bool:
        return not (self.capacity_ml is None and self.capacity_g is None and self.capacity_units is None)


Load = Sequence[tuple[Article, int]]
"""Articles and how many of each, to be put into one bin together."""


def broken_rule(articles: Iterable[Article], place: Place, *, virtual: bool = False) -> Fault | None:
    """The rule that forbids to put these articles there, however few; None when there is none.

    Hazardous goods are stored only in zones that allow their class, and two classes never share a bin. Docks,
    pallets and totes take what comes: goods only pass through them.
    """
    articles = list(articles)
    if virtual:
        return Fault.VIRTUAL
    if not place.active:
        return Fault.INACTIVE
    if place.frozen:
        return Fault.FROZEN
    hazards = {article.hazard for article in articles if article.hazard}
    if place.kind in STORAGE:
        if hazards - place.allowed_hazards:
            return Fault.HAZARD_ZONE
        if len(hazards | place.hazards) > 1 and hazards:
            return Fault.HAZARD_MIX
    if place.one_product and len(place.product_ids | {article.product_id for article in articles}) > 1:
        return Fault.ONE_PRODUCT
    return None


def room_for(article: Article, place: Place) -> tuple[int, Fault | None]:
    """How many units still fit by volume, weight and units, and which of them limits it; (PLENTY, None) without limit.

    Never below zero: a bin may hold more than it should.
    """
    rooms: list[tuple[int, Fault | None]] = [(PLENTY, None)]
    if place.capacity_ml is not None and article.mm3:
        rooms.append(((place.capacity_ml * 1000 - place.used_mm3) // article.mm3, Fault.VOLUME))
    if place.capacity_g is not None and article.grams:
        rooms.append(((place.capacity_g - place.used_g) // article.grams, Fault.WEIGHT))
    if place.capacity_units is not None:
        rooms.append((place.capacity_units - place.used_units, Fault.UNITS))
    least, fault = min(rooms, key=lambda room: room[0])
    return max(least, 0), fault


def units_that_fit(article: Article, place: Place) -> int:
    """How many units may be put there: 0 where a rule forbids it, PLENTY where nothing limits it."""
    return 0 if broken_rule([article], place) else room_for(article, place)[0]


def fault_of(load: Load, place: Place) -> Fault | None:
    """Why the whole load may not go there: a rule first, then the room; None when it fits."""
    rule = broken_rule((article for article, _units in load), place)
    if rule is not None:
        return rule
    mm3 = sum(article.mm3 * units for article, units in load)
    grams = sum(article.grams * units for article, units in load)
    if mm3 and place.capacity_ml is not None and place.used_mm3 + mm3 > place.capacity_ml * 1000:
        return Fault.VOLUME
    if grams and place.capacity_g is not None and place.used_g + grams > place.capacity_g:
        return Fault.WEIGHT
    units = sum(units for _article, units in load)
    if place.capacity_units is not None and place.used_units + units > place.capacity_units:
        return Fault.UNITS
    return None


class Why(StrEnum):
    """What speaks for a bin, best first where everything fits."""

    SAME_LOT = "same_lot"
    SAME_PRODUCT = "same_product"
    FAST_MOVER = "fast_mover"
    EMPTY = "empty"
    ROOM = "room"


@dataclass(frozen=True, slots=True)
class Option:
    """A bin the load may go to: ``fits`` of its units, and why."""

    place: Place
    fits: int
    why: Why


def options_for(load: Load, places: Iterable[Place], *, same_lot: frozenset[int] = frozenset()) -> list[Option]:
    """The places that take the load or, of one article, a part of it; the best first.

    All of it in one bin comes first; then where it lies already, a pick face for a fast mover, an empty bin, and last
    room beside other products. Harmless goods stay out of hazard zones while there is another place. ``same_lot`` are
    the bins in which the same lot lies.
    """
    units = sum(count for _article, count in load)
    fast = all(article.velocity == "A" for article, _units in load)
    products = {article.product_id for article, _units in load}
    hazardous = any(article.hazard for article, _units in load)
    found: list[tuple[tuple[object, ...], Option]] = []
    for place in places:
        fits = units_that_fit(load[0][0], place) if len(load) == 1 else (0 if fault_of(load, place) else PLENTY)
        if not fits:
            continue
        why = _why(place, products, fast=fast, same_lot=same_lot)
        whole = fits >= units
        order = (
            not whole,
            0 if whole else -fits,
            list(Why).index(why),
            bool(place.allowed_hazards) and not hazardous,
            # A fast mover wants its pick face, everything else leaves the faces free.
            (place.kind != "pick_face") if fast or why in (Why.SAME_LOT, Why.SAME_PRODUCT) else place.kind != "bulk",
            place.pick_sequence,
            place.name,
            place.bin_id,
        )
        found.append((order, Option(place, fits, why)))
    return [option for _order, option in sorted(found, key=lambda one: one[0])]


def _why(place: Place, products: set[int], *, fast: bool, same_lot: frozenset[int]) -> Why:
    if place.bin_id in same_lot:
        return Why.SAME_LOT
    if products & place.product_ids:
        return Why.SAME_PRODUCT
    if place.is_empty:
        return Why.FAST_MOVER if fast and place.kind == "pick_face" else Why.EMPTY
    return Why.ROOM
