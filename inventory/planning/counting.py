"""Which bins to count, and what a count says. Pure: no Django, no clock, no I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

SELLABLE, QUALITY_CONTROL, QUARANTINED, DAMAGED = "sellable", "quality_control", "quarantined", "damaged"
LOST_FIRST = (SELLABLE, QUALITY_CONTROL, QUARANTINED, DAMAGED)

SlotKey = tuple[int, str]
"""(product_id, lot): what a counter tells apart in a bin."""


@dataclass(frozen=True, slots=True)
class PlanBin:
    """A bin as the plan sees it. ``velocity`` is the best class of what lies there; ``counted_on`` its last count."""

    id: int
    velocity: str
    counted_on: date | None
    pick_sequence: int
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """One slot of a finished count: units found, units the books had, and what a unit costs."""

    counted: int
    book: int
    unit_cost: float = 0

    @property
    def variance(self) -> int:
        return self.counted - self.book


def bins_due(bins: Iterable[PlanBin], every: Mapping[str, int], today: date, *, most: int) -> list[int]:
    """The ids of up to ``most`` bins to count today, the longest overdue of its own period first.

    ``every`` maps a class to its days between counts, 0 for never. Bins never counted come first, fast classes
    before slow ones; then along the walk. Busy bins (open picks) are left for another day.
    """
    found: list[tuple[float, str, int, int]] = []
    for one in bins:
        days = every.get(one.velocity or "C", 0)
        if not days or one.busy:
            continue
        late = float("inf") if one.counted_on is None else (today - one.counted_on).days / days
        if late >= 1:
            found.append((-late, one.velocity or "C", one.pick_sequence, one.id))
    return [bin_id for *_order, bin_id in sorted(found)[: max(most, 0)]]


def spread(total: int, book: Mapping[str, int], *, suspects: int = 0, home: str = SELLABLE) -> dict[str, int]:
    """{condition: units} of ``total`` units found of one slot, given what the books have of it by condition.

    A counter counts units, whatever their state. Missing units are first the ``suspects``: those quarantined because
    a picker did not find them; suspects that did turn up are sellable again. A further loss is taken from what is for
    sale, because to sell what is not there is the worse mistake. A surplus is of the condition ``home``.
    """
    found = {condition: units for condition, units in book.items() if units}
    lacking = sum(found.values()) - total
    suspects = min(suspects, found.get(QUARANTINED, 0))
    gone = min(max(lacking, 0), suspects)
    back = suspects - gone
    if suspects:
        found[QUARANTINED] -= suspects
        found[SELLABLE] = found.get(SELLABLE, 0) + back
    lacking -= gone
    for condition in LOST_FIRST:
        if lacking > 0:
            taken = min(lacking, found.get(condition, 0))
            found[condition] = found.get(condition, 0) - taken
            lacking -= taken
    if lacking < 0:
        found[home] = found.get(home, 0) - lacking
    return {
        condition: found.get(condition, 0) for condition in {*book, *found} if found.get(condition) or condition in book
    }


def home_of(book: Mapping[str, int], bin_kind: str, lot_condition: str = SELLABLE) -> str:
    """Of which condition surplus units are: as the lot may be stored, as what lies there, as the bin is meant for."""
    if lot_condition != SELLABLE:
        return lot_condition
    present = {condition: units for condition, units in book.items() if units > 0}
    if present:
        return SELLABLE if SELLABLE in present else max(present, key=lambda one: (present[one], one))
    return {"quarantine": QUARANTINED, "returns": QUALITY_CONTROL}.get(bin_kind, SELLABLE)


def is_doubtful(variance: int, moved: int) -> bool:
    """Whether units that moved through the bin while it was counted may be the whole variance: count that again."""
    return 0 < abs(variance) <= moved


def sums(tallies: Iterable[Tally]) -> tuple[int, float]:
    """(units, value) by which a count differs, surplus and shortage not set off against each other."""
    rows = list(tallies)
    return sum(abs(one.variance) for one in rows), sum(abs(one.variance) * one.unit_cost for one in rows)


def within(units: int, value: float, *, tolerance_units: int, tolerance_value: float) -> bool:
    """Whether a variance needs nobody's approval: none at all, or below both limits."""
    return units == 0 or (units <= tolerance_units and value <= tolerance_value)


def agree(first: Mapping[SlotKey, int], second: Mapping[SlotKey, int]) -> bool:
    """Whether two rounds found the same variance of every slot; {slot: variance}, none and zero being the same."""
    return all(first.get(slot, 0) == second.get(slot, 0) for slot in {*first, *second})
