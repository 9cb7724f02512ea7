"""Promise when an order leaves and arrives; change what was promised without forgetting what was said before."""

from datetime import date, datetime

from django.db.models import Max

from core.kernel.actors import Actor
from core.outbox.publish import NewEvent, publish
from inventory.selectors import WarehouseFact, warehouse_by_id
from orders.events import PROMISE_CHANGED
from orders.models import Order, OrderLine, Promise
from orders.planning.promises import PromiseDates, Terms, dates_of
from orders.selectors.calendars import Loads, book
from orders.selectors.channels import ChannelFact, channel_by_id
from orders.services.calendars import calendar_of


def terms_of(
    warehouse: WarehouseFact,
    method: str,
    country: str,
    *,
    channel: ChannelFact | None = None,
    earliest: date | None = None,
    not_before: date | None = None,
    not_after: date | None = None,
) -> Terms:
    """Everything that decides when something from that warehouse leaves and arrives; no statement as a rule."""
    return book().terms(
        warehouse.id,
        calendar_of(warehouse),
        country=warehouse.country,
        method=method,
        destination=country,
        capacity=warehouse.daily_capacity,
        earliest=earliest,
        within_days=channel.ships_within_days if channel else None,
        not_before=not_before,
        not_after=not_after,
    )


def promised(
    warehouse: WarehouseFact,
    method: str,
    country: str,
    *,
    ready_at: datetime,
    channel: ChannelFact | None = None,
    earliest: date | None = None,
    not_before: date | None = None,
    not_after: date | None = None,
    loads: Loads | None = None,
) -> PromiseDates:
    """When work that is ready at that instant leaves and arrives; ``channel`` gives what it promises its buyers.

    No statement, or one where the warehouse's days have a capacity: ``loads`` keeps what was read of them and counts
    what is promised by the caller's own work.
    """
    terms = terms_of(
        warehouse,
        method,
        country,
        channel=channel,
        earliest=earliest,
        not_before=not_before,
        not_after=not_after,
    )
    loads = loads or Loads(now=ready_at)
    dates = dates_of(ready_at, terms, loads.of(warehouse.id, terms))
    loads.add(warehouse.id, dates.ship_by)
    return dates


def first_promise(
    channel: ChannelFact,
    warehouse: WarehouseFact,
    method: str,
    country: str,
    *,
    ready_at: datetime,
    earliest: date | None = None,
    not_before: date | None = None,
    not_after: date | None = None,
    loads: Loads | None = None,
) -> PromiseDates:
    """What a new order of that channel is promised; statements as ``promised``."""
    return promised(
        warehouse,
        method,
        country,
        ready_at=ready_at,
        channel=channel,
        earliest=earliest,
        not_before=not_before,
        not_after=not_after,
        loads=loads,
    )


def renew_promise(
    order: Order, warehouse_id: int, *, reason: str, earlier_too: bool = False, by: Actor, now: datetime
) -> bool:
    """Make the next version of the promise as if the work were ready now, when that is later than promised.

    With ``earlier_too`` also when it is sooner (another method or address). ``reason`` is one of
    ``planning.promises.CHANGE_REASONS``. The caller holds the order's row. Returns whether the promise changed.
    """
    release_on = OrderLine.objects.filter(order=order).aggregate(last=Max("release_on"))["last"]
    dates = promised(
        warehouse_by_id(warehouse_id),
        order.shipping_method,
        str(order.shipping_address.get("country", "")),
        ready_at=now,
        channel=channel_by_id(order.channel_id) if earlier_too else None,
        earliest=release_on,
        not_before=order.deliver_not_before,
        not_after=order.deliver_not_after,
        loads=Loads(now=now, without_order=order.pk),
    )
    return write_promise(order, dates, reason=reason, earlier_too=earlier_too, by=by, now=now)


def write_promise(
    order: Order, dates: PromiseDates, *, reason: str, earlier_too: bool = False, by: Actor, now: datetime
) -> bool:
    """Make these dates the next version, when they are later than the last (or, with ``earlier_too``, others).

    The caller holds the order's row. Publishes ``promise.changed``. Returns whether the promise changed.
    """
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
