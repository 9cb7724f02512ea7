"""What business buyers ask for: everything together, on given days, under a number of their own."""

from datetime import timedelta

import pytest

from inventory.services.products import update_product
from orders.models import Channel, FulfillmentOrder, Hold, Order
from orders.selectors.work import releasable
from orders.services.allocation import allocate_backorders
from orders.services.editing import OrderChanges, edit_order
from orders.services.line_changes import LineChange
from orders.services.readiness import release_scheduled
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance, lines_of

MONDAY = NOW.date()


def shipment() -> FulfillmentOrder:
    return FulfillmentOrder.objects.get()


@pytest.mark.parametrize(("channel", "asked", "policy"), [
    ("partial", None, "partial"), ("partial", True, "complete"), ("complete", None, "complete"),
    ("complete", False, "partial"),
])  # fmt: skip
def test_the_order_says_whether_it_ships_complete_else_the_channel(
    shop: Shop, channel: str, asked: bool | None, policy: str
) -> None:
    Channel.objects.update(ship_policy=channel)
    order = shop.order({"MUG": 1, "VASE": 1}, ship_complete=asked)
    assert order.ship_policy == policy
    assert shipment().status == ("open" if policy == "complete" else "allocated")


def test_what_ships_complete_goes_when_the_rest_has_come(shop: Shop) -> None:
    shop.order({"MUG": 1, "VASE": 1}, ship_complete=True, purchase_order_number="PO 7", pallet=True)
    assert releasable(shop.warehouse_id) == []
    shop.receive("VASE", 5)
    allocate_backorders(shop.products["VASE"], shop.warehouse_id, by=TESTER, now=NOW)
    assert len(releasable(shop.warehouse_id)) == FulfillmentOrder.objects.count()
    row = Order.objects.get()
    assert (row.purchase_order_number, row.on_pallet) == ("PO 7", True)
    assert_books_balance(shop)


def test_an_order_for_later_waits_so_that_it_arrives_on_the_first_day(shop: Shop) -> None:
    first = MONDAY + timedelta(days=21)
    order = shop.order({"MUG": 1}, deliver_not_before=first, deliver_not_after=first + timedelta(days=7))
    found = shipment()
    assert found.status == "scheduled"
    assert found.release_on == found.ship_by
    assert MONDAY < found.release_on < first
    assert order.promise is not None
    assert first <= order.promise.deliver_from <= order.promise.deliver_to <= first + timedelta(days=7)
    assert order.holds == ()
    assert releasable(shop.warehouse_id) == []
    release_scheduled(by=TESTER, now=NOW + timedelta(days=(found.release_on - MONDAY).days))
    assert len(releasable(shop.warehouse_id)) == 1


def test_units_of_different_release_days_that_a_window_brings_to_one_day_are_allocated_once(shop: Shop) -> None:
    update_product("LAMP", changes={"release_on": MONDAY + timedelta(days=2)}, by=TESTER, now=NOW)
    first = MONDAY + timedelta(days=21)
    order = shop.order({"MUG": 2, "LAMP": 1}, deliver_not_before=first)
    (part,) = FulfillmentOrder.objects.filter(order_ref=order.ref)
    assert (part.status, part.release_on) == ("scheduled", part.ship_by)
    assert sorted(part.allocations.values_list("quantity", flat=True)) == [1, 2]
    assert_books_balance(shop)


def test_a_first_day_that_is_near_delays_nothing(shop: Shop) -> None:
    shop.order({"MUG": 1}, deliver_not_before=MONDAY)
    assert (shipment().status, shipment().release_on) == ("allocated", None)


def test_an_order_that_cannot_be_there_in_time_is_held_and_says_so(shop: Shop) -> None:
    order = shop.order({"MUG": 1}, deliver_not_after=MONDAY + timedelta(days=1))
    (hold,) = order.holds
    assert (hold.type, hold.code) == ("custom", "window.late")
    assert hold.detail["found"] == (MONDAY + timedelta(days=1)).isoformat()
    assert "It cannot arrive by Nov. 24, 2026" in hold.reason
    assert Hold.objects.get().reason == hold.reason
    assert Order.objects.get().open_holds == 1


def test_what_comes_or_is_added_later_waits_for_the_window_like_the_rest(shop: Shop) -> None:
    first = MONDAY + timedelta(days=17)
    order = shop.order({"MUG": 1, "VASE": 1}, deliver_not_before=first)
    edit_order(order.ref, OrderChanges(lines=[LineChange(1, sku="LAMP")]), by=TESTER, now=NOW)
    shop.receive("VASE", 5)
    allocate_backorders(shop.products["VASE"], shop.warehouse_id, by=TESTER, now=NOW)
    assert lines_of(order.ref)["VASE"]["allocated"] == 1
    part = shipment()
    assert part.status == "scheduled"
    assert part.ship_by == part.release_on == MONDAY + timedelta(days=15)
    assert releasable(shop.warehouse_id) == []


def test_what_comes_too_late_for_the_window_leaves_at_once(shop: Shop) -> None:
    first = MONDAY + timedelta(days=17)
    shop.order({"VASE": 1}, deliver_not_before=first)
    shop.receive("VASE", 5)
    later = NOW + timedelta(days=21)
    allocate_backorders(shop.products["VASE"], shop.warehouse_id, by=TESTER, now=later)
    assert (shipment().status, shipment().release_on, shipment().ship_by) == ("allocated", None, later.date())
