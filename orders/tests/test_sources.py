"""What waits for stock is filled from any warehouse that may ship it, the best first."""

import threading
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from django.db import connection

from core.outbox.services import run_due
from inventory.selectors import warehouse_by_id
from inventory.services import reservation
from inventory.services.reservation import Want
from inventory.tests.threads import together
from orders.models import Allocation, Channel, ChannelWarehouse, FulfillmentOrder, Order
from orders.selectors.allocation_story import allocation_story
from orders.selectors.backorders import backordered_units
from orders.services.allocation import allocate_backorders, fill_backorder, fill_from_best, fill_overlooked
from orders.services.editing import OrderChanges, edit_order
from orders.services.holds import place_hold
from orders.services.line_changes import LineChange
from orders.services.rules import create_rule
from orders.services.third_party import accept_request, reject_request, request_third_parties
from orders.services.watching import overdue_backorders
from orders.tests.places import another_warehouse
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance, build_shop, lines_of
from orders.tests.test_watching import announce


@pytest.fixture
def side(shop: Shop) -> Shop:
    return another_warehouse(shop, {})


def rule_for(code: str, *, when: str = "order.placed") -> None:
    actions = [{"do": "warehouse", "value": [code]}]
    create_rule({"name": "There", "event": when, "conditions": [], "actions": actions}, by=TESTER, now=NOW)


def places_of(ref: str) -> dict[int, int]:
    """{warehouse: units} of what an order was given."""
    found: dict[int, int] = {}
    for place, units in Allocation.objects.filter(order_line__order__ref=ref).values_list("warehouse_id", "quantity"):
        found[place] = found.get(place, 0) + units
    return found


def test_a_delivery_elsewhere_fills_what_waits_at_home(shop: Shop, side: Shop) -> None:
    order = shop.order({"VASE": 2})
    side.receive("VASE", 3)

    allocate_backorders(shop.products["VASE"], side.warehouse_id, by=TESTER, now=NOW)

    assert places_of(order.ref) == {side.warehouse_id: 2}
    assert_books_balance(shop)


def test_what_a_rule_sent_to_one_warehouse_waits_for_that_one(shop: Shop, side: Shop) -> None:
    rule_for("SIDE")
    order = shop.order({"VASE": 2})
    assert Order.objects.get().ship_from == [side.warehouse_id]
    assert order.ship_from == (side.warehouse_id,)
    shop.receive("VASE", 2)

    assert fill_overlooked(by=TESTER, now=NOW) == 0
    assert fill_backorder(order.id, shop.products["VASE"], shop.warehouse_id, by=TESTER, now=NOW) == 0
    side.receive("VASE", 2)
    fill_overlooked(by=TESTER, now=NOW)

    assert places_of(order.ref) == {side.warehouse_id: 2}


def test_what_a_rule_decides_later_counts_as_well(shop: Shop, side: Shop) -> None:
    rule_for("SIDE", when="order.held")
    order = shop.order({"VASE": 1})
    place_hold(order.ref, type="operator", reason="look", by=TESTER, now=NOW)

    run_due(now=NOW, raise_errors=True)

    assert Order.objects.get().ship_from == [side.warehouse_id]


def test_an_order_bound_elsewhere_takes_no_share_of_what_came(shop: Shop, side: Shop) -> None:
    Channel.objects.update(fill_policy="promise")
    rule_for("SIDE")
    shop.order({"VASE": 1}, placed_at=NOW - timedelta(days=1))
    Order.objects.update(ship_by=date(2026, 11, 1))
    Order.objects.update(ship_from=[side.warehouse_id])
    free = shop.order({"VASE": 1})
    Order.objects.filter(ref=free.ref).update(ship_from=[])
    shop.receive("VASE", 1)

    assert allocate_backorders(shop.products["VASE"], shop.warehouse_id, by=TESTER, now=NOW) == 1
    assert lines_of(free.ref)["VASE"]["allocated"] == 1


def test_who_has_all_of_it_goes_first_and_of_equals_who_has_a_part_already(shop: Shop, side: Shop) -> None:
    third = another_warehouse(shop, {"LAMP": 9}, code="THIRD", position=2)
    whole = shop.order({"VASE": 3})
    joined = shop.order({"VASE": 2, "LAMP": 5})
    assert set(places_of(joined.ref)) == {third.warehouse_id}
    shop.receive("VASE", 2)
    for place in (side, third):
        place.receive("VASE", 9)

    for order in (whole, joined):
        fill_from_best(order.id, shop.products["VASE"], by=TESTER, now=NOW)

    assert places_of(whole.ref) == {side.warehouse_id: 3}
    assert places_of(joined.ref) == {third.warehouse_id: 7}
    assert FulfillmentOrder.objects.filter(order_ref=joined.ref).count() == 1
    assert_books_balance(shop)


def test_what_no_warehouse_has_whole_is_filled_from_several(shop: Shop, side: Shop) -> None:
    order = shop.order({"VASE": 5})
    shop.receive("VASE", 2)
    side.receive("VASE", 2)

    assert fill_from_best(order.id, shop.products["VASE"], by=TESTER, now=NOW) == 4

    assert places_of(order.ref) == {shop.warehouse_id: 2, side.warehouse_id: 2}
    assert lines_of(order.ref)["VASE"]["backordered"] == 1
    assert_books_balance(shop)


def test_no_more_is_given_than_is_allowed_however_many_warehouses_have_some(shop: Shop, side: Shop) -> None:
    order = shop.order({"VASE": 5})
    shop.receive("VASE", 2)
    side.receive("VASE", 2)

    assert fill_from_best(order.id, shop.products["VASE"], at_most=3, by=TESTER, now=NOW) == 3


def test_units_added_stay_where_a_rule_sent_the_order(shop: Shop, side: Shop) -> None:
    side.receive("VASE", 1)
    rule_for("SIDE")
    order = shop.order({"VASE": 1})

    edit_order(order.ref, OrderChanges(lines=[LineChange(1, sku="MUG")]), by=TESTER, now=NOW)

    assert lines_of(order.ref)["MUG"]["backordered"] == 1


def test_a_rule_has_had_its_day_when_its_warehouse_declines(shop: Shop) -> None:
    partner = another_warehouse(shop, {"MUG": 2}, code="PARTNER", kind="third_party")
    rule_for("PARTNER")
    order = shop.order({"MUG": 2})
    request_third_parties(by=TESTER, now=NOW)
    part = FulfillmentOrder.objects.get(warehouse=partner.warehouse_id)
    accept_request(part.pk, by=TESTER, now=NOW)

    reject_request(part.pk, reason="flood", by=TESTER, now=NOW)

    assert Order.objects.get().ship_from == []
    held = Allocation.objects.exclude(status="released").get()
    assert (held.order_line.order.ref, held.warehouse_id, held.quantity) == (order.ref, shop.warehouse_id, 2)


def test_what_waits_counts_where_it_is_to_come_from(shop: Shop, side: Shop) -> None:
    shop.order({"VASE": 1})
    rule_for("SIDE")
    bound = shop.order({"VASE": 2})
    vase = shop.products["VASE"]

    assert backordered_units([vase]) == {(vase, shop.warehouse_id): 1, (vase, side.warehouse_id): 2}
    assert backordered_units([vase], [side.warehouse_id]) == {(vase, side.warehouse_id): 2}
    shop.receive("VASE", 9)
    story = allocation_story(bound.ref, now=NOW)
    assert story.channel.warehouse_ids == (side.warehouse_id,)
    assert "fill" not in {action.code for action in story.explanation.actions}


def test_what_comes_to_another_warehouse_counts_when_promises_are_watched(shop: Shop, side: Shop) -> None:
    order, bound = shop.order({"VASE": 1}), shop.order({"VASE": 1})
    Order.objects.update(ship_by=date(2026, 12, 31))
    Order.objects.filter(pk=bound.id).update(ship_from=[shop.warehouse_id])
    announce(side, "VASE", 5, date(2026, 12, 1))

    found = overdue_backorders(warehouse_by_id(shop.warehouse_id), now=NOW)

    assert [one.order_id for one in found] == [bound.id]
    assert overdue_backorders(warehouse_by_id(side.warehouse_id), now=NOW) == []
    Order.objects.filter(pk=order.id).update(ship_by=date(2026, 11, 24))
    first, _second = overdue_backorders(warehouse_by_id(shop.warehouse_id), now=NOW)
    assert (first.order_id, first.comes_on, first.place) == (order.id, date(2026, 12, 1), side.warehouse_id)


def crossing(units: int) -> tuple[Shop, Shop, list[int]]:
    """Two channels that list two warehouses in opposite order, with orders that wait for more than either will have."""
    shop = build_shop({"MUG": 0, "VASE": 0})
    side = another_warehouse(shop, {})
    other = Channel.objects.create(code="other", name="Other", warehouse_id=side.warehouse_id, currency="GBP")
    ChannelWarehouse.objects.create(channel=other, warehouse_id=shop.warehouse_id, position=1)
    orders = []
    for number in range(8):
        channel = shop.channel_id if number % 2 else other.pk
        there = Shop(channel, shop.warehouse_id, shop.products, shop.bins, shop.totes)
        orders.append(there.order({"MUG": 5}, email=f"b{number}@example.com").id)
    for place in (shop, side):
        place.receive("MUG", units)
    return shop, side, orders


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_fills_from_two_warehouses_that_cross_give_exactly_what_came() -> None:
    shop, side, orders = crossing(7)

    ended = together(lambda pk: fill_from_best(pk, shop.products["MUG"], by=TESTER, now=NOW), orders)

    assert {type(one).__name__ for one in ended} == {"int"}
    fill_overlooked(by=TESTER, now=NOW)
    assert (shop.available("MUG"), side.available("MUG")) == (0, 0)
    assert sum(row.quantity for row in Allocation.objects.all()) == 14
    assert_books_balance(shop)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_guard_fills_from_two_warehouses_run_into_the_constraint(monkeypatch: pytest.MonkeyPatch) -> None:
    shop, _side, orders = crossing(3)
    both_have_read = threading.Barrier(2)

    def take_unguarded(wants: Sequence[Want]) -> None:
        both_have_read.wait(timeout=10)
        with connection.cursor() as cursor:
            for want in sorted(wants, key=lambda want: want.warehouse_id):
                cursor.execute(
                    "UPDATE inventory_stocklevel SET allocated = allocated + %s"
                    " WHERE product_id = %s AND warehouse_id = %s",
                    [want.quantity, want.product_id, want.warehouse_id],
                )

    monkeypatch.setattr(reservation, "take", take_unguarded)
    ended = together(lambda pk: fill_from_best(pk, shop.products["MUG"], by=TESTER, now=NOW), orders[:2])

    assert sorted(type(one).__name__ for one in ended) == ["IntegrityError", "int"]
