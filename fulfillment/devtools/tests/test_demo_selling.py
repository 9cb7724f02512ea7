"""The demo's marketplace, wholesale and telephone, and the orders that look wrong."""

import pytest
from django.utils import timezone

from core.kernel.actors import system
from fulfillment.devtools.demo.seed import seed_house
from fulfillment.devtools.demo.selling import sell_elsewhere
from inventory.services.places import NewBin, create_bins
from orders.models import Channel, FulfillmentOrder, Hold, Order


@pytest.mark.django_db(transaction=True)
def test_each_channel_has_something_to_show() -> None:
    by, now = system("demo"), timezone.now()
    leeds = seed_house(now=now)
    create_bins(leeds, [NewBin(name="A-01-1-A")])
    for _time in range(2):
        sell_elsewhere(warehouse_id=leeds, by=by, now=now)
    assert not Channel.objects.get(code="bazaar").sends_messages
    held = dict(Hold.objects.values_list("order__external_id", "code"))
    assert held == {
        "DEMO-ADDRESS": "address.postal_code",
        "DEMO-SWAPPED": "address.swapped",
        "DEMO-TWICE": "duplicate",
    }
    assert Order.objects.get(external_id="DEMO-VOUCHER").status == "completed"
    terms = FulfillmentOrder.objects.get(order__external_id="DEMO-TERMS")
    assert (terms.status, terms.order.ship_policy) == ("scheduled", "complete")
