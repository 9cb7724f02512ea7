"""A cart's hold against its end: an order uses it, the sweep ends it, or the cart keeps it. Exactly one of them."""

import threading
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction

from core.kernel.commands import command
from inventory.errors import InsufficientStock, ReservationClosed
from inventory.models import Reservation
from inventory.services import reservation
from inventory.services.carts import extend_reservation
from inventory.services.holding import consume_reservation, expire_due, held_items, release_reservation, reserve_items
from inventory.services.reservation import Want, take
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor, make_products
from inventory.tests.test_races import wait_until_blocked
from inventory.tests.threads import together

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

LATER = NOW + timedelta(minutes=2)


@pytest.fixture
def warehouse() -> Floor:
    return build_floor()


def held_cart(warehouse: Floor, product: int, units: int) -> uuid.UUID:
    fact = reserve_items(
        [(product, units)],
        warehouse_id=warehouse.warehouse_id,
        expires_in=timedelta(minutes=1),
        by=TESTER,
        now=NOW,
    )
    return fact.id


def test_an_order_the_sweep_and_other_buyers_never_oversell_a_cart(warehouse: Floor) -> None:
    for _round in range(8):
        product = make_products(1, start=_round + 1)[0]
        warehouse.receive(product, 5)
        cart = held_cart(warehouse, product, 5)
        want = Want(product, warehouse.warehouse_id, 5)

        def act(number: int, cart: uuid.UUID = cart, want: Want = want) -> str:
            try:
                if number == 0:
                    with transaction.atomic():
                        return "used" if consume_reservation(cart, [want], now=LATER) else "bought"
                if number == 1:
                    return f"ended {expire_due(by=TESTER, now=LATER)}"
                with transaction.atomic():
                    take([want])
                return "bought"
            except InsufficientStock:
                return "refused"

        ended = Counter(str(one) for one in together(act, range(4)))
        level = warehouse.level(product)
        assert (level.reserved, level.on_hand) == (0, 5)
        assert level.allocated == 5 * (ended["used"] + ended["bought"])
        assert ended["used"] + ended["bought"] <= 1
        assert ended["used"] + ended["ended 1"] == 1  # one of the two ended the hold, and one only


def test_an_order_that_waited_for_the_sweep_does_not_use_the_hold_again(warehouse: Floor) -> None:
    (product,) = make_products(1)
    warehouse.receive(product, 5)
    cart = held_cart(warehouse, product, 5)
    bought: list[object] = []

    def order(_number: int) -> bool:
        with transaction.atomic():
            return consume_reservation(cart, [Want(product, warehouse.warehouse_id, 5)], now=LATER)

    thread = threading.Thread(target=lambda: bought.extend(together(order, [0])))

    @command
    def end_slowly() -> None:
        release_reservation(cart, by=TESTER, now=LATER)
        thread.start()
        wait_until_blocked(1)

    end_slowly()
    thread.join(timeout=10)
    assert bought == [False]  # from the free stock
    level = warehouse.level(product)
    assert (level.reserved, level.allocated, level.available) == (0, 5, 0)


def test_looked_at_first_and_used_without_the_guard_a_hold_is_used_twice(warehouse: Floor) -> None:
    (product,) = make_products(1)
    warehouse.receive(product, 10)
    cart = held_cart(warehouse, product, 5)
    held_cart(warehouse, product, 5)  # somebody else's
    both_have_looked = threading.Barrier(2)
    want = Want(product, warehouse.warehouse_id, 5)

    def use_carelessly(_number: int) -> bool:
        with transaction.atomic():
            still_open = bool(held_items(cart))
            both_have_looked.wait(timeout=10)
            if still_open:
                reservation.exchange([want], [want])
                Reservation.objects.filter(pk=cart).update(closed_at=LATER)
            return still_open

    assert together(use_carelessly, range(2)) == [True, True]
    assert warehouse.level(product).reserved == 0  # the other cart's units went with them


def test_a_hold_is_kept_for_longer_or_ended_but_never_both(warehouse: Floor) -> None:
    products = make_products(6)
    carts = {}
    for product in products:
        warehouse.receive(product, 3)
        carts[product] = held_cart(warehouse, product, 3)

    def act(number: int) -> dict[int, bool]:
        if number == 0:
            expire_due(by=TESTER, now=LATER)
            return {}
        kept = {}
        for product, cart in carts.items():
            try:
                extend_reservation(cart, expires_in=timedelta(hours=1), by=TESTER, now=LATER)
                kept[product] = True
            except ReservationClosed:
                kept[product] = False
        return kept

    _swept, kept = together(act, range(2))
    assert isinstance(kept, dict)
    for product in products:
        assert warehouse.level(product).reserved == (3 if kept[product] else 0)
        assert bool(held_items(carts[product])) == kept[product]
