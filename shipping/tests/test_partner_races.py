"""Third parties and the desk at once. Each race has a control that takes the guard away."""

import threading
from collections.abc import Callable, Sequence

import pytest
from django.db import transaction

from core.kernel.errors import DomainError
from inventory.selectors.stock import stock_rows
from inventory.tests.threads import together
from orders.models import Allocation, FulfillmentOrder
from orders.services.cancellation import cancel_order
from orders.services.third_party import accept_request, reject_request
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance, build_shop, lines_of
from orders.tests.test_third_party import ask, foreign
from shipping.models import Parcel
from shipping.services.partners import PartnerParcel, ship_for_partner

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop() -> Shop:
    return build_shop({"MUG": 10, "VASE": 0})


@pytest.fixture
def partner(shop: Shop) -> int:
    return foreign(shop, "PARTNER", {"VASE": 9})


def unexpected(ended: Sequence[object]) -> list[object]:
    """What ended in anything but an answer or a refusal with a name."""
    return [one for one in ended if isinstance(one, Exception) and not isinstance(one, DomainError)]


def test_a_parcel_reported_by_many_at_once_is_one(shop: Shop, partner: int) -> None:
    row = ask(shop, 2)
    accept_request(row.pk, by=TESTER, now=NOW)
    sent = PartnerParcel("T1", "pp")
    ended = together(lambda _n: ship_for_partner(row.pk, [sent], by=TESTER, now=NOW), range(4))
    assert unexpected(ended) == []
    assert Parcel.objects.count() == 1
    (level,) = stock_rows(product_ids=[shop.products["VASE"]], warehouse_ids=[partner])
    assert (level.on_hand, level.allocated) == (7, 0)
    assert_books_balance(shop)


def test_without_the_lock_two_reports_read_the_same_open_units(shop: Shop, partner: int) -> None:
    row = ask(shop, 2)
    accept_request(row.pk, by=TESTER, now=NOW)
    both_have_read = threading.Barrier(2)

    def read_carelessly(_number: int) -> int:
        with transaction.atomic():
            units = sum(Allocation.objects.filter(fulfillment_order=row.pk).values_list("quantity", flat=True))
            both_have_read.wait(timeout=10)
            return units

    assert together(read_carelessly, range(2)) == [2, 2]


@pytest.mark.parametrize("turn", range(3))
def test_an_answer_and_a_cancellation_at_once_leave_one_truth(shop: Shop, partner: int, turn: int) -> None:
    row = ask(shop, 2)
    acts: list[Callable[[], object]] = [
        lambda: accept_request(row.pk, by=TESTER, now=NOW),
        lambda: reject_request(row.pk, reason="No", by=TESTER, now=NOW),
        lambda: cancel_order(row.order_ref, reason="No", by=TESTER, now=NOW),
    ]
    ended = together(lambda number: acts[(number + turn) % 3](), range(3))
    assert unexpected(ended) == []
    assert lines_of(row.order_ref)["VASE"]["cancelled"] == 2
    row.refresh_from_db()
    assert row.status == "cancelled"
    assert not FulfillmentOrder.objects.filter(order_ref=row.order_ref).exclude(status="cancelled").exists()
    assert_books_balance(shop)


def test_a_parcel_and_a_cancellation_at_once_never_both_happen(shop: Shop, partner: int) -> None:
    row = ask(shop, 2)
    accept_request(row.pk, by=TESTER, now=NOW)
    acts: list[Callable[[], object]] = [
        lambda: ship_for_partner(row.pk, [PartnerParcel("T1", "pp")], by=TESTER, now=NOW),
        lambda: cancel_order(row.order_ref, reason="No", by=TESTER, now=NOW),
    ]
    ended = together(lambda number: acts[number](), range(2))
    assert unexpected(ended) == []
    line = lines_of(row.order_ref)["VASE"]
    assert line["shipped"] + line["cancelled"] == 2
    assert line["shipped"] in (0, 2)
    assert_books_balance(shop)
