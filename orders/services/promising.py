"""Promise when an order leaves and arrives; change what was promised without forgetting what was said before."""

from datetime import UTC, date, datetime
from functools import partial

from django.db.models import Max, Q, QuerySet, Sum

from core.kernel.actors import Actor
from core.outbox.publish import NewEvent, publish
from inventory.selectors import WarehouseFact, warehouse_by_id
from orders.events import PROMISE_CHANGED
from orders.models import FulfillmentOrder, Order, OrderLine, Promise
from orders.planning.promises import PromiseDates, Terms, dates_of
from orders.selectors.calendars import Loads, book
from orders.selectors.channels import ChannelFact, channel_by_id
from orders.services.calendars import calendar_of
from orders.services.lines import open_lines
from orders.services.readiness import BEFORE_THE_FLOOR, settle_readiness
from orders.services.rescheduling import rescheduled
from orders.states import OPEN_ALLOCATION, OPEN_FULFILLMENT_ORDER, OrderStatus, ShipPolicy

LAST_DAY = Max("release_on")


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
    loads = loads or Loads(now=ready_at)
    asked = (warehouse.id, method, country, channel.id if channel else None, ready_at, earliest, not_before, not_after)
    if (told := loads.told.get(asked)) is not None:
        return told
    terms = terms_of(
        warehouse,
        method,
        country,
        channel=channel,
        earliest=earliest,
        not_before=not_before,
        not_after=not_after,
    )
    dates = dates_of(ready_at, terms, loads.of(warehouse.id, terms))
    loads.add(warehouse.id, dates.ship_by)
    if terms.capacity is None and not terms.capacity_days:
        loads.told[asked] = dates
    return dates


def renew_promise(
    order: Order, warehouse_id: int, *, reason: str, earlier_too: bool = False, by: Actor, now: datetime
) -> bool:
    """Make the next version of the promise as if the work were ready now, when that is later than promised.

    With ``earlier_too`` also when it is sooner (another method or address): then it is the promise of all that is open,
    wherever it ships from, and parts that nobody has begun take on the days of it. ``reason`` is one of
    ``planning.promises.CHANGE_REASONS``. The caller holds the order's row. Returns whether the promise changed.
    """
    if earlier_too:
        dates = _promised_anew(order, warehouse_id, by=by, now=now)
        return write_promise(order, dates, reason=reason, earlier_too=True, by=by, now=now)
    release_on = open_lines(order).aggregate(last=LAST_DAY)["last"]
    dates = promised(
        warehouse_by_id(warehouse_id),
        order.shipping_method,
        str(order.shipping_address.get("country", "")),
        ready_at=now,
        earliest=release_on,
        not_before=order.deliver_not_before,
        not_after=order.deliver_not_after,
        loads=Loads(now=now, without_order=order.pk),
    )
    return write_promise(order, dates, reason=reason, by=by, now=now)


def promise_from_payment(order: Order, *, by: Actor, now: datetime) -> bool:
    """Count from now what an order promises that waited for its payment until now.

    Parts that nobody has begun are due by their new days: what waited for the buyer is not late. The caller holds the
    order's row. Returns whether the promise changed; it never becomes sooner.
    """
    if order.status != OrderStatus.CONFIRMED or order.ship_by is None:
        return False
    home_id = channel_by_id(order.channel_id).warehouse_id
    dates = _promised_anew(order, home_id, later_too=True, by=by, now=now)
    return write_promise(order, dates, reason="paid", by=by, now=now)


def promise_sooner(order: Order, *, reason: str, by: Actor, now: datetime) -> bool:
    """Make the next version when nothing of the order waits any more and all that is open leaves before its promise.

    What it waited for came sooner than was said, or is not wanted any more. It never becomes later by this, and the
    buyer gets no mail. The caller holds the order's row. Returns whether the promise changed. Two statements as a rule.
    """
    if order.ship_by is None or OrderLine.objects.filter(order=order, backordered__gt=0).exists():
        return False
    parts = FulfillmentOrder.objects.filter(order=order, status__in=sorted(OPEN_FULFILLMENT_ORDER))
    last = parts.aggregate(day=Max("ship_by"))["day"]
    if last is None or (last >= order.ship_by and not _waits_for_what_is_gone(order, parts)):
        return False
    dates = _promised_anew(order, channel_by_id(order.channel_id).warehouse_id, by=by, now=now)
    known = Promise.objects.filter(order=order).order_by("-version").first()
    if dates.ship_by >= order.ship_by or (known is not None and dates.deliver_to > known.deliver_to):
        return False
    return write_promise(order, dates, reason=reason, earlier_too=True, by=by, now=now)


def _waits_for_what_is_gone(order: Order, parts: QuerySet[FulfillmentOrder]) -> bool:
    """Whether a part of an order that ships complete is put off for an article that is not wanted any more."""
    if order.ship_policy != ShipPolicy.COMPLETE:
        return False
    put_off = parts.filter(status__in=BEFORE_THE_FLOOR).aggregate(day=LAST_DAY)["day"]
    if put_off is None:
        return False
    wanted = open_lines(order).aggregate(last=LAST_DAY)["last"]
    return wanted is None or wanted < put_off


def _promised_anew(order: Order, home_id: int, *, later_too: bool = False, by: Actor, now: datetime) -> PromiseDates:
    """The promise of the part that takes longest; what waits is promised from home, for when it was said to come.

    Parts that nobody has begun follow when they leave sooner, with ``later_too`` also when they leave later.
    """
    promised_for = partial(
        promised,
        method=order.shipping_method,
        country=str(order.shipping_address.get("country", "")),
        channel=channel_by_id(order.channel_id),
        not_before=order.deliver_not_before,
        not_after=order.deliver_not_after,
        loads=Loads(now=now, without_order=order.pk),
    )
    waits = OrderLine.objects.filter(order=order, backordered__gt=0).aggregate(units=Sum("backordered"), last=LAST_DAY)
    held = Q(allocations__status__in=OPEN_ALLOCATION)
    parts = FulfillmentOrder.objects.filter(held, order=order, status__in=sorted(OPEN_FULFILLMENT_ORDER))
    rows = list(parts.annotate(last=Max("allocations__order_line__release_on", filter=held)).order_by("pk"))
    if order.ship_policy == ShipPolicy.COMPLETE:
        last = max((day for day in (*(row.last for row in rows), waits["last"]) if day), default=None)
        for row in rows:
            row.last = last
    found = []
    moved = False
    others = []
    for row in rows:
        dates = promised_for(warehouse_by_id(row.warehouse_id), ready_at=now, earliest=row.last)
        found.append(dates)
        if row.status in BEFORE_THE_FLOOR:
            was = row.ship_by
            moved |= _follow(row, dates, row.last, later_too=later_too)
            others += [rescheduled(row, was)] if row.ship_by != was else []
    publish(*others, by=by, now=now)
    if moved:
        settle_readiness(order, by=by, now=now)
    if waits["units"] or not found:
        ready_at = max(now, _comes_at(order)) if waits["units"] else now
        found.append(promised_for(warehouse_by_id(home_id), ready_at=ready_at, earliest=waits["last"]))
    return max(found, key=lambda one: (one.deliver_to, one.ship_by))


def _follow(row: FulfillmentOrder, dates: PromiseDates, last: date | None, *, later_too: bool = False) -> bool:
    """Let a part leave earlier, or on the day of its delivery window; whether it may leave on another day now.

    With ``later_too`` it may be due later, too. ``last`` is the day on which the last of its articles is released.
    """
    before = row.release_on
    if "not_before" in dates.inputs:
        row.release_on = row.ship_by = dates.ship_by
    elif before is not None and before != last:
        row.release_on, row.ship_by = last, dates.ship_by
    elif dates.ship_by < row.ship_by or later_too:
        row.ship_by = dates.ship_by
    else:
        return False
    FulfillmentOrder.objects.filter(pk=row.pk).update(release_on=row.release_on, ship_by=row.ship_by)
    return row.release_on != before


def _comes_at(order: Order) -> datetime:
    """When what the order waits for was said to come, as its promise has it; long ago when nobody said."""
    last = Promise.objects.filter(order=order).order_by("-version").first()
    said = last.inputs.get("ready_at") if last else None
    return datetime.fromisoformat(said) if said else datetime.min.replace(tzinfo=UTC)


def _no_sooner(dates: PromiseDates, last: Promise) -> PromiseDates:
    return PromiseDates(
        max(dates.ship_by, last.ship_by),
        max(dates.deliver_from, last.deliver_from),
        max(dates.deliver_to, last.deliver_to),
        dates.inputs,
    )


def write_promise(
    order: Order, dates: PromiseDates, *, reason: str, earlier_too: bool = False, by: Actor, now: datetime
) -> bool:
    """Make these dates the next version, when they are later than the last (or, with ``earlier_too``, others).

    Without ``earlier_too`` no day of it becomes sooner: the dates are those of one part, and others may take longer.
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
        if not earlier_too:
            dates = _no_sooner(dates, last)
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
