"""Promises from the calendar tables: which row counts, how many statements they cost, what a full day does."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from inventory.models import Warehouse
from inventory.selectors import WarehouseFact, warehouse_by_id
from orders.models import CapacityDay as CapacityDayRow
from orders.models import Channel, FulfillmentOrder, Order, Promise, Season, ServiceCutOff, TransitTime
from orders.planning.promises import PromiseDates
from orders.selectors.calendars import Loads, book, forget_book
from orders.selectors.channels import channel_by_id
from orders.services.promising import promised, renew_promise
from orders.tests.shop import NOW, TESTER, Shop

MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)


@pytest.fixture
def warehouse(shop: Shop) -> WarehouseFact:
    return warehouse_by_id(shop.warehouse_id)


def dates(warehouse: WarehouseFact, method: str = "standard", country: str = "GB") -> PromiseDates:
    forget_book()
    return promised(warehouse_by_id(warehouse.id), method, country, ready_at=NOW)


def test_a_service_may_close_earlier_than_its_warehouse(warehouse: WarehouseFact) -> None:
    ServiceCutOff.objects.create(warehouse_id=warehouse.id, method="express", cut_off=time(8, 30))
    assert dates(warehouse).ship_by == MONDAY
    assert dates(warehouse, "Express").ship_by == TUESDAY


def test_the_most_particular_transit_time_counts(warehouse: WarehouseFact) -> None:
    days = {("", ""): 9, ("GB", ""): 8, ("", "SE"): 7, ("GB", "SE"): 6}
    for (origin, destination), most in days.items():
        TransitTime.objects.create(method="standard", origin=origin, destination=destination, fewest=1, most=most)
    for way in (("GB", "SE"), ("", "SE"), ("GB", ""), ("", "")):
        assert dates(warehouse, country="SE").inputs["transit_most"] == days[way]
        TransitTime.objects.filter(origin=way[0], destination=way[1]).delete()
    assert dates(warehouse, country="SE").inputs["transit_most"] == 9  # four at home and five for the border


def test_a_carrier_that_works_on_saturdays_and_rests_on_a_tuesday(warehouse: WarehouseFact) -> None:
    TransitTime.objects.create(
        method="standard", fewest=1, most=4, working_weekdays=[0, 1, 2, 3, 4, 5], closed_days=[TUESDAY]
    )
    found = dates(warehouse)
    assert (found.deliver_from, found.deliver_to) == (WEDNESDAY, date(2026, 11, 28))


def test_a_season_counts_for_its_method_country_and_warehouse(warehouse: WarehouseFact) -> None:
    plain = dates(warehouse)
    season = Season.objects.create(
        name="Christmas", since=MONDAY, until=date(2026, 12, 24), more_handling_days=1, more_transit_days=2
    )
    assert dates(warehouse).ship_by == plain.ship_by + timedelta(days=1)
    assert dates(warehouse).inputs["seasons"] == [["Christmas", 1, 0], ["Christmas", 0, 2]]
    for narrowed in ({"method": "express"}, {"destination": "SE"}, {"since": date(2026, 12, 1)}):
        Season.objects.filter(pk=season.pk).update(**{"method": "", "destination": "", "since": MONDAY, **narrowed})
        assert dates(warehouse).ship_by == plain.ship_by
        assert dates(warehouse).deliver_to == plain.deliver_to


def test_a_channel_may_promise_its_buyers_other_days_than_we_do(shop: Shop, warehouse: WarehouseFact) -> None:
    Channel.objects.filter(pk=shop.channel_id).update(ships_within_days=3)
    found = promised(warehouse, "standard", "GB", ready_at=NOW, channel=channel_by_id(shop.channel_id))
    assert found.ship_by == date(2026, 11, 26)
    assert found.inputs["within_days"] == 3


def test_goods_that_come_out_later_leave_on_their_day(warehouse: WarehouseFact) -> None:
    friday = date(2026, 12, 4)
    assert promised(warehouse, "standard", "GB", ready_at=NOW, earliest=friday).ship_by == friday
    assert promised(warehouse, "standard", "GB", ready_at=NOW, earliest=date(2026, 12, 5)).ship_by == date(2026, 12, 7)


def test_a_buyer_who_takes_goods_in_later_gets_them_later_and_a_date_that_cannot_be_kept_is_said(
    warehouse: WarehouseFact,
) -> None:
    later = promised(warehouse, "standard", "GB", ready_at=NOW, not_before=date(2026, 12, 2))
    assert (later.ship_by, later.deliver_from) == (date(2026, 11, 30), date(2026, 12, 2))
    missed = promised(warehouse, "standard", "GB", ready_at=NOW, not_after=TUESDAY)
    assert missed.inputs["not_after"] == "2026-11-24"


def test_a_full_day_sends_the_next_order_to_the_next_day_with_room(shop: Shop, warehouse: WarehouseFact) -> None:
    Warehouse.objects.filter(pk=warehouse.id).update(daily_capacity=2)
    CapacityDayRow.objects.create(warehouse_id=warehouse.id, day=TUESDAY, shipments=0)
    shop.order({"MUG": 1})
    assert dates(warehouse).ship_by == MONDAY
    shop.order({"MUG": 1})
    found = dates(warehouse)
    assert found.ship_by == WEDNESDAY
    assert found.inputs["full"] == [["2026-11-23", 2, 2], ["2026-11-24", 0, 0]]


def test_what_left_today_and_what_should_have_left_before_fill_the_day_as_well(
    shop: Shop, warehouse: WarehouseFact
) -> None:
    Warehouse.objects.filter(pk=warehouse.id).update(daily_capacity=2)
    sent, late = shop.order({"MUG": 1}), shop.order({"MUG": 1})
    shop.fulfil(FulfillmentOrder.objects.get(order__ref=sent.ref).pk)
    FulfillmentOrder.objects.filter(order__ref=late.ref).update(ship_by=date(2026, 11, 20))
    assert dates(warehouse).ship_by == TUESDAY


def test_an_order_does_not_fill_its_own_day(shop: Shop, warehouse: WarehouseFact) -> None:
    Warehouse.objects.filter(pk=warehouse.id).update(daily_capacity=1)
    order = shop.order({"MUG": 1})
    locked = Order.objects.get(ref=order.ref)
    assert not renew_promise(locked, warehouse.id, reason="backorder_filled", by=TESTER, now=NOW)
    assert Promise.objects.filter(order=locked).count() == 1


def test_promises_of_one_piece_of_work_fill_the_days_together(warehouse: WarehouseFact) -> None:
    Warehouse.objects.filter(pk=warehouse.id).update(daily_capacity=2)
    fresh, loads = warehouse_by_id(warehouse.id), Loads(now=NOW)
    given = [promised(fresh, "standard", "GB", ready_at=NOW, loads=loads).ship_by for _ in range(5)]
    assert given == [MONDAY, MONDAY, TUESDAY, TUESDAY, WEDNESDAY]


def test_a_promise_costs_no_statement_and_one_where_days_have_a_capacity(
    shop: Shop, warehouse: WarehouseFact, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    channel = channel_by_id(shop.channel_id)
    with django_assert_num_queries(1):
        book()
    with django_assert_num_queries(0):
        promised(warehouse, "standard", "GB", ready_at=NOW, channel=channel)
    Warehouse.objects.filter(pk=warehouse.id).update(daily_capacity=1)
    fresh = warehouse_by_id(warehouse.id)
    shop.order({"MUG": 1})
    shop.order({"MUG": 1})
    with django_assert_num_queries(1):
        promised(fresh, "standard", "GB", ready_at=NOW, channel=channel)


def test_a_renewed_promise_reads_the_calendars(shop: Shop, warehouse: WarehouseFact) -> None:
    order = shop.order({"MUG": 1})
    Season.objects.create(name="Strike", since=MONDAY, until=WEDNESDAY, more_transit_days=5)
    forget_book()
    locked = Order.objects.get(ref=order.ref)
    assert renew_promise(locked, warehouse.id, reason="delayed", by=TESTER, now=NOW)
    newest = Promise.objects.filter(order=locked).order_by("-version").first()
    assert newest is not None
    assert newest.inputs["seasons"] == [["Strike", 0, 5]]
    assert newest.deliver_to > Promise.objects.get(order=locked, version=1).deliver_to


def test_what_a_process_keeps_is_read_again_when_told(warehouse: WarehouseFact) -> None:
    assert not book().cut_offs
    ServiceCutOff.objects.create(warehouse_id=warehouse.id, method="express", cut_off=time(8, 30))
    assert not book().cut_offs
    forget_book()
    assert book().cut_off_for(warehouse.id, "express") == time(8, 30)


def test_a_cut_off_is_the_warehouses_own_time(shop: Shop) -> None:
    Warehouse.objects.filter(pk=shop.warehouse_id).update(time_zone="Asia/Tokyo")
    tokyo = warehouse_by_id(shop.warehouse_id)
    assert promised(tokyo, "standard", "GB", ready_at=datetime(2026, 11, 23, 5, 59, tzinfo=UTC)).ship_by == MONDAY
    assert promised(tokyo, "standard", "GB", ready_at=datetime(2026, 11, 23, 6, 0, tzinfo=UTC)).ship_by == TUESDAY
