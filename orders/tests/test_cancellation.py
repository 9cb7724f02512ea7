"""Orders are cancelled, before and after picking."""

from decimal import Decimal

import pytest

from core.kernel.errors import NotFound, StaleVersion
from core.outbox.models import Event
from orders.errors import NotCancellable
from orders.models import Allocation, FulfillmentOrder, Order, OrderLine
from orders.selectors.work import stop_reasons
from orders.services.cancellation import cancel_order
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance, lines_of


def test_cancelling_before_picking_gives_the_units_back(shop: Shop) -> None:
    order = shop.order({"MUG": 4, "VASE": 2})

    cancelled = cancel_order(order.ref, reason="changed mind", by=TESTER, now=NOW)

    assert cancelled.status == "cancelled"
    assert [(line.cancelled, line.allocated, line.backordered) for line in cancelled.lines] == [(4, 0, 0), (2, 0, 0)]
    assert shop.available("MUG") == 10
    assert FulfillmentOrder.objects.get().status == "cancelled"
    assert Event.objects.filter(type="stock.replenished", data__quantity=4).count() == 1
    assert_books_balance(shop)


def test_cancelled_after_picking_nothing_is_sellable_before_it_was_inspected(shop: Shop) -> None:
    order = shop.order({"MUG": 4})
    shop.pick(FulfillmentOrder.objects.get().pk)

    cancel_order(order.ref, reason="too late", by=TESTER, now=NOW)

    assert shop.available("MUG") == 6
    event = Event.objects.get(type="order.cancelled")
    assert event.data["put_back"] == [[shop.products["MUG"], shop.totes[0], 4, order.lines[0].id]]
    assert not Event.objects.filter(type="stock.replenished", data__quantity=4).exists()
    assert stop_reasons([FulfillmentOrder.objects.get().pk])
    assert_books_balance(shop)


def test_part_of_a_line_is_cancelled_backordered_units_first(shop: Shop) -> None:
    order = shop.order({"LAMP": 5})
    line = order.lines[0].id

    cancelled = cancel_order(order.ref, reason="", lines=[(line, 3)], by=TESTER, now=NOW)

    assert cancelled.status == "confirmed"
    assert (cancelled.lines[0].allocated, cancelled.lines[0].backordered, cancelled.lines[0].cancelled) == (2, 0, 3)
    assert shop.available("LAMP") == 1
    event = Event.objects.get(type="order.lines_cancelled")
    assert event.data["lines"] == [[line, 3]]
    assert_books_balance(shop)


def test_of_a_part_picked_order_the_units_on_the_shelf_go_first(shop: Shop) -> None:
    order = shop.order({"MUG": 1, "LAMP": 3})
    shop.pick(FulfillmentOrder.objects.get().pk)
    lamp = order.lines[1].id

    cancel_order(order.ref, reason="", lines=[(lamp, 2)], by=TESTER, now=NOW)

    assert lines_of(order.ref)["LAMP"]["cancelled"] == 2
    assert sorted(Allocation.objects.filter(order_line_id=lamp).values_list("status", "quantity")) == [
        ("picked", 1),
        ("released", 2),
    ]
    assert shop.available("LAMP") == 0
    assert_books_balance(shop)


def test_what_has_shipped_cannot_be_cancelled(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    shop.fulfil(FulfillmentOrder.objects.get().pk)

    with pytest.raises(NotCancellable):
        cancel_order(order.ref, reason="", by=TESTER, now=NOW)
    with pytest.raises(NotCancellable) as refused:
        cancel_order(order.ref, reason="", lines=[(order.lines[0].id, 1)], by=TESTER, now=NOW)
    assert refused.value.errors[0]["pointer"] == "/lines/0/quantity"


def test_cancelling_the_rest_of_a_part_shipped_order_completes_it(shop: Shop) -> None:
    order = shop.order({"MUG": 1, "VASE": 1})
    shop.fulfil(FulfillmentOrder.objects.get().pk)

    done = cancel_order(order.ref, reason="", by=TESTER, now=NOW)

    assert (done.status, done.fulfillment_status) == ("completed", "fulfilled")
    assert [(line.shipped, line.cancelled) for line in done.lines] == [(1, 0), (0, 1)]
    assert_books_balance(shop)


def test_an_order_is_cancelled_once(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    cancel_order(order.ref, reason="", by=TESTER, now=NOW)

    with pytest.raises(NotCancellable):
        cancel_order(order.ref, reason="", by=TESTER, now=NOW)
    assert Order.objects.get().status == "cancelled"


def test_another_channels_order_is_not_found_and_a_stale_version_is_refused(shop: Shop) -> None:
    order = shop.order({"MUG": 1})

    with pytest.raises(NotFound):
        cancel_order(order.ref, reason="", channel_id=shop.channel_id + 1, by=TESTER, now=NOW)
    with pytest.raises(StaleVersion):
        cancel_order(order.ref, reason="", expected_version=order.version + 1, by=TESTER, now=NOW)


def test_more_than_is_open_on_a_line_is_refused_whole(shop: Shop) -> None:
    order = shop.order({"MUG": 2})
    line = order.lines[0].id

    for lines in ([(line, 3)], [(line, 1), (line, 2)], [(line, 0)], [(line + 999, 1)], []):
        with pytest.raises(NotCancellable):
            cancel_order(order.ref, reason="", lines=lines, by=TESTER, now=NOW)
    assert_books_balance(shop)


def test_what_is_cancelled_no_longer_counts_in_the_worth_of_the_order(shop: Shop) -> None:
    order = shop.order({"MUG": 3, "VASE": 2})
    line = OrderLine.objects.get(sku="MUG")
    left = cancel_order(order.ref, reason="", lines=[(line.pk, 2)], by=TESTER, now=NOW)
    assert (order.goods_total, left.goods_total) == (Decimal("12.50"), Decimal("7.50"))
    assert cancel_order(order.ref, reason="", by=TESTER, now=NOW).goods_total == Decimal("7.50")
