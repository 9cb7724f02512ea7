"""What beat asks for."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.attention.selectors import open_cases
from inventory.models import StockLevel
from inventory.services.holding import reserve_items
from inventory.tasks import check, expire_holds, expire_lots, snapshots
from inventory.tests.conftest import TESTER, Floor

pytestmark = pytest.mark.django_db


def test_carts_whose_time_is_over_let_go(floor: Floor, product: int) -> None:
    floor.receive(product, 3)
    past = timezone.now() - timedelta(hours=2)
    reserve_items([(product, 3)], warehouse_id=floor.warehouse_id, expires_in=timedelta(hours=1), by=TESTER, now=past)
    expire_holds()
    expire_holds()
    assert floor.level(product).available == 3


def test_books_that_do_not_balance_open_one_case(floor: Floor, product: int) -> None:
    floor.receive(product, 3)
    check()
    assert not open_cases("stock_drift")
    StockLevel.objects.update(on_hand=9)
    check()
    check()
    (case,) = open_cases("stock_drift")
    assert case.kind == "stock_drift"
    StockLevel.objects.update(on_hand=3)
    check()
    assert not open_cases("stock_drift")


def test_lots_expire_and_snapshots_are_kept_however_often_beat_asks(floor: Floor, product: int) -> None:
    floor.receive(product, 3)
    for _time in range(2):
        expire_lots()
        expire_lots(everything=True)
        snapshots(hours=3)
        snapshots()
    assert floor.level(product).available == 3
