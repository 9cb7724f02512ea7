"""When an order leaves and arrives: calendar arithmetic, pure.

Days are the warehouse's own: an instant is turned into its local time first. A cut-off is an instant as well: the first
moment of that day at which the clock there shows it, so that daylight saving never lets a later order leave earlier.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

MONDAY_TO_FRIDAY = frozenset({0, 1, 2, 3, 4})
ONE_DAY = timedelta(days=1)
# A calendar without any working day for that long is a mistake, not a holiday.
LONGEST_CLOSURE = 400

CHANGE_REASONS = (
    "backordered",
    "backorder_filled",
    "address_changed",
    "method_changed",
    "edited",
    "paid",
    "release_moved",
    "delayed",
)

Load = Callable[[date, int], int]
"""(day, capacity) to the shipments already promised for that day, counted up to the capacity."""


def no_load(day: date, capacity: int) -> int:
    """Nothing is promised for any day."""
    return 0


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
    closed_days: frozenset[date] = frozenset()

    def works_on(self, day: date) -> bool:
        """Whether the carrier delivers on that day."""
        return day.weekday() in self.working_weekdays and day not in self.closed_days


@dataclass(frozen=True, slots=True)
class SeasonDays:
    """What is different for shipments that leave from ``since`` to ``until``, both included.

    Nothing that leaves after a season overtakes what left in it. Where seasons overlap, the longest delay counts.
    """

    name: str
    since: date
    until: date
    more_handling_days: int = 0
    more_transit_days: int = 0
    cut_off: time | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything a promise is computed from, beside the moment.

    ``capacity`` is what may leave on a day (None: no limit), ``capacity_days`` what differs from it. ``earliest`` is
    the first day it may leave. With ``within_days`` the channel has promised its buyers to ship in so many working
    days, which is then the promise. ``not_before`` and ``not_after`` are the days a buyer takes the goods in.
    """

    calendar: Calendar
    transit: Transit
    seasons: tuple[SeasonDays, ...] = ()
    capacity: int | None = None
    capacity_days: Mapping[date, int] = field(default_factory=dict)
    earliest: date | None = None
    within_days: int | None = None
    not_before: date | None = None
    not_after: date | None = None
    method: str = ""
    destination: str = ""

    def capacity_on(self, day: date) -> int | None:
        """How many shipments may leave on that day; None for no limit."""
        return self.capacity_days.get(day, self.capacity)

    def cut_off_on(self, day: date) -> time:
        """The cut-off of that day: a season may bring it forward."""
        earlier = [one.cut_off for one in self.seasons if one.cut_off is not None and one.since <= day <= one.until]
        return min((self.calendar.cut_off, *earlier))


@dataclass(frozen=True, slots=True)
class PromiseDates:
    """What the customer is told; all days are the warehouse's. ``inputs`` explains them, as JSON."""

    ship_by: date
    deliver_from: date
    deliver_to: date
    inputs: Mapping[str, Any] = field(default_factory=dict)


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
    """The transit of a method between two countries (ISO 3166) where none is configured; unknown is standard."""
    transit = DOMESTIC.get(method.casefold(), DOMESTIC["standard"])
    if not destination or origin == destination:
        return transit
    return Transit(transit.fewest + ABROAD_FEWEST, transit.most + ABROAD_MOST, transit.working_weekdays)


def local_day(moment: datetime, time_zone: str) -> date:
    """The warehouse's day at that instant: what "today" means there."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def cut_off_moment(day: date, cut_off: time, time_zone: str) -> datetime:
    """The first instant (UTC) of that day at which the clock shows the cut-off or more.

    Of an hour that comes twice the first one counts; of a cut-off in an hour that is skipped, the end of the gap.
    """
    zone = ZoneInfo(time_zone)
    wall = datetime.combine(day, cut_off)
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while moment - before > timedelta(seconds=1):
        middle = (before + (moment - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).replace(tzinfo=None, fold=0) >= wall:
            moment = middle
        else:
            before = middle
    return moment


def begins(ready_at: datetime, terms: Terms) -> date:
    """The working day whose cut-off is the next one after that instant, not before ``earliest``."""
    calendar = terms.calendar
    day = local_day(ready_at, calendar.time_zone)
    for _ in range(LONGEST_CLOSURE):
        if (
            calendar.works_on(day)
            and cut_off_moment(day, terms.cut_off_on(day), calendar.time_zone) > ready_at
            and (terms.earliest is None or day >= terms.earliest)
        ):
            return day
        day += ONE_DAY
        if terms.earliest is not None and day < terms.earliest:
            day = terms.earliest
    raise ValueError("The warehouse has no working day in its calendar.")


def ship_by(ready_at: datetime, calendar: Calendar) -> date:
    """The day by which work that is ready at that instant leaves, by the warehouse's calendar alone.

    Today when it is ready before the cut-off of a working day, else the next working day; then the handling days.
    """
    day = begins(ready_at, Terms(calendar, DOMESTIC["standard"]))
    return _worked(day, calendar.handling_days, calendar)


def promise(ready_at: datetime, calendar: Calendar, transit: Transit) -> PromiseDates:
    """Ship-by and the delivery window, by the two calendars alone."""
    return dates_of(ready_at, Terms(calendar, transit))


def dates_of(ready_at: datetime, terms: Terms, load: Load = no_load) -> PromiseDates:
    """Ship-by and the delivery window of work that is ready at that instant. Who is ready later never leaves earlier.

    Raises ValueError for a calendar without a working day, or without room, in more than a year.
    """
    day = begins(ready_at, terms)
    dates = dates_from(day, terms, load)
    local = ready_at.astimezone(ZoneInfo(terms.calendar.time_zone))
    why = {"ready_at": ready_at.isoformat(), "begins": day.isoformat()}
    if not terms.calendar.works_on(local.date()):
        why["missed"] = "closed"
    elif cut_off_moment(local.date(), terms.cut_off_on(local.date()), terms.calendar.time_zone) <= ready_at:
        why["missed"] = "cut_off"
    why["cut_off"] = terms.cut_off_on(local.date()).isoformat(timespec="minutes")
    return PromiseDates(dates.ship_by, dates.deliver_from, dates.deliver_to, {**why, **dates.inputs})


def dates_from(day: date, terms: Terms, load: Load = no_load) -> PromiseDates:
    """Ship-by and the delivery window of work that begins on that working day."""
    calendar, transit = terms.calendar, terms.transit
    seasons: list[list[Any]] = []
    full: list[tuple[date, int, int]] = []
    if terms.within_days is not None:
        leaves = _worked(day, terms.within_days, calendar)
    else:
        leaves = _handled(_worked(day, calendar.handling_days, calendar), terms, seasons)
        leaves, full = _with_room(leaves, terms, load)
    waits = 0
    if terms.not_before is not None and (near := terms.not_before - timedelta(days=LONGEST_CLOSURE)) > leaves:
        # What leaves that early arrives before it; day by day a far window would take for ever.
        leaves, waits = _worked(near, 1, calendar), 1
    while terms.not_before is not None and _carried(leaves, terms, transit.fewest) < terms.not_before:
        leaves, more = _with_room(_worked(leaves, 1, calendar), terms, load)
        full, waits = [*full, *more], waits + 1
    arrives = _carried(leaves, terms, transit.most, seasons)
    inputs: dict[str, Any] = {
        "time_zone": calendar.time_zone,
        "handling_days": calendar.handling_days,
        "transit_fewest": transit.fewest,
        "transit_most": transit.most,
    }
    for name, value in (
        ("method", terms.method),
        ("destination", terms.destination),
        ("within_days", terms.within_days),
        ("earliest", terms.earliest.isoformat() if terms.earliest else None),
        ("not_before", terms.not_before.isoformat() if terms.not_before and waits else None),
        ("not_after", terms.not_after.isoformat() if terms.not_after and arrives > terms.not_after else None),
        ("full", [[one.isoformat(), taken, capacity] for one, taken, capacity in full[:10]]),
        ("seasons", seasons),
    ):
        if value or value == 0:
            inputs[name] = value
    return PromiseDates(leaves, _carried(leaves, terms, transit.fewest), arrives, inputs)


def _handled(day: date, terms: Terms, told: list[list[Any]]) -> date:
    """When it leaves with the handling that seasons add; what waits in a season is not overtaken after it."""
    latest = day
    for one in terms.seasons:
        last = _last_leaving(one, day, terms.calendar) if one.more_handling_days else None
        if last is None:
            continue
        later = _worked(last, one.more_handling_days, terms.calendar)
        if later > day:
            told.append([one.name, one.more_handling_days, 0])
        latest = max(latest, later)
    return latest


def _last_leaving(season: SeasonDays, day: date, calendar: Calendar) -> date | None:
    """The last working day of the season up to that day; None when nothing could leave in it by then."""
    last = min(day, season.until)
    while last >= season.since:
        if calendar.works_on(last):
            return last
        last -= ONE_DAY
    return None


def _with_room(day: date, terms: Terms, load: Load) -> tuple[date, list[tuple[date, int, int]]]:
    """That day, or the next working day with room; and the full days before, each with its load and capacity."""
    full: list[tuple[date, int, int]] = []
    for _ in range(LONGEST_CLOSURE):
        capacity = terms.capacity_on(day)
        if capacity is None:
            return day, full
        taken = load(day, capacity) if capacity else 0
        if taken < capacity:
            return day, full
        full.append((day, taken, capacity))
        day = _worked(day, 1, terms.calendar)
    raise ValueError("The warehouse has no day with room in its calendar.")


def _worked(day: date, days: int, calendar: Calendar) -> date:
    """The n-th working day after that day."""
    for _ in range(days):
        day = _next(day, calendar)
    return day


def _next(day: date, calendar: Calendar | Transit) -> date:
    for _ in range(LONGEST_CLOSURE):
        day += ONE_DAY
        if calendar.works_on(day):
            return day
    raise ValueError("There is no working day in the calendar: neither the warehouse nor a carrier is closed for good.")


def _carried(day: date, terms: Terms, days: int, told: list[list[Any]] | None = None) -> date:
    """When it arrives, behind all that left before it: nothing overtakes what a season holds up."""
    plain = latest = _on_road(day, days, terms.transit)
    for one in terms.seasons:
        last = _last_leaving(one, day, terms.calendar) if one.more_transit_days else None
        if last is None:
            continue
        later = _on_road(last, days + one.more_transit_days, terms.transit)
        if later > plain and told is not None:
            told.append([one.name, 0, one.more_transit_days])
        latest = max(latest, later)
    return latest


def _on_road(day: date, days: int, transit: Transit) -> date:
    """The n-th carrier day after that day; with none, that day or the next on which the carrier delivers."""
    if not days:
        return day if transit.works_on(day) else _next(day, transit)
    for _ in range(days):
        day = _next(day, transit)
    return day
