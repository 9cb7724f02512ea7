"""When orders leave and arrive, against an oracle that counts minute by minute and day by day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orders.planning.promises import DOMESTIC, Calendar, Transit, local_day, promise, ship_by, transit_of

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
]

moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
calendars = st.builds(
    Calendar,
    time_zone=st.sampled_from(ZONES),
    cut_off=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    handling_days=st.integers(0, 5),
    working_weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    closed_days=st.frozensets(days, max_size=30),
)


def oracle_ship_by(ready_at: datetime, calendar: Calendar) -> date:
    """Walk on in UTC, minute by minute at first, until the warehouse could begin; then count the days it works."""
    zone = ZoneInfo(calendar.time_zone)

    def works(day: date) -> bool:
        return day.weekday() in calendar.working_weekdays and day not in calendar.closed_days

    moment = ready_at.astimezone(zone)
    started = moment.date()
    if not (works(started) and (moment.hour, moment.minute) < (calendar.cut_off.hour, calendar.cut_off.minute)):
        walk = ready_at
        while True:
            walk += timedelta(minutes=30)
            day = walk.astimezone(zone).date()
            if day > started and works(day):
                started = day
                break
    left = calendar.handling_days
    while left:
        started += timedelta(days=1)
        left -= works(started)
    return started


@given(moments, calendars)
@example(datetime(2026, 3, 29, 0, 59, tzinfo=UTC), Calendar("Europe/London", time(1, 30)))
@example(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), Calendar("Europe/London", time(1, 30)))
@example(datetime(2026, 11, 1, 5, 30, tzinfo=UTC), Calendar("America/New_York", time(1, 30)))
@example(datetime(2028, 2, 29, 23, 59, tzinfo=UTC), Calendar("Asia/Tokyo", time(9, 0)))
@example(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), Calendar("Pacific/Chatham", time(12, 0)))
def test_the_day_of_shipping_is_what_counting_gives(ready_at: datetime, calendar: Calendar) -> None:
    assert ship_by(ready_at, calendar) == oracle_ship_by(ready_at, calendar)


@given(moments, calendars)
def test_a_promise_never_runs_backwards(ready_at: datetime, calendar: Calendar) -> None:
    dates = promise(ready_at, calendar, DOMESTIC["standard"])
    assert local_day(ready_at, calendar.time_zone) <= dates.ship_by <= dates.deliver_from <= dates.deliver_to
    assert calendar.works_on(dates.ship_by)


@given(moments, st.integers(0, 60 * 24 * 20), calendars)
def test_who_is_ready_later_never_ships_earlier(ready_at: datetime, minutes: int, calendar: Calendar) -> None:
    assert ship_by(ready_at, calendar) <= ship_by(ready_at + timedelta(minutes=minutes), calendar)


@given(days, st.integers(0, 12), st.integers(0, 12))
def test_transit_counts_the_carriers_working_days(day: date, fewest: int, more: int) -> None:
    calendar = Calendar("UTC", time(23, 59), working_weekdays=frozenset(range(7)))
    ready = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
    dates = promise(ready, calendar, Transit(fewest, fewest + more))
    between = [day + timedelta(days=n) for n in range(1, (dates.deliver_to - day).days + 1)]
    assert sum(one.weekday() < 5 for one in between) == fewest + more


def test_before_the_cut_off_is_today_and_at_the_cut_off_is_not() -> None:
    calendar = Calendar("Europe/London", time(15, 0))
    friday = datetime(2026, 11, 20, 14, 59, tzinfo=UTC)
    assert ship_by(friday, calendar) == date(2026, 11, 20)
    assert ship_by(friday + timedelta(minutes=1), calendar) == date(2026, 11, 23)


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
