"""When orders leave and arrive, against an oracle that counts minute by minute and day by day."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orders.planning.last_orders import last_order
from orders.planning.promises import (
    DOMESTIC,
    Calendar,
    SeasonDays,
    Terms,
    Transit,
    begins,
    cut_off_moment,
    dates_of,
    local_day,
    promise,
    ship_by,
    transit_of,
)

pytestmark = pytest.mark.slow

ZONES = [
    "UTC",
    "Europe/London",
    "Europe/Stockholm",
    "America/New_York",
    "America/St_Johns",
    "Asia/Bangkok",
    "Asia/Tokyo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Africa/Casablanca",
    "America/Nuuk",
    "Asia/Beirut",
]
A_DAY, A_MINUTE = timedelta(days=1), timedelta(minutes=1)
YEAR_BEGINS, YEAR_ENDS = date(2027, 11, 1), date(2028, 3, 31)

moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
clock_times = st.times().map(lambda at: at.replace(second=0, microsecond=0))
calendars = st.builds(
    Calendar,
    time_zone=st.sampled_from(ZONES),
    cut_off=clock_times,
    handling_days=st.integers(0, 5),
    working_weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    closed_days=st.frozensets(days, max_size=30),
)
# Everything close together, so that seasons, closures and full days meet.
near_days = st.dates(YEAR_BEGINS, YEAR_ENDS)
seasons = st.builds(
    lambda since, length, handling, transit, cut_off: SeasonDays(
        "Season", since, since + timedelta(days=length), handling, transit, cut_off
    ),
    near_days,
    st.integers(0, 40),
    st.integers(0, 3),
    st.integers(0, 4),
    st.none() | clock_times,
)
loads = st.dictionaries(near_days, st.integers(0, 3), max_size=40)
terms_of_all_kinds = st.builds(
    Terms,
    calendar=st.builds(
        Calendar,
        time_zone=st.sampled_from(ZONES),
        cut_off=clock_times,
        handling_days=st.integers(0, 3),
        working_weekdays=st.frozensets(st.integers(0, 6), min_size=1),
        closed_days=st.frozensets(near_days, max_size=30),
    ),
    transit=st.builds(
        lambda fewest, more, weekdays, closed: Transit(fewest, fewest + more, weekdays, closed),
        st.integers(0, 4),
        st.integers(0, 4),
        st.frozensets(st.integers(0, 6), min_size=1),
        st.frozensets(near_days, max_size=20),
    ),
    seasons=st.lists(seasons, max_size=3).map(tuple),
    capacity=st.none() | st.integers(1, 3),
    capacity_days=st.dictionaries(near_days, st.integers(0, 3), max_size=5),
    earliest=st.none() | near_days,
    within_days=st.none() | st.none() | st.integers(0, 4),
    not_before=st.none() | near_days,
)
near_moments = st.datetimes(datetime(2027, 11, 20), datetime(2028, 3, 5), timezones=st.just(UTC))


def first_minute(day: date, cut_off: time, zone: ZoneInfo) -> datetime:
    """The oracle's cut-off: walk all minutes around that day until the clock on the wall has passed it."""
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=15)
    while True:
        wall = moment.astimezone(zone)
        if (wall.date(), wall.time()) >= (day, cut_off):
            return moment
        moment += A_MINUTE


def oracle_begins(ready_at: datetime, terms: Terms) -> date:
    """The first day that works, is not too early, and whose cut-off has not come yet."""
    zone, calendar = ZoneInfo(terms.calendar.time_zone), terms.calendar
    here = ready_at.astimezone(zone).date()
    day = here - A_DAY
    while True:
        works = day.weekday() in calendar.working_weekdays and day not in calendar.closed_days
        if works and (terms.earliest is None or day >= terms.earliest):
            cut_off = calendar.cut_off
            for season in terms.seasons:
                if season.cut_off and season.since <= day <= season.until and season.cut_off < cut_off:
                    cut_off = season.cut_off
            if day > here + A_DAY or first_minute(day, cut_off, zone) > ready_at:
                return day
        day += A_DAY


def oracle_dates(began: date, terms: Terms, load: Callable[[date, int], int]) -> tuple[date, date, date]:
    """Ship-by and delivery window by counting single days, and by looking at everything that left earlier."""
    calendar, transit = terms.calendar, terms.transit

    def works(day: date) -> bool:
        return day.weekday() in calendar.working_weekdays and day not in calendar.closed_days

    def step(day: date, count: int) -> date:
        while count:
            day += A_DAY
            count -= works(day)
        return day

    def drives(day: date) -> bool:
        return day.weekday() in transit.working_weekdays and day not in transit.closed_days

    def on_road(day: date, count: int) -> date:
        if count == 0:
            while not drives(day):
                day += A_DAY
            return day
        while count:
            day += A_DAY
            count -= drives(day)
        return day

    def earlier_days(day: date) -> list[date]:
        return [one for n in range(200 if terms.seasons else 1) if works(one := day - timedelta(days=n)) or n == 0]

    def slower(day: date, name: str) -> int:
        there = [one for one in terms.seasons if works(day) and one.since <= day <= one.until]
        return max([0, *(int(getattr(one, name)) for one in there)])

    def arrives(day: date, count: int) -> date:
        return max(on_road(one, count + slower(one, "more_transit_days")) for one in earlier_days(day))

    def full(day: date) -> bool:
        capacity = terms.capacity_days.get(day, terms.capacity)
        return capacity is not None and load(day, capacity) >= capacity

    if terms.within_days is not None:
        leaves = step(began, terms.within_days)
    else:
        normal = step(began, calendar.handling_days)
        leaves = max(step(one, slower(one, "more_handling_days")) for one in earlier_days(normal))
        while full(leaves):
            leaves = step(leaves, 1)
    while terms.not_before and arrives(leaves, transit.fewest) < terms.not_before:
        leaves = step(leaves, 1)
        while full(leaves):
            leaves = step(leaves, 1)
    return leaves, arrives(leaves, transit.fewest), arrives(leaves, transit.most)


@given(near_moments, terms_of_all_kinds, loads)
@settings(max_examples=250, deadline=None)
def test_every_date_is_what_counting_gives(ready_at: datetime, terms: Terms, taken: dict[date, int]) -> None:
    def load(day: date, capacity: int) -> int:
        return min(taken.get(day, 0), capacity)

    began = oracle_begins(ready_at, terms)
    assert begins(ready_at, terms) == began
    dates = dates_of(ready_at, terms, load)
    assert (dates.ship_by, dates.deliver_from, dates.deliver_to) == oracle_dates(began, terms, load)


@given(near_moments, st.integers(0, 60 * 24 * 20), terms_of_all_kinds, loads)
@settings(deadline=None)
def test_who_is_ready_later_never_leaves_or_arrives_earlier(
    ready_at: datetime, minutes: int, terms: Terms, taken: dict[date, int]
) -> None:
    def load(day: date, capacity: int) -> int:
        return min(taken.get(day, 0), capacity)

    first, second = dates_of(ready_at, terms, load), dates_of(ready_at + timedelta(minutes=minutes), terms, load)
    assert first.ship_by <= second.ship_by
    assert first.deliver_from <= second.deliver_from
    assert first.deliver_to <= second.deliver_to


@given(near_moments, st.integers(0, 40), terms_of_all_kinds, loads)
@settings(deadline=None)
def test_a_minute_before_the_last_moment_arrives_and_at_the_moment_does_not(
    now: datetime, ahead: int, terms: Terms, taken: dict[date, int]
) -> None:
    def load(day: date, capacity: int) -> int:
        return min(taken.get(day, 0), capacity)

    arrive_by = local_day(now, terms.calendar.time_zone) + timedelta(days=ahead)
    moment = last_order(terms, arrive_by, now=now, load=load)
    if moment is None:
        assert dates_of(now, terms, load).deliver_to > arrive_by
        return
    assert moment > now
    assert dates_of(max(now, moment - A_MINUTE), terms, load).deliver_to <= arrive_by
    assert dates_of(moment, terms, load).deliver_to > arrive_by


@given(moments, calendars)
@settings(deadline=None)
@example(datetime(2026, 3, 29, 0, 59, tzinfo=UTC), Calendar("Europe/London", time(1, 30)))
@example(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), Calendar("Europe/London", time(1, 30)))
@example(datetime(2026, 10, 25, 1, 15, tzinfo=UTC), Calendar("Europe/London", time(1, 30)))
@example(datetime(2026, 11, 1, 5, 30, tzinfo=UTC), Calendar("America/New_York", time(1, 30)))
@example(datetime(2028, 2, 29, 23, 59, tzinfo=UTC), Calendar("Asia/Tokyo", time(9, 0)))
@example(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), Calendar("Pacific/Chatham", time(12, 0)))
def test_the_day_of_shipping_is_what_counting_gives(ready_at: datetime, calendar: Calendar) -> None:
    terms = Terms(calendar, DOMESTIC["standard"])
    assert ship_by(ready_at, calendar) == oracle_dates(oracle_begins(ready_at, terms), terms, lambda _d, _c: 0)[0]


def changes_of_clocks(zone: ZoneInfo, year: int) -> list[datetime]:
    """The instants (UTC, to the minute) at which clocks change there, by looking at every day and then every minute."""
    found = []
    for n in range(366):
        start = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=n)
        before, after = start.astimezone(zone).utcoffset(), (start + A_DAY).astimezone(zone).utcoffset()
        if before != after:
            found.append(
                next(
                    start + timedelta(minutes=minute)
                    for minute in range(1441)
                    if (start + timedelta(minutes=minute)).astimezone(zone).utcoffset() != before
                )
            )
    return found


def test_in_every_zone_of_the_world_a_cut_off_comes_once_however_clocks_change() -> None:
    zones = sorted(available_timezones())
    assert len(zones) > 400
    checked = 0
    for name in zones:
        zone = ZoneInfo(name)
        for change in changes_of_clocks(zone, 2027):
            walls = [
                (moment, moment.astimezone(zone).replace(tzinfo=None))
                for moment in (change + timedelta(minutes=5 * n) for n in range(-400, 400))
            ]
            around = change.astimezone(zone).replace(tzinfo=None)
            for minutes in (-125, -60, -35, -30, -5, 0, 5, 25, 30, 55, 60, 90, 180):
                wall = around + timedelta(minutes=minutes)
                first = next(moment for moment, shown in walls if shown >= wall)
                assert cut_off_moment(wall.date(), wall.time(), name) == first, (name, wall)
                every_day = Terms(Calendar(name, wall.time(), 0, frozenset(range(7))), DOMESTIC["standard"])
                if first.astimezone(zone).date() == wall.date():
                    assert begins(first - A_MINUTE, every_day) <= wall.date(), (name, wall)
                assert begins(first, every_day) > wall.date(), (name, wall)
                checked += 1
    assert checked > 2000


def test_in_every_zone_of_the_world_years_end_and_leap_days_come() -> None:
    plain = Transit(1, 3)
    for number, name in enumerate(sorted(available_timezones())):
        terms = Terms(
            Calendar(name, time(number % 24, 30), number % 3, closed_days=frozenset({date(2028, 1, 1)})), plain
        )
        for start in (datetime(2027, 12, 31, tzinfo=UTC), datetime(2028, 2, 28, 12, tzinfo=UTC)):
            for hours in range(-18, 42, 6):
                ready_at = start + timedelta(hours=hours, minutes=number % 60)
                wall = ready_at.astimezone(ZoneInfo(name))
                began = wall.date() + (A_DAY if wall.time() >= terms.calendar.cut_off else timedelta())
                while began.weekday() > 4 or began == date(2028, 1, 1):
                    began += A_DAY
                dates = dates_of(ready_at, terms)
                found = (dates.ship_by, dates.deliver_from, dates.deliver_to)
                assert found == oracle_dates(began, terms, lambda _d, _c: 0), (name, ready_at)


@given(moments, calendars)
def test_a_promise_never_runs_backwards(ready_at: datetime, calendar: Calendar) -> None:
    dates = promise(ready_at, calendar, DOMESTIC["standard"])
    assert local_day(ready_at, calendar.time_zone) <= dates.ship_by <= dates.deliver_from <= dates.deliver_to
    assert calendar.works_on(dates.ship_by)


@given(days, st.integers(0, 12), st.integers(0, 12))
def test_transit_counts_the_carriers_working_days(day: date, fewest: int, more: int) -> None:
    calendar = Calendar("UTC", time(23, 59), working_weekdays=frozenset(range(7)))
    ready = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
    dates = promise(ready, calendar, Transit(fewest, fewest + more))
    assert dates.deliver_to.weekday() < 5
    if fewest + more:
        between = [day + timedelta(days=n) for n in range(1, (dates.deliver_to - day).days + 1)]
        assert sum(one.weekday() < 5 for one in between) == fewest + more


def test_before_the_cut_off_is_today_and_at_the_cut_off_is_not() -> None:
    calendar = Calendar("Europe/London", time(15, 0))
    friday = datetime(2026, 11, 20, 14, 59, tzinfo=UTC)
    assert ship_by(friday, calendar) == date(2026, 11, 20)
    assert ship_by(friday + timedelta(minutes=1), calendar) == date(2026, 11, 23)


def test_in_the_hour_that_comes_twice_an_order_is_not_in_time_because_the_clock_was_put_back() -> None:
    every_day = Calendar("Europe/London", time(1, 30), working_weekdays=frozenset(range(7)))
    passed = datetime(2026, 10, 25, 0, 40, tzinfo=UTC)  # 01:40, before clocks go back
    again = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)  # 01:15, after they did
    assert ship_by(passed, every_day) == ship_by(again, every_day) == date(2026, 10, 26)


def test_nothing_is_delivered_on_a_day_the_carrier_is_closed() -> None:
    saturday = datetime(2026, 11, 21, 9, tzinfo=UTC)
    every_day = Calendar("UTC", time(15), working_weekdays=frozenset(range(7)))
    dates = promise(saturday, every_day, Transit(0, 1, closed_days=frozenset({date(2026, 11, 23)})))
    assert (dates.ship_by, dates.deliver_from, dates.deliver_to) == (
        date(2026, 11, 21),
        date(2026, 11, 24),
        date(2026, 11, 24),
    )


def test_the_inputs_keep_what_made_the_dates() -> None:
    friday = datetime(2026, 12, 18, 14, 30, tzinfo=UTC)
    christmas = SeasonDays("Christmas", date(2026, 12, 14), date(2026, 12, 24), more_transit_days=1)
    terms = Terms(
        Calendar("UTC", time(14)), Transit(2, 4), (christmas,), capacity=120, method="standard", destination="SE"
    )
    dates = dates_of(friday, terms, lambda day, capacity: capacity if day == date(2026, 12, 21) else 0)
    assert dates.ship_by == date(2026, 12, 22)
    assert dates.inputs == {
        "ready_at": "2026-12-18T14:30:00+00:00",
        "begins": "2026-12-21",
        "missed": "cut_off",
        "cut_off": "14:00",
        "time_zone": "UTC",
        "handling_days": 0,
        "transit_fewest": 2,
        "transit_most": 4,
        "method": "standard",
        "destination": "SE",
        "full": [["2026-12-21", 120, 120]],
        "seasons": [["Christmas", 0, 1]],
    }


def test_the_same_instant_is_another_day_elsewhere() -> None:
    instant = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
    assert local_day(instant, "UTC") == date(2026, 11, 20)
    assert local_day(instant, "Asia/Tokyo") == date(2026, 11, 21)


def test_a_border_takes_longer_and_an_unknown_method_counts_as_standard() -> None:
    at_home = transit_of("express", origin="GB", destination="GB")
    abroad = transit_of("express", origin="GB", destination="SE")
    assert abroad.fewest > at_home.fewest and abroad.most > at_home.most
    assert transit_of("pigeon", origin="GB", destination="GB") == transit_of("standard", origin="GB", destination="")


def test_a_warehouse_that_never_works_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no working day"):
        ship_by(datetime(2026, 1, 1, tzinfo=UTC), Calendar("UTC", time(12), working_weekdays=frozenset()))


class Counting(frozenset[date]):
    """Closed days that count how often they are asked."""

    asked = 0

    def __contains__(self, day: object) -> bool:
        Counting.asked += 1
        return super().__contains__(day)


def test_a_window_far_ahead_is_not_walked_to_day_by_day() -> None:
    first = date(2100, 12, 31)
    terms = Terms(Calendar("UTC", time(15), 1, closed_days=Counting()), Transit(2, 4), not_before=first)
    dates = dates_of(datetime(2026, 11, 23, 9, tzinfo=UTC), terms)
    assert (dates.ship_by, dates.deliver_from) == (date(2100, 12, 29), first)
    assert dates.inputs["not_before"] == first.isoformat()
    assert Counting.asked < 1000
