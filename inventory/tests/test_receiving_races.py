"""Two receivers at one delivery. Each race has a control that takes the guard away."""

import threading
from collections import Counter
from collections.abc import Sequence

import pytest
from django.db import transaction

from inventory.errors import AlreadyReceived, SerialTaken
from inventory.models import (
    PurchaseOrder,
    PurchaseOrderLine,
    Receipt,
    ReceiptLine,
    SamplingRule,
    ShipNoticeLine,
    StockLevel,
)
from inventory.services.receiving import close_receipt, open_receipt, receive_case, receive_units
from inventory.services.ship_notices import NoticeLine
from inventory.services.voiding import void_receipt
from inventory.tests.arriving import SSCC, at_dock, from_supplier, notice, order, track
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor, make_products
from inventory.tests.threads import together

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

RECEIVERS = 6


@pytest.fixture
def warehouse() -> Floor:
    return build_floor()


def failed(ended: Sequence[object]) -> list[object]:
    return [one for one in ended if isinstance(one, Exception)]


def test_two_receivers_of_one_order_share_a_receipt_and_lose_nothing(warehouse: Floor) -> None:
    first, second = make_products(2)
    ref = order(warehouse, (first, 60), (second, 60))

    def receiver(number: int) -> str:
        receipt = at_dock(warehouse, ref).ref
        for _scan in range(5):
            receive_units(receipt, product_id=(first, second)[number % 2], quantity=2, by=TESTER, now=NOW)
        return receipt

    ended = together(receiver, range(RECEIVERS))
    assert failed(ended) == []
    assert len(set(map(str, ended))) == Receipt.objects.count() == 1
    assert list(PurchaseOrderLine.objects.order_by("pk").values_list("received", flat=True)) == [30, 30]
    assert [warehouse.level(product).on_hand for product in (first, second)] == [30, 30]
    assert sum(ReceiptLine.objects.values_list("quantity", flat=True)) == 60


def test_without_the_lock_on_the_order_one_receivers_units_are_not_counted(warehouse: Floor) -> None:
    (product,) = make_products(1)
    order(warehouse, (product, 60))
    both_have_read = threading.Barrier(2)

    def count_carelessly(units: int) -> None:
        with transaction.atomic():
            line = PurchaseOrderLine.objects.get()
            both_have_read.wait(timeout=10)
            line.received += units
            line.save(update_fields=["received"])

    assert together(count_carelessly, [3, 5]) == [None, None]
    assert PurchaseOrderLine.objects.get().received in (3, 5)  # 8 came


def test_a_notice_and_its_order_opened_at_once_are_one_receipt(warehouse: Floor) -> None:
    (product,) = make_products(1)
    ref = order(warehouse, (product, 10))
    announced = notice(warehouse, [NoticeLine(product, 10)], order_ref=ref)

    def receiver(number: int) -> str:
        if number % 2:
            return open_receipt(warehouse_id=warehouse.warehouse_id, ship_notice_ref=announced, by=TESTER, now=NOW).ref
        return at_dock(warehouse, ref).ref

    ended = together(receiver, range(RECEIVERS))
    assert failed(ended) == []
    assert Receipt.objects.count() == 1
    assert Receipt.objects.get().ship_notice is not None


def test_one_case_scanned_by_many_is_received_once(warehouse: Floor) -> None:
    (product,) = make_products(1)
    ref = notice(warehouse, [NoticeLine(product, 7, sscc=SSCC)])
    receipt = open_receipt(warehouse_id=warehouse.warehouse_id, ship_notice_ref=ref, by=TESTER, now=NOW).ref
    ended = together(lambda _n: receive_case(receipt, SSCC, by=TESTER, now=NOW), range(RECEIVERS))
    assert Counter(type(one) for one in ended) == {list: 1, AlreadyReceived: RECEIVERS - 1}
    assert (warehouse.level(product).on_hand, ShipNoticeLine.objects.get().received) == (7, 7)


def test_one_serial_number_scanned_by_many_is_received_once(warehouse: Floor) -> None:
    (product,) = make_products(1)
    track(product, "serial")
    receipts = [from_supplier(warehouse).ref for _one in range(RECEIVERS)]
    ended = together(
        lambda receipt: receive_units(receipt, product_id=product, quantity=1, lot="S1", by=TESTER, now=NOW), receipts
    )
    assert Counter(isinstance(one, SerialTaken) for one in ended) == {True: RECEIVERS - 1, False: 1}
    assert warehouse.level(product).on_hand == 1


def test_every_third_article_is_checked_however_many_receive_at_once(warehouse: Floor) -> None:
    products = make_products(24)
    rule = SamplingRule.objects.create(every_nth=3)
    receipts = [from_supplier(warehouse).ref for _one in range(RECEIVERS)]

    def receiver(number: int) -> None:
        for product in products[number::RECEIVERS]:
            receive_units(receipts[number], product_id=product, quantity=1, by=TESTER, now=NOW)

    assert failed(together(receiver, range(RECEIVERS))) == []
    rule.refresh_from_db()
    assert rule.seen == 24
    assert ReceiptLine.objects.filter(condition="quality_control").count() == 8


def test_without_the_rules_lock_two_receivers_take_the_same_turn(warehouse: Floor) -> None:
    rule = SamplingRule.objects.create(every_nth=2)
    both_have_read = threading.Barrier(2)

    def judge_carelessly(_receiver: int) -> bool:
        with transaction.atomic():
            row = SamplingRule.objects.get(pk=rule.pk)
            both_have_read.wait(timeout=10)
            row.seen += 1
            row.save(update_fields=["seen"])
            return row.seen % row.every_nth == 0

    assert together(judge_carelessly, range(2)) == [False, False]  # one of two had to be checked


def test_a_receipt_voided_while_it_is_received_ends_with_nothing(warehouse: Floor) -> None:
    (product,) = make_products(1)
    ref = order(warehouse, (product, 20))
    receipt = at_dock(warehouse, ref).ref

    def act(number: int) -> object:
        if number == 3:
            return void_receipt(receipt, reason="wrong", by=TESTER, now=NOW)
        return receive_units(receipt, product_id=product, quantity=1, by=TESTER, now=NOW)

    together(act, range(RECEIVERS))
    assert sum(ReceiptLine.objects.filter(voided_at=None).values_list("quantity", flat=True)) == 0
    assert not StockLevel.objects.filter(product_id=product, on_hand__gt=0).exists()
    assert PurchaseOrder.objects.get().status == "ordered"


def test_closing_while_receiving_counts_what_came_before_or_refuses(warehouse: Floor) -> None:
    (product,) = make_products(1)
    ref = order(warehouse, (product, 20))
    receipt = at_dock(warehouse, ref).ref

    def act(number: int) -> object:
        if number == 3:
            return close_receipt(receipt, by=TESTER, now=NOW)
        return receive_units(receipt, product_id=product, quantity=1, by=TESTER, now=NOW)

    together(act, range(RECEIVERS))
    came = sum(ReceiptLine.objects.filter(discrepancy="none").values_list("quantity", flat=True))
    short = sum(ReceiptLine.objects.filter(discrepancy="short").values_list("quantity", flat=True))
    assert came + short == 20
    assert PurchaseOrderLine.objects.get().received == came
    assert PurchaseOrder.objects.get().status == "closed"
