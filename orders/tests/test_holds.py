"""Orders are stopped and let go."""

from datetime import timedelta

import pytest
from django.core import mail

from core.attention.selectors import open_cases
from core.kernel.errors import Invalid, NotFound
from core.outbox.services import run_due
from orders.errors import HoldReleased, OrderClosed
from orders.models import FulfillmentOrder, Hold, Order, Promise
from orders.selectors.work import releasable, stop_reasons
from orders.services.cancellation import cancel_order
from orders.services.holds import place_hold, release_due_holds, release_hold
from orders.services.payments import record_payment
from orders.services.watching import watch_late
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance


def test_an_order_goes_on_when_its_last_hold_is_released(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    first = place_hold(order.ref, type="fraud", reason="odd", by=TESTER, now=NOW)
    second = place_hold(order.ref, type="address", reason="no house number", by=TESTER, now=NOW)
    shipment = FulfillmentOrder.objects.get().pk

    release_hold(order.ref, first.id, by=TESTER, now=NOW)
    assert releasable(shop.warehouse_id) == []
    assert stop_reasons([shipment]) == {shipment: ("Address: no house number.",)}
    release_hold(order.ref, second.id, by=TESTER, now=NOW)
    assert [one.id for one in releasable(shop.warehouse_id)] == [shipment]
    assert_books_balance(shop)


def test_a_hold_is_released_once(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    hold = place_hold(order.ref, type="operator", reason="", by=TESTER, now=NOW)
    release_hold(order.ref, hold.id, by=TESTER, now=NOW)

    with pytest.raises(HoldReleased):
        release_hold(order.ref, hold.id, by=TESTER, now=NOW)
    assert Order.objects.get().open_holds == 0


def test_a_hold_of_another_order_is_not_found(shop: Shop) -> None:
    hold = place_hold(shop.order({"MUG": 1}).ref, type="operator", reason="", by=TESTER, now=NOW)

    with pytest.raises(NotFound):
        release_hold(shop.order({"MUG": 1}).ref, hold.id, by=TESTER, now=NOW)


def test_a_dated_hold_is_released_by_itself_when_its_time_has_come(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    place_hold(order.ref, type="until_date", reason="", release_at=NOW + timedelta(hours=1), by=TESTER, now=NOW)

    assert release_due_holds(by=TESTER, now=NOW) == 0
    assert release_due_holds(by=TESTER, now=NOW + timedelta(hours=1)) == 1
    assert release_due_holds(by=TESTER, now=NOW + timedelta(hours=1)) == 0
    assert Hold.objects.get().released_at == NOW + timedelta(hours=1)


def test_a_hold_cannot_end_before_it_begins_nor_stop_what_is_over(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    with pytest.raises(Invalid):
        place_hold(order.ref, type="until_date", reason="", release_at=NOW, by=TESTER, now=NOW)
    cancel_order(order.ref, reason="", by=TESTER, now=NOW)
    with pytest.raises(OrderClosed):
        place_hold(order.ref, type="operator", reason="", by=TESTER, now=NOW)


@pytest.mark.parametrize("status", ["paid", "authorized"])
def test_payment_releases_the_payment_hold_and_no_other(shop: Shop, status: str) -> None:
    order = shop.order({"MUG": 1}, payment_status="pending")
    place_hold(order.ref, type="fraud", reason="odd", by=TESTER, now=NOW)

    record_payment(order.ref, status, by=TESTER, now=NOW)

    assert [hold.type for hold in Hold.objects.filter(released_at=None)] == ["fraud"]
    assert Order.objects.get().payment_status == status
    assert_books_balance(shop)


@pytest.mark.parametrize("status", ["failed", "refunded"])
def test_a_payment_that_fails_or_is_paid_back_stops_the_order(shop: Shop, status: str) -> None:
    order = shop.order({"MUG": 1})

    record_payment(order.ref, status, by=TESTER, now=NOW)
    record_payment(order.ref, status, by=TESTER, now=NOW)

    assert [hold.type for hold in Hold.objects.filter(released_at=None)] == ["payment"]
    assert_books_balance(shop)


def test_what_waited_for_its_payment_is_promised_from_then_and_is_not_late(shop: Shop) -> None:
    order = shop.order({"MUG": 1}, payment_status="pending")
    later = NOW + timedelta(days=3)
    watch_late(shop.warehouse_id, by=TESTER, now=later)
    assert not open_cases("late")

    record_payment(order.ref, "paid", by=TESTER, now=later)

    part = FulfillmentOrder.objects.get()
    assert (part.status, part.ship_by) == ("allocated", later.date())
    first, second = Promise.objects.order_by("version")
    assert (second.reason, second.ship_by) == ("paid", later.date())
    assert second.deliver_to > first.deliver_to
    watch_late(shop.warehouse_id, by=TESTER, now=later)
    assert not open_cases("late")


def test_the_mail_about_a_payment_that_came_later_asks_for_no_pardon(shop: Shop) -> None:
    order = shop.order({"MUG": 1}, payment_status="pending")
    run_due(now=NOW)
    mail.outbox.clear()
    record_payment(order.ref, "paid", by=TESTER, now=NOW + timedelta(days=3))
    run_due(now=NOW + timedelta(days=3))
    (told,) = mail.outbox
    assert "Your payment has come" in str(told.body)
    assert "sorry" not in str(told.body)


def test_a_payment_that_comes_in_time_changes_no_promise(shop: Shop) -> None:
    order = shop.order({"MUG": 1}, payment_status="pending")
    record_payment(order.ref, "paid", by=TESTER, now=NOW + timedelta(hours=2))
    assert Promise.objects.count() == 1
    assert FulfillmentOrder.objects.get().ship_by == NOW.date()
