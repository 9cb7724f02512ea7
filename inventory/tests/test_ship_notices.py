"""What a supplier announces is received by the case, with its lots."""

from datetime import date

import pytest
from pytest_django import DjangoAssertNumQueries

from core.kernel.errors import IllegalTransition
from inventory.errors import AlreadyReceived, DuplicateNotice, Invalid, LotRequired, NotFound
from inventory.models import BinKind, Lot, PurchaseOrder, Receipt, ReceiptLine, ShipNotice
from inventory.planning.matching import Announced, Came, count_in, count_out
from inventory.selectors.receiving import receipt_lines
from inventory.selectors.ship_notices import notices_with_case, ship_notice, ship_notices
from inventory.services.receiving import close_receipt, open_receipt, receive_case, receive_units
from inventory.services.ship_notices import NoticeLine, cancel_ship_notice
from inventory.tests.arriving import OTHER_SSCC, SSCC, at_dock, from_supplier, notice, order, track
from inventory.tests.conftest import NOW, TESTER, Floor, make_products

pytestmark = pytest.mark.django_db

EXPIRY = date(2028, 1, 31)


def opened(floor: Floor, ref: str) -> str:
    return open_receipt(warehouse_id=floor.warehouse_id, ship_notice_ref=ref, by=TESTER, now=NOW).ref


def test_one_scan_of_a_case_receives_its_lines_with_their_lots(floor: Floor) -> None:
    pills, mug = make_products(2)
    track(pills)
    ref = notice(
        floor,
        [
            NoticeLine(pills, 24, lot="L1", expires_on=EXPIRY, sscc=SSCC),
            NoticeLine(pills, 6, lot="L2", expires_on=EXPIRY, sscc=SSCC),
            NoticeLine(mug, 3, lot="ignored for what is not tracked", sscc=SSCC),
            NoticeLine(mug, 5, sscc=OTHER_SSCC),
        ],
    )
    receipt = opened(floor, ref)
    lines = receive_case(receipt, SSCC, by=TESTER, now=NOW)
    assert [(line.quantity, line.lot, line.sscc) for line in lines] == [
        (24, "L1", SSCC),
        (6, "L2", SSCC),
        (3, "", SSCC),
    ]
    assert set(Lot.objects.values_list("number", "expires_on")) == {("L1", EXPIRY), ("L2", EXPIRY)}
    assert floor.level(pills).available == 30
    fact, rows = ship_notice(ref)
    assert (fact.status, fact.announced_units, fact.received_units) == ("expected", 38, 33)
    with pytest.raises(AlreadyReceived):
        receive_case(receipt, SSCC, by=TESTER, now=NOW)
    receive_case(receipt, OTHER_SSCC, by=TESTER, now=NOW)
    assert ship_notice(ref)[0].status == "received"
    assert [row.received for row in rows] == [24, 6, 3, 0]


def test_a_case_counts_on_the_purchase_order_of_its_notice(floor: Floor, product: int) -> None:
    bought = order(floor, (product, 10))
    ref = notice(floor, [NoticeLine(product, 10, sscc=SSCC)], order_ref=bought)
    receive_case(opened(floor, ref), SSCC, by=TESTER, now=NOW)
    assert PurchaseOrder.objects.get().status == "received"
    assert ShipNotice.objects.get().status == "received"


def test_opening_by_order_and_by_notice_is_one_receipt(floor: Floor, product: int) -> None:
    bought = order(floor, (product, 10))
    ref = notice(floor, [NoticeLine(product, 10, sscc=SSCC)], order_ref=bought)
    by_order = at_dock(floor, bought)
    assert opened(floor, ref) == by_order.ref
    assert Receipt.objects.get().ship_notice is not None
    assert (
        open_receipt(warehouse_id=floor.warehouse_id, purchase_order_ref=bought, by=TESTER, now=NOW).ref == by_order.ref
    )


def test_a_case_scanned_on_the_receipt_of_its_order_takes_the_notice_on(floor: Floor, product: int) -> None:
    bought = order(floor, (product, 10))
    notice(floor, [NoticeLine(product, 4, sscc=SSCC)], order_ref=bought)
    receipt = at_dock(floor, bought)
    receive_case(receipt.ref, SSCC, by=TESTER, now=NOW)
    assert ShipNotice.objects.get().status == "received"
    assert PurchaseOrder.objects.get().status == "partially_received"


def test_a_case_of_another_delivery_is_not_received_here(floor: Floor, product: int) -> None:
    bought = order(floor, (product, 10))
    notice(floor, [NoticeLine(product, 4, sscc=SSCC)])
    with pytest.raises(NotFound):
        receive_case(at_dock(floor, bought).ref, SSCC, by=TESTER, now=NOW)
    with pytest.raises(NotFound):
        receive_case(at_dock(floor, bought).ref, "0" * 18, by=TESTER, now=NOW)
    with pytest.raises(NotFound):
        receive_case(from_supplier(floor, "OTHER").ref, SSCC, by=TESTER, now=NOW)
    assert len(receive_case(from_supplier(floor).ref, SSCC, by=TESTER, now=NOW)) == 1


def test_units_scanned_singly_count_on_the_notice_and_more_than_announced_is_over(floor: Floor, product: int) -> None:
    ref = notice(floor, [NoticeLine(product, 2)])
    receipt = opened(floor, ref)
    first = receive_units(receipt, product_id=product, quantity=2, by=TESTER, now=NOW)
    more = receive_units(receipt, product_id=product, quantity=1, by=TESTER, now=NOW)
    assert (first.discrepancy, more.discrepancy) == ("none", "over")


def test_what_was_announced_and_did_not_come_is_short(floor: Floor, product: int) -> None:
    ref = notice(floor, [NoticeLine(product, 5)])
    receipt = opened(floor, ref)
    receive_units(receipt, product_id=product, quantity=3, by=TESTER, now=NOW)
    assert close_receipt(receipt, by=TESTER, now=NOW).units == {"none": 3, "short": 2}
    assert ship_notices(warehouse_ids=[floor.warehouse_id]) == []
    with pytest.raises(IllegalTransition):
        opened(floor, ref)


def test_a_notice_sent_twice_or_for_a_foreign_order_is_refused(floor: Floor, product: int) -> None:
    notice(floor, [NoticeLine(product, 5)])
    with pytest.raises(DuplicateNotice):
        notice(floor, [NoticeLine(product, 5)])
    other = order(floor, (product, 1), by_supplier="OTHER")
    with pytest.raises(NotFound):
        notice(floor, [NoticeLine(product, 5)], order_ref=other, number="D-2")
    with pytest.raises(Invalid):
        notice(floor, [NoticeLine(product, 0)], number="D-3")


def test_a_cancelled_notice_expects_nothing(floor: Floor, product: int) -> None:
    ref = notice(floor, [NoticeLine(product, 5, sscc=SSCC)])
    cancel_ship_notice(ref, by=TESTER, now=NOW)
    assert notices_with_case(SSCC, warehouse_id=floor.warehouse_id) == []
    with pytest.raises(IllegalTransition):
        opened(floor, ref)


def test_a_tracked_product_asks_for_its_lot_and_a_serial_for_each_unit(floor: Floor, product: int) -> None:
    receipt = at_dock(floor, order(floor, (product, 10)))
    track(product)
    with pytest.raises(LotRequired):
        receive_units(receipt.ref, product_id=product, quantity=1, by=TESTER, now=NOW)
    track(product, "serial")
    with pytest.raises(LotRequired):
        receive_units(receipt.ref, product_id=product, quantity=2, lot="S1", by=TESTER, now=NOW)
    receive_units(receipt.ref, product_id=product, quantity=1, lot="S1", by=TESTER, now=NOW)
    assert [line.lot for line in receipt_lines(receipt.ref)] == ["S1"]


def test_an_expired_lot_arrives_quarantined(floor: Floor, product: int) -> None:
    track(product, horizon=10)
    receipt = at_dock(floor, order(floor, (product, 10)))
    for lot, expires_on in (("OLD", date(2026, 11, 20)), ("SOON", date(2026, 11, 30)), ("FINE", EXPIRY)):
        receive_units(receipt.ref, product_id=product, quantity=1, lot=lot, expires_on=expires_on, by=TESTER, now=NOW)
    assert [line.condition for line in receipt_lines(receipt.ref)] == ["sellable", "quarantined", "quarantined"]
    assert floor.level(product).available == 1
    assert floor.in_bin(product, floor.bins[BinKind.RECEIVING]) == {"sellable": 1, "quarantined": 1}


def test_a_case_costs_the_same_number_of_statements_however_full_it_is(
    floor: Floor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    products = make_products(40)
    ref = notice(floor, [NoticeLine(one, 2, sscc=SSCC) for one in products])
    receipt = opened(floor, ref)
    with django_assert_max_num_queries(35):
        receive_case(receipt, SSCC, by=TESTER, now=NOW)
    assert ReceiptLine.objects.count() == 40


def test_units_go_to_the_line_of_their_case_then_of_their_lot() -> None:
    lines = [
        Announced(1, 7, 5, 0, lot="A", sscc="X"),
        Announced(2, 7, 5, 0, lot="B", sscc="Y"),
        Announced(3, 7, 5, 0),
    ]
    assert count_in([Came(7, 5, "B", "Y")], lines) == ({2: 5}, frozenset())
    assert count_in([Came(7, 3, "B")], lines) == ({2: 3}, frozenset())
    assert count_in([Came(7, 16)], lines) == ({1: 5, 2: 5, 3: 5}, frozenset({7}))
    assert count_in([Came(8, 1)], lines) == ({}, frozenset({8}))
    assert count_in([Came(8, 1)], []) == ({}, frozenset())
    full = [Announced(1, 7, 5, 4, sscc="X"), Announced(2, 7, 5, 2)]
    assert count_out([Came(7, 5)], full) == {1: 4, 2: 1}
    assert count_out([Came(7, 2, "", "X")], full) == {1: 2}
