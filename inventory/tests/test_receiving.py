"""What was ordered, what came, and what did not."""

import uuid

import pytest

from core.attention.selectors import open_cases
from core.kernel.errors import IllegalTransition
from core.outbox.models import Event
from inventory.errors import Invalid, NotFound, ReceiptClosed
from inventory.models import BinKind, PurchaseOrder, PurchaseOrderStatus, StockMovement
from inventory.selectors.receiving import purchase_order, receipt_lines
from inventory.selectors.stock import stock_rows
from inventory.services.products import add_barcode, create_supplier
from inventory.services.receiving import (
    Arrival,
    close_receipt,
    create_purchase_order,
    open_receipt,
    receive_many,
    receive_units,
)
from inventory.tests.conftest import NOW, TESTER, Floor, make_products

pytestmark = pytest.mark.django_db


def order(floor: Floor, *lines: tuple[int, int]) -> str:
    supplier = create_supplier(code="ACME", name="Acme")
    return create_purchase_order(supplier_id=supplier, warehouse_id=floor.warehouse_id, lines=lines, by=TESTER, now=NOW)


def test_units_on_order_are_incoming_until_they_are_received(floor: Floor, product: int) -> None:
    floor.receive(product, 1)
    ref = order(floor, (product, 10))
    assert stock_rows(product_ids=[product])[0].incoming == 10
    receipt = open_receipt(warehouse_id=floor.warehouse_id, purchase_order_ref=ref, by=TESTER, now=NOW)
    receive_units(receipt.ref, product_id=product, quantity=4, by=TESTER, now=NOW)
    row = stock_rows(product_ids=[product])[0]
    assert (row.incoming, row.on_hand, row.available) == (6, 5, 5)


def test_a_complete_delivery_receives_the_order(floor: Floor, product: int) -> None:
    ref = order(floor, (product, 3))
    receipt = open_receipt(warehouse_id=floor.warehouse_id, purchase_order_ref=ref, by=TESTER, now=NOW)
    receive_units(receipt.ref, product_id=product, quantity=3, by=TESTER, now=NOW)
    assert PurchaseOrder.objects.get().status == PurchaseOrderStatus.RECEIVED
    fact = close_receipt(receipt.ref, by=TESTER, now=NOW)
    assert fact.units == {"none": 3}
    assert PurchaseOrder.objects.get().status == PurchaseOrderStatus.CLOSED


def test_what_comes_over_short_damaged_or_unknown_is_noted_with_its_reason(floor: Floor) -> None:
    over, short, broken = make_products(3)
    ref = order(floor, (over, 2), (short, 5), (broken, 1))
    receipt = open_receipt(warehouse_id=floor.warehouse_id, purchase_order_ref=ref, by=TESTER, now=NOW)
    receive_units(receipt.ref, product_id=over, quantity=3, by=TESTER, now=NOW)
    receive_units(receipt.ref, product_id=short, quantity=2, by=TESTER, now=NOW)
    receive_units(receipt.ref, product_id=broken, quantity=1, discrepancy="damaged", by=TESTER, now=NOW)
    unknown = receive_units(receipt.ref, code="9999999999999", quantity=6, by=TESTER, now=NOW)
    fact = close_receipt(receipt.ref, by=TESTER, now=NOW)
    assert fact.units == {"over": 3, "none": 2, "damaged": 1, "unknown": 6, "short": 3}
    assert unknown.product_id is None
    (case,) = open_cases("unknown_article")
    assert case.timeline == receipt.ref
    assert (floor.level(broken).on_hand, floor.level(broken).available) == (1, 0)
    assert StockMovement.objects.count() == 3
    assert purchase_order(ref)[0].status == PurchaseOrderStatus.CLOSED


def test_a_case_code_counts_its_units(floor: Floor, product: int) -> None:
    add_barcode(product, code="05012345678900", units=12, by=TESTER, now=NOW)
    receipt = open_receipt(warehouse_id=floor.warehouse_id, by=TESTER, now=NOW)
    line = receive_units(receipt.ref, code="05012345678900", quantity=2, by=TESTER, now=NOW)
    assert line.quantity == 24
    assert floor.in_bin(product, floor.bins[BinKind.RECEIVING]) == {"sellable": 24}


def test_the_same_scan_sent_twice_is_received_once(floor: Floor, product: int) -> None:
    receipt = open_receipt(warehouse_id=floor.warehouse_id, by=TESTER, now=NOW)
    action = uuid.uuid4()
    first, second = (
        receive_units(receipt.ref, product_id=product, quantity=1, action_id=action, by=TESTER, now=NOW)
        for _repeat in range(2)
    )
    assert first == second
    assert floor.level(product).on_hand == 1


def test_nothing_is_received_on_a_closed_receipt_or_into_a_bin_elsewhere(floor: Floor, product: int) -> None:
    receipt = open_receipt(warehouse_id=floor.warehouse_id, by=TESTER, now=NOW)
    with pytest.raises(NotFound):
        receive_units(
            receipt.ref,
            product_id=product,
            quantity=1,
            bin_id=floor.bins[BinKind.CUSTOMER],
            by=TESTER,
            now=NOW,
        )
    with pytest.raises(Invalid):
        receive_units(receipt.ref, product_id=product, quantity=0, by=TESTER, now=NOW)
    close_receipt(receipt.ref, by=TESTER, now=NOW)
    with pytest.raises(ReceiptClosed):
        receive_units(receipt.ref, product_id=product, quantity=1, by=TESTER, now=NOW)


def test_a_closed_order_expects_nothing_more(floor: Floor, product: int) -> None:
    ref = order(floor, (product, 3))
    receipt = open_receipt(warehouse_id=floor.warehouse_id, purchase_order_ref=ref, by=TESTER, now=NOW)
    close_receipt(receipt.ref, by=TESTER, now=NOW)
    with pytest.raises(IllegalTransition):
        open_receipt(warehouse_id=floor.warehouse_id, purchase_order_ref=ref, by=TESTER, now=NOW)


def test_a_whole_delivery_note_is_received_at_once_and_announced_by_product(floor: Floor) -> None:
    products = make_products(30)
    receipt = open_receipt(warehouse_id=floor.warehouse_id, by=TESTER, now=NOW)
    receive_many(receipt.ref, [Arrival(one, 5, bin_id=floor.shelves[1]) for one in products], by=TESTER, now=NOW)
    assert len(receipt_lines(receipt.ref)) == 30
    events = Event.objects.filter(type="stock.replenished")
    assert {event.data["product_id"]: event.data["quantity"] for event in events} == dict.fromkeys(products, 5)
