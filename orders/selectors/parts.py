"""The parts of an order: what ships from where, and what may still be changed about it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from core.kernel.refs import tidy_ref
from inventory.selectors import WarehouseFact, availability, warehouses_by_id
from orders.models import Allocation, FulfillmentOrder, Order
from orders.selectors.buffers import buffers_of
from orders.selectors.channels import channel_by_id
from orders.states import RequestStatus

NOT_BEGUN = ("open", "scheduled", "allocated")


@dataclass(frozen=True, slots=True)
class PartLine:
    """Units of an order line in a part, whatever became of them: not those given up."""

    order_line_id: int
    product_id: int
    sku: str
    name: str
    quantity: int


@dataclass(frozen=True, slots=True)
class PartFact:
    """A fulfilment order. ``movable``: nobody has begun it and no third party was asked for it."""

    id: int
    warehouse_id: int
    warehouse_code: str
    warehouse_name: str
    status: str
    ship_by: date
    release_on: date | None
    request_status: str
    priority: int
    movable: bool
    lines: tuple[PartLine, ...]


@dataclass(frozen=True, slots=True)
class MoveOption:
    """Another warehouse a part could ship from; ``lacking`` are (SKU, wanted, available) of what it has not enough."""

    warehouse: WarehouseFact
    lacking: tuple[tuple[str, int, int], ...] = field(default=())


def order_parts(ref: str, *, channel_id: int | None = None) -> tuple[int, list[PartFact]]:
    """(version of the order, its parts, the oldest first). Three or four statements. Raises NotFound."""
    rows = Order.objects.filter(ref=tidy_ref(ref)[:24])
    if channel_id is not None:
        rows = rows.filter(channel_id=channel_id)
    order = rows.values_list("pk", "version").first()
    if order is None:
        raise NotFound(_("There is no such order."))
    parts = list(FulfillmentOrder.objects.filter(order=order[0]).order_by("pk"))
    places = warehouses_by_id(part.warehouse_id for part in parts) if parts else {}
    held = _lines(part.pk for part in parts)
    return order[1], [
        PartFact(
            id=part.pk,
            warehouse_id=part.warehouse_id,
            warehouse_code=places[part.warehouse_id].code,
            warehouse_name=places[part.warehouse_id].name,
            status=part.status,
            ship_by=part.ship_by,
            release_on=part.release_on,
            request_status=part.request_status,
            priority=part.priority,
            movable=part.status in NOT_BEGUN
            and part.request_status not in (RequestStatus.REQUESTED, RequestStatus.ACCEPTED),
            lines=held.get(part.pk, ()),
        )
        for part in parts
    ]


def part_of_order(ref: str, fulfillment_order_id: int, *, channel_id: int | None = None) -> int:
    """The id, when that is a part of that order. Raises NotFound."""
    rows = FulfillmentOrder.objects.filter(pk=fulfillment_order_id, order_ref=tidy_ref(ref)[:24])
    if channel_id is not None:
        rows = rows.filter(order__channel_id=channel_id)
    if not rows.exists():
        raise NotFound(_("There is no such fulfilment order."))
    return fulfillment_order_id


def warehouse_of_part(fulfillment_order_id: int) -> int | None:
    """The id of the warehouse a part ships from; None when there is no such part."""
    return FulfillmentOrder.objects.filter(pk=fulfillment_order_id).values_list("warehouse_id", flat=True).first()


def move_options(channel_id: int, parts: Iterable[PartFact]) -> dict[int, list[MoveOption]]:
    """{part: where else all of it could ship from}, in the channel's order, of the movable ones. Four statements."""
    movable = [part for part in parts if part.movable]
    channel = channel_by_id(channel_id)
    if not movable or len(channel.warehouse_ids) < 2:
        return {}
    buffers, places = buffers_of(channel), warehouses_by_id(channel.warehouse_ids)
    products = {line.product_id for part in movable for line in part.lines}
    there = availability(products, channel.warehouse_ids)
    found: dict[int, list[MoveOption]] = {}
    for part in movable:
        wanted: dict[int, tuple[str, int]] = {}
        for line in part.lines:
            wanted[line.product_id] = (line.sku, wanted.get(line.product_id, ("", 0))[1] + line.quantity)
        for place_id in channel.warehouse_ids:
            if place_id == part.warehouse_id or not places[place_id].active:
                continue
            lacking = []
            for product_id, (sku, units) in wanted.items():
                free = max(there.get((product_id, place_id), 0) - buffers.of(product_id), 0)
                if free < units:
                    lacking.append((sku, units, free))
            found.setdefault(part.id, []).append(MoveOption(places[place_id], tuple(lacking)))
    return found


def _lines(part_ids: Iterable[int]) -> dict[int, tuple[PartLine, ...]]:
    rows = Allocation.objects.filter(fulfillment_order__in=list(part_ids)).exclude(status="released")
    held: dict[int, dict[int, PartLine]] = {}
    for part_id, line_id, product_id, sku, name, quantity in rows.order_by("order_line__position", "pk").values_list(
        "fulfillment_order_id", "order_line_id", "product_id", "order_line__sku", "order_line__name", "quantity"
    ):
        own = held.setdefault(part_id, {})
        units = quantity + (own[line_id].quantity if line_id in own else 0)
        own[line_id] = PartLine(line_id, product_id, sku, name, units)
    return {part_id: tuple(own.values()) for part_id, own in held.items()}
