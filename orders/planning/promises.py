"""When an order leaves and arrives: calendar arithmetic, pure.

Days are the warehouse's own: an instant is turned into its local time first, so daylight saving never moves a cut-off.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MONDAY_TO_FRIDAY = frozenset({0, 1, 2, 3, 4})
ONE_DAY = timedelta(days=1)
# A calendar without any working day for that long is a mistake, not a holiday.
LONGEST_CLOSURE = 400

CHANGE_REASONS = ("backordered", "backorder_filled", "address_changed", "method_changed", "delayed")


@dataclass(frozen=True, slots=True)
class Calendar:
    """A warehouse's working days. Work that is ready before ``cut_off`` (local) counts for that day."""

    time_zone: str
    cut_off: time
    handling_days: int = 0
    working_weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    closed_days: frozenset[date] = frozenset()

    def works_on(self, day: date) -> bool:
        """Whether the warehouse ships on that day."""
        return day.weekday() in self.working_weekdays and day not in self.closed_days


@dataclass(frozen=True, slots=True)
class Transit:
    """Days on the road, fewest and most, counted in the carrier's working days after the day of shipping."""

    fewest: int
    most: int
    working_weekdays: frozenset[int] = MONDAY_TO_FRIDAY


@dataclass(frozen=True, slots=True)
class PromiseDates:
    """What the customer is told; all days are the warehouse's."""

    ship_by: date
    deliver_from: date
    deliver_to: date
    inputs: Mapping[str, str | int] = field(default_factory=dict)


DOMESTIC: dict[str, Transit] = {
    "standard": Transit(2, 4),
    "economy": Transit(3, 6),
    "express": Transit(1, 2),
    "next_day": Transit(1, 1),
    "same_day": Transit(0, 0, frozenset(range(7))),
    "own": Transit(0, 2),
}
# What a border adds: the way abroad and customs.
ABROAD_FEWEST, ABROAD_MOST = 2, 5


def transit_of(method: str, *, origin: str, destination: str) -> Transit:
    """The transit of a shipping method between two countries (ISO 3166); an unknown method counts as standard."""
    transit = DOMESTIC.get(method.casefold(), DOMESTIC["standard"])
    if not destination or origin == destination:
        return transit
    return Transit(transit.fewest + ABROAD_FEWEST, transit.most + ABROAD_MOST)


def local_day(moment: datetime, time_zone: str) -> date:
    """The warehouse's day at that instant: what "today" means there."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def ship_by(ready_at: datetime, calendar: Calendar) -> date:
    """The day by which work that is ready at that instant leaves.

    Today when it is ready before the cut-off of a working day, else the next working day; then the handling days.
    """
    local = ready_at.astimezone(ZoneInfo(calendar.time_zone))
    day = local.date()
    if not calendar.works_on(day) or local.time() >= calendar.cut_off:
        day = _next_working(day, calendar)
    for _ in range(calendar.handling_days):
        day = _next_working(day, calendar)
    return day


def promise(ready_at: datetime, calendar: Calendar, transit: Transit) -> PromiseDates:
    """Ship-by and the delivery window of work that is ready at that instant."""
    leaves = ship_by(ready_at, calendar)
    return PromiseDates(
        ship_by=leaves,
        deliver_from=_carried(leaves, transit.fewest, transit),
        deliver_to=_carried(leaves, transit.most, transit),
        inputs={
            "ready_at": ready_at.isoformat(),
            "time_zone": calendar.time_zone,
            "cut_off": calendar.cut_off.isoformat(timespec="minutes"),
            "handling_days": calendar.handling_days,
            "transit_fewest": transit.fewest,
            "transit_most": transit.most,
        },
    )


def _next_working(day: date, calendar: Calendar) -> date:
    for _ in range(LONGEST_CLOSURE):
        day += ONE_DAY
        if calendar.works_on(day):
            return day
    raise ValueError("The warehouse has no working day in its calendar.")


def _carried(day: date, days: int, transit: Transit) -> date:
    while days:
        day += ONE_DAY
        if day.weekday() in transit.working_weekdays:
            days -= 1
    return day
