"""Whatever happens at the dock, in whatever order: what came is counted once, and the books balance."""

import contextlib
from collections import Counter

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.kernel.commands import command
from core.kernel.errors import DomainError
from inventory.models import (
    BinStock,
    PurchaseOrder,
    PurchaseOrderLine,
    QualityCheck,
    ReceiptLine,
    SamplingRule,
    ShipNoticeLine,
)
from inventory.services.checking import check_stock
from inventory.services.quality import decide_check
from inventory.services.receiving import close_receipt, open_receipt, receive_case, receive_units
from inventory.services.ship_notices import NoticeLine
from inventory.services.voiding import void_receipt
from inventory.tests.arriving import SSCC, notice, order
from inventory.tests.conftest import NOW, TESTER, build_floor, make_products

pytestmark = pytest.mark.django_db

ACTS = st.lists(
    st.tuples(st.sampled_from(["units", "case", "damaged", "close", "void", "pass", "fail"]), st.integers(1, 4)),
    max_size=14,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTS)
def test_every_delivery_adds_up(db: None, acts: list[tuple[str, int]]) -> None:
    with contextlib.suppress(Undone):
        _rehearse(acts)


class Undone(Exception):
    """Takes everything an example did back."""


@command
def _rehearse(acts: list[tuple[str, int]]) -> None:
    _play(acts)
    raise Undone


def _play(acts: list[tuple[str, int]]) -> None:
    floor = build_floor("LAW")
    first, second = make_products(2, start=900)
    SamplingRule.objects.create(product_id=second, every_nth=2)
    bought = order(floor, (first, 8), (second, 8))
    ref = notice(floor, [NoticeLine(first, 3, sscc=SSCC), NoticeLine(second, 2, sscc=SSCC)], order_ref=bought)
    receipt = open_receipt(warehouse_id=floor.warehouse_id, ship_notice_ref=ref, by=TESTER, now=NOW).ref
    for act, number in acts:
        product = (first, second)[number % 2]
        try:
            with transaction.atomic():
                match act:
                    case "units":
                        receive_units(receipt, product_id=product, quantity=number, by=TESTER, now=NOW)
                    case "damaged":
                        receive_units(
                            receipt, product_id=product, quantity=number, discrepancy="damaged", by=TESTER, now=NOW
                        )
                    case "case":
                        receive_case(receipt, SSCC, by=TESTER, now=NOW)
                    case "close":
                        close_receipt(receipt, complete=number > 2, by=TESTER, now=NOW)
                    case "void":
                        void_receipt(receipt, reason="drawn", by=TESTER, now=NOW)
                    case "pass" | "fail":
                        good = number if act == "pass" else 0
                        decide_check(receipt, product_id=second, passed=good, failed=number - good, by=TESTER, now=NOW)
        except DomainError:
            # A closed or voided receipt: the next act meets another delivery of the same order.
            with contextlib.suppress(DomainError), transaction.atomic():
                receipt = open_receipt(
                    warehouse_id=floor.warehouse_id, purchase_order_ref=bought, by=TESTER, now=NOW
                ).ref
    _adds_up()


def _adds_up() -> None:
    came: Counter[int | None] = Counter()
    for product_id, units in ReceiptLine.objects.filter(voided_at=None, bin__isnull=False).values_list(
        "product_id", "quantity"
    ):
        came[product_id] += units
    counted = {line.product_id: line.received for line in PurchaseOrderLine.objects.all()}
    assert counted == {product_id: came[product_id] for product_id in counted}
    lying: Counter[int] = Counter()
    for product_id, units in BinStock.objects.values_list("product_id", "quantity"):
        lying[product_id] += units
    assert +lying == +came
    for line in ShipNoticeLine.objects.all():
        assert 0 <= line.received <= min(line.quantity, came[line.product_id])
    waiting = sum(
        check.receipt_line.quantity - check.passed - check.failed
        for check in QualityCheck.objects.select_related("receipt_line").filter(status="pending")
    )
    assert waiting == sum(BinStock.objects.filter(condition="quality_control").values_list("quantity", flat=True))
    bought = PurchaseOrder.objects.get()
    if bought.status == "ordered":
        assert not any(counted.values())
    assert check_stock(repair=False, by=TESTER, now=NOW) == []
