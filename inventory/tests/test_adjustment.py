"""Corrections: by delta, by count, by condition; a loss gives up promises instead of hiding."""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from core.kernel.actors import Actor
from core.outbox.models import Event
from inventory import ports
from inventory.errors import AlreadyMoved, Invalid, NotEnoughInBin, NotFound, StaleQuantity, StockPromised
from inventory.models import BinKind, BinStock, Reservation, StockMovement
from inventory.planning import PickWant
from inventory.services.adjustment import AdjustmentFact, adjust_stock, change_condition
from inventory.services.checking import check_stock
from inventory.services.holding import reserve_items
from inventory.services.picking import plan_picks, unplan_picks
from inventory.services.reservation import Want, give_back
from inventory.tests.conftest import NOW, TESTER, Floor

pytestmark = pytest.mark.django_db


def adjust(floor: Floor, product: int, reason: str = "lost", **how: Any) -> AdjustmentFact:
    return adjust_stock(product_id=product, warehouse_id=floor.warehouse_id, reason=reason, by=TESTER, now=NOW, **how)


@pytest.fixture(autouse=True)
def _nobody_above() -> Iterator[None]:
    before = ports.give_up_allocations, ports.give_up_picks, list(ports.extra_checks)
    ports.give_up_allocations = lambda *_args, **_named: 0
    ports.give_up_picks = lambda *_args, **_named: 0
    ports.extra_checks[:] = []
    yield
    ports.give_up_allocations, ports.give_up_picks, ports.extra_checks[:] = before


@pytest.fixture
def orders_above() -> list[int]:
    """A room above that gives up whatever it is asked for; the units asked for."""
    asked: list[int] = []

    def give_up(product_id: int, warehouse_id: int, quantity: int, **_named: object) -> int:
        asked.append(quantity)
        give_back([Want(product_id, warehouse_id, quantity)])
        return quantity

    ports.give_up_allocations = give_up
    return asked


def test_found_units_go_where_the_product_lies(floor: Floor, product: int) -> None:
    floor.receive(product, 1, floor.shelves[2])
    fact = adjust(floor, product, "found", delta=4)
    assert floor.in_bin(product, floor.shelves[2]) == {"sellable": 5}
    assert (fact.delta, fact.level.on_hand) == (4, 5)


def test_the_first_units_found_of_a_product_wait_in_receiving(floor: Floor, product: int) -> None:
    adjust(floor, product, "found", delta=4)
    assert floor.in_bin(product, floor.bins[BinKind.RECEIVING]) == {"sellable": 4}


def test_a_loss_is_taken_from_as_few_shelves_as_hold_it(floor: Floor, product: int) -> None:
    for shelf in floor.shelves:
        floor.receive(product, 3, shelf)
    fact = adjust(floor, product, delta=-5)
    assert len(fact.movement_ids) == 2
    assert floor.level(product).on_hand == 4


@pytest.mark.parametrize(
    ("reason", "kind"), [("damaged", BinKind.SCRAP), ("expired", BinKind.SCRAP), ("theft", BinKind.ADJUSTMENT)]
)
def test_what_is_broken_is_scrapped_and_what_is_missing_is_written_off(
    floor: Floor, product: int, reason: str, kind: str
) -> None:
    floor.receive(product, 3)
    fact = adjust(floor, product, reason, delta=-1)
    assert StockMovement.objects.get(pk=fact.movement_ids[0]).to_bin.kind == kind


def test_no_more_can_be_lost_than_there_is(floor: Floor, product: int) -> None:
    floor.receive(product, 3)
    with pytest.raises(Invalid):
        adjust(floor, product, delta=-4)
    assert floor.level(product).on_hand == 3


def test_a_count_of_a_bin_sets_the_bin_and_one_of_the_warehouse_sets_on_hand(floor: Floor, product: int) -> None:
    floor.receive(product, 3)
    floor.receive(product, 4, floor.shelves[1])
    adjust(floor, product, "recount", bin_id=floor.shelves[1], quantity=6, expected_quantity=4)
    assert floor.in_bin(product, floor.shelves[1]) == {"sellable": 6}
    adjust(floor, product, "recount", quantity=2, expected_quantity=9)
    assert floor.level(product).on_hand == 2


def test_a_count_against_a_stale_quantity_is_refused_with_the_quantity_now(floor: Floor, product: int) -> None:
    floor.receive(product, 3)
    with pytest.raises(StaleQuantity) as refusal:
        adjust(floor, product, "recount", quantity=6, expected_quantity=4)
    assert refusal.value.extra == {"quantity": 3}
    with pytest.raises(StaleQuantity):
        adjust(floor, product, "recount", bin_id=floor.shelves[1], quantity=6, expected_quantity=4)


def test_a_loss_of_promised_units_gives_up_just_what_it_must(
    floor: Floor, product: int, orders_above: list[int]
) -> None:
    floor.receive(product, 5)
    floor.allocate(product, 4)
    fact = adjust(floor, product, delta=-3)
    assert (orders_above, fact.given_up) == ([2], 2)
    level = floor.level(product)
    assert (level.on_hand, level.allocated, level.available) == (2, 2, 0)
    assert check_stock(by=TESTER, now=NOW) == []


def test_carts_let_go_before_orders_do(floor: Floor, product: int, orders_above: list[int]) -> None:
    floor.receive(product, 5)
    floor.allocate(product, 2)
    for units in (1, 2):
        reserve_items(
            [(product, units)], warehouse_id=floor.warehouse_id, expires_in=timedelta(hours=1), by=TESTER, now=NOW
        )
    adjust(floor, product, delta=-2)
    assert orders_above == []
    assert list(Reservation.objects.filter(closed_at=None).values_list("lines__quantity", flat=True)) == [1]
    adjust(floor, product, delta=-2)
    assert orders_above == [1]
    level = floor.level(product)
    assert (level.on_hand, level.allocated, level.reserved) == (1, 1, 0)


def test_a_loss_nobody_gives_way_to_is_refused(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    floor.allocate(product, 4)
    with pytest.raises(StockPromised):
        adjust(floor, product, delta=-3)
    level = floor.level(product)
    assert (level.on_hand, level.allocated) == (5, 4)


def test_a_loss_of_units_planned_for_a_pick_takes_them_off_the_plan(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    plan_picks([PickWant(1, product, floor.warehouse_id, 4)])
    with pytest.raises(NotEnoughInBin):
        adjust(floor, product, bin_id=floor.shelves[0], delta=-2)
    asked: list[int] = []

    def give_up(product_id: int, bin_id: int, lot: str, quantity: int, *, by: Actor, now: datetime) -> int:
        asked.append(quantity)
        unplan_picks([(product_id, bin_id, lot, quantity)])
        return quantity

    ports.give_up_picks = give_up
    adjust(floor, product, bin_id=floor.shelves[0], delta=-2)
    assert asked == [1]
    row = BinStock.objects.get(product_id=product, bin_id=floor.shelves[0])
    assert (row.quantity, row.to_pick) == (3, 3)


def test_units_declared_damaged_stay_on_hand_but_are_not_for_sale(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    change_condition(
        product_id=product,
        bin_id=floor.shelves[0],
        quantity=2,
        from_condition="sellable",
        to_condition="damaged",
        to_bin_id=floor.bins[BinKind.QUARANTINE],
        by=TESTER,
        now=NOW,
    )
    level = floor.level(product)
    assert (level.on_hand, level.damaged, level.available) == (5, 2, 3)
    assert floor.in_bin(product, floor.bins[BinKind.QUARANTINE]) == {"damaged": 2}


def test_promised_units_declared_damaged_are_given_up(floor: Floor, product: int, orders_above: list[int]) -> None:
    floor.receive(product, 5)
    floor.allocate(product, 5)
    change_condition(
        product_id=product,
        bin_id=floor.shelves[0],
        quantity=2,
        from_condition="sellable",
        to_condition="quarantined",
        by=TESTER,
        now=NOW,
    )
    assert orders_above == [2]
    assert floor.level(product).allocated == 3


def test_units_declared_sellable_again_are_announced(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    conditions = ("sellable", "damaged", "sellable")
    for before, after in itertools.pairwise(conditions):
        change_condition(
            product_id=product,
            bin_id=floor.shelves[0],
            quantity=2,
            from_condition=before,
            to_condition=after,
            by=TESTER,
            now=NOW,
        )
    told = Event.objects.filter(type="stock.replenished").order_by("id").values_list("data__quantity", flat=True)
    assert list(told) == [5, 2]


def test_an_adjustment_is_an_event_with_its_reason(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    adjust(floor, product, "theft", delta=-1)
    (event,) = Event.objects.filter(type="stock.adjusted")
    assert (event.data["delta"], event.data["reason"], event.actor_name) == (-1, "theft", "tester")


def test_the_same_key_adjusts_once(floor: Floor, product: int) -> None:
    adjust(floor, product, "found", delta=1, move_key="count-1")
    with pytest.raises(AlreadyMoved):
        adjust(floor, product, "found", delta=1, move_key="count-1")
    assert floor.level(product).on_hand == 1


def test_an_adjustment_names_one_way_a_known_reason_and_a_real_bin(floor: Floor, product: int) -> None:
    neither: dict[str, Any] = {}
    for how in (neither, {"delta": 1, "quantity": 1, "expected_quantity": 0}, {"quantity": 1}):
        with pytest.raises(Invalid):
            adjust(floor, product, **how)
    with pytest.raises(Invalid):
        adjust(floor, product, "magic", delta=1)
    with pytest.raises(Invalid):
        adjust(floor, product, quantity=-1, expected_quantity=0)
    with pytest.raises(NotFound):
        adjust(floor, product, "found", delta=1, bin_id=floor.bins[BinKind.CUSTOMER])
    with pytest.raises(NotFound):
        adjust(floor, product + 99, "found", delta=1)
