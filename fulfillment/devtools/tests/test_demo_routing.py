"""The demo's two-house shop ships from where the goods lie; a second start adds nothing."""

from datetime import UTC, datetime

import pytest

from fulfillment.devtools.demo.routing import route_from_two
from fulfillment.devtools.demo.seed import SEEDER, seed_house
from fulfillment.devtools.demo.sending import CODE, send_from_store
from inventory.models import Warehouse
from orders.models import FulfillmentOrder, Order
from orders.selectors.combining import combinable

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.mark.django_db
def test_blankets_ship_from_york() -> None:
    leeds = seed_house(now=NOW)
    send_from_store(warehouse_id=leeds, by=SEEDER, now=NOW)
    for _start in range(2):
        route_from_two((), warehouse_id=leeds, by=SEEDER, now=NOW)

    assert Order.objects.count() == 2
    assert set(FulfillmentOrder.objects.values_list("warehouse", flat=True)) == {Warehouse.objects.get(code=CODE).pk}
    assert len(combinable(Order.objects.order_by("pk").values_list("ref", flat=True)[0])) == 1
