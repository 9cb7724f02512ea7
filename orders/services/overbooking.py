"""Put right a day that was promised to more shipments than its warehouse can send.

The room of a day is read without a lock, so that intake never waits for it: orders of one moment may all get its last
place. Those that came last get another day here, minutes later, and their buyers are told while it matters little.
"""

from datetime import date, datetime, timedelta

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import NotFound
from core.kernel.locks import lock_one
from core.outbox.publish import publish
from inventory.selectors import warehouse_by_id
from orders.models import FulfillmentOrder, Order
from orders.planning.promises import local_day
from orders.selectors.calendars import Loads
from orders.selectors.due import promised_days
from orders.services.locking import touch
from orders.services.promising import promised, terms_of, write_promise
from orders.services.readiness import BEFORE_THE_FLOOR
from orders.services.rescheduling import rescheduled
from orders.states import OrderStatus

JUST_NOW = timedelta(hours=1)
"""How long ago a part may have been promised. A day that is made smaller later is for people to sort out."""
MOST_MOVED = 200


def watch_capacity(warehouse_id: int, *, by: Actor, now: datetime) -> int:
    """Move what was promised last of days beyond their capacity to days with room; returns how many parts.

    One transaction a part. Safe to run twice at once and to stop anywhere. No statement but the warehouse's where no
    day has a capacity; what the floor has begun, and today, are left alone.
    """
    warehouse = warehouse_by_id(warehouse_id)
    terms = terms_of(warehouse, "", warehouse.country)
    if terms.capacity is None and not terms.capacity_days:
        return 0
    parts = list(
        FulfillmentOrder.objects.filter(
            warehouse_id=warehouse_id,
            status__in=BEFORE_THE_FLOOR,
            created_at__gte=now - JUST_NOW,
            ship_by__gt=local_day(now, warehouse.time_zone),
        )
        .order_by("-pk")
        .values_list("pk", "order_id", "ship_by")[:MOST_MOVED]
    )
    if not parts:
        return 0
    days = [day for _pk, _order, day in parts]
    over = {
        day: shipments - capacity
        for day, shipments in promised_days(warehouse_id, since=min(days), until=max(days)).items()
        if (capacity := terms.capacity_on(day)) is not None
    }
    moved = 0
    for pk, order_id, day in parts:
        if over.get(day, 0) > 0 and move_from_full_day(pk, order_id, day, by=by, now=now):
            over[day] -= 1
            moved += 1
    return moved


@command
def move_from_full_day(part_id: int, order_id: int, day: date, *, by: Actor, now: datetime) -> bool:
    """Let a part leave on the next day with room when ``day`` is beyond its capacity; whether it moved."""
    try:
        order = lock_one(Order.objects.all(), pk=order_id, status=OrderStatus.CONFIRMED)
        part = lock_one(FulfillmentOrder.objects.all(), pk=part_id, ship_by=day, status__in=BEFORE_THE_FLOOR)
    except NotFound:
        return False
    warehouse = warehouse_by_id(part.warehouse_id)
    dates = promised(
        warehouse,
        order.shipping_method,
        str(order.shipping_address.get("country", "")),
        ready_at=now,
        earliest=part.release_on,
        not_before=order.deliver_not_before,
        not_after=order.deliver_not_after,
        loads=Loads(now=now, without_order=order.pk),
    )
    if dates.ship_by <= day:
        return False
    part.ship_by = dates.ship_by
    FulfillmentOrder.objects.filter(pk=part.pk).update(ship_by=part.ship_by)
    publish(rescheduled(part, day), by=by, now=now)
    touch(order)
    write_promise(order, dates, reason="delayed", by=by, now=now)
    return True
