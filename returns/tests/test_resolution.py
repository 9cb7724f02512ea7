"""Making good."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.attention.selectors import open_cases
from core.kernel.errors import IllegalTransition, NotFound
from core.outbox.models import Event
from orders.tests.shop import TESTER, Shop
from returns.planning import Arrived
from returns.selectors.reads import return_by_ref
from returns.services.resolution import close_return, record_outcome, request_refund_again
from returns.tests.goods import LATER, arrive, ask, inspect, inspection_of, received, shipped_order, work_through


def resolved(shop: Shop, units: dict[str, int], order_units: dict[str, int], **more: object) -> str:
    """The reference of a return that was asked for, received and judged as new."""
    order = shipped_order(shop, order_units, shipping_price=Decimal("4.00"))
    rma = received(shop, order, units, **more)
    for item in rma.items:
        inspect(inspection_of(rma, item.sku))
    return rma.ref


def test_accepted_units_are_paid_back_at_their_price(shop: Shop) -> None:
    rma = return_by_ref(resolved(shop, {"MUG": 2}, {"MUG": 3}))
    assert rma.status == "resolved"
    assert rma.refund is not None
    assert (rma.refund.amount, rma.refund.currency, rma.refund.status) == (Decimal("5.00"), "GBP", "requested")
    assert rma.items[0].refund_amount == Decimal("5.00")


def test_the_whole_order_back_brings_the_postage_back(shop: Shop) -> None:
    refund = return_by_ref(resolved(shop, {"MUG": 2, "LAMP": 1}, {"MUG": 2, "LAMP": 1})).refund
    assert refund is not None
    assert (refund.goods_amount, refund.charges_amount, refund.amount) == (
        Decimal("7.50"),
        Decimal("4.00"),
        Decimal("11.50"),
    )


def test_our_own_fault_brings_its_share_of_the_postage_back(shop: Shop) -> None:
    refund = return_by_ref(resolved(shop, {"MUG": 1}, {"MUG": 4}, reason="damaged")).refund
    assert refund is not None
    assert refund.charges_amount == Decimal("1.00")


def test_the_refund_is_told_under_one_key_and_closed_by_its_outcome(shop: Shop) -> None:
    refund = return_by_ref(resolved(shop, {"MUG": 1}, {"MUG": 2})).refund
    assert refund is not None
    first = record_outcome(refund.id, succeeded=True, by=TESTER, now=LATER)
    assert record_outcome(refund.id, succeeded=True, by=TESTER, now=LATER + timedelta(days=1)) == first
    assert return_by_ref(refund.return_ref).status == "closed"
    assert Event.objects.filter(type="refund.succeeded").count() == 1
    with pytest.raises(IllegalTransition):
        record_outcome(refund.id, succeeded=False, by=TESTER, now=LATER)


def test_a_failed_refund_opens_a_case_and_may_be_asked_for_again(shop: Shop) -> None:
    refund = return_by_ref(resolved(shop, {"MUG": 1}, {"MUG": 2})).refund
    assert refund is not None
    failed = record_outcome(refund.id, succeeded=False, failure="Card expired", by=TESTER, now=LATER)
    assert (failed.status, failed.failure) == ("failed", "Card expired")
    assert [case.kind for case in open_cases()] == ["refund_failed"]
    again = request_refund_again(refund.id, by=TESTER, now=LATER)
    assert (again.status, again.idempotency_key) == ("requested", refund.idempotency_key)
    assert open_cases() == []
    record_outcome(refund.id, succeeded=False, by=TESTER, now=LATER)
    assert record_outcome(refund.id, succeeded=True, by=TESTER, now=LATER).status == "succeeded"


def test_an_exchange_is_placed_by_a_person_and_not_paid_back(shop: Shop) -> None:
    ref = resolved(shop, {"MUG": 1}, {"MUG": 2}, resolution="exchange")
    rma = return_by_ref(ref)
    assert (rma.status, rma.refund) == ("resolved", None)
    assert [case.kind for case in open_cases()] == ["exchange_to_place"]
    close_return(ref, by=TESTER, now=LATER)
    assert return_by_ref(ref).status == "closed"
    assert open_cases() == []


def test_units_that_never_came_are_not_paid_and_may_be_asked_for_again(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 3})
    rma = ask(order, {"MUG": 3})
    arrive(shop, rma.ref, arrived=[Arrived(shop.products["MUG"], 1)])
    work_through()
    inspect(inspection_of(rma))
    refund = return_by_ref(rma.ref).refund
    assert refund is not None
    assert refund.amount == Decimal("2.50")
    assert ask(order, {"MUG": 2}).status == "approved"


def test_a_return_waits_until_every_item_is_judged(shop: Shop) -> None:
    rma = received(shop, shipped_order(shop, {"MUG": 1, "LAMP": 1}), {"MUG": 1, "LAMP": 1})
    inspect(inspection_of(rma, "MUG"))
    assert return_by_ref(rma.ref).status == "inspecting"
    inspect(inspection_of(rma, "LAMP"))
    assert return_by_ref(rma.ref).status == "resolved"


def test_nothing_to_pay_closes_the_return(shop: Shop) -> None:
    rma = received(shop, shipped_order(shop, {"MUG": 1}, price="0.00"), {"MUG": 1})
    inspect(inspection_of(rma))
    assert return_by_ref(rma.ref).status == "closed"


def test_a_strangers_refund_is_not_found(shop: Shop) -> None:
    refund = return_by_ref(resolved(shop, {"MUG": 1}, {"MUG": 2})).refund
    assert refund is not None
    with pytest.raises(NotFound):
        record_outcome(refund.id, succeeded=True, channel_id=shop.channel_id + 1, by=TESTER, now=LATER)
