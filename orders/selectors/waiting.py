"""Who waits for a product, with what decides who gets it first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, Min, OuterRef, Q, Sum

from inventory.selectors import availability
from orders.models import FulfillmentOrder, OrderLine
from orders.planning.fill_order import ChannelRule, Waiting
from orders.planning.kits import Part, share_out_whole
from orders.selectors.buffers import buffers_of
from orders.selectors.channels import channels
from orders.states import OrderStatus, RequestStatus

RANKED = 10_000
"""So many orders that wait for one product are ranked at once, the oldest."""


@dataclass(frozen=True, slots=True)
class WaitedFor:
    """A product that orders wait for in a warehouse."""

    product_id: int
    units: int
    orders: int
    since: datetime


@dataclass(frozen=True, slots=True)
class WaitingOrder:
    """An order on the page of a product that is waited for."""

    ref: str
    channel_id: int
    channel_name: str
    policy: str
    on_hold: bool
    promised: date | None
    waiting: Waiting


def fill_rules(warehouse_id: int, product_id: int) -> dict[int, ChannelRule]:
    """{channel: how it fills that product} of the channels that ship from the warehouse. One statement."""
    return {
        channel.id: ChannelRule(channel.fill_policy, buffers_of(channel).of(product_id))
        for channel in channels()
        if warehouse_id in channel.warehouse_ids
    }


def may_get_from(warehouse_id: int) -> Q:
    """Lines whose order may ship from the warehouse: no rule left it others, and nobody there declined a part of it."""
    declined = FulfillmentOrder.objects.filter(
        order=OuterRef("order_id"), warehouse_id=warehouse_id, request_status=RequestStatus.REJECTED
    )
    left = Q(order__ship_from=[]) | Q(order__ship_from__contains=[warehouse_id])
    return left & ~Q(Exists(declined))


def waiting_for(product_id: int, warehouse_id: int, channel_ids: Iterable[int]) -> list[Waiting]:
    """The orders of those channels that wait for the product and could use units of it now, oldest first.

    At most five statements, which read the waiting lines of that product and the other lines of their orders.
    """
    return [one.waiting for one in _read(product_id, warehouse_id, channel_ids)]


def waiting_orders(product_id: int, warehouse_id: int) -> list[WaitingOrder]:
    """The same for people, of all channels that ship from the warehouse."""
    return _read(product_id, warehouse_id, fill_rules(warehouse_id, product_id))


def waited_for(warehouse_id: int, *, limit: int = 200) -> list[WaitedFor]:
    """The products that confirmed orders wait for in a warehouse, the longest wait first. Two statements."""
    own = [channel.id for channel in channels() if warehouse_id in channel.warehouse_ids]
    rows = (
        OrderLine.objects.filter(backordered__gt=0, order__status=OrderStatus.CONFIRMED, order__channel_id__in=own)
        .order_by()
        .values("product_id")
        .annotate(units=Sum("backordered"), orders=Count("order_id", distinct=True), since=Min("placed_at"))
        .order_by("since", "product_id")[:limit]
    )
    return [WaitedFor(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class _Line:
    order_id: int
    product_id: int
    backordered: int
    kit_id: int | None
    per_kit: int | None
    allocated: int


def _read(product_id: int, warehouse_id: int, channel_ids: Iterable[int]) -> list[WaitingOrder]:
    rows = list(
        OrderLine.objects.filter(
            may_get_from(warehouse_id),
            product_id=product_id,
            backordered__gt=0,
            order__status=OrderStatus.CONFIRMED,
            order__channel_id__in=sorted(channel_ids),
        )
        .order_by("placed_at", "pk")
        .values_list(
            "order_id",
            "placed_at",
            "order__channel_id",
            "order__priority",
            "order__ship_by",
            "order__ref",
            "order__channel__name",
            "order__channel__fill_policy",
            "order__open_holds",
        )[:RANKED]
    )
    orders = {row[0]: row for row in reversed(rows)}
    lines: dict[int, list[_Line]] = {}
    fields = ("order_id", "product_id", "backordered", "kit_id", "per_kit", "allocated")
    for values in OrderLine.objects.filter(order_id__in=orders).order_by("pk").values_list(*fields):
        lines.setdefault(values[0], []).append(_Line(*values))
    there = _there(lines, product_id, warehouse_id)
    found = []
    for order_id, row in sorted(orders.items(), key=lambda pair: (pair[1][1], pair[0])):
        _pk, placed_at, channel_id, priority, promised, ref, name, policy, holds = row
        reach = _reach(lines[order_id], product_id, there)
        if reach is None:
            continue
        units, others, first, step = reach
        waiting = Waiting(order_id, channel_id, placed_at, units, others, promised, priority, first, step)
        found.append(WaitingOrder(ref, channel_id, name, policy, bool(holds), promised, waiting))
    return found


def _there(lines: Mapping[int, Sequence[_Line]], product_id: int, warehouse_id: int) -> dict[int, int]:
    """What is there of the other products those orders wait for."""
    wanted = {
        line.product_id for own in lines.values() for line in own if line.backordered and line.product_id != product_id
    }
    if not wanted:
        return {}
    return {product: units for (product, _w), units in availability(wanted, [warehouse_id]).items()}


def _reach(own: Sequence[_Line], product_id: int, there: Mapping[int, int]) -> tuple[int, int, int, int] | None:
    """(units it could use, units of others that are lacking, first, step); None when kits lack something else."""
    plain = sum(one.backordered for one in own if one.product_id == product_id and one.kit_id is None)
    kits = {one.kit_id for one in own if one.kit_id and one.product_id == product_id and one.backordered}
    units, lacking, first, step = plain, 0, 1, 1
    for kit_id in kits:
        parts = [one for one in own if one.kit_id == kit_id]
        group = [
            Part(one.product_id, one.per_kit or 1, one.allocated, one.allocated + one.backordered) for one in parts
        ]
        waits = sum(one.backordered for one in parts if one.product_id == product_id)
        enough = {**there, product_id: waits}
        (got,) = share_out_whole([group], enough)
        usable = sum(share for share, one in zip(got, parts, strict=True) if one.product_id == product_id)
        units += usable
        lacking += waits - usable
        mine = next(one for one in parts if one.product_id == product_id)
        if not plain and len(kits) == 1:
            step = mine.per_kit or 1
            first = step - mine.allocated % step
    if not units:
        return None
    other: dict[int, int] = {}
    for one in own:
        if one.backordered and one.product_id != product_id:
            other[one.product_id] = other.get(one.product_id, 0) + one.backordered
    lacking += sum(max(count - there.get(product, 0), 0) for product, count in other.items())
    return units, lacking, first, step
