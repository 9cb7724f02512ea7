"""Which carton, and whether the scale agrees with what was scanned."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

# Cartons are never filled to the last cubic millimetre: things do not tessellate, and paper goes around them.
FILL = Fraction(4, 5)
# What an article of unknown size is taken for: light gift goods measure about 5 cm³ a gram, any other half a litre.
MM3_PER_GRAM = 5_000
UNKNOWN_MM3 = 500_000
TOLERANCE_G = 30
TOLERANCE = Fraction(3, 100)


@dataclass(frozen=True, slots=True)
class Thing:
    """An article going into a box, ``quantity`` times. 0 means not known."""

    name: str
    quantity: int
    weight_g: int = 0
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0

    @property
    def measured(self) -> bool:
        return bool(self.length_mm and self.width_mm and self.height_mm)

    @property
    def volume_mm3(self) -> int:
        """Of one unit, guessed from its weight when it was never measured."""
        if self.measured:
            return self.length_mm * self.width_mm * self.height_mm
        return self.weight_g * MM3_PER_GRAM or UNKNOWN_MM3


@dataclass(frozen=True, slots=True)
class Box:
    """A kind of carton: inner size and the most it may weigh with everything in it."""

    carton_id: int
    code: str
    name: str
    length_mm: int
    width_mm: int
    height_mm: int
    weight_g: int
    max_weight_g: int

    @property
    def volume_mm3(self) -> int:
        return self.length_mm * self.width_mm * self.height_mm


def fits(things: Iterable[Thing], box: Box) -> bool:
    """Whether everything goes in: each article by its sides, all by volume and weight. A guess, not a packing plan."""
    things = list(things)
    sides = sorted((box.length_mm, box.width_mm, box.height_mm))
    for thing in things:
        if thing.measured:
            own = sorted((thing.length_mm, thing.width_mm, thing.height_mm))
            if any(a > b for a, b in zip(own, sides, strict=True)):
                return False
    volume = sum(thing.volume_mm3 * thing.quantity for thing in things)
    weight = sum(thing.weight_g * thing.quantity for thing in things) + box.weight_g
    # One article alone may fill its carton: it was made for it.
    room = box.volume_mm3 if sum(thing.quantity for thing in things) == 1 else int(box.volume_mm3 * FILL)
    return volume <= room and weight <= box.max_weight_g


def suggest(things: Sequence[Thing], boxes: Iterable[Box]) -> Box | None:
    """The smallest carton everything fits in; the largest when nothing fits all of it; None without cartons."""
    by_size = sorted(boxes, key=lambda box: (box.volume_mm3, box.code))
    if not by_size:
        return None
    return next((box for box in by_size if fits(things, box)), by_size[-1])


def expected_weight(things: Iterable[Thing], box: Box | None) -> int | None:
    """Grams of the things and their carton; None when an article's weight is not known."""
    things = list(things)
    if any(not thing.weight_g for thing in things):
        return None
    return sum(thing.weight_g * thing.quantity for thing in things) + (box.weight_g if box else 0)


def tolerance(expected_g: int) -> int:
    """Grams by which the scale may differ: 30 g or 3 %, whichever is more."""
    return max(TOLERANCE_G, ceil(expected_g * TOLERANCE))


@dataclass(frozen=True, slots=True)
class WeightDifference:
    """How far the scale is off (negative: too light) and the article that explains it best, when one does."""

    grams: int
    quantity: int = 0
    name: str = ""
    unit_weight_g: int = 0


def weight_difference(things: Iterable[Thing], *, expected_g: int, measured_g: int) -> WeightDifference | None:
    """None when the scale agrees, else by how much it does not, and which article would explain it."""
    allowed = tolerance(expected_g)
    off = measured_g - expected_g
    if abs(off) <= allowed:
        return None
    best: tuple[int, int, Thing] | None = None
    for thing in things:
        if not thing.weight_g:
            continue
        count = max(1, round(abs(off) / thing.weight_g))
        if off < 0:
            count = min(count, thing.quantity)
        rest = abs(abs(off) - count * thing.weight_g)
        if rest <= allowed and (best is None or (rest, count) < best[:2]):
            best = (rest, count, thing)
    if best is None:
        return WeightDifference(off)
    return WeightDifference(off, best[1], best[2].name, best[2].weight_g)
