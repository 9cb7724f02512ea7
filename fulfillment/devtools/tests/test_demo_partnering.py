"""The demo's pottery: a request waits, one is accepted, and an order says what it waits for."""

from datetime import UTC, datetime, time

import pytest

from core.kernel.actors import SYSTEM
from fulfillment.devtools.demo.partnering import ship_from_a_pottery
from inventory.services.places import create_warehouse
from orders.models import Order
from orders.selectors.allocation_story import allocation_story
from orders.selectors.requests import open_requests

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.django_db
def test_requests_wait_and_an_order_explains_itself() -> None:
    warehouse = create_warehouse(code="LEEDS", name="Leeds", country="GB", cut_off=time(16, 0))
    for _time in range(2):
        ship_from_a_pottery(warehouse_id=warehouse.id, by=SYSTEM, now=NOW)
    assert sorted(one.request_status for one in open_requests()) == ["accepted", "requested", "requested"]
    order = Order.objects.get(external_id="POT-4")
    verdict = allocation_story(order.ref, now=NOW).verdict
    assert "2 of 3 lines are here" in verdict
    assert "40 coming, 12 ahead in line" in verdict
