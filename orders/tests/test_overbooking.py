"""Orders of one moment may get the last place of a day together; a day that was promised too often is put right."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from core.outbox.models import Event
from inventory.tests.threads import together
from orders.models import FulfillmentOrder, Order, Promise
from orders.selectors.calendars import Loads
from orders.services.overbooking import watch_capacity
from orders.tests.shop import NOW, TESTER, Shop, build_shop

TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)
AFTER_CUT_OFF = NOW + timedelta(hours=7)


def with_room_for(units: int) -> Shop:
    shop = build_shop({"MUG": 20})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_warehouse SET daily_capacity = %s", [units])
    return shop


def days() -> list[date]:
    return list(FulfillmentOrder.objects.order_by("pk").values_list("ship_by", flat=True))


def overbook(shop: Shop, orders: int) -> None:
    """All of them get the same day."""
    for _ in range(orders):
        shop.order({"MUG": 1}, now=AFTER_CUT_OFF)
    FulfillmentOrder.objects.update(ship_by=TOMORROW)
    Order.objects.update(ship_by=TOMORROW)
    Promise.objects.update(ship_by=TOMORROW, deliver_from=TOMORROW, deliver_to=TOMORROW + timedelta(days=1))


def watch(shop: Shop, now: Any = AFTER_CUT_OFF) -> int:
    return watch_capacity(shop.warehouse_id, by=TESTER, now=now)


@pytest.mark.django_db
def test_who_came_last_gets_another_day_and_is_told_once() -> None:
    shop = with_room_for(2)
    overbook(shop, 5)

    assert (watch(shop), watch(shop)) == (3, 0)

    later = [TOMORROW + timedelta(days=count) for count in (0, 0, 2, 1, 1)]
    assert days() == later
    assert list(Order.objects.order_by("pk").values_list("ship_by", flat=True)) == later
    assert Event.objects.filter(type="promise.changed").count() == 3
    assert Event.objects.filter(type="fulfillment_order.rescheduled", data__was=TOMORROW.isoformat()).count() == 3
    assert list(Order.objects.order_by("pk").values_list("version", flat=True)) == [1, 1, 2, 2, 2]


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["full", "today", "begun", "long ago", "no limit"])
def test_what_is_not_promised_too_often_or_cannot_move_stays(state: str) -> None:
    shop = with_room_for(4 if state == "full" else 1)
    overbook(shop, 4)
    if state == "today":
        FulfillmentOrder.objects.update(ship_by=TODAY)
    elif state == "begun":
        FulfillmentOrder.objects.update(status="released")
    elif state == "no limit":
        with connection.cursor() as cursor:
            cursor.execute("UPDATE inventory_warehouse SET daily_capacity = NULL")

    assert watch(shop, AFTER_CUT_OFF + timedelta(hours=2) if state == "long ago" else AFTER_CUT_OFF) == 0


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_orders_of_one_moment_are_put_right_by_sweeps_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = with_room_for(1)
    everybody_has_read = threading.Barrier(3)
    walk = Loads._walk

    def read_together(self: Loads, *asked: Any) -> None:
        walk(self, *asked)
        everybody_has_read.wait(timeout=10)

    with monkeypatch.context() as patched:
        patched.setattr(Loads, "_walk", read_together)
        buyers = ["a@example.com", "b@example.com", "c@example.com"]
        together(lambda email: shop.order({"MUG": 1}, email=email, now=AFTER_CUT_OFF), buyers)
    assert days() == [TOMORROW] * 3

    ended = together(lambda _n: watch(shop), range(4))

    assert all(isinstance(one, int) for one in ended), ended
    watch(shop)
    assert sorted(days()) == [TOMORROW + timedelta(days=count) for count in range(3)]
    assert Promise.objects.filter(version__gt=3).count() == 0
