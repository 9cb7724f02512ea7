"""Two scans move some units, everything, or a pallet as it stands; a frozen bin is left alone."""

import uuid

import pytest
from django.db import transaction

from core.outbox.selectors import timeline
from inventory.errors import AlreadyMoved, BinForbidden, BinFull, Invalid
from inventory.models import Bin, BinKind, BinStock, Product, StockMovement
from inventory.planning import PickWant
from inventory.selectors.places import bin_by_id
from inventory.services.freezing import freeze_bin, unfreeze_bin
from inventory.services.ledger import Move, move
from inventory.services.moving import Moved, move_all, move_some, move_units
from inventory.services.picking import plan_picks
from inventory.services.places import NewBin, create_bins, create_pallets
from inventory.services.receipt_opening import open_receipt
from inventory.services.receiving import receive_units
from inventory.services.storing import require_fit
from inventory.tests.conftest import NOW, TESTER, Floor, make_products

pytestmark = pytest.mark.django_db


def take_all(source: int, target: int, **how: object) -> Moved:
    return move_all(source_id=source, target_id=target, by=TESTER, now=NOW, **how)  # type: ignore[arg-type]


def plan(floor: Floor, product: int, quantity: int) -> list[tuple[int, int]]:
    with transaction.atomic():
        picks = plan_picks([PickWant(1, product, floor.warehouse_id, quantity)])
    return [(pick.bin_id, pick.quantity) for pick in picks]


@pytest.fixture
def pallet(floor: Floor) -> int:
    return create_pallets(floor.warehouse_id, 1)[0].id


@pytest.fixture
def bulk(floor: Floor) -> int:
    return create_bins(floor.warehouse_id, [NewBin("B-1", kind=BinKind.BULK, pick_sequence=500)])[0].id


def test_everything_in_a_bin_goes_with_one_act(floor: Floor) -> None:
    one, two = make_products(2)
    floor.receive(one, 3)
    floor.receive(two, 4)
    moved = take_all(floor.shelves[0], floor.shelves[1])
    assert (moved.units, moved.planned, len(moved.movement_ids)) == (7, 0, 2)
    assert floor.in_bin(one, floor.shelves[1]) == {"sellable": 3}
    with pytest.raises(Invalid, match="Nothing in A-01-1"):
        take_all(floor.shelves[0], floor.shelves[1])


def test_units_planned_for_a_pick_stay_where_the_picker_looks_for_them(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    plan(floor, product, 2)
    moved = take_all(floor.shelves[0], floor.shelves[1])
    assert (moved.units, moved.planned) == (3, 2)
    assert floor.in_bin(product, floor.shelves[0]) == {"sellable": 2}


def test_out_of_the_dock_it_is_a_put_away_whatever_carries_it(floor: Floor, product: int, pallet: int) -> None:
    floor.receive(product, 5, pallet)
    take_all(pallet, floor.shelves[0])
    assert StockMovement.objects.latest("id").reason == "put_away"


def test_a_pallet_stands_in_a_bulk_bin_with_all_that_lies_on_it(
    floor: Floor, product: int, pallet: int, bulk: int
) -> None:
    floor.receive(product, 5, pallet)
    movements = StockMovement.objects.count()
    moved = take_all(pallet, bulk)
    assert (moved.units, moved.stood, StockMovement.objects.count()) == (5, 1, movements)
    here = bin_by_id(pallet)
    assert (here.parent_id, here.pick_sequence) == (bulk, 500)
    assert floor.in_bin(product, pallet) == {"sellable": 5}
    (entry,) = timeline(here.code)
    assert entry.data == {"pallet": "PAL-001", "from": "RECEIVING-1", "to": "B-1"}
    with pytest.raises(Invalid, match="stands in B-1 already"):
        take_all(pallet, bulk)


def test_a_pallet_is_emptied_into_a_pick_face_or_when_it_is_unloaded(
    floor: Floor, product: int, pallet: int, bulk: int
) -> None:
    floor.receive(product, 5, pallet)
    take_all(pallet, bulk)
    take_all(pallet, bulk, unload=True)
    assert floor.in_bin(product, bulk) == {"sellable": 5}
    move_some(source_id=bulk, target_id=pallet, product_id=product, quantity=2, by=TESTER, now=NOW)
    take_all(pallet, floor.shelves[2])
    assert floor.in_bin(product, floor.shelves[2]) == {"sellable": 2}


def test_pallets_in_a_bin_go_along_when_the_bin_is_moved(floor: Floor, product: int, pallet: int, bulk: int) -> None:
    floor.receive(product, 5, pallet)
    floor.receive(product, 1, floor.bins[BinKind.RECEIVING])
    moved = take_all(floor.bins[BinKind.RECEIVING], bulk)
    assert (moved.units, moved.stood) == (6, 1)
    assert bin_by_id(pallet).parent_id == bulk
    assert floor.in_bin(product, bulk) == {"sellable": 1}


def test_picks_are_planned_out_of_a_standing_pallet_after_bulk(
    floor: Floor, product: int, pallet: int, bulk: int
) -> None:
    floor.receive(product, 5, pallet)
    take_all(pallet, bulk)
    floor.receive(product, 5, bulk)
    assert plan(floor, product, 3) == [(bulk, 3)]
    assert sorted(plan(floor, product, 6)) == sorted([(pallet, 5), (bulk, 1)])


def test_nothing_is_planned_out_of_a_pallet_in_a_frozen_bin(floor: Floor, product: int, pallet: int, bulk: int) -> None:
    floor.receive(product, 5, pallet)
    take_all(pallet, bulk)
    freeze_bin(bulk, reason="Leak", by=TESTER, now=NOW)
    assert plan(floor, product, 3) == []


def test_some_units_of_an_article_move_sellable_ones_first(floor: Floor, product: int) -> None:
    floor.receive(product, 3)
    with transaction.atomic():
        shelf = floor.shelves[0]
        move([Move(product, 1, shelf, shelf, "damaged", to_condition="damaged")], by=TESTER, now=NOW)
    where = {"source_id": floor.shelves[0], "target_id": floor.shelves[1], "product_id": product}
    move_some(**where, quantity=2, by=TESTER, now=NOW)  # type: ignore[arg-type]
    assert floor.in_bin(product, floor.shelves[1]) == {"sellable": 2}
    with pytest.raises(Invalid, match="Only 1 of it"):
        move_some(**where, quantity=2, by=TESTER, now=NOW)  # type: ignore[arg-type]


def test_the_same_move_twice_is_refused(floor: Floor, product: int) -> None:
    floor.receive(product, 4)
    action = uuid.uuid4()
    where = {"source_id": floor.shelves[0], "target_id": floor.shelves[1], "product_id": product, "quantity": 1}
    move_some(**where, action_id=action, by=TESTER, now=NOW)  # type: ignore[arg-type]
    with pytest.raises(AlreadyMoved):
        move_some(**where, action_id=action, by=TESTER, now=NOW)  # type: ignore[arg-type]


def test_a_full_bin_refuses_and_a_person_may_overrule_it(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    Bin.objects.filter(pk=floor.shelves[1]).update(capacity_units=3)
    with pytest.raises(BinFull) as refusal:
        take_all(floor.shelves[0], floor.shelves[1])
    assert refusal.value.extra == {"fits": 3}
    take_all(floor.shelves[0], floor.shelves[1], anyway=True)
    assert floor.in_bin(product, floor.shelves[1]) == {"sellable": 5}


def test_a_rule_is_never_overruled(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    Product.objects.filter(pk=product).update(hazard="3")
    with pytest.raises(BinForbidden, match="hazard class 3"):
        take_all(floor.shelves[0], floor.shelves[1], anyway=True)
    with transaction.atomic(), pytest.raises(BinForbidden):
        require_fit(floor.shelves[1], [(product, 1)], anyway=True)


def test_a_pallet_is_too_heavy_for_its_bin_even_when_a_little_is_added(
    floor: Floor, product: int, pallet: int, bulk: int
) -> None:
    Product.objects.filter(pk=product).update(weight_g=1000)
    Bin.objects.filter(pk=bulk).update(capacity_g=5000)
    floor.receive(product, 5, pallet)
    take_all(pallet, bulk)
    floor.receive(product, 1)
    with pytest.raises(BinFull, match="weight"):
        take_all(floor.shelves[0], pallet)


def test_a_frozen_bin_says_why_and_what_is_planned_already(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    plan(floor, product, 2)
    frozen = freeze_bin(floor.shelves[0], reason="  Leaking   roof ", by=TESTER, now=NOW)
    assert frozen.planned == 2
    assert plan(floor, product, 1) == []
    with pytest.raises(Invalid, match="A-01-1 is frozen: Leaking roof"):
        take_all(floor.shelves[0], floor.shelves[1])
    with pytest.raises(Invalid, match="frozen"):
        move_units(
            warehouse_id=floor.warehouse_id,
            product_code="P-001",
            from_code="RECEIVING-1",
            to_code="A-01-1",
            quantity=1,
            by=TESTER,
            now=NOW,
        )
    assert unfreeze_bin(floor.shelves[0], by=TESTER, now=NOW)
    assert not unfreeze_bin(floor.shelves[0], by=TESTER, now=NOW)
    assert plan(floor, product, 1) == [(floor.shelves[0], 1)]
    told = [(entry.type, entry.data.get("reason")) for entry in timeline(bin_by_id(floor.shelves[0]).code)]
    assert told == [("bin.frozen", "Leaking roof"), ("bin.unfrozen", None)]


def test_freezing_asks_for_a_reason_and_a_real_bin(floor: Floor) -> None:
    for bin_id, reason in ((floor.shelves[0], " "), (floor.bins[BinKind.SCRAP], "why")):
        with pytest.raises(Invalid):
            freeze_bin(bin_id, reason=reason, by=TESTER, now=NOW)


def test_a_move_to_another_warehouse_or_from_nowhere_is_refused(floor: Floor, product: int) -> None:
    floor.receive(product, 1)
    for source, target in ((floor.bins[BinKind.SUPPLIER], floor.shelves[0]), (floor.shelves[0], floor.shelves[0])):
        with pytest.raises(Invalid):
            take_all(source, target)
    assert BinStock.objects.filter(quantity__gt=0).count() == 1


def test_a_delivery_goes_into_a_chosen_bin_only_where_it_may(floor: Floor, product: int) -> None:
    Bin.objects.filter(pk=floor.shelves[0]).update(capacity_units=3)
    receipt = open_receipt(warehouse_id=floor.warehouse_id, by=TESTER, now=NOW)
    what = {"product_id": product, "quantity": 4, "bin_id": floor.shelves[0], "by": TESTER, "now": NOW}
    with pytest.raises(BinFull):
        receive_units(receipt.ref, **what)  # type: ignore[arg-type]
    Product.objects.filter(pk=product).update(hazard="3")
    with pytest.raises(BinForbidden):
        receive_units(receipt.ref, anyway=True, **what)  # type: ignore[arg-type]
    Product.objects.filter(pk=product).update(hazard="")
    receive_units(receipt.ref, anyway=True, **what)  # type: ignore[arg-type]
    assert floor.in_bin(product, floor.shelves[0]) == {"sellable": 4}
