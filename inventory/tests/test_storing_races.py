"""Two people before the same bin. Each race has a control that takes the guard away and shows what then happens."""

import threading

import pytest
from django.db import transaction

from inventory.errors import BinFull, Invalid
from inventory.models import Bin, BinStock
from inventory.selectors.storing import why_not
from inventory.services.freezing import freeze_bin
from inventory.services.ledger import Move, move
from inventory.services.moving import Moved, move_all, move_some
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor, make_products
from inventory.tests.threads import together

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def warehouse() -> Floor:
    return build_floor()


def lying(bin_id: int) -> int:
    return sum(BinStock.objects.filter(bin_id=bin_id).values_list("quantity", flat=True))


def test_of_many_who_put_away_at_once_only_as_many_as_fit_succeed(warehouse: Floor) -> None:
    products = make_products(12)
    for product in products:
        warehouse.receive(product, 2)
    Bin.objects.filter(pk=warehouse.shelves[1]).update(capacity_units=7)

    def put(product: int) -> Moved:
        return move_some(
            source_id=warehouse.shelves[0],
            target_id=warehouse.shelves[1],
            product_id=product,
            quantity=2,
            by=TESTER,
            now=NOW,
        )

    ended = together(put, products)
    assert sum(isinstance(one, Moved) for one in ended) == 3
    assert sum(isinstance(one, BinFull) for one in ended) == 9
    assert lying(warehouse.shelves[1]) == 6


def test_without_the_lock_two_fill_the_last_space(warehouse: Floor) -> None:
    products = make_products(2)
    for product in products:
        warehouse.receive(product, 2)
    Bin.objects.filter(pk=warehouse.shelves[1]).update(capacity_units=2)
    both_have_looked = threading.Barrier(2)

    def put_carelessly(product: int) -> None:
        with transaction.atomic():
            assert why_not(product, warehouse.shelves[1], 2) == ""
            both_have_looked.wait(timeout=10)
            move([Move(product, 2, warehouse.shelves[0], warehouse.shelves[1], "move")], by=TESTER, now=NOW)

    assert together(put_carelessly, products) == [None, None]
    assert lying(warehouse.shelves[1]) == 4


def test_two_bins_that_swap_their_content_never_deadlock(warehouse: Floor) -> None:
    one, two = make_products(2)
    first, second = warehouse.shelves[:2]
    for _round in range(5):
        warehouse.receive(one, 1, first)
        warehouse.receive(two, 1, second)

        def swap(way: tuple[int, int]) -> Moved | None:
            try:
                return move_all(source_id=way[0], target_id=way[1], by=TESTER, now=NOW)
            except Invalid:
                return None

        ended = together(swap, [(first, second), (second, first)])
        assert not [one for one in ended if isinstance(one, Exception)]
    assert lying(first) + lying(second) == 10


def test_nothing_comes_into_a_bin_once_it_is_frozen(warehouse: Floor) -> None:
    products = make_products(8)
    for product in products:
        warehouse.receive(product, 1)
    seen_at_freezing: list[int] = []

    def act(product: int) -> None:
        if product == products[4]:
            with transaction.atomic():
                # As the command does it: the lock first, so that whoever puts something in is done or waits.
                Bin.objects.select_for_update(no_key=True).get(pk=warehouse.shelves[1])
                seen_at_freezing.append(lying(warehouse.shelves[1]))
                Bin.objects.filter(pk=warehouse.shelves[1]).update(frozen=True, frozen_reason="Leak")
            return
        move_some(
            source_id=warehouse.shelves[0],
            target_id=warehouse.shelves[1],
            product_id=product,
            quantity=1,
            by=TESTER,
            now=NOW,
        )

    together(act, products)
    assert lying(warehouse.shelves[1]) == seen_at_freezing[0]
    assert freeze_bin(warehouse.shelves[1], reason="Leak", by=TESTER, now=NOW).planned == 0
