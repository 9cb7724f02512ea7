"""Moves keep movements, bins and levels in step, or change nothing."""

import contextlib

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.outbox.models import Event
from inventory.errors import AlreadyMoved, Invalid, NotEnoughInBin, StockPromised
from inventory.models import BinKind, BinStock, StockMovement
from inventory.planning import PickWant
from inventory.services.ledger import Move, move
from inventory.services.picking import plan_picks, unplan_picks
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor, make_products

pytestmark = pytest.mark.django_db


def test_received_units_lie_in_the_bin_and_are_on_hand(floor: Floor, product: int) -> None:
    floor.receive(product, 7)
    assert floor.in_bin(product, floor.shelves[0]) == {"sellable": 7}
    assert floor.level(product).on_hand == 7
    assert floor.level(product).available == 7


def test_a_move_between_shelves_changes_no_level(floor: Floor, product: int) -> None:
    floor.receive(product, 7)
    ids = move([Move(product, 3, floor.shelves[0], floor.shelves[1], "move")], by=TESTER, now=NOW)
    assert floor.in_bin(product, floor.shelves[0]) == {"sellable": 4}
    assert floor.in_bin(product, floor.shelves[1]) == {"sellable": 3}
    assert floor.level(product).on_hand == 7
    assert StockMovement.objects.filter(pk__in=ids).count() == 1


def test_ids_come_back_in_the_order_of_the_moves(floor: Floor) -> None:
    products = make_products(20)
    ids = move(
        [Move(one, 1, floor.bins[BinKind.SUPPLIER], floor.shelves[0], "receive") for one in reversed(products)],
        by=TESTER,
        now=NOW,
    )
    moved = StockMovement.objects.in_bulk(ids)
    assert [moved[pk].product_id for pk in ids] == list(reversed(products))


def test_units_not_sellable_are_on_hand_but_not_available(floor: Floor, product: int) -> None:
    move(
        [
            Move(
                product,
                4,
                floor.bins[BinKind.CUSTOMER],
                floor.bins[BinKind.RETURNS],
                "return",
                to_condition="quality_control",
            )
        ],
        by=TESTER,
        now=NOW,
    )
    level = floor.level(product)
    assert (level.on_hand, level.quality_control, level.available) == (4, 4, 0)


def test_an_empty_bin_refuses_by_name_and_writes_nothing(floor: Floor, product: int) -> None:
    floor.receive(product, 2)
    other = make_products(1, start=9)[0]
    with pytest.raises(NotEnoughInBin) as refusal, transaction.atomic():
        move(
            [
                Move(product, 3, floor.shelves[0], floor.shelves[1], "move"),
                Move(other, 1, floor.shelves[2], floor.shelves[1], "move"),
            ],
            by=TESTER,
            now=NOW,
        )
    assert [(one.sku, one.bin_name, one.wanted, one.free) for one in refusal.value.missing] == [
        ("P-001", "A-01-1", 3, 2),
        ("P-009", "A-01-3", 1, 0),
    ]
    assert StockMovement.objects.count() == 1
    assert floor.in_bin(product, floor.shelves[0]) == {"sellable": 2}


def test_a_swallowed_refusal_still_commits_nothing(floor: Floor, product: int) -> None:
    floor.receive(product, 2)
    with transaction.atomic(), contextlib.suppress(NotEnoughInBin):
        move([Move(product, 3, floor.shelves[0], floor.shelves[1], "move")], by=TESTER, now=NOW)
    assert StockMovement.objects.count() == 1


def test_units_planned_for_a_pick_are_left_alone_unless_the_move_is_planned(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    plan_picks([PickWant(1, product, floor.warehouse_id, 4)])
    with pytest.raises(NotEnoughInBin) as refusal, transaction.atomic():
        move([Move(product, 2, floor.shelves[0], floor.shelves[1], "move")], by=TESTER, now=NOW)
    assert refusal.value.missing[0].free == 1
    move([Move(product, 4, floor.shelves[0], floor.shelves[1], "pick", planned=True)], by=TESTER, now=NOW)
    row = BinStock.objects.get(product_id=product, bin_id=floor.shelves[0])
    assert (row.quantity, row.to_pick) == (1, 0)


def test_promised_units_cannot_leave(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    floor.allocate(product, 4)
    with pytest.raises(StockPromised) as refusal, transaction.atomic():
        move([Move(product, 2, floor.shelves[0], floor.bins[BinKind.SCRAP], "damaged")], by=TESTER, now=NOW)
    assert refusal.value.short[0].available == 1
    assert floor.level(product).on_hand == 5


def test_shipping_lowers_on_hand_and_allocated_together(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    floor.allocate(product, 4)
    move(
        [Move(product, 4, floor.shelves[0], floor.bins[BinKind.CUSTOMER], "ship")],
        by=TESTER,
        now=NOW,
        allocated={(product, floor.warehouse_id): -4},
    )
    level = floor.level(product)
    assert (level.on_hand, level.allocated, level.available) == (1, 0, 1)


def test_the_same_move_key_is_refused_the_second_time(floor: Floor, product: int) -> None:
    one = Move(product, 1, floor.bins[BinKind.SUPPLIER], floor.shelves[0], "receive", move_key="scan-1")
    move([one], by=TESTER, now=NOW)
    with pytest.raises(AlreadyMoved), transaction.atomic():
        move([one], by=TESTER, now=NOW)
    assert floor.level(product).on_hand == 1


def test_a_move_across_warehouses_is_refused(floor: Floor, product: int) -> None:
    elsewhere = build_floor("OTHER")
    floor.receive(product, 1)
    with pytest.raises(Invalid):
        move([Move(product, 1, floor.shelves[0], elsewhere.shelves[0], "move")], by=TESTER, now=NOW)


def test_growth_is_announced_and_shrinkage_is_not(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    move([Move(product, 1, floor.shelves[0], floor.bins[BinKind.SCRAP], "damaged")], by=TESTER, now=NOW)
    (event,) = Event.objects.filter(type="stock.replenished")
    assert event.data == {"product_id": product, "warehouse_id": floor.warehouse_id, "quantity": 5}
    assert event.subject_id == floor.level(product).pk


@pytest.mark.parametrize("count", [1, 20])
def test_any_number_of_lines_moves_in_four_statements(floor: Floor, count: int) -> None:
    products = make_products(count)
    for one in products:
        floor.receive(one, 9)
    with CaptureQueriesContext(connection) as queries:
        move(
            [Move(one, 2, floor.shelves[0], floor.bins[BinKind.CUSTOMER], "ship") for one in products],
            by=TESTER,
            now=NOW,
        )
    assert len(queries) == 4


def test_the_ledger_can_be_neither_changed_nor_deleted(floor: Floor, product: int) -> None:
    floor.receive(product, 1)
    with pytest.raises(DatabaseError), transaction.atomic():
        StockMovement.objects.update(quantity=2)
    with pytest.raises(DatabaseError), transaction.atomic():
        StockMovement.objects.all().delete()


def test_plans_can_be_taken_back_but_not_twice(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    (pick,) = plan_picks([PickWant(1, product, floor.warehouse_id, 3)])
    unplan_picks([(product, pick.bin_id, pick.lot, 3)])
    assert BinStock.objects.get(product_id=product).to_pick == 0
