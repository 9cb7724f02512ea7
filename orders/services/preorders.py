"""Orders placed ahead of a product's release day: when the day moves, they move with it."""

from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import NotFound
from core.kernel.locks import lock_one
from core.kernel.sweeps import each
from core.outbox.publish import NewEvent, publish
from inventory.selectors import products_by_id, warehouse_by_id
from inventory.selectors.releases import products_with_release
from orders.events import ORDER_RELEASE_MOVED
from orders.models import Allocation, FulfillmentOrder, Order, OrderLine
from orders.planning.promises import local_day, ship_by
from orders.selectors.channels import channel_by_id
from orders.services.allocations import move_units, read
from orders.services.calendars import calendar_of
from orders.services.closing import settle_fulfillment_orders
from orders.services.filling import shipments_for
from orders.services.lines import open_lines
from orders.services.promising import renew_promise
from orders.services.readiness import BEFORE_THE_FLOOR, EARLIEST_ZONE, settle_readiness
from orders.services.third_party import ASKED, settle_requests_of
from orders.states import OPEN_ALLOCATION, AllocationStatus, OrderStatus, ShipPolicy


def follow_releases(*, by: Actor, now: datetime) -> int:
    """``follow_release`` for every product that may ask for it; returns how many orders moved.

    Those to be released, and of those long released the ones an open line still waits for: what was sold and sent
    costs nothing.
    """
    with_a_day = OrderLine.objects.filter(release_on__isnull=False)
    waiting = with_a_day.filter(backordered__gt=0).order_by().values_list("product_id", flat=True).distinct()
    held = Allocation.objects.filter(status=AllocationStatus.ALLOCATED, order_line__release_on__isnull=False)
    among = {*waiting, *held.order_by().values_list("product_id", flat=True).distinct()}
    followed = products_with_release(after=now.date(), or_among=among)
    return each(followed, lambda product_id: follow_release(product_id, by=by, now=now))


def follow_release(product_id: int, *, by: Actor, now: datetime) -> int:
    """Let open orders of the product leave on its release day of now; returns how many orders moved.

    One transaction an order; reads only lines that wait for the product or hold units of it. Safe to run at any time.
    """
    product = products_by_id([product_id]).get(product_id)
    if product is None:
        return 0
    day = product.release_on
    other = Q(release_on__isnull=False) if day is None else ~Q(release_on=day) | Q(release_on__isnull=True)
    if day is not None and day <= now.date():
        # Only what still waits for a later day: an order placed after the release never had one to wait for.
        other = Q(release_on__gt=day)
    waiting = OrderLine.objects.filter(other, product_id=product_id, backordered__gt=0)
    held = OrderLine.objects.filter(
        other,
        pk__in=Allocation.objects.filter(product_id=product_id, status=AllocationStatus.ALLOCATED).values("order_line"),
    )
    early = _ahead_of(product_id, day, now=now)
    orders = {pk for lines in (waiting, held, early) for pk in lines.values_list("order_id", flat=True)}
    return each(sorted(orders), lambda order_id: move_release(order_id, product_id, day, by=by, now=now))


@command
def move_release(order_id: int, product_id: int, day: date | None, *, by: Actor, now: datetime) -> bool:
    """Let the order's units of the product leave on ``day`` (None: when they are there); whether anything moved.

    What is on the floor already goes on. The promise is renewed, sooner or later, and the customer told once.
    """
    try:
        order = lock_one(Order.objects.all(), pk=order_id, status=OrderStatus.CONFIRMED)
    except NotFound:
        return False
    early = set(_ahead_of(product_id, day, now=now).filter(order=order).values_list("pk", flat=True))
    lines = [
        line
        for line in OrderLine.objects.filter(order=order, product_id=product_id).order_by("position")
        if line.open_quantity and (line.release_on != day or line.pk in early)
    ]
    if not lines:
        return False
    OrderLine.objects.filter(pk__in=[line.pk for line in lines]).update(release_on=day)
    for line in lines:
        line.release_on = day
    moved = _regroup(order, lines, by=by, now=now)
    Order.objects.filter(pk=order.pk).update(version=order.version + 1)
    order.version += 1
    settle_readiness(order, by=by, now=now)
    if moved:
        settle_requests_of(order, changed=moved, by=by, now=now)
    data = {
        "product_id": product_id,
        "lines": [line.pk for line in lines],
        "release_on": day.isoformat() if day else None,
    }
    publish(NewEvent(ORDER_RELEASE_MOVED, "order", order.pk, order.ref, data), by=by, now=now)
    place = FulfillmentOrder.objects.filter(order=order, status__in=BEFORE_THE_FLOOR).order_by("pk").first()
    warehouse_id = place.warehouse_id if place else channel_by_id(order.channel_id).warehouse_id
    renew_promise(order, warehouse_id, reason="release_moved", earlier_too=True, by=by, now=now)
    return True


def _ahead_of(product_id: int, day: date | None, *, now: datetime) -> QuerySet[OrderLine]:
    """Lines of that day with units in a part nobody has begun that leaves before it: the floor gave it back."""
    if day is None or day <= (now + EARLIEST_ZONE).date():
        return OrderLine.objects.none()
    sooner = Q(fulfillment_order__release_on=None) | Q(fulfillment_order__release_on__lt=day)
    units = Allocation.objects.filter(
        sooner,
        product_id=product_id,
        status=AllocationStatus.ALLOCATED,
        fulfillment_order__status__in=BEFORE_THE_FLOOR,
    )
    return OrderLine.objects.filter(pk__in=units.values("order_line"), release_on=day)


def _regroup(order: Order, lines: Sequence[OrderLine], *, by: Actor, now: datetime) -> list[int]:
    """Bring units that nobody has begun together with what leaves on the same day.

    Returns the parts asked of third parties that leave on another day, or with fewer units.
    """
    asked = []
    parts = list(FulfillmentOrder.objects.filter(order=order, status__in=BEFORE_THE_FLOOR).order_by("pk"))
    moved = {line.pk: line for line in lines}
    for part in parts:
        held = list(Allocation.objects.filter(fulfillment_order=part, status__in=OPEN_ALLOCATION).order_by("pk"))
        mine = [row for row in held if row.order_line_id in moved]
        if not mine:
            continue
        if part.request_status in ASKED:
            asked.append(part.pk)
        day = _day_of(order, part, lines, now=now)
        alone = not any(
            other.pk != part.pk and other.warehouse_id == part.warehouse_id and other.release_on == day
            for other in parts
        )
        if order.ship_policy == ShipPolicy.COMPLETE or (len(mine) == len(held) and alone):
            calendar = calendar_of(warehouse_by_id(part.warehouse_id))
            ready_at = datetime.combine(day, time(), tzinfo=ZoneInfo(calendar.time_zone)) if day else now
            part.release_on, part.ship_by = day, ship_by(ready_at, calendar)
            FulfillmentOrder.objects.filter(pk=part.pk).update(release_on=day, ship_by=part.ship_by)
            continue
        targets = shipments_for(order, part.warehouse_id, [moved[row.order_line_id] for row in mine], now=now)
        for line_id, target in targets.items():
            rows = read(row.pk for row in mine if row.order_line_id == line_id)
            units = {row.pk: row.quantity for row in mine if row.order_line_id == line_id}
            if target.pk != part.pk:
                move_units(rows, units, target)
    left = FulfillmentOrder.objects.select_related("order").filter(pk__in=[part.pk for part in parts])
    settle_fulfillment_orders(list(left.order_by("pk")), by=by, now=now)
    return asked


def _day_of(order: Order, part: FulfillmentOrder, lines: Sequence[OrderLine], *, now: datetime) -> date | None:
    """The day the part leaves at the earliest; of an order that ships complete the last day of all its lines."""
    today = local_day(now, warehouse_by_id(part.warehouse_id).time_zone)
    days = [line.release_on for line in lines]
    if order.ship_policy == ShipPolicy.COMPLETE:
        days = list(open_lines(order).values_list("release_on", flat=True))
    return max((day for day in days if day and day > today), default=None)
