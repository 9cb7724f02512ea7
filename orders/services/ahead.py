"""Let what is here go ahead of what is not."""

from datetime import datetime

from core.kernel.actors import Actor
from core.kernel.commands import command, refuse_outside_transaction
from core.outbox.publish import NewEvent, publish
from orders.events import ORDER_EDITED
from orders.models import Allocation, FulfillmentOrder, Order, OrderLine
from orders.services.allocations import move_units, read
from orders.services.closing import settle_fulfillment_orders
from orders.services.filling import shipments_for
from orders.services.locking import lock_order, refuse_closed
from orders.services.readiness import BEFORE_THE_FLOOR, settle_readiness
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
    changed = _apart_by_day(order, by=by, now=now)
    settle_readiness(order, by=by, now=now)
    settle_requests_of(order, changed=changed, by=by, now=now)


def _apart_by_day(order: Order, *, by: Actor, now: datetime) -> list[int]:
    """What was put off for an article of the order that is released later leaves by itself.

    Returns the parts that lost units by it.
    """
    put_off = FulfillmentOrder.objects.filter(order=order, status__in=BEFORE_THE_FLOOR, release_on__isnull=False)
    parts = list(put_off.select_related("order").order_by("pk"))
    changed = []
    for part in parts:
        rows = read(Allocation.objects.filter(fulfillment_order=part, status="allocated").values_list("pk", flat=True))
        held = [row for row in rows.values() if row.status == "allocated"]
        lines = list(OrderLine.objects.filter(pk__in={row.order_line_id for row in held}).order_by("position"))
        targets = shipments_for(order, part.warehouse_id, lines, now=now)
        for target in {one.pk: one for one in targets.values() if one.pk != part.pk}.values():
            leaving = {row.pk: row.quantity for row in held if targets[row.order_line_id].pk == target.pk}
            move_units(rows, leaving, target)
            changed.append(part.pk)
    settle_fulfillment_orders(parts, by=by, now=now)
    return changed
