"""Asking to send goods back."""

from datetime import timedelta

import pytest

from core.attention.selectors import open_cases
from core.kernel.errors import IllegalTransition, Invalid, NotFound
from core.outbox.selectors import timeline
from orders.tests.shop import NOW, TESTER, Shop
from returns.errors import NotCancellable, NotReturnable
from returns.models import SpokenFor
from returns.selectors.offers import return_offer
from returns.selectors.reads import return_by_ref
from returns.services.requests import (
    ItemRequest,
    approve_return,
    cancel_return,
    expire_return,
    reject_return,
    request_return,
)
from returns.tests.goods import LATER, arrive, ask, line_of, shipped_order


def test_a_return_within_the_policy_is_approved_at_once(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 3})
    rma = ask(order, {"MUG": 2})
    assert (rma.status, rma.units, rma.currency) == ("approved", 2, "GBP")
    told = [entry.type for entry in timeline(order.ref)]
    assert "return.requested" in told
    assert "return.approved" in told


def test_a_return_after_the_window_waits_for_a_person(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 3})
    rma = ask(order, {"MUG": 1}, now=NOW + timedelta(days=200))
    assert rma.status == "requested"
    assert [case.kind for case in open_cases(kind="return_needs_approval")] == ["return_needs_approval"]
    assert approve_return(rma.ref, by=TESTER, now=LATER).status == "approved"
    assert open_cases(kind="return_needs_approval") == []


def test_a_rejected_return_gives_its_units_free_again(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 1})
    rma = ask(order, {"MUG": 1}, now=NOW + timedelta(days=200))
    with pytest.raises(Invalid):
        reject_return(rma.ref, reason=" ", by=TESTER, now=LATER)
    reject_return(rma.ref, reason="The window is over.", by=TESTER, now=LATER)
    assert ask(order, {"MUG": 1}).status == "approved"


def test_only_what_was_shipped_can_be_returned(shop: Shop) -> None:
    order = shop.order({"MUG": 3})
    with pytest.raises(NotReturnable) as refused:
        ask(order, {"MUG": 1})
    assert refused.value.errors[0]["returnable"] == 0
    assert refused.value.errors[0]["pointer"] == "/items/0/quantity"


def test_units_cannot_be_asked_for_twice(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 3})
    ask(order, {"MUG": 2})
    with pytest.raises(NotReturnable) as refused:
        ask(order, {"MUG": 2})
    assert refused.value.lines[0].returnable == 1
    assert SpokenFor.objects.get().units == 2


def test_the_same_line_twice_in_one_return_is_summed(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 3})
    line = line_of(order, "MUG")
    with pytest.raises(NotReturnable):
        request_return(order.ref, items=[ItemRequest(line, 2), ItemRequest(line, 2)], by=TESTER, now=LATER)
    rma = request_return(order.ref, items=[ItemRequest(line, 2), ItemRequest(line, 1)], by=TESTER, now=LATER)
    assert [item.quantity for item in rma.items] == [2, 1]


def test_a_line_of_another_order_is_refused(shop: Shop) -> None:
    first, second = shipped_order(shop, {"MUG": 1}), shipped_order(shop, {"MUG": 1})
    with pytest.raises(Invalid) as refused:
        request_return(first.ref, items=[ItemRequest(line_of(second, "MUG"), 1)], by=TESTER, now=LATER)
    assert refused.value.errors[0]["pointer"] == "/items/0/line"


def test_a_strangers_order_is_not_found(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 1})
    with pytest.raises(NotFound):
        ask(order, {"MUG": 1}, channel_id=shop.channel_id + 1)


def test_the_same_source_opens_one_return(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 3})
    first = ask(order, {"MUG": 1}, source_key="invoice:C1")
    assert ask(order, {"MUG": 1}, source_key="invoice:C1").ref == first.ref


def test_a_cancelled_return_gives_its_units_free_again_and_twice_is_once(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 1})
    rma = ask(order, {"MUG": 1})
    cancel_return(rma.ref, by=TESTER, now=LATER)
    assert cancel_return(rma.ref, by=TESTER, now=LATER).status == "cancelled"
    assert ask(order, {"MUG": 1}).status == "approved"


def test_what_has_arrived_cannot_be_cancelled(shop: Shop) -> None:
    rma = ask(shipped_order(shop, {"MUG": 1}), {"MUG": 1})
    arrive(shop, rma.ref)
    with pytest.raises(NotCancellable):
        cancel_return(rma.ref, by=TESTER, now=LATER)


def test_a_return_whose_goods_never_come_expires(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 1})
    rma = ask(order, {"MUG": 1})
    assert not expire_return(rma.id, by=TESTER, now=LATER)
    assert rma.expires_at is not None
    assert expire_return(rma.id, by=TESTER, now=rma.expires_at)
    assert not expire_return(rma.id, by=TESTER, now=rma.expires_at)
    assert return_by_ref(rma.ref).items[0].reception_status == "expired"
    assert ask(order, {"MUG": 1}).status == "approved"
    with pytest.raises(IllegalTransition):
        approve_return(rma.ref, by=TESTER, now=LATER)


def test_the_offer_names_what_may_be_returned_and_why_the_rest_may_not(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 2, "LAMP": 1})
    ask(order, {"LAMP": 1})
    offer = return_offer(order.ref, now=LATER)
    found = {line.sku: (line.units, line.code) for line in offer.lines}
    assert found == {"MUG": (2, "ok"), "LAMP": (0, "all_returned")}
