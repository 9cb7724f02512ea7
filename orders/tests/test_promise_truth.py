"""What is promised stays true: no day is told that only one part of the order keeps, or that nothing asks for."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from inventory.models import Product
from inventory.selectors import products_by_sku
from inventory.services.products import create_product
from orders.models import Allocation, FulfillmentOrder, Order, OrderLine, Promise
from orders.selectors.facts import OrderFact
from orders.services import fulfilment
from orders.services.ahead import ship_what_is_here
from orders.services.allocation import allocate_backorders
from orders.services.cancellation import cancel_order
from orders.services.editing import OrderChanges, edit_order
from orders.services.line_changes import LineChange
from orders.services.preorders import follow_release, follow_releases
from orders.services.releasing import lock_on_floor, take_from_floor
from orders.services.watching import watch_late
from orders.tests.places import another_warehouse
from orders.tests.shop import ADDRESS, NOW, TESTER, Shop, assert_books_balance

TODAY = NOW.date()
RELEASE = date(2027, 1, 22)


@pytest.fixture
def ahead(shop: Shop) -> Shop:
    """The shop, with a SOON that is released in two months and lies on the shelf."""
    create_product(sku="SOON", name="Soon", release_on=RELEASE, by=TESTER, now=NOW)
    shop.products["SOON"] = products_by_sku(["SOON"])["soon"].id
    shop.receive("SOON", 3)
    return shop


def last_promise(order: OrderFact) -> Promise:
    return Promise.objects.filter(order=order.id).order_by("-version")[0]


def drop(order: OrderFact, sku: str) -> None:
    line = OrderLine.objects.get(order=order.id, sku=sku)
    cancel_order(order.ref, reason="", lines=[(line.pk, line.quantity)], by=TESTER, now=NOW)


def test_what_is_filled_later_does_not_bring_the_day_of_the_part_from_far_away_forward(shop: Shop) -> None:
    another_warehouse(shop, {"VASE": 1}, code="FAR", country="US")
    order = shop.order({"VASE": 1, "LAMP": 4})
    first = last_promise(order)
    shop.receive("LAMP", 3)

    allocate_backorders(shop.products["LAMP"], shop.warehouse_id, by=TESTER, now=NOW + timedelta(days=2))

    then = last_promise(order)
    assert then.version == 2
    assert then.ship_by == TODAY + timedelta(days=2)
    assert then.deliver_to == first.deliver_to


def test_a_delay_is_not_counted_from_the_release_of_what_was_cancelled(ahead: Shop) -> None:
    order = ahead.order({"MUG": 1, "SOON": 1})
    drop(order, "SOON")
    week = NOW + timedelta(days=7)
    watch_late(ahead.warehouse_id, by=TESTER, now=week)
    assert last_promise(order).ship_by == week.date()


@pytest.mark.parametrize("how", ["cancel", "edit"])
def test_what_ships_together_no_longer_waits_for_an_article_that_is_not_wanted(ahead: Shop, how: str) -> None:
    order = ahead.order({"MUG": 1, "SOON": 1}, ship_complete=True)
    assert FulfillmentOrder.objects.get().release_on == RELEASE
    if how == "cancel":
        drop(order, "SOON")
    else:
        line = OrderLine.objects.get(sku="SOON")
        edit_order(order.ref, OrderChanges(lines=[LineChange(0, id=line.pk)]), by=TESTER, now=NOW)
    part = FulfillmentOrder.objects.get()
    assert (part.status, part.release_on, part.ship_by) == ("allocated", None, TODAY)
    assert last_promise(order).ship_by == TODAY


def test_what_ships_together_still_waits_for_another_article_of_that_day(ahead: Shop) -> None:
    order = ahead.order({"MUG": 1, "LAMP": 1, "SOON": 1}, ship_complete=True)
    drop(order, "LAMP")
    part = FulfillmentOrder.objects.get()
    assert (part.status, part.release_on) == ("scheduled", RELEASE)
    assert Promise.objects.count() == 1


def test_another_release_that_moves_does_not_bring_back_the_day_of_what_was_cancelled(ahead: Shop) -> None:
    near = TODAY + timedelta(days=7)
    create_product(sku="NEAR", name="Near", release_on=near, by=TESTER, now=NOW)
    ahead.products["NEAR"] = products_by_sku(["NEAR"])["near"].id
    ahead.receive("NEAR", 1)
    order = ahead.order({"NEAR": 1, "SOON": 1}, ship_complete=True)
    drop(order, "SOON")
    assert FulfillmentOrder.objects.get().release_on == near
    moved = near + timedelta(days=1)
    release(ahead, "NEAR", moved)
    assert FulfillmentOrder.objects.get().release_on == moved


def release(shop: Shop, sku: str, day: date) -> None:
    product = products_by_sku([sku])[sku.casefold()]
    Product.objects.filter(pk=product.id).update(release_on=day)
    follow_release(product.id, by=TESTER, now=NOW)


def test_an_order_changed_to_nothing_is_promised_nothing_and_keeps_its_worth(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    line = OrderLine.objects.get()
    changes = OrderChanges(shipping_address={**ADDRESS, "country": "US"}, lines=[LineChange(0, id=line.pk)])
    edit_order(order.ref, changes, by=TESTER, now=NOW)
    found = Order.objects.get()
    assert (found.status, found.goods_total) == ("cancelled", order.goods_total)
    assert Promise.objects.count() == 1


def test_what_is_here_goes_ahead_of_an_article_that_is_released_later(ahead: Shop) -> None:
    order = ahead.order({"MUG": 2, "VASE": 1, "SOON": 1}, ship_complete=True)
    assert FulfillmentOrder.objects.get().release_on == RELEASE
    for _again in range(2):
        ship_what_is_here(order.ref, by=TESTER, now=NOW)
    later, now = FulfillmentOrder.objects.order_by("pk")
    assert (now.status, now.release_on, now.ship_by) == ("allocated", None, TODAY)
    assert (later.status, later.release_on) == ("scheduled", RELEASE)
    held = {one.order_line.sku: one.fulfillment_order_id for one in Allocation.objects.select_related("order_line")}
    assert held == {"MUG": now.pk, "SOON": later.pk}
    assert_books_balance(ahead)


def test_what_is_here_goes_to_no_buyer_before_the_day_they_take_it_in(ahead: Shop) -> None:
    first = TODAY + timedelta(days=21)
    order = ahead.order({"MUG": 1, "VASE": 1, "SOON": 1}, ship_complete=True, deliver_not_before=first)
    ship_what_is_here(order.ref, by=TESTER, now=NOW)
    later, sooner = FulfillmentOrder.objects.order_by("pk")
    assert later.release_on == RELEASE
    assert sooner.release_on is not None
    assert TODAY + timedelta(days=14) < sooner.release_on < first


def test_what_the_floor_gives_back_waits_for_a_release_that_moved_meanwhile(shop: Shop) -> None:
    order = shop.order({"MUG": 1, "LAMP": 1})
    (part,) = FulfillmentOrder.objects.all()
    with transaction.atomic():
        fulfilment.lock_for_work([part.pk])
        fulfilment.mark_released([part.pk], by=TESTER, now=NOW)
    release(shop, "MUG", RELEASE)
    with transaction.atomic():
        take_from_floor(lock_on_floor([part.pk]), by=TESTER, now=NOW)

    follow_releases(by=TESTER, now=NOW)

    now, later = FulfillmentOrder.objects.order_by("pk")
    assert (now.status, now.release_on) == ("allocated", None)
    assert (later.status, later.release_on) == ("scheduled", RELEASE)
    assert last_promise(order).ship_by == RELEASE
    assert follow_releases(by=TESTER, now=NOW) == 0
    assert_books_balance(shop)
