"""Let what is here go ahead of what is not."""

from datetime import datetime

from core.kernel.actors import Actor
from core.kernel.commands import command, refuse_outside_transaction
from core.outbox.publish import NewEvent, publish
from orders.events import ORDER_EDITED
from orders.models import Order
from orders.services.locking import lock_order, refuse_closed
from orders.services.readiness import settle_readiness
from orders.services.third_party import settle_requests_of
from orders.states import ShipPolicy


@command
def ship_what_is_here(ref: str, *, by: Actor, now: datetime) -> None:
    """An order that was to ship complete ships in parts from now on; doing it again changes nothing.

    Raises NotFound, OrderClosed.
    """
    order = lock_order(ref)
    refuse_closed(order)
    let_parts_go(order, by=by, now=now)


def let_parts_go(order: Order, *, by: Actor, now: datetime) -> None:
    """The same inside the transaction of whoever holds the order's row."""
    refuse_outside_transaction()
    if order.ship_policy == ShipPolicy.PARTIAL:
        return
    order.ship_policy, order.version = ShipPolicy.PARTIAL, order.version + 1
    Order.objects.filter(pk=order.pk).update(ship_policy=order.ship_policy, version=order.version)
    data = {"fields": ["ship_policy"], "version": order.version}
    publish(NewEvent(ORDER_EDITED, "order", order.pk, order.ref, data), by=by, now=now)
    settle_readiness(order, by=by, now=now)
    settle_requests_of(order, by=by, now=now)
