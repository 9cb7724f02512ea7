"""Gift cards, services, downloads: sold with the goods, never on a shelf."""

from decimal import Decimal

import pytest
from django.core import mail
from django.db import transaction

from core.kernel.actors import SYSTEM
from core.outbox.models import Event
from core.outbox.services import run_due
from inventory.services.products import create_products, update_product
from orders.errors import NotCancellable, OutOfStock
from orders.models import Allocation, FulfillmentOrder, Order, OrderLine
from orders.selectors.demand import daily_demand
from orders.services import fulfilment
from orders.services.cancellation import cancel_order
from orders.services.checking import check_allocations
from orders.services.editing import OrderChanges, edit_order
from orders.services.line_changes import LineChange
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance, lines_of

CARD = [{"sku": "CARD", "name": "Gift card", "ships": False}]


@pytest.fixture
def cards(shop: Shop) -> Shop:
    """The shop, which also sells gift cards."""
    create_products(CARD, by=TESTER, now=NOW)
    return shop


def sound(shop: Shop) -> None:
    assert_books_balance(shop)
    assert check_allocations(repair=False, by=SYSTEM, now=NOW) == []


def test_a_card_beside_a_mug_asks_for_no_stock_and_is_never_picked(cards: Shop) -> None:
    order = cards.order({"CARD": 2, "MUG": 3})
    assert lines_of(order.ref)["CARD"] == {
        "quantity": 2, "allocated": 2, "backordered": 0, "shipped": 2, "cancelled": 0, "returned": 0,
    }  # fmt: skip
    assert list(Allocation.objects.values_list("order_line__sku", "quantity")) == [("MUG", 3)]
    assert (order.status, order.fulfillment_status) == ("confirmed", "unfulfilled")
    assert [line.ships for line in order.lines] == [False, True]
    sound(cards)
    cards.fulfil(FulfillmentOrder.objects.get().pk)
    assert Order.objects.get().status == "completed"
    sound(cards)


def test_an_order_of_cards_alone_is_complete_at_once_and_not_held(cards: Shop) -> None:
    order = cards.order({"CARD": 1}, payment_status="pending")
    row = Order.objects.get(ref=order.ref)
    assert (row.status, row.fulfillment_status, row.open_holds) == ("completed", "fulfilled", 0)
    assert row.completed_at == NOW
    assert not FulfillmentOrder.objects.exists()
    assert "order.completed" in set(Event.objects.filter(timeline=order.ref).values_list("type", flat=True))
    run_due(now=NOW, raise_errors=True)
    sound(cards)


def test_a_channel_that_rejects_short_orders_sells_cards_without_stock(strict_shop: Shop) -> None:
    create_products(CARD, by=TESTER, now=NOW)
    assert strict_shop.order({"CARD": 5}).status == "completed"
    with pytest.raises(OutOfStock) as refused:
        strict_shop.order({"CARD": 5, "VASE": 1})
    assert [error["pointer"] for error in refused.value.errors] == ["/lines/1/quantity"]


def test_a_kit_with_a_card_in_it_has_as_many_as_its_goods(cards: Shop) -> None:
    create_products([{"sku": "BOX", "name": "Gift box"}], by=TESTER, now=NOW)
    update_product("BOX", changes={}, kit=[("MUG", 2), ("CARD", 1)], by=TESTER, now=NOW)
    order = cards.order({"BOX": 6})
    found = lines_of(order.ref)
    assert (found["MUG"]["allocated"], found["MUG"]["backordered"]) == (10, 2)
    assert (found["CARD"]["allocated"], found["CARD"]["shipped"], found["CARD"]["backordered"]) == (6, 6, 0)
    sound(cards)


def test_units_cancelled_beside_a_card_leave_the_order_unfulfilled(cards: Shop) -> None:
    order = cards.order({"CARD": 1, "MUG": 3})
    mug = OrderLine.objects.get(sku="MUG")
    cancel_order(order.ref, reason="", lines=[(mug.pk, 1)], by=TESTER, now=NOW)
    assert Order.objects.get().fulfillment_status == "unfulfilled"
    with pytest.raises(NotCancellable):
        cancel_order(order.ref, reason="", lines=[(OrderLine.objects.get(sku="CARD").pk, 1)], by=TESTER, now=NOW)
    cancel_order(order.ref, reason="", lines=[(mug.pk, 2)], by=TESTER, now=NOW)
    assert Order.objects.get().status == "completed"
    sound(cards)


def test_a_card_is_cancelled_with_the_whole_order_while_nothing_has_left(cards: Shop) -> None:
    order = cards.order({"CARD": 2, "MUG": 3})
    cancelled = cancel_order(order.ref, reason="", by=TESTER, now=NOW)
    assert (cancelled.status, cancelled.goods_total) == ("cancelled", Decimal("12.50"))
    found = lines_of(order.ref)["CARD"]
    assert (found["cancelled"], found["allocated"], found["shipped"]) == (2, 0, 0)
    told = Event.objects.get(timeline=order.ref, type="order.cancelled").data["lines"]
    assert sorted(units for _line, units in told) == [2, 3]
    sound(cards)


def test_a_card_stays_when_something_of_the_order_has_left(cards: Shop) -> None:
    order = cards.order({"CARD": 1, "MUG": 1, "VASE": 1})
    cards.fulfil(FulfillmentOrder.objects.get().pk)
    cancelled = cancel_order(order.ref, reason="", by=TESTER, now=NOW)
    assert (cancelled.status, lines_of(order.ref)["CARD"]["cancelled"]) == ("completed", 0)
    sound(cards)


def test_cards_added_in_an_edit_are_through_at_once(cards: Shop) -> None:
    order = cards.order({"CARD": 1, "MUG": 1})
    card = OrderLine.objects.get(sku="CARD")
    changes = OrderChanges(lines=[LineChange(id=card.pk, quantity=3), LineChange(sku="CARD", quantity=2)])
    edit_order(order.ref, changes, by=TESTER, now=NOW)
    assert lines_of(order.ref)["CARD"]["shipped"] == 5
    assert Order.objects.get().fulfillment_status == "unfulfilled"
    sound(cards)


def test_cards_are_no_demand_for_stock(cards: Shop) -> None:
    cards.order({"CARD": 5, "MUG": 2})
    demand = daily_demand(NOW.date(), NOW.date().replace(day=NOW.day + 1))
    assert demand == {(cards.products["MUG"], cards.warehouse_id, NOW.date()): 2}


def test_what_a_card_costs_counts(cards: Shop) -> None:
    assert cards.order({"CARD": 2, "MUG": 2}).goods_total == Decimal("10.00")


def test_a_confirmation_of_cards_alone_promises_no_day(cards: Shop) -> None:
    cards.order({"CARD": 1})
    run_due(now=NOW, raise_errors=True)
    (message,) = mail.outbox
    assert "Nothing of it has to be shipped." in str(message.body)
    assert "arrives" not in message.subject + str(message.body)


def test_an_order_is_returned_when_all_that_ever_ships_of_it_came_back(cards: Shop) -> None:
    order = cards.order({"CARD": 1, "MUG": 1})
    cards.fulfil(FulfillmentOrder.objects.get().pk)

    with transaction.atomic():
        fulfilment.record_returned(OrderLine.objects.get(sku="MUG").pk, 1, by=TESTER, now=NOW)

    assert Order.objects.get(ref=order.ref).return_status == "returned"
