"""Units a sampling rule wants looked at are not for sale until they have passed."""

from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from core.outbox.models import Event
from inventory.errors import Invalid
from inventory.models import BinKind, QualityCheck, ReceiptLine, SamplingRule
from inventory.planning.sampling import Rule, sample
from inventory.selectors.quality import open_checks
from inventory.services.ledger import Move, move
from inventory.services.moving import move_units
from inventory.services.quality import Decided, decide_check
from inventory.services.receiving import open_receipt, receive_units
from inventory.services.ship_notices import NoticeLine
from inventory.tests.arriving import from_supplier, notice, supplier, track
from inventory.tests.conftest import NOW, TESTER, Floor, make_products

needs_database = pytest.mark.django_db


def rule(rule_id: int = 1, *, nth: int = 0, first: int = 0, seen: int = 0, product: int | None = None) -> Rule:
    return Rule(rule_id, supplier_id=None, product_id=product, every_nth=nth, first_receipts=first, seen=seen)


@given(st.integers(1, 9), st.lists(st.integers(1, 12), max_size=12))
def test_exactly_every_nth_article_is_chosen_however_the_deliveries_are_cut(nth: int, deliveries: list[int]) -> None:
    seen, chosen = 0, []
    for number, size in enumerate(deliveries):
        articles = [(number * 100 + one, "") for one in range(size)]
        told = sample(articles, rules=[rule(nth=nth, seen=seen)], supplier_id=5, receipts_before={})
        chosen += [told.chosen[article] is not None for article in articles]
        seen += told.counted.get(1, 0)
    assert [place for place, picked in enumerate(chosen, start=1) if picked] == list(range(nth, seen + 1, nth))
    assert seen == sum(deliveries)


@given(st.integers(0, 5), st.integers(0, 8))
def test_the_first_receipts_are_chosen_whole_and_no_other(first: int, before: int) -> None:
    articles = [(one, "") for one in range(4)]
    told = sample(articles, rules=[rule(first=first)], supplier_id=5, receipts_before={1: min(before, first)})
    assert {rule_id is not None for rule_id in told.chosen.values()} == {before < first}


def test_the_newest_rule_that_fits_decides_alone() -> None:
    rules = [rule(1, nth=1), rule(2, product=7), Rule(3, 99, None, 1, 0, 0)]
    told = sample([(7, ""), (8, "")], rules=rules, supplier_id=5, receipts_before={})
    assert told.chosen == {(7, ""): None, (8, ""): 1}


def receive(receipt: str, product: int, quantity: int = 1, **more: str) -> str:
    return receive_units(receipt, product_id=product, quantity=quantity, by=TESTER, now=NOW, **more).condition  # type: ignore[arg-type]


@needs_database
def test_every_second_article_waits_and_later_scans_of_it_follow(floor: Floor) -> None:
    products = make_products(4)
    SamplingRule.objects.create(supplier_id=supplier(), every_nth=2)
    receipt = from_supplier(floor).ref
    conditions = [receive(receipt, product) for product in products]
    assert conditions == ["sellable", "quality_control"] * 2
    assert receive(receipt, products[1], 5) == "quality_control"
    assert receive(receipt, products[0], 5) == "sellable"
    assert SamplingRule.objects.get().seen == 4
    assert (floor.level(products[1]).on_hand, floor.level(products[1]).available) == (6, 0)
    (first, second) = open_checks(warehouse_id=floor.warehouse_id)
    assert (first.units, first.sku, second.units) == (6, "P-002", 1)


@needs_database
def test_the_first_receipt_of_a_supplier_waits_and_the_second_does_not(floor: Floor, product: int) -> None:
    SamplingRule.objects.create(first_receipts=1, instructions="Look at the seams.")
    first, second = from_supplier(floor).ref, from_supplier(floor).ref
    assert receive(first, product) == "quality_control"
    assert receive(second, product) == "sellable"
    assert receive(first, *make_products(1, start=9)) == "quality_control"
    assert receive(from_supplier(floor, "OTHER").ref, product) == "quality_control"
    blind = open_receipt(warehouse_id=floor.warehouse_id, note="found", by=TESTER, now=NOW).ref
    assert receive(blind, product) == "sellable"
    assert open_checks(warehouse_id=floor.warehouse_id)[0].instructions == "Look at the seams."


@needs_database
def test_damaged_units_are_not_sampled_and_announced_ones_are(floor: Floor, product: int) -> None:
    SamplingRule.objects.create(every_nth=1, product_id=product)
    ref = notice(floor, [NoticeLine(product, 5)])
    receipt = open_receipt(warehouse_id=floor.warehouse_id, ship_notice_ref=ref, by=TESTER, now=NOW).ref
    assert receive(receipt, product, discrepancy="damaged") == "damaged"
    assert receive(receipt, product) == "quality_control"
    assert QualityCheck.objects.count() == 1


@needs_database
def test_passing_some_and_failing_some_leaves_the_rest_to_check(floor: Floor, product: int) -> None:
    SamplingRule.objects.create(every_nth=1)
    receipt = from_supplier(floor).ref
    receive(receipt, product, 4)
    receive(receipt, product, 6)
    Event.objects.all().delete()
    told = decide_check(receipt, product_id=product, passed=5, failed=2, failed_as="damaged", by=TESTER, now=NOW)
    assert told == Decided(5, 2, 3)
    assert floor.in_bin(product, floor.bins[BinKind.RECEIVING]) == {"sellable": 5, "damaged": 2, "quality_control": 3}
    (grown,) = Event.objects.filter(type="stock.replenished")
    assert grown.data["quantity"] == 5
    assert list(QualityCheck.objects.order_by("pk").values_list("status", "passed", "failed")) == [
        ("passed", 4, 0),
        ("pending", 1, 2),
    ]
    assert decide_check(receipt, product_id=product, passed=3, by=TESTER, now=NOW).left == 0
    assert open_checks(warehouse_id=floor.warehouse_id) == []
    assert Event.objects.filter(type="quality_check.failed").count() == 1
    with pytest.raises(Invalid):
        decide_check(receipt, product_id=product, passed=1, by=TESTER, now=NOW)


@needs_database
@pytest.mark.parametrize(
    "wrong",
    [{"passed": -1}, {"passed": 0}, {"passed": 9}, {"passed": 1, "failed": 3}, {"passed": 1, "failed_as": "sellable"}],
)
def test_a_decision_about_units_that_do_not_wait_is_refused(floor: Floor, product: int, wrong: dict[str, int]) -> None:
    SamplingRule.objects.create(every_nth=1)
    receipt = from_supplier(floor).ref
    receive(receipt, product, 3)
    with pytest.raises(Invalid):
        decide_check(receipt, product_id=product, by=TESTER, now=NOW, **wrong)  # type: ignore[arg-type]
    assert floor.level(product).quality_control == 3


@needs_database
def test_units_are_decided_about_where_they_were_carried_to(floor: Floor, product: int) -> None:
    SamplingRule.objects.create(every_nth=1)
    track(product)
    receipt = from_supplier(floor).ref
    receive(receipt, product, 3, lot="L1")
    move_units(
        warehouse_id=floor.warehouse_id,
        product_code="P-001",
        from_code=ReceiptLine.objects.get().bin.code,  # type: ignore[union-attr]
        to_code="A-01-2",
        quantity=2,
        condition="quality_control",
        lot="L1",
        by=TESTER,
        now=NOW,
    )
    decide_check(receipt, product_id=product, lot="L1", passed=3, by=TESTER, now=NOW)
    assert floor.in_bin(product, floor.shelves[1]) == {"sellable": 2}
    assert floor.in_bin(product, floor.bins[BinKind.RECEIVING]) == {"sellable": 1}


@needs_database
def test_checks_of_units_somebody_booked_out_can_be_closed(floor: Floor, product: int) -> None:
    SamplingRule.objects.create(every_nth=1)
    receipt = from_supplier(floor).ref
    receive(receipt, product, 3)
    with transaction.atomic():
        move(
            [
                Move(
                    product_id=product,
                    quantity=3,
                    from_bin_id=floor.bins[BinKind.RECEIVING],
                    to_bin_id=floor.bins[BinKind.ADJUSTMENT],
                    from_condition="quality_control",
                    to_condition="quality_control",
                    reason="lost",
                )
            ],
            by=TESTER,
            now=NOW,
        )
    assert decide_check(receipt, product_id=product, passed=0, by=TESTER, now=NOW) == Decided(0, 0, 0)
    assert open_checks(warehouse_id=floor.warehouse_id) == []


@needs_database
def test_units_that_came_back_from_an_order_are_not_decided_about_with_a_receipt(floor: Floor, product: int) -> None:
    SamplingRule.objects.create(every_nth=1)
    receipt = from_supplier(floor).ref
    receive(receipt, product, 3)
    move_on: dict[str, Any] = {
        "product_id": product,
        "from_condition": "quality_control",
        "to_condition": "quality_control",
    }
    there, back = floor.bins[BinKind.RECEIVING], floor.bins[BinKind.RETURNS]
    with transaction.atomic():
        move(
            [
                Move(quantity=2, from_bin_id=there, to_bin_id=floor.bins[BinKind.ADJUSTMENT], reason="lost", **move_on),
                Move(product, 4, floor.bins[BinKind.CUSTOMER], back, "return", to_condition="quality_control"),
            ],
            by=TESTER,
            now=NOW,
        )
    with pytest.raises(Invalid, match="Only 1 units are still in quality control"):
        decide_check(receipt, product_id=product, passed=3, by=TESTER, now=NOW)
    assert decide_check(receipt, product_id=product, passed=1, by=TESTER, now=NOW) == Decided(1, 0, 0)
    assert floor.in_bin(product, back) == {"quality_control": 4}
