"""What customers asked for, as replenishment reads it."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from orders.models import Order
from orders.selectors.demand import daily_demand, waiting_units
from orders.services.cancellation import cancel_order
from orders.tests.shop import NOW, TESTER, Shop, build_shop

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def shop() -> Shop:
    return build_shop({"MUG": 10, "LAMP": 10})


def test_demand_is_what_was_ordered_by_day_in_stock_or_not(
    shop: Shop, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    mug, lamp = shop.products["MUG"], shop.products["LAMP"]
    shop.order({"MUG": 3, "LAMP": 1})
    shop.order({"MUG": 30})
    with django_assert_num_queries(2):
        found = daily_demand(TODAY, TOMORROW)
    assert found == {(mug, shop.warehouse_id, TODAY): 33, (lamp, shop.warehouse_id, TODAY): 1}
    assert daily_demand(TODAY, TOMORROW, [lamp]) == {(lamp, shop.warehouse_id, TODAY): 1}
    assert daily_demand(TODAY, TOMORROW, []) == {}
    assert daily_demand(TODAY, TOMORROW, warehouse_ids=[shop.warehouse_id + 1]) == {}
    assert daily_demand(TODAY - timedelta(days=5), TODAY) == {}


def test_a_cancelled_order_was_no_demand(shop: Shop) -> None:
    order = shop.order({"MUG": 3})
    cancel_order(order.ref, reason="customer", by=TESTER, now=NOW)
    assert Order.objects.get(ref=order.ref).status == "cancelled"
    assert daily_demand(TODAY, TOMORROW) == {}


def test_what_waits_for_the_floor_is_told_order_by_order(shop: Shop) -> None:
    mug = shop.products["MUG"]
    shop.order({"MUG": 3})
    shop.order({"MUG": 2, "LAMP": 1})
    assert waiting_units([mug], shop.warehouse_id) == {mug: [3, 2]}
    assert waiting_units([mug], shop.warehouse_id + 1) == {}
