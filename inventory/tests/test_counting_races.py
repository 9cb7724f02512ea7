"""Counts against the floor. Each race has a control without the guard."""

import threading
from datetime import timedelta

import pytest
from django.db import transaction

from core.kernel.actors import Actor
from inventory.errors import AlreadyMoved
from inventory.models import BinKind, BinStock, CountPlan, CountTask, StockMovement
from inventory.services.adjustment import adjust_stock
from inventory.services.count_books import lock_books
from inventory.services.count_posting import Approved, approve_count
from inventory.services.counting import begin_count, enter_count, finish_count, request_count
from inventory.services.difference import Difference, post_difference
from inventory.services.ledger import Move, move
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor, make_products
from inventory.tests.threads import together

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ANN, BEN, EVE = (Actor(kind="staff", id=number, name=name) for number, name in ((7, "ann"), (8, "ben"), (9, "eve")))
STOCK, MISSING, PICKS = 60, 5, 24


@pytest.fixture
def warehouse() -> Floor:
    floor = build_floor()
    CountPlan.objects.create(warehouse_id=floor.warehouse_id, tolerance_units=1000, tolerance_value=1000)
    return floor


class Shelf:
    """The shelf as it really is: a pick takes a unit from it and from the books at once."""

    def __init__(self, floor: Floor, product: int) -> None:
        self.floor, self.product = floor, product
        self.units = STOCK - MISSING
        self.hands = threading.Lock()

    def pick(self, _number: int) -> None:
        with self.hands, transaction.atomic():
            here, tote = self.floor.shelves[0], self.floor.bins[BinKind.PACKING]
            move([Move(self.product, 1, here, tote, "pick")], by=TESTER, now=NOW)
            self.units -= 1

    def books(self) -> int:
        return BinStock.objects.get(product_id=self.product, bin_id=self.floor.shelves[0]).quantity


def stocked(floor: Floor) -> Shelf:
    (product,) = make_products(1)
    floor.receive(product, STOCK)
    return Shelf(floor, product)


def test_a_count_among_picks_leaves_the_books_as_the_shelf_is(warehouse: Floor) -> None:
    shelf = stocked(warehouse)
    ref = request_count(warehouse.shelves[0], cause="request", by=ANN, now=NOW)
    begin_count(ref, by=ANN, now=NOW)

    def act(number: int) -> None:
        if number != PICKS // 2:
            shelf.pick(number)
            return
        with shelf.hands:  # the counter looks, and says what is there
            enter_count(ref, product_id=shelf.product, counted=shelf.units, by=ANN, now=NOW)

    assert [one for one in together(act, range(PICKS)) if one is not None] == []
    assert finish_count(ref, by=ANN, now=NOW).status == "approved"
    assert shelf.books() == shelf.units == STOCK - MISSING - (PICKS - 1)


def test_without_the_books_of_the_entry_a_count_among_picks_is_wrong(warehouse: Floor) -> None:
    shelf = stocked(warehouse)
    with shelf.hands:
        counted = shelf.units
    together(shelf.pick, range(4))
    with transaction.atomic():  # what a count does that only sets the bin to what was found
        difference = Difference(warehouse.shelves[0], counted - shelf.books())
        post_difference(shelf.product, warehouse.warehouse_id, [difference], reason="recount", by=ANN, now=NOW)
    assert shelf.books() == shelf.units + 4


def test_an_entry_waits_for_a_pick_that_is_being_written(warehouse: Floor) -> None:
    shelf = stocked(warehouse)
    ref = request_count(warehouse.shelves[0], cause="request", by=ANN, now=NOW)
    begin_count(ref, by=ANN, now=NOW)
    moved, entered = threading.Event(), threading.Event()

    def act(who: str) -> None:
        if who == "picker":
            with transaction.atomic():
                here, tote = warehouse.shelves[0], warehouse.bins[BinKind.PACKING]
                move([Move(shelf.product, 10, here, tote, "pick")], by=TESTER, now=NOW)
                moved.set()
                entered.wait(timeout=0.5)
            return
        moved.wait(timeout=10)
        enter_count(ref, product_id=shelf.product, counted=STOCK - MISSING - 10, by=ANN, now=NOW)
        entered.set()

    assert together(act, ["picker", "counter"]) == [None, None]
    line = CountTask.objects.get(ref=ref).lines.get()
    assert (line.counted, line.book) == (STOCK - MISSING - 10, STOCK - 10)


def waiting(floor: Floor, shelf: Shelf) -> str:
    CountPlan.objects.update(tolerance_units=0)
    ref = request_count(floor.shelves[0], cause="request", by=ANN, now=NOW)
    for by in (ANN, BEN):
        begin_count(ref, by=by, now=NOW)
        enter_count(ref, product_id=shelf.product, counted=shelf.units, by=by, now=NOW)
        finish_count(ref, by=by, now=NOW)
    return ref


def test_two_approvers_of_one_count_post_it_once(warehouse: Floor) -> None:
    shelf = stocked(warehouse)
    ref = waiting(warehouse, shelf)
    ended = together(lambda by: approve_count(ref, by=by, now=NOW), [EVE, TESTER, EVE, TESTER])
    assert sorted(one.lost for one in ended if isinstance(one, Approved)) == [0, 0, 0, MISSING]
    assert StockMovement.objects.filter(document=ref).count() == 1
    assert shelf.books() == shelf.units


def test_without_the_lock_and_the_key_two_approvers_post_it_twice(warehouse: Floor) -> None:
    shelf = stocked(warehouse)
    waiting(warehouse, shelf)
    both_looked = threading.Barrier(2)

    def approve_carelessly(_approver: int) -> None:
        status = CountTask.objects.get().status
        both_looked.wait(timeout=10)
        if status == "counted":
            with transaction.atomic():
                difference = Difference(warehouse.shelves[0], -MISSING)
                post_difference(shelf.product, warehouse.warehouse_id, [difference], reason="recount", by=EVE, now=NOW)

    assert together(approve_carelessly, range(2)) == [None, None]
    assert shelf.books() == shelf.units - MISSING


def test_the_key_of_a_posting_refuses_its_twin(warehouse: Floor) -> None:
    shelf = stocked(warehouse)
    difference = [Difference(warehouse.shelves[0], -MISSING)]

    def post(_number: int) -> None:
        with transaction.atomic():
            post_difference(
                shelf.product,
                warehouse.warehouse_id,
                difference,
                reason="recount",
                move_key="count:CNT-1:1:1",
                by=EVE,
                now=NOW,
            )

    ended = together(post, range(2))
    assert [type(one) for one in ended if one is not None] == [AlreadyMoved]


def test_one_bin_asked_for_by_many_at_once_is_one_count(warehouse: Floor) -> None:
    refs = together(lambda _number: request_count(warehouse.shelves[0], cause="zero", by=ANN, now=NOW), range(8))
    assert len(set(map(str, refs))) == 1
    assert CountTask.objects.count() == 1


def test_two_counters_cannot_take_the_same_bin(warehouse: Floor) -> None:
    ref = request_count(warehouse.shelves[0], cause="request", by=ANN, now=NOW)
    ended = together(lambda by: begin_count(ref, by=by, now=NOW), [ANN, BEN, EVE])
    assert sum(one is None for one in ended) == 1


def test_a_correction_while_the_count_waits_is_noticed(warehouse: Floor) -> None:
    shelf = stocked(warehouse)
    ref = waiting(warehouse, shelf)
    later = NOW + timedelta(minutes=1)
    adjust_stock(
        product_id=shelf.product,
        warehouse_id=warehouse.warehouse_id,
        bin_id=warehouse.shelves[0],
        reason="lost",
        delta=-MISSING,
        by=EVE,
        now=later,
    )
    (refusal,) = together(lambda by: approve_count(ref, by=by, now=later), [EVE])
    assert "corrected after it was counted" in str(refusal)
    assert shelf.books() == shelf.units


def test_books_are_read_by_locked_rows_in_the_ledgers_order(warehouse: Floor) -> None:
    shelf = stocked(warehouse)
    place = CountTask.objects.get(ref=request_count(warehouse.shelves[0], cause="request", by=ANN, now=NOW)).bin
    with transaction.atomic():
        assert lock_books(place, [(shelf.product, "")], now=NOW)[shelf.product, ""].units == {"sellable": STOCK}
