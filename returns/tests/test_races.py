"""Many at once. Each race has a control that takes the guard away and shows that the race then happens."""

import uuid
from collections import Counter

import pytest
from django.db import IntegrityError, models

from core.kernel.errors import IllegalTransition
from inventory.tests.threads import together
from orders.tests.shop import TESTER, Shop
from returns.errors import NotReturnable
from returns.models import Inspection, Return, ReturnItem, SpokenFor
from returns.services import claims, deciding, inspection, receiving
from returns.services.deciding import decide_inspection
from returns.services.inspection import claim_next_inspection, record_check, start_inspection
from returns.services.receiving import receive_return
from returns.services.requests import ItemRequest, request_return
from returns.tests.goods import LATER, ask, inspection_of, inspector_id, level, line_of, received, shipped_order

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def kinds(ended: list[object]) -> Counter[str]:
    return Counter(type(one).__name__ if isinstance(one, Exception) else "done" for one in ended)


# --- the same units asked for by many --------------------------------------------------------------------------------


def test_many_ask_for_the_same_units_and_only_what_was_shipped_is_promised(race_shop: Shop) -> None:
    order = shipped_order(race_shop, {"MUG": 5})
    line = line_of(order, "MUG")

    def ask_for_one(_number: int) -> str:
        return request_return(order.ref, items=[ItemRequest(line, 1)], by=TESTER, now=LATER).ref

    ended = together(ask_for_one, range(12))
    assert kinds(list(ended)) == {"done": 5, "NotReturnable": 7}
    assert sum(ReturnItem.objects.values_list("quantity", flat=True)) == 5
    assert SpokenFor.objects.get().units == 5


def test_without_the_guard_the_same_race_runs_into_the_constraint(
    race_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = shipped_order(race_shop, {"MUG": 5})
    line = line_of(order, "MUG")
    SpokenFor.objects.create(order_line_id=line, shipped=5, units=0)

    def unguarded(wanted: dict[int, claims.Claim], **_more: object) -> None:
        for line_id, claim in wanted.items():
            SpokenFor.objects.filter(pk=line_id).update(units=models.F("units") + claim.units)

    monkeypatch.setattr("returns.services.requests.speak_for", unguarded)

    def ask_for_one(_number: int) -> str:
        return request_return(order.ref, items=[ItemRequest(line, 1)], by=TESTER, now=LATER).ref

    ended = together(ask_for_one, range(12))
    assert any(isinstance(one, IntegrityError) for one in ended)
    assert not any(isinstance(one, NotReturnable) for one in ended)


def test_the_same_form_sent_by_many_threads_opens_one_return(race_shop: Shop) -> None:
    order = shipped_order(race_shop, {"MUG": 5})
    line = line_of(order, "MUG")

    def send(_number: int) -> str:
        return request_return(
            order.ref, items=[ItemRequest(line, 1)], source_key="portal:one", by=TESTER, now=LATER
        ).ref

    ended = together(send, range(6))
    assert len(set(map(str, ended))) == 1
    assert Return.objects.count() == 1
    assert SpokenFor.objects.get().units == 1


# --- one return received at two desks --------------------------------------------------------------------------------


def receive_at_two_desks(shop: Shop, ref: str) -> list[object]:
    def desk(_number: int) -> object:
        return receive_return(ref, action_id=uuid.uuid4(), warehouse_id=shop.warehouse_id, by=TESTER, now=LATER).outcome

    return list(together(desk, range(4)))


def test_one_return_at_many_desks_is_received_once(race_shop: Shop) -> None:
    rma = ask(shipped_order(race_shop, {"MUG": 2}), {"MUG": 2})
    ended = receive_at_two_desks(race_shop, rma.ref)
    assert Counter(ended) == {"received": 1, "already": 3}
    assert level(race_shop, "MUG")["quality_control"] == 2


def test_without_the_lock_several_desks_take_the_same_goods_in(
    race_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    rma = ask(shipped_order(race_shop, {"MUG": 2}), {"MUG": 2})
    stale = Return.objects.get(ref=rma.ref)
    # Everybody works on what they read before, and nobody asks the row again.
    monkeypatch.setattr(receiving, "lock_return_by_id", lambda _pk: Return.objects.get(pk=stale.pk))
    monkeypatch.setattr(models.QuerySet, "select_for_update", lambda self, **_how: self.all())
    ended = receive_at_two_desks(race_shop, rma.ref)
    # The second guard behind the lock is the compare-and-set of the state: it refuses what the lock would have told.
    assert any(isinstance(one, IllegalTransition) for one in ended)
    assert level(race_shop, "MUG")["quality_control"] == 2


def test_the_same_scan_sent_by_many_threads_is_one_reception(race_shop: Shop) -> None:
    rma = ask(shipped_order(race_shop, {"MUG": 2}), {"MUG": 2})
    action = uuid.uuid4()

    def send(_number: int) -> object:
        return receive_return(
            rma.ref, action_id=action, warehouse_id=race_shop.warehouse_id, by=TESTER, now=LATER
        ).outcome

    ended = together(send, range(6))
    assert list(ended) == ["received"] * 6
    assert level(race_shop, "MUG")["quality_control"] == 2


# --- two inspectors ---------------------------------------------------------------------------------------------------


def claim_all(shop: Shop, inspectors: list[int]) -> list[object]:
    def claim(who: int) -> object:
        fact = claim_next_inspection(warehouse_id=shop.warehouse_id, inspector_id=who, by=TESTER, now=LATER)
        return fact.id if fact else None

    return list(together(claim, inspectors))


def test_inspectors_who_ask_at_once_get_different_inspections(race_shop: Shop) -> None:
    for _ in range(4):
        received(race_shop, shipped_order(race_shop, {"MUG": 1}), {"MUG": 1})
    ended = claim_all(race_shop, [inspector_id(f"inge{number}") for number in range(6)])
    taken = [one for one in ended if isinstance(one, int)]
    assert len(taken) == len(set(taken)) == 4
    assert ended.count(None) == 2


def test_without_skipping_locked_rows_inspectors_run_into_each_other(
    race_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        received(race_shop, shipped_order(race_shop, {"MUG": 1}), {"MUG": 1})

    def unguarded(warehouse_id: int, status: str, *, not_by: int | None = None) -> Inspection | None:
        return Inspection.objects.filter(warehouse_id=warehouse_id, status=status).order_by("due_at", "pk").first()

    monkeypatch.setattr(inspection, "_next", unguarded)
    ended = claim_all(race_shop, [inspector_id(f"inge{number}") for number in range(6)])
    assert any(isinstance(one, IllegalTransition) for one in ended)


def decide_twice(race_shop: Shop, inspection_id: int) -> list[object]:
    inge = inspector_id()
    fact = start_inspection(inspection_id, inspector_id=inge, by=TESTER, now=LATER)
    for question in fact.questions:
        record_check(inspection_id, question.check, True, inspector_id=inge, now=LATER)

    def decide(_number: int) -> object:
        return decide_inspection(inspection_id, inspector_id=inge, by=TESTER, now=LATER).status

    return list(together(decide, range(4)))


def test_one_inspection_decided_by_many_moves_the_units_once(race_shop: Shop) -> None:
    rma = received(race_shop, shipped_order(race_shop, {"MUG": 2}), {"MUG": 2})
    before = level(race_shop, "MUG")["available"]
    ended = decide_twice(race_shop, inspection_of(rma))
    assert kinds(ended) == {"done": 1, "IllegalTransition": 3}
    assert level(race_shop, "MUG")["available"] == before + 2


def test_without_lock_and_state_the_ledger_still_moves_no_unit_twice(
    race_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    rma = received(race_shop, shipped_order(race_shop, {"MUG": 2}), {"MUG": 2})
    before = level(race_shop, "MUG")["available"]
    monkeypatch.setattr(deciding, "lock_return_by_id", lambda pk: Return.objects.get(pk=pk))
    monkeypatch.setattr(deciding, "lock_one", lambda rows, **by: rows.get(**by))
    monkeypatch.setattr(deciding, "advance", lambda *_what, **_how: None)
    ended = decide_twice(race_shop, inspection_of(rma))
    # The race happens: several get past the decision and are stopped by the constraints and the bin behind it.
    assert any(isinstance(one, Exception) and not isinstance(one, IllegalTransition) for one in ended)
    assert level(race_shop, "MUG")["available"] == before + 2
