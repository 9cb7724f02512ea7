"""A receipt is taken back by compensation, or not at all."""

import pytest

from core.attention.selectors import open_cases
from core.outbox.models import Event
from inventory.errors import Invalid, ReceiptClosed, ReceiptInUse, StockPromised
from inventory.models import BinKind, BinStock, PurchaseOrder, QualityCheck, SamplingRule, ShipNotice, StockMovement
from inventory.selectors.receiving import purchase_order, receipt_fact, received_units
from inventory.selectors.stock import stock_rows
from inventory.services.checking import check_stock
from inventory.services.moving import move_units
from inventory.services.quality import decide_check
from inventory.services.receiving import close_receipt, open_receipt, receive_case, receive_units
from inventory.services.ship_notices import NoticeLine
from inventory.services.voiding import void_receipt
from inventory.tests.arriving import SSCC, at_dock, from_supplier, notice, order, track
from inventory.tests.conftest import NOW, TESTER, Floor, make_products

pytestmark = pytest.mark.django_db


def void(ref: str) -> None:
    void_receipt(ref, reason="wrong delivery", by=TESTER, now=NOW)


def carry(floor: Floor, quantity: int, condition: str = "sellable") -> None:
    move_units(
        warehouse_id=floor.warehouse_id,
        product_code="P-001",
        from_code="RECEIVING-1",
        to_code="A-01-1",
        quantity=quantity,
        by=TESTER,
        now=NOW,
        condition=condition,
    )


def test_everything_goes_back_and_the_order_expects_it_again(floor: Floor) -> None:
    first, second = make_products(2)
    ref = order(floor, (first, 3), (second, 2))
    receipt = at_dock(floor, ref).ref
    receive_units(receipt, product_id=first, quantity=3, by=TESTER, now=NOW)
    receive_units(receipt, product_id=second, quantity=1, discrepancy="damaged", by=TESTER, now=NOW)
    receive_units(receipt, code="nobody", quantity=1, by=TESTER, now=NOW)
    close_receipt(receipt, by=TESTER, now=NOW)
    void(receipt)
    assert PurchaseOrder.objects.get().status == "ordered"
    assert [line.received for line in purchase_order(ref)[1]] == [0, 0]
    assert not BinStock.objects.filter(quantity__gt=0).exists()
    assert (floor.level(first).on_hand, floor.level(second).damaged) == (0, 0)
    assert stock_rows(product_ids=[first])[0].incoming == 3
    assert received_units(receipt) == {}
    fact = receipt_fact(receipt)
    assert (fact.units, fact.void_reason) == ({}, "wrong delivery")
    assert open_cases("unknown_article") == []
    assert StockMovement.objects.filter(reason="void", document=receipt).count() == 2
    assert Event.objects.filter(type="receipt.voided").count() == 1
    assert check_stock(repair=False, by=TESTER, now=NOW) == []


def test_voiding_one_of_two_receipts_leaves_the_order_partly_received(floor: Floor, product: int) -> None:
    ref = order(floor, (product, 5))
    first = at_dock(floor, ref).ref
    receive_units(first, product_id=product, quantity=2, by=TESTER, now=NOW)
    close_receipt(first, complete=False, by=TESTER, now=NOW)
    second = at_dock(floor, ref).ref
    receive_units(second, product_id=product, quantity=3, by=TESTER, now=NOW)
    assert PurchaseOrder.objects.get().status == "received"
    void(second)
    assert PurchaseOrder.objects.get().status == "partially_received"
    void(first)
    assert PurchaseOrder.objects.get().status == "ordered"


def test_voiding_twice_changes_nothing_more_and_nothing_is_received_on_it(floor: Floor, product: int) -> None:
    receipt = from_supplier(floor).ref
    receive_units(receipt, product_id=product, quantity=2, by=TESTER, now=NOW)
    void(receipt)
    void(receipt)
    assert floor.level(product).on_hand == 0
    with pytest.raises(ReceiptClosed):
        receive_units(receipt, product_id=product, quantity=1, by=TESTER, now=NOW)
    with pytest.raises(Invalid):
        void_receipt(receipt, reason="  ", by=TESTER, now=NOW)


def test_units_that_were_put_away_keep_the_receipt_and_are_named(floor: Floor, product: int) -> None:
    ref = order(floor, (product, 5))
    receipt = at_dock(floor, ref).ref
    receive_units(receipt, product_id=product, quantity=5, by=TESTER, now=NOW)
    carry(floor, 2)
    with pytest.raises(ReceiptInUse, match="2 × P-001 left RECEIVING-1 and may lie in A-01-1"):
        void(receipt)
    assert floor.level(product).on_hand == 5
    assert purchase_order(ref)[1][0].received == 5
    assert receipt_fact(receipt).voided_at is None


def test_promised_units_keep_the_receipt(floor: Floor, product: int) -> None:
    receipt = from_supplier(floor).ref
    receive_units(receipt, product_id=product, quantity=5, by=TESTER, now=NOW)
    floor.allocate(product, 1)
    with pytest.raises(StockPromised):
        void(receipt)
    assert floor.level(product).on_hand == 5


def test_a_case_is_expected_again(floor: Floor, product: int) -> None:
    track(product)
    ref = notice(floor, [NoticeLine(product, 4, lot="L1", sscc=SSCC)])
    receipt = open_receipt(warehouse_id=floor.warehouse_id, ship_notice_ref=ref, by=TESTER, now=NOW).ref
    receive_case(receipt, SSCC, by=TESTER, now=NOW)
    void(receipt)
    assert ShipNotice.objects.get().status == "expected"
    again = open_receipt(warehouse_id=floor.warehouse_id, ship_notice_ref=ref, by=TESTER, now=NOW).ref
    assert again != receipt
    assert receive_case(again, SSCC, by=TESTER, now=NOW)[0].quantity == 4


@pytest.mark.parametrize("decided", [0, 2, 3])
def test_checks_decided_or_not_are_taken_back_too(floor: Floor, product: int, decided: int) -> None:
    SamplingRule.objects.create(every_nth=1)
    receipt = from_supplier(floor).ref
    receive_units(receipt, product_id=product, quantity=3, by=TESTER, now=NOW)
    if decided:
        decide_check(receipt, product_id=product, passed=decided - 1, failed=1, by=TESTER, now=NOW)
    void(receipt)
    assert floor.level(product).on_hand == 0
    assert QualityCheck.objects.get().status == ("failed" if decided == 3 else "voided")
    assert check_stock(repair=False, by=TESTER, now=NOW) == []


def test_units_decided_about_elsewhere_are_taken_from_there(floor: Floor, product: int) -> None:
    SamplingRule.objects.create(every_nth=1)
    receipt = from_supplier(floor).ref
    receive_units(receipt, product_id=product, quantity=3, by=TESTER, now=NOW)
    carry(floor, 3, condition="quality_control")
    decide_check(receipt, product_id=product, passed=3, by=TESTER, now=NOW)
    assert floor.in_bin(product, floor.shelves[0]) == {"sellable": 3}
    void(receipt)
    assert floor.level(product).on_hand == 0
    assert floor.in_bin(product, floor.bins[BinKind.RECEIVING]) == {}
