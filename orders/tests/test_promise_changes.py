"""A change of address or method gives the promise of all that is open, and the floor the days of it."""

from datetime import date, time, timedelta

import pytest

from orders.models import FulfillmentOrder, Order, Promise
from orders.services.calendar_keeping import set_service_cut_off
from orders.services.editing import OrderChanges, edit_order
from orders.services.watching import renew_to_arrival
from orders.tests.places import another_warehouse
from orders.tests.shop import ADDRESS, NOW, TESTER, Shop

MOVED = OrderChanges(shipping_address={**ADDRESS, "line1": "14 Mill Lane"})
MONDAY = NOW.date()
CHRISTMAS_WEEK = date(2026, 12, 21)


def ship_by(ref: str) -> date:
    return Promise.objects.filter(order__ref=ref).order_by("-version")[0].ship_by


def test_what_waits_is_not_promised_sooner_than_it_comes_because_the_address_changed(shop: Shop) -> None:
    order = shop.order({"MUG": 1, "VASE": 1})
    assert renew_to_arrival(order.id, shop.warehouse_id, CHRISTMAS_WEEK, by=TESTER, now=NOW)
    said = ship_by(order.ref)
    assert said > CHRISTMAS_WEEK
    edit_order(order.ref, MOVED, by=TESTER, now=NOW)
    assert ship_by(order.ref) == said
    edit_order(order.ref, OrderChanges(shipping_method="express"), by=TESTER, now=NOW)
    last = Promise.objects.order_by("-version")[0]
    assert (last.reason, last.ship_by) == ("method_changed", said)


def test_the_part_that_takes_longest_makes_the_promise_wherever_it_ships_from(shop: Shop) -> None:
    another_warehouse(shop, {"VASE": 5}, handling_days=3)
    order = shop.order({"MUG": 1, "VASE": 1})
    said = ship_by(order.ref)
    assert said == MONDAY + timedelta(days=3)
    edit_order(order.ref, MOVED, by=TESTER, now=NOW)
    assert ship_by(order.ref) == said == Order.objects.get().ship_by


@pytest.mark.parametrize(("method", "leaves"), [("express", MONDAY), ("economy", MONDAY + timedelta(days=1))])
def test_the_floor_hears_of_a_method_that_still_leaves_today(shop: Shop, method: str, leaves: date) -> None:
    set_service_cut_off(shop.warehouse_id, "express", time(18))
    afternoon = NOW.replace(hour=16)
    order = shop.order({"MUG": 1}, now=afternoon)
    assert FulfillmentOrder.objects.get().ship_by == MONDAY + timedelta(days=1)
    edit_order(order.ref, OrderChanges(shipping_method=method), by=TESTER, now=afternoon)
    assert (ship_by(order.ref), FulfillmentOrder.objects.get().ship_by) == (leaves, leaves)


def test_a_faster_method_does_not_bring_it_before_the_window(shop: Shop) -> None:
    first = MONDAY + timedelta(days=14)
    order = shop.order({"MUG": 1}, deliver_not_before=first)
    before = FulfillmentOrder.objects.get()
    edit_order(order.ref, OrderChanges(shipping_method="express"), by=TESTER, now=NOW)
    part, promise = FulfillmentOrder.objects.get(), Promise.objects.order_by("-version")[0]
    assert part.release_on == part.ship_by == promise.ship_by
    assert before.ship_by < part.ship_by
    assert (part.status, promise.deliver_from) == ("scheduled", first)
    edit_order(order.ref, OrderChanges(shipping_method="standard"), by=TESTER, now=NOW)
    assert FulfillmentOrder.objects.get().release_on == before.release_on
