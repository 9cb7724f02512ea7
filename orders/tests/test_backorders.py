"""Stock comes for those who wait, and goes from those it was promised to."""

from datetime import date, timedelta

from django.db import transaction

from core.attention.models import ExceptionCase
from core.outbox.models import Delivery, Event
from core.outbox.services import run_due
from inventory.services.adjustment import adjust_stock
from orders.models import Allocation, FulfillmentOrder, Order, Promise
from orders.services.allocation import allocate_backorders, fill_overlooked
from orders.services.giveup import give_up_allocations
from orders.services.holds import place_hold
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance, lines_of


def test_stock_that_arrives_goes_to_the_oldest_order_first(shop: Shop) -> None:
    younger = shop.order({"VASE": 2}, placed_at=NOW)
    older = shop.order({"VASE": 2}, placed_at=NOW - timedelta(days=1))

    shop.receive("VASE", 3)
    run_due(now=NOW, raise_errors=True)

    assert lines_of(older.ref)["VASE"]["allocated"] == 2
    assert lines_of(younger.ref)["VASE"]["allocated"] == 1
    assert lines_of(younger.ref)["VASE"]["backordered"] == 1
    assert_books_balance(shop)


def test_what_arrives_before_the_release_joins_the_same_fulfilment_order(shop: Shop) -> None:
    order = shop.order({"MUG": 1, "VASE": 1})

    shop.receive("VASE", 1)
    allocate_backorders(shop.products["VASE"], shop.warehouse_id, by=TESTER, now=NOW)

    shipment = FulfillmentOrder.objects.get(order_id=order.id)
    assert Allocation.objects.filter(fulfillment_order=shipment).count() == 2


def test_what_arrives_after_the_release_ships_by_itself(shop: Shop) -> None:
    order = shop.order({"MUG": 1, "VASE": 1})
    shop.pick(FulfillmentOrder.objects.get().pk)

    shop.receive("VASE", 1)
    allocate_backorders(shop.products["VASE"], shop.warehouse_id, by=TESTER, now=NOW)

    assert sorted(FulfillmentOrder.objects.filter(order_id=order.id).values_list("status", flat=True)) == [
        "allocated",
        "picked",
    ]
    assert Event.objects.filter(type="order.backorder_filled", timeline=order.ref).count() == 1


def test_a_promise_that_cannot_be_kept_gets_a_new_version_and_the_old_one_stays(shop: Shop) -> None:
    order = shop.order({"VASE": 1})
    later = NOW + timedelta(days=3)

    shop.receive("VASE", 1)
    allocate_backorders(shop.products["VASE"], shop.warehouse_id, by=TESTER, now=later)

    assert list(Promise.objects.filter(order_id=order.id).values_list("version", "ship_by", "reason")) == [
        (1, date(2026, 11, 23), ""),
        (2, date(2026, 11, 26), "backorder_filled"),
    ]
    assert Order.objects.get().ship_by == date(2026, 11, 26)
    assert Event.objects.get(type="promise.changed").data["later"] is True


def test_filling_twice_fills_once(shop: Shop) -> None:
    shop.order({"VASE": 2})
    shop.receive("VASE", 5)

    assert allocate_backorders(shop.products["VASE"], shop.warehouse_id, by=TESTER, now=NOW) == 2
    assert allocate_backorders(shop.products["VASE"], shop.warehouse_id, by=TESTER, now=NOW) == 0
    assert shop.available("VASE") == 3
    assert_books_balance(shop)


def test_a_held_order_keeps_its_place_in_the_line(shop: Shop) -> None:
    held = shop.order({"VASE": 1}, placed_at=NOW - timedelta(days=1))
    shop.order({"VASE": 1})
    place_hold(held.ref, type="fraud", reason="looks odd", by=TESTER, now=NOW)

    shop.receive("VASE", 1)
    allocate_backorders(shop.products["VASE"], shop.warehouse_id, by=TESTER, now=NOW)

    assert lines_of(held.ref)["VASE"]["allocated"] == 1


def test_lost_units_are_given_up_by_the_latest_promise_first(shop: Shop) -> None:
    soon = shop.order({"LAMP": 1})
    late = shop.order({"LAMP": 2}, now=NOW + timedelta(days=4))

    with transaction.atomic():
        released = give_up_allocations(shop.products["LAMP"], shop.warehouse_id, 1, by=TESTER, now=NOW, reason="lost")

    assert released == 1
    assert lines_of(soon.ref)["LAMP"]["allocated"] == 1
    assert lines_of(late.ref)["LAMP"] == lines_of(late.ref)["LAMP"] | {"allocated": 1, "backordered": 1}
    assert ExceptionCase.objects.get(closed_at=None).timeline == late.ref
    assert_books_balance(shop)


def test_picked_units_are_never_given_up(shop: Shop) -> None:
    shop.order({"LAMP": 3})
    shop.pick(FulfillmentOrder.objects.get().pk)

    with transaction.atomic():
        assert give_up_allocations(shop.products["LAMP"], shop.warehouse_id, 3, by=TESTER, now=NOW, reason="lost") == 0
    assert_books_balance(shop)


def test_a_loss_beyond_what_is_free_gives_up_promised_units_in_one_step(shop: Shop) -> None:
    order = shop.order({"LAMP": 3})

    adjust_stock(
        product_id=shop.products["LAMP"],
        warehouse_id=shop.warehouse_id,
        reason="lost",
        delta=-2,
        by=TESTER,
        now=NOW,
    )

    assert lines_of(order.ref)["LAMP"] | {"allocated": 1, "backordered": 2} == lines_of(order.ref)["LAMP"]
    assert shop.available("LAMP") == 0
    assert_books_balance(shop)


def test_the_case_of_a_given_up_order_closes_when_it_is_filled_again(shop: Shop) -> None:
    shop.order({"LAMP": 3})
    with transaction.atomic():
        give_up_allocations(shop.products["LAMP"], shop.warehouse_id, 1, by=TESTER, now=NOW, reason="lost")
    assert ExceptionCase.objects.filter(closed_at=None).count() == 1

    allocate_backorders(shop.products["LAMP"], shop.warehouse_id, by=TESTER, now=NOW)

    assert ExceptionCase.objects.filter(closed_at=None).count() == 0
    assert_books_balance(shop)


def test_an_order_that_crossed_with_a_delivery_is_found_by_the_sweep(shop: Shop) -> None:
    shop.receive("VASE", 2)
    run_due(now=NOW, raise_errors=True)
    shop.move("VASE", 2, shop.bins["pick_face"], shop.bins["adjustment"], "lost")
    order = shop.order({"VASE": 2})
    shop.receive("VASE", 2)
    # The delivery's event was handled before the order could be seen: nothing more is due for it.
    Delivery.objects.filter(status="due", event__type="stock.replenished").update(status="done")

    assert fill_overlooked(by=TESTER, now=NOW) == 2
    assert lines_of(order.ref)["VASE"]["backordered"] == 0
    assert fill_overlooked(by=TESTER, now=NOW) == 0
    assert_books_balance(shop)
