"""Kits are assembled beforehand, and taken apart again."""

import random
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from pytest_django.fixtures import DjangoAssertNumQueries

from core.kernel.errors import IllegalTransition
from core.outbox.models import Event
from inventory.errors import InsufficientStock, Invalid, KitsShort, LotRequired, StockPromised
from inventory.models import BinStock, Product, StockMovement, WorkOrder
from inventory.selectors.assembling import open_work_orders, work_order, work_orders_page
from inventory.services import assembling
from inventory.services.adjustment import adjust_stock
from inventory.services.assembling import (
    cancel_work_order,
    complete_kits,
    create_work_order,
    release_work_order,
)
from inventory.services.checking import check_stock
from inventory.services.ledger import Move, move
from inventory.services.products import create_product, update_product
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor
from inventory.tests.threads import together

Kits = dict[str, int]


def make_kits(*, tracking: str = "none") -> Kits:
    """A gift box of two candles and a card; ids by SKU."""
    ids = {}
    for sku in ("CANDLE", "CARD"):
        ids[sku] = create_product(sku=sku, name=sku.title(), by=TESTER, now=NOW).product.id
    ids["BOX"] = create_product(
        sku="BOX",
        name="Gift box",
        kit=[("CANDLE", 2), ("CARD", 1)],
        kit_kind="assembled",
        tracking=tracking,
        by=TESTER,
        now=NOW,
    ).product.id
    return ids


@pytest.fixture
def kits(floor: Floor) -> Kits:
    """Nine candles and five cards on the shelf."""
    ids = make_kits()
    floor.receive(ids["CANDLE"], 9)
    floor.receive(ids["CARD"], 5)
    return ids


def order(floor: Floor, kits: Kits, quantity: int, **more: object) -> str:
    return create_work_order(
        product_id=kits["BOX"],
        warehouse_id=floor.warehouse_id,
        quantity=quantity,
        by=TESTER,
        now=NOW,
        **more,  # type: ignore[arg-type]
    )


def in_order(floor: Floor) -> bool:
    return not check_stock(repair=False, by=TESTER, now=NOW)


def test_a_work_order_holds_its_components_until_they_are_used(floor: Floor, kits: Kits) -> None:
    ref = order(floor, kits, 3)

    assert (floor.level(kits["CANDLE"]).reserved, floor.level(kits["CARD"]).reserved) == (6, 3)
    assert complete_kits(ref, 2, by=TESTER, now=NOW) == 1
    assert WorkOrder.objects.get().status == "in_progress"
    assert (floor.level(kits["CANDLE"]).reserved, floor.level(kits["CANDLE"]).on_hand) == (2, 5)
    assert complete_kits(ref, 1, bin_id=floor.shelves[1], by=TESTER, now=NOW) == 0

    level = floor.level(kits["BOX"])
    assert (level.on_hand, level.available) == (3, 3)
    assert floor.in_bin(kits["BOX"], floor.shelves[1]) == {"sellable": 1}
    assert (floor.level(kits["CANDLE"]).reserved, floor.level(kits["CARD"]).on_hand) == (0, 2)
    assert WorkOrder.objects.get().status == "completed"
    assert [(line.sku, line.moved, line.held) for line in work_order(ref).lines] == [("CANDLE", 6, 0), ("CARD", 3, 0)]
    reasons = StockMovement.objects.filter(document=ref).values_list("reason", flat=True)
    assert sorted(set(reasons)) == ["consume", "produce"]
    assert Event.objects.filter(type="work_order.completed").count() == 1
    assert in_order(floor)


def test_a_work_order_that_is_short_holds_nothing(floor: Floor, kits: Kits) -> None:
    with pytest.raises(InsufficientStock) as refused:
        order(floor, kits, 6)

    assert [short.sku for short in refused.value.short] == ["CANDLE", "CARD"]
    draft = order(floor, kits, 6, release=False)
    with pytest.raises(InsufficientStock):
        release_work_order(draft, by=TESTER, now=NOW)
    assert WorkOrder.objects.get().status == "draft"
    assert floor.level(kits["CARD"]).reserved == 0


def test_called_off_a_work_order_gives_back_what_it_held(floor: Floor, kits: Kits) -> None:
    ref = order(floor, kits, 3)
    complete_kits(ref, 1, by=TESTER, now=NOW)

    cancel_work_order(ref, by=TESTER, now=NOW)

    assert floor.level(kits["CANDLE"]).available == 7
    with pytest.raises(IllegalTransition):
        complete_kits(ref, 1, by=TESTER, now=NOW)
    assert in_order(floor)


def test_a_kit_is_taken_apart_into_what_went_in(floor: Floor, kits: Kits) -> None:
    floor.receive(kits["BOX"], 2)
    ref = order(floor, kits, 2, kind="disassemble")
    assert floor.level(kits["BOX"]).reserved == 2

    complete_kits(ref, 2, by=TESTER, now=NOW)

    assert floor.level(kits["BOX"]).on_hand == 0
    assert (floor.level(kits["CANDLE"]).available, floor.level(kits["CARD"]).available) == (13, 7)
    assert in_order(floor)


def test_no_more_is_done_than_was_ordered(floor: Floor, kits: Kits) -> None:
    ref = order(floor, kits, 2)
    for quantity in (0, 3):
        with pytest.raises(Invalid):
            complete_kits(ref, quantity, by=TESTER, now=NOW)
    with pytest.raises(Invalid):
        create_work_order(product_id=kits["CARD"], warehouse_id=floor.warehouse_id, quantity=1, by=TESTER, now=NOW)


def test_a_loss_that_ends_the_hold_is_told_at_completion(floor: Floor, kits: Kits) -> None:
    ref = order(floor, kits, 4)
    adjust_stock(
        product_id=kits["CANDLE"], warehouse_id=floor.warehouse_id, reason="lost", delta=-4, by=TESTER, now=NOW
    )

    assert work_order(ref).can_make == 2
    with pytest.raises(KitsShort):
        complete_kits(ref, 3, by=TESTER, now=NOW)
    assert complete_kits(ref, 2, by=TESTER, now=NOW) == 2
    assert in_order(floor)
    floor.receive(kits["CANDLE"], 4)
    floor.allocate(kits["CANDLE"], 5)
    with pytest.raises(StockPromised):
        complete_kits(ref, 1, by=TESTER, now=NOW)


def test_another_recipe_leaves_work_begun_alone(floor: Floor, kits: Kits) -> None:
    ref = order(floor, kits, 1)
    update_product("BOX", changes={}, kit=[("CARD", 5)], by=TESTER, now=NOW)

    complete_kits(ref, 1, by=TESTER, now=NOW)

    assert floor.level(kits["CANDLE"]).on_hand == 7


def test_the_lots_that_go_in_are_written_down_and_a_tracked_kit_needs_its_own(floor: Floor) -> None:
    ids = make_kits(tracking="lot")
    with transaction.atomic():
        supplier = floor.bins["supplier"]
        move([Move(ids["CANDLE"], 2, supplier, floor.shelves[0], "receive", lot="C-1")], by=TESTER, now=NOW)
    floor.receive(ids["CARD"], 1)
    ref = order(floor, ids, 1)

    with pytest.raises(LotRequired):
        complete_kits(ref, 1, by=TESTER, now=NOW)
    complete_kits(ref, 1, lots={ids["BOX"]: "B-7"}, by=TESTER, now=NOW)

    assert StockMovement.objects.get(reason="consume", product_id=ids["CANDLE"]).lot == "C-1"
    assert BinStock.objects.get(product_id=ids["BOX"], quantity=1).lot == "B-7"


def test_open_work_is_listed_in_one_query(
    floor: Floor, kits: Kits, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    refs = [order(floor, kits, 1) for _ in range(3)]
    with django_assert_num_queries(1):
        assert [one.ref for one in open_work_orders(floor.warehouse_id)] == refs
    with django_assert_num_queries(1):
        page = work_orders_page(limit=2, warehouse_ids=[floor.warehouse_id], status="released")
    assert [one.ref for one in page] == refs[:0:-1]
    with django_assert_num_queries(4):
        assert work_order(refs[0]).can_make == 1


def test_loops_and_deep_recipes_are_refused(floor: Floor) -> None:
    def kit(sku: str, *parts: str) -> None:
        create_product(sku=sku, name=sku, kit=[(part, 1) for part in parts], by=TESTER, now=NOW)

    create_product(sku="LEAF", name="Leaf", by=TESTER, now=NOW)
    kit("K1", "LEAF")
    for depth in range(2, 6):
        kit(f"K{depth}", f"K{depth - 1}")
    with pytest.raises(Invalid):
        kit("K6", "K5")
    for sku, part in (("K1", "K1"), ("K1", "K3"), ("K2", "K5")):
        with pytest.raises(Invalid):
            update_product(sku, changes={}, kit=[(part, 1)], by=TESTER, now=NOW)
    with pytest.raises(Invalid):
        update_product("LEAF", changes={}, kit=[("K5", 1)], by=TESTER, now=NOW)
    with pytest.raises(Invalid):
        create_product(sku="BARE", name="Bare", kit_kind="virtual", by=TESTER, now=NOW)
    assert not Product.objects.filter(sku="BARE").exists()
    update_product("K5", changes={}, kit=[], by=TESTER, now=NOW)
    assert Product.objects.get(sku="K5").kit_kind == "none"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_halves_of_a_loop_written_at_once_make_none() -> None:
    create_product(sku="LEAF", name="Leaf", by=TESTER, now=NOW)
    for sku in ("A", "B"):
        create_product(sku=sku, name=sku, kit=[("LEAF", 1)], by=TESTER, now=NOW)
    pairs = [("A", "B"), ("B", "A")] * 6

    ended = together(lambda pair: update_product(pair[0], changes={}, kit=[(pair[1], 1)], by=TESTER, now=NOW), pairs)

    assert {type(one).__name__ for one in ended} == {"ProductDetail", "Invalid"}


def race(act: Callable[[int], object]) -> list[object]:
    return list(together(act, range(8)))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_many_benches_finish_exactly_what_was_ordered() -> None:
    floor = build_floor()
    ids = make_kits()
    floor.receive(ids["CANDLE"], 40, floor.shelves[0])
    floor.receive(ids["CARD"], 20, floor.shelves[1])
    refs = [order(floor, ids, 5) for _ in range(3)]

    def bench(number: int) -> int:
        done = 0
        for ref in random.Random(number).sample(refs * 3, 9):
            try:
                complete_kits(ref, 1, by=TESTER, now=NOW)
                done += 1
            except (Invalid, IllegalTransition):
                pass
        return done

    ended = race(bench)

    assert sum(one for one in ended if isinstance(one, int)) == 15, ended
    assert floor.level(ids["BOX"]).on_hand == 15
    assert (floor.level(ids["CANDLE"]).on_hand, floor.level(ids["CANDLE"]).reserved) == (10, 0)
    assert in_order(floor)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_on_the_work_order_kits_are_made_that_nobody_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    floor = build_floor()
    ids = make_kits()
    floor.receive(ids["CANDLE"], 40)
    floor.receive(ids["CARD"], 20)
    ref = order(floor, ids, 9)
    complete_kits(ref, 1, by=TESTER, now=NOW)
    both_have_read = threading.Barrier(2)

    def read_only(rows: Any, **by: Any) -> Any:
        work = rows.get(**by)
        both_have_read.wait(timeout=10)
        return work

    monkeypatch.setattr(assembling, "lock_one", read_only)
    together(lambda _: complete_kits(ref, 1, by=TESTER, now=NOW), range(2))

    assert (floor.level(ids["BOX"]).on_hand, WorkOrder.objects.get().completed) == (3, 2)
