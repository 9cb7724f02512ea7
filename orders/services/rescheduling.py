"""Say that a part of an order leaves on another day: to its timeline, to subscribers, and to a third party."""

from datetime import date

from core.outbox.publish import NewEvent
from orders.events import FULFILLMENT_ORDER_RESCHEDULED
from orders.models import FulfillmentOrder


def rescheduled(part: FulfillmentOrder, was: date) -> NewEvent:
    """The event of a part whose ``ship_by`` is another day than it ``was``."""
    days = {"ship_by": part.ship_by.isoformat(), "was": was.isoformat()}
    return NewEvent(FULFILLMENT_ORDER_RESCHEDULED, "fulfillment_order", part.pk, part.order_ref, days)
