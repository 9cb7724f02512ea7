"""Divide the parts of an order, join them, and let them ship from another warehouse, before the floor begins.

A part is a fulfilment order that nobody has begun: ``open``, ``scheduled`` or ``allocated``, and not asked of a third
party. Kits travel whole. Each command holds the order's row, so that it meets no release, fill or cancellation halfway.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import Invalid, NotFound
from core.kernel.locks import lock_many
from core.outbox.publish import NewEvent, publish
from inventory.errors import InsufficientStock
from inventory.selectors import WarehouseFact, warehouse_by_id, warehouses_by_id
from inventory.services import reservation
from inventory.services.announcing import announce_replenished
from inventory.services.reservation import Want
from orders.errors import NotRoutable
from orders.events import ORDER_ROUTED
from orders.models import Allocation, FulfillmentOrder, Order, OrderLine
from orders.planning.promises import PromiseDates, local_day
from orders.selectors.buffers import buffers_of
from orders.selectors.calendars import Loads
from orders.selectors.channels import channel_by_id
from orders.services.allocations import move_units, read
from orders.services.closing import settle_fulfillment_orders
from orders.services.locking import lock_order, refuse_closed
from orders.services.promising import promised, renew_promise
from orders.services.readiness import BEFORE_THE_FLOOR, settle_readiness
from orders.states import AllocationStatus, RequestStatus

Units = Mapping[int, int]
"""{order_line_id: units}"""


@dataclass(frozen=True, slots=True)
class Moved:
    """What was done: units of {order_line_id: units} are in that fulfilment order now; the ``version`` of the order."""

    order_ref: str
    fulfillment_order_id: int
    units: dict[int, int]
    version: int


@command
def split(
    fulfillment_order_id: int,
    units: Units,
    *,
    channel_id: int | None = None,
    expected_version: int | None = None,
    by: Actor,
    now: datetime,
) -> Moved:
    """Put units of a part into a new part of the same warehouse, so that one can go ahead of the other.

    Nothing changes in stock, nor in the promise. Raises NotRoutable (begun, asked of a third party, a kit would be
    divided, all of it named), Invalid for units that are not in it, NotFound, StaleVersion, OrderClosed.
    """
    order, (part,) = _lock([fulfillment_order_id], channel_id, expected_version)
    rows = _content([part])
    wanted = _named(units, rows)
    if wanted == _held(rows):
        raise NotRoutable(_("These are all its units, so there is nothing left to divide it from."))
    _refuse_divided_kits(wanted, rows)
    fresh = _new_part(order, part.warehouse_id, ship_by=part.ship_by, release_on=part.release_on, like=part, now=now)
    _move(rows, wanted, fresh)
    _settle(order, [part], by=by, now=now)
    _tell(order, "split", fresh, part.warehouse_id, wanted, by=by, now=now)
    return Moved(order.ref, fresh.pk, wanted, order.version)


@command
def merge(
    fulfillment_order_ids: Iterable[int],
    *,
    channel_id: int | None = None,
    expected_version: int | None = None,
    by: Actor,
    now: datetime,
) -> Moved:
    """Join parts of one order in one warehouse: all units go to the oldest, which leaves by the earliest of their days.

    Raises NotRoutable (begun, other orders, warehouses or release days), NotFound, StaleVersion, OrderClosed.
    """
    order, parts = _lock(fulfillment_order_ids, channel_id, expected_version)
    if len(parts) < 2:
        raise NotRoutable(_("Name two parts or more of the order to join."))
    first, rest = parts[0], parts[1:]
    if any(one.warehouse_id != first.warehouse_id for one in rest):
        raise NotRoutable(_("These parts lie in different warehouses. Move them to one of them first."))
    if any(one.release_on != first.release_on for one in rest):
        raise NotRoutable(_("These parts may leave on different days, so they cannot be joined."))
    rows = _content(rest)
    moved = _held(rows)
    _move(rows, moved, first)
    first.ship_by = min(one.ship_by for one in parts)
    first.priority = max(one.priority for one in parts)
    FulfillmentOrder.objects.filter(pk=first.pk).update(ship_by=first.ship_by, priority=first.priority)
    _settle(order, rest, by=by, now=now)
    _tell(order, "merged", first, first.warehouse_id, moved, by=by, now=now)
    return Moved(order.ref, first.pk, moved, order.version)


@command
def reroute(
    fulfillment_order_id: int,
    warehouse_id: int,
    units: Units | None = None,
    *,
    channel_id: int | None = None,
    expected_version: int | None = None,
    by: Actor,
    now: datetime,
) -> Moved:
    """Let a part, or units of it, ship from another warehouse of its channel.

    Its units are given back where they were and allocated there in one statement: both or neither. They join what the
    order already has there, else they make a new part. The promise is renewed when they leave later than promised.

    Raises NotRoutable (begun, asked of a third party, not a warehouse of the channel, not enough stock there, a kit
    would be divided), Invalid for units that are not in it, NotFound, StaleVersion, OrderClosed.
    """
    order, (part,) = _lock([fulfillment_order_id], channel_id, expected_version)
    channel = channel_by_id(order.channel_id)
    place = _target(order, part, warehouse_id, channel.warehouse_ids)
    rows = _content([part])
    wanted = _held(rows) if units is None else _named(units, rows)
    _refuse_divided_kits(wanted, rows)
    target = _part_at(order, part, place, wanted, now=now)
    products = {row.order_line_id: row.product_id for row in rows.values()}
    back = [Want(products[line_id], part.warehouse_id, count) for line_id, count in wanted.items()]
    buffers = buffers_of(channel)
    there = [
        Want(products[line_id], place.id, count, keep=buffers.of(products[line_id]))
        for line_id, count in wanted.items()
    ]
    _move(rows, wanted, target)
    _settle(order, [part], by=by, now=now)
    _tell(order, "moved", target, part.warehouse_id, wanted, by=by, now=now)
    renew_promise(order, place.id, reason="delayed", by=by, now=now)
    try:
        reservation.swap(back, there)
    except InsufficientStock as error:
        raise _lacking(error, place) from error
    announce_replenished(back, by=by, now=now)
    return Moved(order.ref, target.pk, wanted, order.version)


def _lock(
    ids: Iterable[int], channel_id: int | None, expected_version: int | None
) -> tuple[Order, list[FulfillmentOrder]]:
    """The order and those of its parts, all locked, the oldest first; none of them begun."""
    wanted = set(ids)
    refs = set(FulfillmentOrder.objects.filter(pk__in=wanted).values_list("order_ref", flat=True))
    if not refs:
        raise NotFound(_("There is no such fulfilment order."))
    if len(refs) > 1:
        raise NotRoutable(_("These parts belong to different orders. Each parcel holds one order."))
    order = lock_order(refs.pop(), channel_id=channel_id, expected_version=expected_version)
    refuse_closed(order)
    parts = lock_many(FulfillmentOrder.objects.filter(order=order), wanted)
    if len(parts) != len(wanted):
        raise NotFound(_("There is no such fulfilment order."))
    for part in parts:
        part.order = order
        if part.status not in BEFORE_THE_FLOOR:
            words = {"ref": order.ref, "status": part.get_status_display()}
            raise NotRoutable(_("This part of %(ref)s is past that: it is %(status)s.") % words)
        if part.request_status in (RequestStatus.REQUESTED, RequestStatus.ACCEPTED):
            raise NotRoutable(_("This part was asked of a third party. Take the request back first."))
    return order, parts


def _content(parts: Sequence[FulfillmentOrder]) -> dict[int, Allocation]:
    ids = Allocation.objects.filter(
        fulfillment_order__in=[part.pk for part in parts], status=AllocationStatus.ALLOCATED
    ).values_list("pk", flat=True)
    rows = read(ids)
    return {key: row for key, row in rows.items() if row.status == AllocationStatus.ALLOCATED}


def _held(rows: Mapping[int, Allocation]) -> dict[int, int]:
    held: dict[int, int] = {}
    for row in rows.values():
        held[row.order_line_id] = held.get(row.order_line_id, 0) + row.quantity
    return held


def _named(units: Units, rows: Mapping[int, Allocation]) -> dict[int, int]:
    """The units named. Raises Invalid for none, and for more of a line than is there."""
    held = _held(rows)
    errors = [
        {
            "pointer": "/lines",
            "code": "not_in_it",
            "detail": _("%(count)d units of this line are in this part.") % {"count": held.get(line_id, 0)},
            "id": line_id,
        }
        for line_id, count in units.items()
        if not 0 < count <= held.get(line_id, 0)
    ]
    if errors or not units:
        raise Invalid(_("Name units that are in this part of the order."), errors=errors)
    return dict(units)


def _refuse_divided_kits(wanted: Units, rows: Mapping[int, Allocation]) -> None:
    """A kit that is whole in the part stays whole: of all its lines as many kits are named."""
    lines = OrderLine.objects.filter(pk__in=_held(rows), kit__isnull=False)
    kits: dict[int, set[tuple[int, int]]] = {}
    for line_id, kit_id, per_kit in lines.values_list("pk", "kit_id", "per_kit"):
        kits.setdefault(kit_id, set()).add(divmod(wanted.get(line_id, 0), per_kit or 1))
    held = _held(rows)
    for counts in kits.values():
        if (len(counts) > 1 or any(rest for _whole, rest in counts)) and wanted != held:
            raise NotRoutable(_("A kit travels whole. Name as many of all its parts."))


def _target(order: Order, part: FulfillmentOrder, warehouse_id: int, allowed: Sequence[int]) -> WarehouseFact:
    place = warehouses_by_id([warehouse_id]).get(warehouse_id)
    if place is None:
        raise NotFound(_("There is no such warehouse."))
    if place.id == part.warehouse_id:
        raise NotRoutable(_("It ships from %(warehouse)s already.") % {"warehouse": place.name})
    if place.id not in allowed or not place.active:
        raise NotRoutable(_("%(warehouse)s does not ship for this channel.") % {"warehouse": place.name})
    declined = FulfillmentOrder.objects.filter(
        order=order, warehouse_id=place.id, request_status=RequestStatus.REJECTED
    )
    if declined.exists():
        raise NotRoutable(_("%(warehouse)s declined this order before.") % {"warehouse": place.name})
    return place


def _part_at(
    order: Order, part: FulfillmentOrder, place: WarehouseFact, wanted: Units, *, now: datetime
) -> FulfillmentOrder:
    """The part of the order in that warehouse that the units can join, else a new one."""
    release_on, dates = part.release_on, None
    if order.deliver_not_before is not None:
        # From elsewhere it is longer or shorter on the road, so that it leaves on another day to be there in time.
        day = OrderLine.objects.filter(pk__in=wanted).aggregate(last=Max("release_on"))["last"]
        dates = _dates_from(place, order, earliest=day, now=now)
        release_on = dates.ship_by if "not_before" in dates.inputs else day
    there = FulfillmentOrder.objects.filter(
        order=order,
        warehouse_id=place.id,
        status__in=BEFORE_THE_FLOOR,
        release_on=release_on,
        request_status="",
    )
    found = there.order_by("pk").first()
    if found is not None:
        return found
    leaves = dates or _dates_from(place, order, earliest=release_on, now=now)
    ship_by = leaves.ship_by if dates else max(leaves.ship_by, part.ship_by)
    return _new_part(order, place.id, ship_by=ship_by, release_on=release_on, like=part, now=now)


def _dates_from(place: WarehouseFact, order: Order, *, earliest: date | None, now: datetime) -> PromiseDates:
    return promised(
        place,
        order.shipping_method,
        str(order.shipping_address.get("country", "")),
        ready_at=now,
        earliest=earliest,
        not_before=order.deliver_not_before,
        not_after=order.deliver_not_after,
        loads=Loads(now=now, without_order=order.pk),
    )


def _new_part(
    order: Order,
    warehouse_id: int,
    *,
    ship_by: date,
    release_on: date | None,
    like: FulfillmentOrder,
    now: datetime,
) -> FulfillmentOrder:
    place = warehouse_by_id(warehouse_id)
    later = release_on is not None and release_on > local_day(now, place.time_zone)
    return FulfillmentOrder.objects.create(
        order=order,
        order_ref=order.ref,
        warehouse_id=warehouse_id,
        status="open" if not place.is_own else "scheduled" if later else like.status,
        ship_by=ship_by,
        release_on=release_on,
        priority=like.priority,
        created_at=now,
    )


def _move(rows: dict[int, Allocation], wanted: Units, target: FulfillmentOrder) -> None:
    left = dict(wanted)
    steps: dict[int, int] = {}
    for key, row in sorted(rows.items()):
        count = min(left.get(row.order_line_id, 0), row.quantity)
        if count:
            steps[key] = count
            left[row.order_line_id] -= count
    move_units(rows, steps, target)


def _settle(order: Order, emptied: list[FulfillmentOrder], *, by: Actor, now: datetime) -> None:
    settle_fulfillment_orders(emptied, by=by, now=now)
    settle_readiness(order, by=by, now=now)
    order.version += 1
    Order.objects.filter(pk=order.pk).update(version=order.version)


def _tell(
    order: Order, cause: str, part: FulfillmentOrder, source_id: int, units: Units, *, by: Actor, now: datetime
) -> None:
    data = {
        "cause": cause,
        "warehouses": [part.warehouse_id],
        "from": source_id,
        "fulfillment_order_id": part.pk,
        "lines": [[line_id, count] for line_id, count in units.items()],
        "considered": [],
    }
    publish(NewEvent(ORDER_ROUTED, "order", order.pk, order.ref, data), by=by, now=now)


def _lacking(error: InsufficientStock, place: WarehouseFact) -> NotRoutable:
    short = [
        _("%(sku)s (%(wanted)d wanted, %(available)d available)")
        % {"sku": one.sku, "wanted": one.wanted, "available": one.available}
        for one in error.short
    ]
    return NotRoutable(
        _("%(warehouse)s has not enough of it: %(products)s.")
        % {"warehouse": place.name, "products": ", ".join(short)},
        errors=[{"pointer": "/warehouse", "code": "out_of_stock", "sku": one.sku} for one in error.short],
    )
