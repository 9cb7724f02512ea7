"""An order on its way, for the tests of the public pages."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from core.kernel.actors import SYSTEM
from core.kernel.tokens import public_token
from orders.selectors.facts import OrderFact
from shipping.carriers.base import RawEvent
from shipping.selectors.parcels import ParcelDetail, parcels_of_order
from shipping.services.tracking import record_tracking_events
from shipping.tests.floor import Floor, build_floor

Deliver = Callable[..., ParcelDetail]


@pytest.fixture
def floor(db: None) -> Floor:
    """A floor with mugs and lamps in stock and no vases."""
    return build_floor({"MUG": 20, "LAMP": 20, "VASE": 0})


@pytest.fixture
def order(floor: Floor) -> OrderFact:
    """An order of two mugs and a lamp, not shipped."""
    return floor.order({"MUG": 2, "LAMP": 1})


@pytest.fixture
def deliver(floor: Floor) -> Deliver:
    """``deliver(order, "in_transit", "delivered", days_ago=2)``: ship it and report those, an hour apart."""

    def act(order: OrderFact, *statuses: str, days_ago: float = 1.0) -> ParcelDetail:
        if not parcels_of_order(order.id):
            floor.ship(order)
        (parcel,) = parcels_of_order(order.id)
        first = timezone.now() - timedelta(days=days_ago)
        events = [
            RawEvent(f"{status}-{number}", status, first + timedelta(hours=number), "", f"Said {status}", "Leeds")
            for number, status in enumerate(statuses)
        ]
        if events:
            record_tracking_events(parcel.id, events, by=SYSTEM, now=timezone.now())
        return parcels_of_order(order.id)[0]

    return act


def tracking_url(order: OrderFact) -> str:
    """The tracking page of an order."""
    return f"/t/{public_token('tracking', order.ref)}"


def return_url(order: OrderFact) -> str:
    """The return portal of an order."""
    return f"/r/{public_token('return', order.ref)}"
