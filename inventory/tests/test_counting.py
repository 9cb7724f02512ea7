"""Counts: blind entries against the books of that moment, confirmed by somebody else, posted as a difference."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from core.attention.selectors import open_cases
from core.kernel.actors import Actor
from core.kernel.errors import IllegalTransition
from inventory import ports
from inventory.errors import CountTaken, Invalid, LotRequired, SameCounter, StaleCount
from inventory.models import BinKind, BinStock, CountPlan, CountTask, Lot, Product, StockMovement
from inventory.planning import PickWant
from inventory.services.adjustment import adjust_stock, change_condition
from inventory.services.checking import check_stock
from inventory.services.count_posting import approve_count, cancel_count, recount
from inventory.services.counting import (
    Finished,
    begin_count,
    enter_count,
    finish_count,
    put_down_count,
    request_count,
)
from inventory.services.ledger import Move, move
from inventory.services.picking import plan_picks, unplan_picks
from inventory.services.reservation import Want, give_back
from inventory.tests.conftest import NOW, TESTER, Floor, make_products

pytestmark = pytest.mark.django_db
ANN, BEN, EVE = (Actor(kind="staff", id=number, name=name) for number, name in ((7, "ann"), (8, "ben"), (9, "eve")))
LATER = NOW + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _nobody_above() -> Iterator[None]:
    before = ports.give_up_allocations, ports.give_up_picks, list(ports.extra_checks)
    ports.give_up_allocations = lambda *_args, **_named: 0
    ports.give_up_picks = lambda *_args, **_named: 0
    ports.extra_checks[:] = []
    yield
    ports.give_up_allocations, ports.give_up_picks, ports.extra_checks[:] = before


@pytest.fixture(autouse=True)
def _books_balance(_nobody_above: None) -> Iterator[None]:
    yield
    assert check_stock(by=TESTER, now=NOW) == []


@pytest.fixture
def plan(floor: Floor) -> CountPlan:
    return CountPlan.objects.create(warehouse_id=floor.warehouse_id, tolerance_units=1, tolerance_value=10)


def start(floor: Floor, by: Actor = ANN, bin_id: int = 0) -> str:
    ref = request_count(bin_id or floor.shelves[0], cause="request", by=by, now=NOW)
    begin_count(ref, by=by, now=NOW)
    return ref


def count(ref: str, found: dict[int, int], by: Actor = ANN) -> Finished:
    """Count a bin whole: enter what was found, and finish."""
    begin_count(ref, by=by, now=LATER)
    for product, units in found.items():
        enter_count(ref, product_id=product, counted=units, by=by, now=LATER)
    return finish_count(ref, by=by, now=LATER)


def status(ref: str) -> str:
    return CountTask.objects.get(ref=ref).status


def take(floor: Floor, product: int, units: int) -> None:
    """Units go from the first shelf to the second, as a replenishment does."""
    with transaction.atomic():
        move([Move(product, units, floor.shelves[0], floor.shelves[1], "move")], by=TESTER, now=LATER)


def test_a_bin_has_one_open_count_whoever_asks(floor: Floor, product: int) -> None:
    first = request_count(floor.shelves[0], cause="plan", product_id=product, by=ANN, now=NOW)
    assert request_count(floor.shelves[0], cause="zero", product_id=product, by=BEN, now=NOW) == first
    assert CountTask.objects.get().product_id == product
    assert request_count(floor.shelves[0], cause="request", by=BEN, now=NOW) == first
    assert CountTask.objects.get().product_id is None  # widened to the whole bin
    with pytest.raises(Invalid):
        request_count(floor.bins[BinKind.ADJUSTMENT], cause="request", by=ANN, now=NOW)


def test_a_bin_as_the_books_have_it_is_approved_by_itself(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    done = count(start(floor), {product: 5})
    assert (done.status, done.variance_units) == ("approved", 0)
    assert StockMovement.objects.filter(reason="recount").count() == 0


def test_a_variance_within_tolerance_is_posted_at_once(floor: Floor, product: int, plan: CountPlan) -> None:
    floor.receive(product, 5)
    assert count(start(floor), {product: 4}).status == "approved"
    assert floor.in_bin(product, floor.shelves[0]) == {"sellable": 4}


def test_a_cheap_tolerance_in_units_is_not_one_in_money(floor: Floor, product: int, plan: CountPlan) -> None:
    Product.objects.filter(pk=product).update(unit_cost=Decimal("10.01"))
    floor.receive(product, 5)
    ref = start(floor)
    assert count(ref, {product: 4}).status == "investigating"
    assert CountTask.objects.get(ref=ref).variance_value == Decimal("10.01")


def test_a_large_variance_is_counted_by_somebody_else_and_then_approved(
    floor: Floor, product: int, plan: CountPlan
) -> None:
    floor.receive(product, 9)
    ref = start(floor)
    assert count(ref, {product: 5}).status == "investigating"
    assert floor.in_bin(product, floor.shelves[0]) == {"sellable": 9}
    with pytest.raises(SameCounter):
        begin_count(ref, by=ANN, now=LATER)
    assert count(ref, {product: 5}, by=BEN).status == "counted"
    (case,) = open_cases(kind="count_variance")
    assert case.fixes[0]["url"] == f"/counts/{ref}"
    done = approve_count(ref, by=EVE, now=LATER)
    assert (done.lost, done.found) == (4, 0)
    assert floor.in_bin(product, floor.shelves[0]) == {"sellable": 5}
    assert open_cases(kind="count_variance") == []
    assert approve_count(ref, by=EVE, now=LATER).lost == 0  # again: nothing more


def test_a_second_count_that_finds_the_books_right_ends_it(floor: Floor, product: int, plan: CountPlan) -> None:
    floor.receive(product, 9)
    ref = start(floor)
    count(ref, {product: 5})
    assert count(ref, {product: 9}, by=BEN).status == "approved"
    assert floor.in_bin(product, floor.shelves[0]) == {"sellable": 9}


def test_a_third_count_is_by_a_third_person(floor: Floor, product: int, plan: CountPlan) -> None:
    floor.receive(product, 9)
    ref = start(floor)
    count(ref, {product: 5})
    count(ref, {product: 4}, by=BEN)
    recount(ref, by=EVE, now=LATER)
    assert open_cases(kind="count_variance") == []
    for earlier in (ANN, BEN):
        with pytest.raises(SameCounter):
            begin_count(ref, by=earlier, now=LATER)
    assert count(ref, {product: 4}, by=EVE).status == "counted"


def test_a_cancelled_count_changes_nothing(floor: Floor, product: int, plan: CountPlan) -> None:
    floor.receive(product, 9)
    ref = start(floor)
    count(ref, {product: 5})
    count(ref, {product: 5}, by=BEN)
    cancel_count(ref, by=EVE, now=LATER)
    with pytest.raises(IllegalTransition):
        approve_count(ref, by=EVE, now=LATER)
    assert floor.in_bin(product, floor.shelves[0]) == {"sellable": 9}
    assert request_count(floor.shelves[0], cause="request", by=ANN, now=LATER) != ref


def test_movements_before_and_after_an_entry_stay_true(floor: Floor, product: int, plan: CountPlan) -> None:
    floor.receive(product, 20)  # 15 lie there
    ref = start(floor)
    take(floor, product, 2)
    enter_count(ref, product_id=product, counted=13, by=ANN, now=LATER)
    take(floor, product, 3)
    assert finish_count(ref, by=ANN, now=LATER).status == "investigating"
    begin_count(ref, by=BEN, now=LATER)
    enter_count(ref, product_id=product, counted=10, by=BEN, now=LATER)
    finish_count(ref, by=BEN, now=LATER)
    take(floor, product, 4)
    approve_count(ref, by=EVE, now=LATER)
    assert floor.in_bin(product, floor.shelves[0]) == {"sellable": 6}


def test_a_variance_no_larger_than_what_moved_is_counted_again(floor: Floor, product: int, plan: CountPlan) -> None:
    floor.receive(product, 9)
    ref = start(floor)
    take(floor, product, 2)
    assert enter_count(ref, product_id=product, counted=9, by=ANN, now=LATER).again
    assert finish_count(ref, by=ANN, now=LATER).doubtful == ((product, ""),)
    assert not enter_count(ref, product_id=product, counted=7, by=ANN, now=LATER + timedelta(seconds=9)).again
    assert finish_count(ref, by=ANN, now=LATER + timedelta(seconds=9)).status == "approved"


def test_units_taken_just_after_the_entry_are_asked_about_at_the_end(floor: Floor, product: int) -> None:
    floor.receive(product, 9)
    ref = start(floor)
    enter_count(ref, product_id=product, counted=8, by=ANN, now=NOW)  # one is in a picker's hand
    take(floor, product, 1)
    assert finish_count(ref, by=ANN, now=LATER).doubtful == ((product, ""),)
    enter_count(ref, product_id=product, counted=8, by=ANN, now=LATER)
    assert finish_count(ref, by=ANN, now=LATER).variance_units == 0


def test_the_same_found_twice_is_believed(floor: Floor, product: int) -> None:
    floor.receive(product, 9)
    ref = start(floor)
    take(floor, product, 2)
    assert enter_count(ref, product_id=product, counted=5, by=ANN, now=LATER).again
    assert not enter_count(ref, product_id=product, counted=5, by=ANN, now=LATER).again
    assert finish_count(ref, by=ANN, now=LATER).variance_units == 2


def test_what_nobody_entered_is_asked_about_or_is_not_there(floor: Floor) -> None:
    one, two = make_products(2)
    floor.receive(one, 3)
    floor.receive(two, 1)
    ref = start(floor)
    enter_count(ref, product_id=one, counted=3, by=ANN, now=LATER)
    asked = finish_count(ref, by=ANN, now=LATER)
    assert (asked.done, asked.missing) == (False, ((two, ""),))
    assert finish_count(ref, rest_is_gone=True, by=ANN, now=LATER).status == "approved"
    assert floor.in_bin(two, floor.shelves[0]) == {}


def test_a_count_of_one_product_leaves_the_others_alone(floor: Floor) -> None:
    one, two = make_products(2)
    floor.receive(one, 3)
    floor.receive(two, 1)
    ref = request_count(floor.shelves[0], cause="zero", product_id=one, by=ANN, now=NOW)
    assert count(ref, {one: 3}).status == "approved"
    assert floor.in_bin(two, floor.shelves[0]) == {"sellable": 1}


def test_a_product_nobody_expected_is_found(floor: Floor, product: int) -> None:
    assert count(start(floor), {product: 1}).status == "approved"
    assert floor.in_bin(product, floor.shelves[0]) == {"sellable": 1}


def test_an_empty_bin_is_confirmed_without_an_entry(floor: Floor) -> None:
    assert count(start(floor), {}).status == "approved"


def test_scans_add_up_and_a_number_replaces(floor: Floor, product: int) -> None:
    floor.receive(product, 3)
    ref = start(floor)
    for _scan in range(2):
        enter_count(ref, product_id=product, add=1, by=ANN, now=LATER)
    assert enter_count(ref, product_id=product, add=1, by=ANN, now=LATER).counted == 3
    assert enter_count(ref, product_id=product, counted=2, by=ANN, now=LATER).counted == 2


def test_nobody_counts_into_another_persons_bin(floor: Floor, product: int) -> None:
    ref = start(floor)
    begin_count(ref, by=ANN, now=LATER)  # one's own is gone on with
    with pytest.raises(CountTaken):
        begin_count(ref, by=BEN, now=LATER)
    with pytest.raises(CountTaken):
        enter_count(ref, product_id=product, counted=1, by=BEN, now=LATER)
    put_down_count(ref, by=ANN, now=LATER)
    begin_count(ref, by=BEN, now=LATER)


def test_lots_are_counted_by_lot(floor: Floor, product: int) -> None:
    Product.objects.filter(pk=product).update(tracking="lot")
    ref = start(floor)
    with pytest.raises(LotRequired):
        enter_count(ref, product_id=product, counted=2, by=ANN, now=LATER)
    enter_count(ref, product_id=product, lot="B7", counted=1, by=ANN, now=LATER)
    finish_count(ref, by=ANN, now=LATER)
    assert BinStock.objects.get(product_id=product).lot == "B7"
    assert Lot.objects.filter(product_id=product, number="B7").exists()


def test_units_a_picker_did_not_find_are_settled_by_the_count(floor: Floor, product: int) -> None:
    floor.receive(product, 6)
    shelf = floor.shelves[0]
    change_condition(
        product_id=product,
        bin_id=shelf,
        quantity=2,
        from_condition="sellable",
        to_condition="quarantined",
        reason="lost",
        by=TESTER,
        now=NOW,
    )
    assert count(start(floor), {product: 5}).status == "approved"
    assert floor.in_bin(product, shelf) == {"sellable": 5}  # one of the two was there, the other is gone
    assert floor.level(product).available == 5


def test_units_under_quarantine_stay_there_when_they_are_counted(floor: Floor, product: int) -> None:
    floor.receive(product, 6)
    shelf = floor.shelves[0]
    change_condition(
        product_id=product,
        bin_id=shelf,
        quantity=2,
        from_condition="sellable",
        to_condition="quarantined",
        reason="recall",
        by=TESTER,
        now=NOW,
    )
    count(start(floor), {product: 6})
    assert floor.in_bin(product, shelf) == {"sellable": 4, "quarantined": 2}


def test_a_loss_gives_up_the_promises_it_eats(floor: Floor, product: int, plan: CountPlan) -> None:
    asked: list[tuple[str, int]] = []

    def give_up(product_id: int, warehouse_id: int, quantity: int, **_named: object) -> int:
        asked.append(("orders", quantity))
        give_back([Want(product_id, warehouse_id, quantity)])
        return quantity

    def off_list(product_id: int, bin_id: int, lot: str, quantity: int, **_named: object) -> int:
        asked.append(("picks", quantity))
        unplan_picks([(product_id, bin_id, lot, quantity)])
        return quantity

    ports.give_up_allocations, ports.give_up_picks = give_up, off_list
    floor.receive(product, 6)
    floor.allocate(product, 5)
    with transaction.atomic():
        plan_picks([PickWant(1, product, floor.warehouse_id, 5)])
    ref = start(floor)
    count(ref, {product: 2})
    count(ref, {product: 2}, by=BEN)
    done = approve_count(ref, by=EVE, now=LATER)
    assert asked == [("orders", 3), ("picks", 3)]
    assert done.given_up == 3
    row = BinStock.objects.get(product_id=product, bin_id=floor.shelves[0])
    assert (row.quantity, row.to_pick) == (2, 2)


def test_a_slot_corrected_by_hand_after_the_count_is_not_corrected_twice(
    floor: Floor, product: int, plan: CountPlan
) -> None:
    floor.receive(product, 9)
    ref = start(floor)
    count(ref, {product: 5})
    count(ref, {product: 5}, by=BEN)
    adjust_stock(
        product_id=product,
        warehouse_id=floor.warehouse_id,
        reason="lost",
        bin_id=floor.shelves[0],
        delta=-4,
        by=EVE,
        now=LATER + timedelta(minutes=1),
    )
    with pytest.raises(StaleCount):
        approve_count(ref, by=EVE, now=LATER + timedelta(minutes=2))
    assert status(ref) == "counted"


def test_a_count_made_on_paper_takes_the_books_of_that_hour(floor: Floor, product: int, plan: CountPlan) -> None:
    floor.receive(product, 9)
    noon = NOW + timedelta(seconds=30)
    take(floor, product, 4)
    ref = start(floor)
    enter_count(ref, product_id=product, counted=8, counted_at=noon, by=ANN, now=LATER)
    finish_count(ref, on_paper=True, by=ANN, now=LATER)
    assert floor.in_bin(product, floor.shelves[0]) == {"sellable": 4}  # one was missing at noon, four left since
