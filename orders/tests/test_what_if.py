"""What a changed calendar would do, without doing it; and changing it."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from core.kernel.errors import Invalid
from inventory.models import Warehouse
from inventory.selectors import warehouse_by_id
from inventory.services.warehouse_days import close_day, set_daily_capacity
from orders.models import CapacityDay, FulfillmentOrder, Season, ServiceCutOff
from orders.planning.what_if import OpenPart, leaving_days
from orders.selectors.calendars import book
from orders.services.calendar_keeping import (
    NewSeason,
    add_season,
    remove_season,
    set_capacity_day,
    set_service_cut_off,
)
from orders.services.what_if import what_if
from orders.tests.shop import NOW, Shop

MONDAY = date(2026, 11, 23)
parts_of_a_week = st.lists(st.integers(0, 9), max_size=30).map(
    lambda days: [OpenPart(n, f"ORD-{n}", MONDAY + timedelta(days=day)) for n, day in enumerate(days)]
)


@given(parts_of_a_week, st.integers(1, 6), st.sets(st.integers(0, 12), max_size=6))
def test_every_part_leaves_once_on_a_day_that_works_and_has_room(
    parts: list[OpenPart], capacity: int, closed: set[int]
) -> None:
    shut = {MONDAY + timedelta(days=one) for one in closed}
    days = leaving_days(parts, first=MONDAY, works_on=lambda day: day not in shut, capacity_on=lambda _d: capacity)
    assert days.keys() == {one.id for one in parts}
    assert not shut & set(days.values())
    assert all(days[one.id] >= one.ship_by for one in parts)
    assert all(list(days.values()).count(day) <= capacity for day in days.values())


@given(parts_of_a_week, st.integers(1, 6), st.integers(1, 6), st.integers(0, 12))
def test_less_room_or_a_closed_day_never_helps(parts: list[OpenPart], capacity: int, more: int, closed: int) -> None:
    shut = MONDAY + timedelta(days=closed)

    def late(room: int, *, open_always: bool) -> int:
        days = leaving_days(
            parts, first=MONDAY, works_on=lambda day: open_always or day != shut, capacity_on=lambda _d: room
        )
        return sum((days[one.id] - one.ship_by).days for one in parts)

    assert late(capacity, open_always=True) >= late(capacity + more, open_always=True)
    assert late(capacity, open_always=False) >= late(capacity, open_always=True)


def test_closing_a_day_makes_its_orders_late_and_saves_nothing(shop: Shop) -> None:
    first, second = shop.order({"MUG": 1}), shop.order({"MUG": 1})
    FulfillmentOrder.objects.filter(order_id=second.id).update(ship_by=MONDAY + timedelta(days=1))
    warehouse = warehouse_by_id(shop.warehouse_id)
    answer = what_if(warehouse, close=MONDAY, now=NOW)
    assert (answer.orders, answer.late_now, answer.late_then, answer.named) == (2, 0, 1, (first.ref,))
    assert not Warehouse.objects.get(pk=shop.warehouse_id).closed_days


def test_less_room_makes_some_late(shop: Shop) -> None:
    for _ in range(4):
        shop.order({"MUG": 1})
    warehouse = warehouse_by_id(shop.warehouse_id)
    assert what_if(warehouse, capacity=1, now=NOW).more == 3
    assert what_if(warehouse, capacity=3, day=MONDAY, now=NOW).more == 1
    assert what_if(warehouse, capacity=0, day=MONDAY, now=NOW).more == 4
    with pytest.raises(Invalid):
        what_if(warehouse, capacity=0, now=NOW)


def test_room_for_hardly_anything_is_answered_in_words(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for _n in range(3):
        shop.order({"MUG": 1})
    place = warehouse_by_id(shop.warehouse_id)
    monkeypatch.setattr("orders.planning.what_if.LONGEST_CLOSURE", 2)
    with pytest.raises(Invalid, match="would not leave within a year"):
        what_if(place, capacity=1, now=NOW)


def test_a_question_takes_two_statements(shop: Shop, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    shop.order({"MUG": 1})
    warehouse = warehouse_by_id(shop.warehouse_id)
    with django_assert_max_num_queries(2):
        what_if(warehouse, close=MONDAY, now=NOW)


def test_changes_of_the_calendar_are_heard_at_once(
    shop: Shop, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    here = shop.warehouse_id
    book()
    with django_capture_on_commit_callbacks(execute=True):
        season = add_season(here, NewSeason("Sale", MONDAY, MONDAY, more_handling_days=1))
        set_capacity_day(here, MONDAY, 5)
        set_service_cut_off(here, "express", time(12))
    found = book()
    assert found.seasons_for(here, "standard", "GB")[0].name == "Sale"
    assert found.capacity[here] == {MONDAY: 5}
    assert found.cut_off_for(here, "express") == time(12)
    with django_capture_on_commit_callbacks(execute=True):
        assert remove_season(here, season)
        assert not remove_season(here, season)
        set_capacity_day(here, MONDAY, None)
        set_service_cut_off(here, "express", None)
    assert book() == type(book())()
    assert not (Season.objects.exists() or CapacityDay.objects.exists() or ServiceCutOff.objects.exists())


@pytest.mark.parametrize(
    "asked",
    [
        NewSeason("Backwards", MONDAY, MONDAY - timedelta(days=1), more_transit_days=1),
        NewSeason("For ever", MONDAY, MONDAY + timedelta(days=999), more_transit_days=1),
        NewSeason("Slow", MONDAY, MONDAY, more_transit_days=99),
        NewSeason("As ever", MONDAY, MONDAY),
    ],
)
def test_a_season_that_makes_no_sense_is_refused(shop: Shop, asked: NewSeason) -> None:
    with pytest.raises(Invalid):
        add_season(shop.warehouse_id, asked)


def test_a_day_is_closed_and_opened_again(shop: Shop) -> None:
    for _ in range(2):
        close_day(shop.warehouse_id, MONDAY, closed=True)
    assert warehouse_by_id(shop.warehouse_id).closed_days == (MONDAY,)
    close_day(shop.warehouse_id, MONDAY, closed=False)
    set_daily_capacity(shop.warehouse_id, 40)
    warehouse = warehouse_by_id(shop.warehouse_id)
    assert (warehouse.closed_days, warehouse.daily_capacity) == ((), 40)
