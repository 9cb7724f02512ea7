"""Warehouses come whole, places scan, and two scans move units."""

import uuid
from datetime import time

import pytest

from core.kernel.errors import NotFound
from core.kernel.refs import is_scan_code
from inventory.errors import AlreadyMoved, Invalid, NotEnoughInBin
from inventory.models import Bin, BinKind, StockMovement, Zone
from inventory.models.place import VIRTUAL_KINDS
from inventory.selectors import bin_by_code, bins_of, default_bins, warehouse_by_code, warehouses
from inventory.services.moving import move_units
from inventory.services.places import NewBin, create_bins, create_totes, create_warehouse
from inventory.services.products import add_barcode
from inventory.tests.conftest import NOW, TESTER, Floor

pytestmark = pytest.mark.django_db


def test_a_new_warehouse_has_every_place_the_floor_needs(floor: Floor) -> None:
    kinds = set(default_bins(floor.warehouse_id))
    assert {str(kind) for kind in VIRTUAL_KINDS} <= kinds
    assert {"receiving", "packing", "staging", "returns", "quarantine"} <= kinds


def test_a_warehouse_code_is_taken_once(floor: Floor) -> None:
    with pytest.raises(Invalid):
        create_warehouse(code="MAIN", name="Again", country="GB", cut_off=time(15))


def test_the_calendar_of_a_warehouse_defaults_to_monday_to_friday(floor: Floor) -> None:
    assert warehouse_by_code("MAIN").working_weekdays == (0, 1, 2, 3, 4)
    assert [one.code for one in warehouses()] == ["MAIN"]
    with pytest.raises(NotFound):
        warehouse_by_code("MOON")


def test_every_place_has_a_code_with_a_right_check_character(floor: Floor) -> None:
    totes = create_totes(floor.warehouse_id, 3) + create_totes(floor.warehouse_id, 2)
    assert [tote.name for tote in totes] == [f"TOTE-00{number}" for number in range(1, 6)]
    assert all(is_scan_code(tote.code, "T") for tote in totes)
    assert all(is_scan_code(one.code, "L") for one in bins_of(floor.warehouse_id, kinds=["pick_face", "receiving"]))


def test_bins_are_made_in_order_in_their_zones_and_names_are_unique(floor: Floor) -> None:
    made = create_bins(floor.warehouse_id, [NewBin("B-2", zone="B"), NewBin("B-1", zone="B"), NewBin("C-1")])
    assert [(one.name, one.zone) for one in made] == [("B-2", "B"), ("B-1", "B"), ("C-1", "")]
    assert Zone.objects.filter(code="B").count() == 1
    for names in (["B-1"], ["D-1", "D-1"]):
        with pytest.raises(Invalid):
            create_bins(floor.warehouse_id, [NewBin(name) for name in names])


def test_a_bin_is_found_by_its_label_or_by_its_painted_name_in_its_warehouse(floor: Floor) -> None:
    shelf = Bin.objects.get(pk=floor.shelves[0])
    assert bin_by_code(shelf.code.lower()).id == shelf.pk
    assert bin_by_code(" a-01-1 ", warehouse_id=floor.warehouse_id).id == shelf.pk
    for code, warehouse in (("A-01-1", None), (shelf.code, floor.warehouse_id + 1), ("nowhere", None), ("\0", None)):
        with pytest.raises(NotFound):
            bin_by_code(code, warehouse_id=warehouse)


def carry(floor: Floor, quantity: int = 2, *, to: str = "A-01-2", source: str = "", **how: object) -> int:
    return move_units(
        warehouse_id=floor.warehouse_id,
        product_code="4006381333931",
        from_code=source or "A-01-1",
        to_code=to,
        quantity=quantity,
        by=TESTER,
        now=NOW,
        **how,  # type: ignore[arg-type]
    )


@pytest.fixture
def labelled(floor: Floor, product: int) -> int:
    add_barcode(product, code="4006381333931", by=TESTER, now=NOW)
    floor.receive(product, 5)
    return product


def test_two_scans_move_units(floor: Floor, labelled: int) -> None:
    carry(floor)
    assert floor.in_bin(labelled, floor.shelves[1]) == {"sellable": 2}
    assert StockMovement.objects.latest("id").reason == "move"


def test_out_of_receiving_it_is_a_put_away(floor: Floor, labelled: int) -> None:
    floor.receive(labelled, 2, floor.bins[BinKind.RECEIVING])
    carry(floor, source="RECEIVING-1")
    assert StockMovement.objects.latest("id").reason == "put_away"


def test_the_same_scan_twice_moves_once(floor: Floor, labelled: int) -> None:
    action = uuid.uuid4()
    carry(floor, action_id=action)
    with pytest.raises(AlreadyMoved):
        carry(floor, action_id=action)
    assert floor.in_bin(labelled, floor.shelves[1]) == {"sellable": 2}


def test_a_move_to_nowhere_of_nothing_or_of_too_much_is_refused(floor: Floor, labelled: int) -> None:
    for to, quantity in (("A-01-1", 1), ("CUSTOMER", 1), ("A-01-2", 0)):
        with pytest.raises(Invalid):
            carry(floor, quantity, to=to)
    with pytest.raises(NotEnoughInBin):
        carry(floor, 6)
    Bin.objects.filter(pk=floor.shelves[1]).update(frozen=True)
    with pytest.raises(Invalid):
        carry(floor)
