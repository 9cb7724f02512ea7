"""Two sweeps at once tell a buyer once. The control takes the row lock away and shows that both would."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError

from core.attention.models import ExceptionCase
from inventory.tests.threads import together
from orders.models import Order, Promise
from orders.services import watching
from orders.services.watching import renew_broken, watch_late
from orders.tests.shop import NOW, TESTER, build_shop

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

TOMORROW = NOW + timedelta(days=1)


def test_sweeps_at_once_open_one_case_and_make_one_promise() -> None:
    shop = build_shop({"MUG": 20})
    orders = [shop.order({"MUG": 1}) for _ in range(6)]

    ended = together(lambda _n: watch_late(shop.warehouse_id, by=TESTER, now=TOMORROW), range(6))

    assert {type(one).__name__ for one in ended} == {"Kept"}
    assert ExceptionCase.objects.filter(kind="late", closed_at=None).count() == len(orders)
    assert Promise.objects.filter(reason="delayed").count() == len(orders)


def test_without_the_lock_both_would_write_the_next_version(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = build_shop({"MUG": 20})
    both_have_read = threading.Barrier(2)

    def read_unguarded(order_id: int) -> Order:
        found = Order.objects.get(pk=order_id)
        both_have_read.wait(timeout=10)
        return found

    def collides() -> bool:
        order = shop.order({"MUG": 1})
        ended = together(lambda _n: renew_broken(order.id, shop.warehouse_id, by=TESTER, now=TOMORROW), range(2))
        return any(isinstance(one, IntegrityError) for one in ended)

    monkeypatch.setattr(watching, "_confirmed", read_unguarded)
    assert any(collides() for _attempt in range(10))
