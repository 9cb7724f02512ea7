"""Nothing returned is sellable before it passed."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.attention.selectors import open_cases
from core.kernel.errors import IllegalTransition, Invalid, NotFound
from core.outbox.models import Delivery
from core.outbox.selectors import timeline
from core.outbox.services import run_due
from inventory.services.ledger import Move, move
from inventory.services.lots import NewLot, note_lots
from orders.selectors.orders import access_order
from orders.tests.shop import NOW, TESTER, Shop
from returns.errors import ChecklistUnfinished, NotYours, ReasonNeeded, SamePerson
from returns.models import Inspection
from returns.policy import FULL_CHECKLIST
from returns.selectors.inspections import inspection_fact, open_inspection_of
from returns.selectors.reads import return_by_ref
from returns.services.deciding import decide_acceptance, decide_inspection
from returns.services.inspection import (
    claim_next_inspection,
    put_down_inspection,
    queue_inspections,
    record_check,
    start_inspection,
)
from returns.tests.goods import (
    LATER,
    in_bin,
    inspect,
    inspection_of,
    inspector_id,
    level,
    received,
    shipped_order,
    work_through,
)

pytestmark = pytest.mark.slow


def test_grade_a_goes_back_to_the_shelf_it_came_from(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 3})
    rma = received(shop, order, {"MUG": 2})
    before = level(shop, "MUG")
    fact = inspect(inspection_of(rma))
    assert (fact.status, fact.grade, fact.disposition) == ("passed", "A", "restock")
    after = level(shop, "MUG")
    assert after["available"] == before["available"] + 2
    assert after["quality_control"] == 0
    assert in_bin(shop, "MUG", "returns") == {}
    assert access_order(order.ref).lines[0].returned == 2
    assert access_order(order.ref).return_status == "partially_returned"
    assert return_by_ref(rma.ref).items[0].accepted == 2


@pytest.mark.parametrize(
    ("no", "grade", "disposition", "condition"),
    [
        (("packaging",), "B", "restock_as_open_box", "quarantined"),
        (("damage",), "C", "quarantine", "quarantined"),
        (("function",), "D", "dispose", None),
    ],
)
def test_the_other_grades_are_not_sellable(
    shop: Shop, no: tuple[str, ...], grade: str, disposition: str, condition: str | None
) -> None:
    rma = received(shop, shipped_order(shop, {"MUG": 1}), {"MUG": 1}, reason="damaged")
    before = level(shop, "MUG")
    fact = inspect(inspection_of(rma), no=no)
    assert (fact.grade, fact.disposition) == (grade, disposition)
    after = level(shop, "MUG")
    assert after["available"] == before["available"]
    assert after["quality_control"] == 0
    if condition:
        assert after[condition] == 1
        assert in_bin(shop, "MUG", "quarantine") == {condition: 1}
    else:
        assert after["on_hand"] == before["on_hand"] - 1


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(FULL_CHECKLIST), max_size=3, unique=True),
    st.sampled_from(["", "restock", "quarantine", "repair", "dispose", "repack", "donate"]),
    st.integers(1, 2),
)
def test_nothing_is_sellable_before_it_passed_and_only_restock_makes_it_so(
    shop: Shop, no: list[str], disposition: str, units: int
) -> None:
    shop.receive("MUG", units)
    order = shipped_order(shop, {"MUG": units})
    before = level(shop, "MUG")["available"]
    rma = received(shop, order, {"MUG": units})
    assert level(shop, "MUG")["available"] == before
    inspection = inspection_of(rma)
    inspector = inspector_id()
    start_inspection(inspection, inspector_id=inspector, by=TESTER, now=LATER)
    for check in FULL_CHECKLIST:
        record_check(inspection, check, check not in no, inspector_id=inspector, now=LATER)
        assert level(shop, "MUG")["available"] == before
    fact = decide_inspection(
        inspection, inspector_id=inspector, disposition=disposition, reason="Looked twice", by=TESTER, now=LATER
    )
    gained = level(shop, "MUG")["available"] - before
    assert gained == (units if fact.disposition == "restock" else 0)
    assert level(shop, "MUG")["quality_control"] == 0


def test_a_decision_needs_every_answer(shop: Shop) -> None:
    rma = received(shop, shipped_order(shop, {"MUG": 1}), {"MUG": 1})
    inspection, inspector = inspection_of(rma), inspector_id()
    start_inspection(inspection, inspector_id=inspector, by=TESTER, now=LATER)
    record_check(inspection, "identity", True, inspector_id=inspector, now=LATER)
    with pytest.raises(ChecklistUnfinished) as refused:
        decide_inspection(inspection, inspector_id=inspector, by=TESTER, now=LATER)
    assert len(refused.value.errors) == 5
    with pytest.raises(Invalid):
        record_check(inspection, "smell", True, inspector_id=inspector, now=LATER)


def test_to_decide_otherwise_needs_a_reason(shop: Shop) -> None:
    rma = received(shop, shipped_order(shop, {"MUG": 1}), {"MUG": 1})
    inspection = inspection_of(rma)
    with pytest.raises(ReasonNeeded):
        inspect(inspection, disposition="dispose")
    fact = inspect(inspection, disposition="dispose", reason="Recalled by the maker")
    assert (fact.grade, fact.disposition, fact.override_reason) == ("A", "dispose", "Recalled by the maker")


def test_goods_of_value_are_written_off_by_two_people(shop: Shop) -> None:
    rma = received(shop, shipped_order(shop, {"LAMP": 1}, price="950.00"), {"LAMP": 1}, reason="defective")
    inspection = inspection_of(rma)
    fact = inspect(inspection, no=("function",))
    assert (fact.status, fact.disposition) == ("awaiting_second_opinion", "dispose")
    assert level(shop, "LAMP")["quality_control"] == 1
    with pytest.raises(SamePerson):
        decide_inspection(inspection, inspector_id=inspector_id(), by=TESTER, now=LATER)
    other = inspector_id("olle")
    waiting = claim_next_inspection(warehouse_id=shop.warehouse_id, inspector_id=other, by=TESTER, now=LATER)
    assert waiting is not None
    assert waiting.id == inspection
    decided = decide_inspection(inspection, inspector_id=other, by=TESTER, now=LATER)
    assert decided.status == "failed"
    assert Inspection.objects.get().second_inspector_id == other
    assert level(shop, "LAMP")["quality_control"] == 0


def test_inspections_are_taken_most_urgent_first_and_kept_by_who_took_them(shop: Shop) -> None:
    first = received(shop, shipped_order(shop, {"MUG": 1}), {"MUG": 1})
    second = received(shop, shipped_order(shop, {"MUG": 1}), {"MUG": 1})
    inge, olle = inspector_id(), inspector_id("olle")

    def claim(who: int) -> str:
        fact = claim_next_inspection(warehouse_id=shop.warehouse_id, inspector_id=who, by=TESTER, now=LATER)
        return fact.return_ref if fact else ""

    assert claim(inge) == first.ref
    assert claim(inge) == first.ref, "one job at a time"
    assert claim(olle) == second.ref
    with pytest.raises(NotYours):
        start_inspection(inspection_of(first), inspector_id=olle, by=TESTER, now=LATER)
    put_down_inspection(inspection_of(first), by=TESTER, now=LATER)
    assert start_inspection(inspection_of(first), inspector_id=olle, by=TESTER, now=LATER).inspector == "olle"


def test_an_inspection_that_was_decided_is_over(shop: Shop) -> None:
    rma = received(shop, shipped_order(shop, {"MUG": 1}), {"MUG": 1})
    inspection = inspection_of(rma)
    inspect(inspection)
    with pytest.raises(IllegalTransition):
        decide_inspection(inspection, inspector_id=inspector_id(), by=TESTER, now=LATER)
    assert level(shop, "MUG")["quality_control"] == 0
    assert open_inspection_of(rma.ref) is None


def test_queueing_twice_queues_once(shop: Shop) -> None:
    rma = received(shop, shipped_order(shop, {"MUG": 1}), {"MUG": 1})
    assert queue_inspections(rma.id, by=TESTER, now=LATER) == []
    assert Inspection.objects.count() == 1


def test_an_inspection_that_is_overdue_becomes_a_case_and_a_decision_closes_it(shop: Shop) -> None:
    rma = received(shop, shipped_order(shop, {"MUG": 1}), {"MUG": 1})
    assert Delivery.objects.filter(status="due", handler="returns.handlers.escalate_overdue").exists()
    run_due(now=LATER + timedelta(hours=49), raise_errors=True)
    assert [case.kind for case in open_cases()] == ["inspection_overdue"]
    assert inspection_fact(inspection_of(rma)).escalated
    inspect(inspection_of(rma))
    assert open_cases() == []


def test_an_inspection_done_in_time_never_escalates(shop: Shop) -> None:
    rma = received(shop, shipped_order(shop, {"MUG": 1}), {"MUG": 1})
    inspect(inspection_of(rma))
    run_due(now=LATER + timedelta(hours=49), raise_errors=True)
    assert [case.kind for case in open_cases()] == []


def test_a_doubtful_item_waits_for_a_person_and_is_not_paid_before(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 1})
    rma = received(shop, order, {"MUG": 1}, reason="no_longer_wanted")
    inspect(inspection_of(rma), no=("function",))
    waiting = return_by_ref(rma.ref)
    assert (waiting.status, waiting.items[0].acceptance_status) == ("inspecting", "needs_decision")
    assert waiting.refund is None
    assert [case.kind for case in open_cases()] == ["return_item_needs_decision"]
    with pytest.raises(ReasonNeeded):
        decide_acceptance(waiting.items[0].id, accepted=False, note="", by=TESTER, now=LATER)
    decide_acceptance(waiting.items[0].id, accepted=False, note="Broken by use", by=TESTER, now=LATER)
    done = return_by_ref(rma.ref)
    assert (done.status, done.refund) == ("closed", None)
    assert open_cases() == []
    with pytest.raises(IllegalTransition):
        decide_acceptance(waiting.items[0].id, accepted=True, note="", by=TESTER, now=LATER)


def test_there_is_no_such_inspection(db: None) -> None:
    with pytest.raises(NotFound):
        decide_inspection(1, inspector_id=1, by=TESTER, now=LATER)
    with pytest.raises(NotFound):
        inspection_fact(1)


def test_the_story_is_told_on_the_orders_timeline(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 1})
    inspect(inspection_of(received(shop, order, {"MUG": 1})))
    work_through()
    told = [entry.type for entry in timeline(order.ref)]
    wanted = [
        "return.requested",
        "return.approved",
        "return.received",
        "inspection.queued",
        "return.inspecting",
        "inspection.in_progress",
        "inspection.passed",
        "return.item_decided",
        "return.resolved",
        "refund.requested",
    ]
    assert [type_ for type_ in told if type_ in wanted] == wanted


def test_a_good_unit_of_a_lot_recalled_meanwhile_is_not_put_back_on_sale(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 1})
    rma = received(shop, order, {"MUG": 1})
    shelf, counter, mug = shop.bins["returns"], shop.bins["adjustment"], shop.products["MUG"]
    unseen = "quality_control"
    with transaction.atomic():
        note_lots([NewLot(mug, "L-1", NOW.date())], now=NOW)
        legs = [
            Move(mug, 1, shelf, counter, "recount", unseen, unseen),
            Move(mug, 1, counter, shelf, "recount", unseen, unseen, lot="L-1"),
        ]
        move(legs, by=TESTER, now=NOW)
    before = level(shop, "MUG")
    inspect(inspection_of(rma))
    after = level(shop, "MUG")
    assert (after["quarantined"], after["available"]) == (before["quarantined"] + 1, before["available"])
