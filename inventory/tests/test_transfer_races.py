"""Transfers against everything that happens at once. Each race has a control without the guard."""

import threading
import uuid

import pytest
from django.db import transaction

from inventory.errors import InsufficientStock, TooManyForTransfer
from inventory.models import BinKind, Reservation, ReservationLine, Transfer, TransferLine
from inventory.services.checking import check_stock
from inventory.services.ledger import Move, move
from inventory.services.reservation import Want, take
from inventory.services.transfer_shipping import Load, load_units, ship_transfer
from inventory.services.transfers import count_received, create_transfer
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor, make_products
from inventory.tests.threads import together

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def near() -> Floor:
    return build_floor()


@pytest.fixture
def far() -> Floor:
    return build_floor("FAR")


def ask(near: Floor, far: Floor, product: int, units: int) -> str:
    return create_transfer(
        source_id=near.warehouse_id, target_id=far.warehouse_id, lines=[(product, units)], by=TESTER, now=NOW
    )


def test_orders_and_transfers_never_both_get_the_last_units(near: Floor, far: Floor) -> None:
    (product,) = make_products(1)
    near.receive(product, 30)

    def want(number: int) -> int:
        try:
            if number % 2:
                ask(near, far, product, 3)
            else:
                with transaction.atomic():
                    take([Want(product, near.warehouse_id, 3)])
        except InsufficientStock:
            return 0
        return 3

    ended = together(want, range(24))
    assert not [one for one in ended if isinstance(one, Exception)]
    assert sum(one for one in ended if isinstance(one, int)) == 30
    level = near.level(product)
    assert (level.allocated + level.reserved, level.available) == (30, 0)


def test_without_the_guard_an_order_and_a_transfer_both_get_the_last_unit(near: Floor, far: Floor) -> None:
    (product,) = make_products(1)
    near.receive(product, 1)
    both_have_read = threading.Barrier(2)

    def want_carelessly(what: str) -> bool:
        level = near.level(product)
        both_have_read.wait(timeout=10)
        if level.available < 1:
            return False
        if what == "order":
            with transaction.atomic():
                take([Want(product, near.warehouse_id, 1)])
        else:  # a hold that is written down, but not in the row that guards the promise
            hold = Reservation.objects.create(document="TRF-X", warehouse_id=near.warehouse_id, created_at=NOW)
            ReservationLine.objects.create(reservation=hold, product_id=product, quantity=1)
        return True

    assert together(want_carelessly, ["order", "transfer"]) == [True, True]


def test_the_same_load_sent_twice_at_once_leaves_once(near: Floor, far: Floor) -> None:
    (product,) = make_products(1)
    near.receive(product, 10)
    ref, act = ask(near, far, product, 10), uuid.uuid4()

    def send(_number: int) -> int:
        return load_units(ref, [Load(product, near.shelves[0], 4)], action_id=act, by=TESTER, now=NOW)

    assert sorted(one for one in together(send, range(4)) if isinstance(one, int)) == [0, 0, 0, 4]
    assert near.level(product).on_hand == 6
    assert check_stock(by=TESTER, now=NOW) == []


def test_two_loads_together_never_take_more_than_was_asked_for(near: Floor, far: Floor) -> None:
    (product,) = make_products(1)
    near.receive(product, 20)
    ref = ask(near, far, product, 5)

    def send(_number: int) -> int:
        try:
            return load_units(ref, [Load(product, near.shelves[0], 3)], by=TESTER, now=NOW)
        except TooManyForTransfer:
            return 0

    assert sorted(one for one in together(send, range(3)) if isinstance(one, int)) == [0, 0, 3]
    assert TransferLine.objects.get().shipped == 3


def test_without_the_lock_two_loads_take_more_than_was_asked_for(near: Floor, far: Floor) -> None:
    (product,) = make_products(1)
    near.receive(product, 20)
    ask(near, far, product, 5)
    both_have_read = threading.Barrier(2)

    def send_carelessly(_number: int) -> int:
        line = TransferLine.objects.get()
        both_have_read.wait(timeout=10)
        if line.quantity - line.shipped < 3:
            return 0
        near_transit = near.bins[BinKind.TRANSIT]
        with transaction.atomic():
            move([Move(product, 3, near.shelves[0], near_transit, "transfer_out")], by=TESTER, now=NOW)
        return 3

    assert together(send_carelessly, range(2)) == [3, 3]  # six of five: the hold cannot see it, the line was stale


def test_two_docks_that_receive_the_same_units_count_them_once(near: Floor, far: Floor) -> None:
    (product,) = make_products(1)
    near.receive(product, 5)
    ref = ask(near, far, product, 5)
    ship_transfer(ref, by=TESTER, now=NOW)
    pk = Transfer.objects.get().pk

    def receive(_number: int) -> int:
        with transaction.atomic():
            over = count_received(pk, {(product, ""): 5}, by=TESTER, now=NOW)
            into = Move(
                product,
                5,
                far.bins[BinKind.TRANSIT],
                far.bins[BinKind.RECEIVING],
                "transfer_in",
                document=ref,
            )
            move([into], by=TESTER, now=NOW)
        return len(over)

    assert sorted(one for one in together(receive, range(2)) if isinstance(one, int)) == [0, 1]
    line = TransferLine.objects.get()
    assert (line.received, line.lost, Transfer.objects.get().status) == (5, 0, "received")
    assert check_stock(by=TESTER, now=NOW) == []
