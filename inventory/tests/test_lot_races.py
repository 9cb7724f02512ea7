"""Many at once over lots: one serial number comes in once, a recalled lot is never planned, late movements are seen."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from inventory.errors import SerialTaken
from inventory.models import BinStock, Lot, Product, StockMovement, StockSnapshot
from inventory.planning import PickWant
from inventory.selectors.history import stock_at
from inventory.selectors.products import products_by_id
from inventory.services.checking import check_stock
from inventory.services.ledger import Move, move
from inventory.services.lots import NewLot, note_lots, require_lot
from inventory.services.picking import plan_picks
from inventory.services.recalling import recall_lot
from inventory.services.snapshots import make_snapshots, wrong_snapshots
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor, make_products
from inventory.tests.threads import together

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def warehouse() -> Floor:
    return build_floor()


def receive_serial(warehouse: Floor, product: int, shelf: int, look: threading.Barrier | None = None) -> None:
    fact = products_by_id([product])[product]
    with transaction.atomic():
        if look is None:
            require_lot(fact, "S-1", 1)
        else:  # the control: look whether it is in stock without taking turns
            taken = BinStock.objects.filter(product_id=product, lot="S-1", quantity__gt=0).exists()
            look.wait(timeout=10)
            if taken:
                raise SerialTaken("taken")
        note_lots([NewLot(product, "S-1")], now=NOW)
        supplier = warehouse.bins["supplier"]
        move([Move(product, 1, supplier, warehouse.shelves[shelf], "receive", lot="S-1")], by=TESTER, now=NOW)


def test_two_receivers_of_one_serial_number_bring_it_in_once(warehouse: Floor) -> None:
    (product,) = make_products(1)
    Product.objects.update(tracking="serial")
    ended = together(lambda shelf: receive_serial(warehouse, product, shelf), range(3))
    assert sorted(type(one).__name__ for one in ended) == ["NoneType", "SerialTaken", "SerialTaken"]
    assert warehouse.level(product).on_hand == 1


def test_without_taking_turns_one_serial_number_is_in_stock_twice(warehouse: Floor) -> None:
    (product,) = make_products(1)
    Product.objects.update(tracking="serial")
    both_have_looked = threading.Barrier(2)
    together(lambda shelf: receive_serial(warehouse, product, shelf, both_have_looked), range(2))
    assert warehouse.level(product).on_hand == 2


def test_a_recall_among_pickers_leaves_no_unit_planned_or_sellable(warehouse: Floor) -> None:
    (product,) = make_products(1)
    row = Lot.objects.create(product_id=product, number="L1")
    for shelf in warehouse.shelves:
        with transaction.atomic():
            supplier = warehouse.bins["supplier"]
            move([Move(product, 20, supplier, shelf, "receive", lot="L1")], by=TESTER, now=NOW)

    def act(number: int) -> int:
        if number == 3:
            return recall_lot(row.pk, reason="Unsafe", by=TESTER, now=NOW).units
        planned = 0
        for _time in range(5):
            with transaction.atomic():
                picks = plan_picks([PickWant(number, product, warehouse.warehouse_id, 1)], now=NOW)
                planned += len(picks)
                # The picks of this test are nobody's: take them back, as the floor's own port would.
                transaction.set_rollback(True)
        return planned

    ended = together(act, range(6))
    assert not [one for one in ended if isinstance(one, Exception)]
    assert warehouse.level(product).quarantined == 60
    with transaction.atomic():
        assert plan_picks([PickWant(1, product, warehouse.warehouse_id, 1)], now=NOW) == []
    assert check_stock(by=TESTER, now=timezone.now()) == []


def late_movement(warehouse: Floor, product: int, settled_first: bool) -> bool:
    """A movement dated before a snapshot is committed after it was made; whether the snapshot is then wrong."""
    now = timezone.now()
    for minutes in range(3):
        with transaction.atomic():
            supplier, at = warehouse.bins["supplier"], now - timedelta(hours=2, minutes=-minutes)
            move([Move(product, 1, supplier, warehouse.shelves[0], "receive")], by=TESTER, now=at)
    began, may_commit = threading.Event(), threading.Event()

    def act(number: int) -> None:
        if number == 0:
            with transaction.atomic():
                supplier = warehouse.bins["supplier"]
                at = now - timedelta(hours=2, seconds=-30) if not settled_first else now
                move([Move(product, 5, supplier, warehouse.shelves[0], "receive")], by=TESTER, now=at)
                began.set()
                may_commit.wait(timeout=10)
        else:
            began.wait(timeout=10)
            make_snapshots(now=now, every=2, settled=timedelta(minutes=15))
            may_commit.set()

    together(act, range(2))
    return bool(wrong_snapshots())


def test_a_movement_committed_after_a_snapshot_is_younger_than_it(warehouse: Floor) -> None:
    (product,) = make_products(1)
    assert late_movement(warehouse, product, settled_first=True) is False
    assert StockSnapshot.objects.filter(product_id=product).exists()
    assert sum(row.units for row in stock_at(product, timezone.now())) == 8


def test_one_dated_into_the_settled_past_makes_it_wrong_and_the_check_mends_it(warehouse: Floor) -> None:
    (product,) = make_products(1)
    assert late_movement(warehouse, product, settled_first=False) is True
    drifts = check_stock(by=TESTER, now=timezone.now())
    assert {one.check for one in drifts} == {"movements_make_snapshots"}
    assert all(one.repaired for one in drifts)
    assert wrong_snapshots() == []
    assert StockMovement.objects.count() == 4
    connection.close()
