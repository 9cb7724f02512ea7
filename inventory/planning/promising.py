"""From which day how many units can be promised: pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Arrival:
    """Units on their way in; ``on`` is the day they are expected, None when nobody said."""

    on: date | None
    units: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """Units that can be promised from each day on, [(day, units)]: the first day is today, units only ever grow.

    ``late`` units should be here already, or nobody said when they come. They are not counted until they arrive.
    """

    steps: tuple[tuple[date, int], ...]
    late: int = 0

    def on(self, day: date) -> int:
        """Units that can be promised for that day; none before the first."""
        return max((units for first, units in self.steps if first <= day), default=0)

    def first_day(self, quantity: int) -> date | None:
        """The first day for which so many can be promised; None when what is on its way does not suffice."""
        return next((day for day, units in self.steps if units >= quantity), None)


def outlook(start: int, arrivals: Iterable[Arrival], *, today: date) -> Outlook:
    """The outlook of a product: what is there and arrives by a day, never below zero.

    ``start`` is what is free today less what is kept back and what orders wait for. It may be below zero: then the
    first arrivals fill that gap, and are promised to nobody else. What is expected today counts from today.
    """
    by_day: dict[date, int] = {}
    late = 0
    for one in arrivals:
        if one.on is None or one.on < today:
            late += one.units
        else:
            by_day[one.on] = by_day.get(one.on, 0) + one.units
    units = start + by_day.pop(today, 0)
    steps = [(today, max(units, 0))]
    for day in sorted(by_day):
        units += by_day[day]
        if units > steps[-1][1]:
            steps.append((day, units))
    return Outlook(tuple(steps), late)


def outlook_of_kit(parts: Sequence[tuple[int, Outlook]], *, today: date) -> Outlook:
    """The outlook of a kit from its parts [(units in one kit, outlook)]: whole kits, as the scarcest part allows.

    ``late`` are the kits that could be had besides if all that is late were here. No parts make no kits.
    """
    steps = [(today, 0)]
    days = sorted({day for _each, part in parts for day, _units in part.steps} | {today})
    for day in days:
        kits = min((part.on(day) // each for each, part in parts), default=0)
        if day == today:
            steps = [(today, kits)]
        elif kits > steps[-1][1]:
            steps.append((day, kits))
    in_the_end = min(((part.steps[-1][1] + part.late) // each for each, part in parts), default=0)
    return Outlook(tuple(steps), in_the_end - steps[-1][1])
