"""Promises are kept to the unit, and refused by name."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.outbox.models import Event
from inventory.errors import InsufficientStock, NotAllocated, NotFound, ReservationClosed
from inventory.models import Reservation
from inventory.services.holding import (
    consume_reservation,
    expire_due,
    release_reservation,
    reserve_items,
)
from inventory.services.reservation import Want, give_back, take, take_what_there_is
from inventory.tests.conftest import NOW, TESTER, Floor, make_products

pytestmark = pytest.mark.django_db

QUARTER = timedelta(minutes=15)


def test_units_taken_are_allocated_and_no_longer_available(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    take([Want(product, floor.warehouse_id, 2), Want(product, floor.warehouse_id, 1)])
    level = floor.level(product)
    assert (level.allocated, level.available) == (3, 2)


def test_a_short_line_refuses_the_whole_cart_and_names_each_short_product(floor: Floor) -> None:
    plenty, scarce, never = make_products(3)
    floor.receive(plenty, 10)
    floor.receive(scarce, 1)
    wants = [Want(one, floor.warehouse_id, 2) for one in (never, plenty, scarce)]
    with pytest.raises(InsufficientStock) as refusal:
        take(wants)
    assert [(one.sku, one.wanted, one.available) for one in refusal.value.short] == [
        ("P-002", 2, 1),
        ("P-003", 2, 0),
    ]
    assert refusal.value.code == "out_of_stock"
    assert floor.level(plenty).allocated == 0


def test_the_same_product_on_two_lines_is_summed_before_it_is_checked(floor: Floor, product: int) -> None:
    floor.receive(product, 3)
    with pytest.raises(InsufficientStock):
        take([Want(product, floor.warehouse_id, 2), Want(product, floor.warehouse_id, 2)])
    assert floor.level(product).allocated == 0


def test_three_lines_are_taken_in_one_statement(floor: Floor) -> None:
    products = make_products(3)
    for one in products:
        floor.receive(one, 5)
    with CaptureQueriesContext(connection) as queries:
        take([Want(one, floor.warehouse_id, 2) for one in products])
    assert len(queries) == 1


def test_a_backorder_channel_takes_what_there_is(floor: Floor) -> None:
    plenty, scarce, never = make_products(3)
    floor.receive(plenty, 10)
    floor.receive(scarce, 1)
    warehouse = floor.warehouse_id
    got = take_what_there_is([Want(one, warehouse, 2) for one in (plenty, scarce, never)])
    assert got == {(plenty, warehouse): 2, (scarce, warehouse): 1, (never, warehouse): 0}
    assert floor.level(scarce).available == 0


def test_more_cannot_be_given_back_than_was_taken(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    take([Want(product, floor.warehouse_id, 2)])
    with pytest.raises(NotAllocated):
        give_back([Want(product, floor.warehouse_id, 3)])
    give_back([Want(product, floor.warehouse_id, 2)])
    assert floor.level(product).available == 5


def hold(floor: Floor, *items: tuple[int, int]) -> uuid.UUID:
    return reserve_items(
        items, warehouse_id=floor.warehouse_id, expires_in=QUARTER, channel_id=7, by=TESTER, now=NOW
    ).id


def test_a_cart_holds_its_units_until_it_lets_go(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    held = hold(floor, (product, 2), (product, 1))
    assert floor.level(product).available == 2
    release_reservation(held, by=TESTER, now=NOW)
    assert floor.level(product).available == 5
    with pytest.raises(ReservationClosed):
        release_reservation(held, by=TESTER, now=NOW)


def test_a_short_cart_holds_nothing(floor: Floor, product: int) -> None:
    floor.receive(product, 1)
    with pytest.raises(InsufficientStock):
        hold(floor, (product, 2))
    assert floor.level(product).reserved == 0
    assert not Reservation.objects.exists()


def test_another_channels_hold_is_not_found(floor: Floor, product: int) -> None:
    floor.receive(product, 1)
    held = hold(floor, (product, 1))
    with pytest.raises(NotFound):
        release_reservation(held, channel_id=8, by=TESTER, now=NOW)
    with pytest.raises(NotFound):
        consume_reservation(held, [], channel_id=8, now=NOW)


def test_an_order_uses_up_its_cart_even_when_nothing_else_is_left(floor: Floor) -> None:
    held_one, other = make_products(2)
    floor.receive(held_one, 3)
    floor.receive(other, 2)
    held = hold(floor, (held_one, 3), (other, 1))
    warehouse = floor.warehouse_id
    assert consume_reservation(held, [Want(held_one, warehouse, 3), Want(other, warehouse, 2)], now=NOW)
    assert (floor.level(held_one).allocated, floor.level(held_one).reserved) == (3, 0)
    assert (floor.level(other).allocated, floor.level(other).reserved) == (2, 0)


def test_an_order_that_wants_less_than_its_cart_frees_the_rest(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    held = hold(floor, (product, 4))
    consume_reservation(held, [Want(product, floor.warehouse_id, 1)], now=NOW)
    level = floor.level(product)
    assert (level.allocated, level.reserved, level.available) == (1, 0, 4)


def test_an_expired_hold_leaves_the_order_to_the_free_stock(floor: Floor, product: int) -> None:
    floor.receive(product, 2)
    held = hold(floor, (product, 1))
    assert expire_due(by=TESTER, now=NOW + QUARTER) == 1
    assert not consume_reservation(held, [Want(product, floor.warehouse_id, 2)], now=NOW + QUARTER)
    assert floor.level(product).allocated == 2


def test_the_sweep_ends_what_is_due_once_and_announces_the_units(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    hold(floor, (product, 2))
    hold(floor, (product, 1))
    before = Event.objects.count()
    assert expire_due(by=TESTER, now=NOW) == 0
    assert expire_due(by=TESTER, now=NOW + QUARTER) == 2
    assert expire_due(by=TESTER, now=NOW + QUARTER) == 0
    assert floor.level(product).available == 5
    (event,) = Event.objects.all()[before:]
    assert (event.type, event.data["quantity"]) == ("stock.replenished", 3)
