"""The order page: where is it, and why."""

from dataclasses import dataclass
from datetime import date, datetime

from orders.models import Allocation, FulfillmentOrder
from orders.selectors.facts import KitFact, LineFact, OrderFact
from orders.selectors.orders import access_order
from orders.states import OrderStatus


@dataclass(frozen=True, slots=True)
class LineProgress:
    """A line and how far its units have come; the five are disjoint and sum to what is still wanted of it.

    ``kit`` is the kit it is part of; the parts of a kit stand one after the other.
    """

    line: LineFact
    waiting: int
    on_shelf: int
    picked: int
    packed: int
    shipped: int
    kit: KitFact | None = None


@dataclass(frozen=True, slots=True)
class Shipment:
    """A fulfilment order with its open or shipped units by line: [(order_line_id, units)]."""

    id: int
    warehouse_id: int
    status: str
    ship_by: date
    created_at: datetime
    released_at: datetime | None
    picked_at: datetime | None
    packed_at: datetime | None
    closed_at: datetime | None
    contents: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Everything this room knows of an order."""

    order: OrderFact
    lines: tuple[LineProgress, ...]
    shipments: tuple[Shipment, ...]

    @property
    def open_holds(self) -> int:
        return self.order.open_holds

    @property
    def is_open(self) -> bool:
        return self.order.status not in (OrderStatus.COMPLETED, OrderStatus.CANCELLED)

    @property
    def can_cancel(self) -> bool:
        return self.is_open and any(one.line.quantity - one.line.cancelled - one.line.shipped for one in self.lines)

    @property
    def cancellable(self) -> list[tuple[int, str, str, int]]:
        """[(id, name, sku, how many)] that can be cancelled by themselves: lines, and whole kits.

        Of a kit that has left in part, what has not is named by its components.
        """
        found = []
        for one in self.order.bought:
            if not isinstance(one, KitFact):
                found.append((one.id, one.name, one.sku, one.quantity - one.cancelled - one.shipped))
            elif one.open_quantity:
                found.append((one.id, one.name, one.sku, one.open_quantity))
            else:
                found += [
                    (part.id, part.name, part.sku, part.quantity - part.cancelled - part.shipped)
                    for part in one.components
                ]
        return [row for row in found if row[3] > 0]

    @property
    def can_edit(self) -> bool:
        """Until it is over. What is on the floor is stopped first, and a bought label keeps its address."""
        return self.is_open


def order_page(ref: str, *, channel_id: int | None = None) -> OrderPage:
    """The order with its lines' progress and its fulfilment orders. Raises NotFound. Seven statements."""
    order = access_order(ref, channel_id=channel_id)
    progress: dict[int, dict[str, int]] = {line.id: {} for line in order.lines}
    contents: dict[int, dict[int, int]] = {}
    rows = Allocation.objects.filter(fulfillment_order__order_id=order.id).exclude(status="released").order_by("pk")
    for shipment_id, line_id, status, packed_at, units in rows.values_list(
        "fulfillment_order_id", "order_line_id", "status", "packed_at", "quantity"
    ):
        stage = "packed" if status == "picked" and packed_at else status
        counted = progress.setdefault(line_id, {})
        counted[stage] = counted.get(stage, 0) + units
        held = contents.setdefault(shipment_id, {})
        held[line_id] = held.get(line_id, 0) + units
    shipments = [
        Shipment(*row, tuple(contents.get(row[0], {}).items()))
        for row in FulfillmentOrder.objects.filter(order_id=order.id)
        .order_by("pk")
        .values_list(
            "pk",
            "warehouse_id",
            "status",
            "ship_by",
            "created_at",
            "released_at",
            "picked_at",
            "packed_at",
            "closed_at",
        )
    ]
    kits = {kit.id: kit for kit in order.kits}
    return OrderPage(
        order=order,
        lines=tuple(
            LineProgress(
                line=line,
                waiting=line.backordered,
                on_shelf=progress[line.id].get("allocated", 0),
                picked=progress[line.id].get("picked", 0),
                packed=progress[line.id].get("packed", 0),
                shipped=line.shipped,
                kit=kits.get(line.kit_id or 0),
            )
            for line in order.lines
        ),
        shipments=tuple(shipments),
    )
