"""Where receiving, lots, kits, transfers, counts and holds meet."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from inventory.errors import BinCarriesOrder, Invalid, LotRequired, SerialTaken
from inventory.models import BinKind, BinStock, Lot, Reservation, SamplingRule
from inventory.services.adjustment import adjust_stock
from inventory.services.assembling import complete_kits, create_work_order
from inventory.services.checking import check_stock
from inventory.services.counting import begin_count, enter_count, finish_count, request_count
from inventory.services.expiring import set_due_aside
from inventory.services.ledger import Move, move
from inventory.services.lots import NewLot, note_lots
from inventory.services.places import create_totes
from inventory.services.products import create_product
from inventory.services.quality import decide_check
from inventory.services.recalling import recall_lot
from inventory.services.receiving import receive_units
from inventory.services.safety import set_safety_stock
from inventory.services.transfer_shipping import Load, load_units, unload_units
from inventory.services.transfers import create_transfer
from inventory.tests import arriving
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor, make_products

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

LOTS = ("OLD", "DUE")


@pytest.fixture
def set_of_two(floor: Floor) -> int:
    """A kit that is packed from components when it is ordered."""
    make_products(1)
    return create_product(sku="SET", name="Set", kit=[("P-001", 2)], kit_kind="virtual", by=TESTER, now=NOW).product.id


def test_a_kit_packed_from_components_is_never_received_itself(floor: Floor, set_of_two: int) -> None:
    receipt = arriving.from_supplier(floor)
    with pytest.raises(Invalid, match="SET"):
        receive_units(receipt.ref, product_id=set_of_two, quantity=3, by=TESTER, now=NOW)
    assert not BinStock.objects.filter(product_id=set_of_two).exists()


def test_a_kit_packed_from_components_is_never_found(floor: Floor, set_of_two: int) -> None:
    with pytest.raises(Invalid, match="SET"):
        adjust_stock(
            product_id=set_of_two, warehouse_id=floor.warehouse_id, reason="found", delta=2, by=TESTER, now=NOW
        )
    assert not BinStock.objects.filter(product_id=set_of_two).exists()


def test_units_of_a_tracked_product_are_found_by_a_count_that_names_their_lot(floor: Floor, product: int) -> None:
    arriving.track(product)
    with pytest.raises(LotRequired):
        adjust_stock(product_id=product, warehouse_id=floor.warehouse_id, reason="found", delta=2, by=TESTER, now=NOW)


def test_kits_made_of_a_recalled_lot_are_not_for_sale(floor: Floor) -> None:
    part = make_products(1)[0]
    floor.receive(part, 4)
    kit = create_product(
        sku="GIFT", name="Gift", kit=[("P-001", 1)], kit_kind="assembled", tracking="lot", by=TESTER, now=NOW
    ).product.id
    ref = create_work_order(product_id=kit, warehouse_id=floor.warehouse_id, quantity=2, by=TESTER, now=NOW)
    with transaction.atomic():
        note_lots([NewLot(kit, "OLD", NOW.date() - timedelta(days=1))], now=NOW)
    complete_kits(ref, 2, lots={kit: "OLD"}, by=TESTER, now=NOW)
    assert floor.in_bin(kit, floor.bins[BinKind.RECEIVING]) == {"quarantined": 2}
    assert floor.level(kit).available == 0
    assert check_stock(by=TESTER, now=NOW) == []


def test_what_was_picked_for_an_order_is_not_loaded_onto_a_transfer(
    floor: Floor, product: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tote,) = create_totes(floor.warehouse_id, 1)
    floor.receive(product, 5)
    floor.receive(product, 2, tote.id)
    far = build_floor("FAR")
    ref = create_transfer(
        source_id=floor.warehouse_id, target_id=far.warehouse_id, lines=[(product, 2)], by=TESTER, now=NOW
    )
    monkeypatch.setattr("inventory.ports.order_in_tote", lambda bin_id: "SO-1" if bin_id == tote.id else "")
    with pytest.raises(BinCarriesOrder, match="SO-1"):
        load_units(ref, [Load(product, tote.id, 2)], by=TESTER, now=NOW)


def test_a_load_is_taken_back_although_the_safety_stock_rose_meanwhile(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    far = build_floor("FAR")
    ref = create_transfer(
        source_id=floor.warehouse_id, target_id=far.warehouse_id, lines=[(product, 5)], by=TESTER, now=NOW
    )
    load_units(ref, [Load(product, floor.shelves[0], 5)], by=TESTER, now=NOW)
    set_safety_stock(product, floor.warehouse_id, 10, by=TESTER, now=NOW)
    unload_units(ref, Load(product, floor.shelves[0], 5), by=TESTER, now=NOW)
    level = floor.level(product)
    assert (level.on_hand, level.reserved) == (5, 0)
    assert not Reservation.objects.filter(document=ref, closed_at=None, lines__quantity__gt=0).exists()
    assert check_stock(by=TESTER, now=NOW) == []


def test_a_check_does_not_pass_units_of_a_lot_that_was_recalled_meanwhile(floor: Floor, product: int) -> None:
    arriving.track(product)
    receipt = arriving.from_supplier(floor)
    SamplingRule.objects.create(every_nth=1)
    receive_units(receipt.ref, product_id=product, quantity=3, lot="L-1", by=TESTER, now=NOW)
    recall_lot(Lot.objects.get().pk, reason="glass", by=TESTER, now=NOW)
    with pytest.raises(Invalid, match="L-1"):
        decide_check(receipt.ref, product_id=product, lot="L-1", passed=3, by=TESTER, now=NOW)
    assert decide_check(receipt.ref, product_id=product, lot="L-1", passed=0, failed=3, by=TESTER, now=NOW).left == 0
    assert floor.level(product).available == 0


def test_a_lot_of_the_year_1_does_not_stop_the_sweep_of_others(floor: Floor, product: int) -> None:
    arriving.track(product, horizon=30)
    with transaction.atomic():
        note_lots([NewLot(product, "OLD", date(1, 1, 2)), NewLot(product, "DUE", NOW.date())], now=NOW)
        moves = [Move(product, 1, floor.bins[BinKind.SUPPLIER], floor.shelves[0], "receive", lot=lot) for lot in LOTS]
        move(moves, by=TESTER, now=NOW)
    assert set_due_aside(everything=True, by=TESTER, now=NOW) == 2


def test_a_serial_number_that_lies_elsewhere_is_not_counted_into_stock_twice(floor: Floor, product: int) -> None:
    arriving.track(product, "serial")
    with transaction.atomic():
        note_lots([NewLot(product, "S-1")], now=NOW)
        move(
            [Move(product, 1, floor.bins[BinKind.SUPPLIER], floor.shelves[0], "receive", lot="S-1")], by=TESTER, now=NOW
        )
    ref = request_count(floor.shelves[1], cause="request", by=TESTER, now=NOW)
    begin_count(ref, by=TESTER, now=NOW)
    with pytest.raises(SerialTaken, match="A-01-1"):
        enter_count(ref, product_id=product, lot="S-1", counted=1, by=TESTER, now=NOW)
    assert finish_count(ref, by=TESTER, now=NOW).done
    assert floor.level(product).on_hand == 1
