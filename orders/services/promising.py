"""Change what a customer was told, without forgetting what was said before."""

from datetime import datetime

from core.kernel.actors import Actor
from core.outbox.publish import NewEvent, publish
from inventory.selectors import warehouse_by_id
from orders.events import PROMISE_CHANGED
from orders.models import Order, Promise
from orders.planning.promises import promise, transit_of
from orders.services.calendars import calendar_of


def renew_promise(
    order: Order, warehouse_id: int, *, reason: str, earlier_too: bool = False, by: Actor, now: datetime
) -> bool:
    """Make the next version of the promise as if the work were ready now, when that is later than promised.

    With ``earlier_too`` also when it is sooner (another method or address). ``reason`` is one of
    ``planning.promises.CHANGE_REASONS``. The caller holds the order's row. Returns whether the promise changed.
    """
    warehouse = warehouse_by_id(warehouse_id)
    destination = str(order.shipping_address.get("country", ""))
    transit = transit_of(order.shipping_method, origin=warehouse.country, destination=destination)
    dates = promise(now, calendar_of(warehouse), transit)
    last = Promise.objects.filter(order=order).order_by("-version").first()
    if last is not None:
        later = dates.deliver_to > last.deliver_to or dates.ship_by > last.ship_by
        same = (dates.ship_by, dates.deliver_from, dates.deliver_to) == (
            last.ship_by,
            last.deliver_from,
            last.deliver_to,
        )
        if same or not (later or earlier_too):
            return False
    else:
        later = False
    version = last.version + 1 if last else 1
    Promise.objects.create(
        order=order,
        version=version,
        ship_by=dates.ship_by,
        deliver_from=dates.deliver_from,
        deliver_to=dates.deliver_to,
        reason=reason,
        inputs=dict(dates.inputs),
        made_at=now,
    )
    order.ship_by = dates.ship_by
    Order.objects.filter(pk=order.pk).update(ship_by=dates.ship_by)
    publish(
        NewEvent(
            PROMISE_CHANGED,
            "order",
            order.pk,
            order.ref,
            {"version": version, "ship_by": dates.ship_by.isoformat(), "reason": reason, "later": later},
        ),
        by=by,
        now=now,
    )
    return True
