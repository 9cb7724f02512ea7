"""The demo's order that awaits a choice, and the one placed ahead of a release."""

from datetime import UTC, datetime, time

import pytest

from core.kernel.actors import SYSTEM
from core.outbox.services import run_due
from fulfillment.devtools.demo.choosing import ask_some_buyers
from inventory.services.places import create_warehouse
from orders.models import FulfillmentOrder, Order, ShortageChoice
from orders.selectors.choices import question
from orders.selectors.orders import access_order

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.django_db
def test_one_buyer_is_asked_and_one_order_waits_for_its_day() -> None:
    warehouse = create_warehouse(code="LEEDS", name="Leeds", country="GB", cut_off=time(16, 0))
    for _time in range(2):
        ask_some_buyers(warehouse_id=warehouse.id, by=SYSTEM, now=NOW)
    run_due(now=NOW, raise_errors=True)

    asked = ShortageChoice.objects.get()
    assert Order.objects.count() == 2
    order = access_order(asked.order.ref)
    assert question(order, today=NOW.date()).options == ("wait", "substitute", "cancel")
    assert sorted(FulfillmentOrder.objects.values_list("status", flat=True)) == ["allocated", "allocated", "scheduled"]
