"""Cases of returns close by themselves when their cause is over, and not before."""

from datetime import timedelta

import pytest

from core.attention.selectors import open_cases
from core.attention.services import open_case
from orders.tests.shop import NOW, TESTER, Shop, build_shop
from returns.models import Reception, Return
from returns.services.clearing import OF_A_RETURN, clear_cases

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def rma() -> Return:
    shop: Shop = build_shop({"MUG": 3})
    order = shop.order({"MUG": 1})
    return Return.objects.create(
        ref="RMA-TEST0001",
        order_id=order.id,
        order_ref=order.ref,
        channel_id=shop.channel_id,
        warehouse_id=shop.warehouse_id,
        status="requested",
        requested_at=NOW,
    )


@pytest.mark.parametrize("kind", OF_A_RETURN)
def test_what_was_wrong_with_a_return_is_over_with_it(rma: Return, kind: str) -> None:
    open_case(
        kind=kind,
        dedupe_key=f"{kind}:{rma.ref}",
        summary="x",
        subject_type="return",
        subject_id=rma.pk,
        timeline=rma.order_ref,
        detail={"return_ref": rma.ref},
        now=NOW,
    )
    assert clear_cases(by=TESTER, now=LATER) == 0
    Return.objects.update(status="closed")
    assert clear_cases(by=TESTER, now=LATER) == 1


def test_a_parcel_nobody_announced_is_over_once_a_return_is_opened(rma: Return) -> None:
    open_case(
        kind="return_without_rma",
        dedupe_key=f"return_without_rma:{rma.order_ref}",
        summary="x",
        subject_type="order",
        timeline=rma.order_ref,
        now=NOW,
    )
    assert clear_cases(by=TESTER, now=LATER) == 0
    Return.objects.update(requested_at=LATER)
    assert clear_cases(by=TESTER, now=LATER) == 1


def test_an_unknown_parcel_is_over_once_its_code_found_a_return(rma: Return) -> None:
    open_case(
        kind="return_unknown_parcel",
        dedupe_key="return_unknown_parcel:XYZ",
        summary="x",
        subject_type="reception",
        detail={"code": "XYZ"},
        now=NOW,
    )
    assert clear_cases(by=TESTER, now=LATER) == 0
    Reception.objects.create(
        action_id="6f1c8e0a-0000-4000-8000-000000000001", rma=rma, code="XYZ", outcome="received", by="t", at=LATER
    )
    assert clear_cases(by=TESTER, now=LATER) == 1


def test_a_parcel_on_its_way_back_is_over_with_the_returns_of_its_order(rma: Return) -> None:
    open_case(
        kind="parcel_coming_back",
        dedupe_key="parcel_coming_back:1",
        summary="x",
        subject_type="order",
        timeline=rma.order_ref,
        now=NOW,
    )
    assert clear_cases(by=TESTER, now=LATER) == 0
    Return.objects.update(status="resolved")
    assert clear_cases(by=TESTER, now=LATER) == 1
    assert open_cases("parcel_coming_back") == []
