"""A new order as it is decided, before and just after it is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from inventory.planning.kits import value_of_units
from inventory.selectors import ProductFact
from orders.planning.decisions import Decisions, PlannedHold
from orders.planning.promises import PromiseDates
from orders.services.requests import LineRequest, OrderRequest


@dataclass(slots=True)
class DraftKit:
    """A kit as it was asked for; ``id`` is drawn when it is written."""

    request: LineRequest
    product: ProductFact
    id: int = 0


@dataclass(slots=True)
class DraftLine:
    """A line with what it gets of the stock; as part of a ``kit``, how much of it one kit takes and is worth."""

    request: LineRequest
    product: ProductFact
    allocated: int
    kit: DraftKit | None = None
    per_kit: int | None = None
    kit_value: Decimal | None = None

    @property
    def quantity(self) -> int:
        return self.request.quantity * (self.per_kit or 1)

    @property
    def ships(self) -> bool:
        return self.product.ships

    @property
    def shipped(self) -> int:
        """What never ships is through when it is written."""
        return 0 if self.ships else self.quantity

    @property
    def backordered(self) -> int:
        return self.quantity - self.allocated if self.ships else 0

    @property
    def unit_price(self) -> Decimal:
        """Of one unit; of a kit's part what one unit is worth at least, the rest being its last unit's."""
        if self.kit_value is None or self.per_kit is None:
            return self.request.unit_price
        return value_of_units(self.kit_value, self.per_kit, before=0, units=1)

    @property
    def external_id(self) -> str:
        return "" if self.kit else self.request.external_id

    @property
    def note(self) -> str:
        return "" if self.kit else self.request.note


@dataclass(slots=True)
class DraftShipment:
    """A fulfilment order to be written: ``units`` are [(index of the line, units)]. One for a warehouse and day."""

    warehouse_id: int
    ship_by: date
    status: str
    release_on: date | None
    request_status: str
    units: list[tuple[int, int]]


@dataclass(slots=True)
class Draft:
    """An order decided, not yet written. ``considered`` is what the routing looked at."""

    ref: str
    request: OrderRequest
    lines: list[DraftLine]
    kits: list[DraftKit]
    locale: str
    currency: str
    promise: PromiseDates
    goods_total: Decimal
    charges_total: Decimal
    decisions: Decisions
    ship_policy: str
    shipments: list[DraftShipment]
    considered: tuple[Mapping[str, Any], ...] = ()

    @property
    def holds(self) -> list[PlannedHold]:
        return self.decisions.holds

    @property
    def shipping_method(self) -> str:
        return self.decisions.shipping_method or self.request.shipping_method

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.request.tags, *self.decisions.tags]))

    @property
    def status(self) -> str:
        """An order of which nothing ships is through when it is written."""
        return "confirmed" if any(line.ships for line in self.lines) else "completed"

    @property
    def fulfillment_status(self) -> str:
        return "unfulfilled" if self.status == "confirmed" else "fulfilled"

    @property
    def taken(self) -> dict[tuple[int, int], int]:
        """{(product_id, warehouse_id): units} of all shipments."""
        units: dict[tuple[int, int], int] = {}
        for shipment in self.shipments:
            for index, count in shipment.units:
                key = (self.lines[index].product.id, shipment.warehouse_id)
                units[key] = units.get(key, 0) + count
        return units

    @property
    def allocated(self) -> int:
        return sum(line.allocated for line in self.lines if line.ships)

    @property
    def backordered(self) -> int:
        return sum(line.backordered for line in self.lines)


@dataclass(frozen=True, slots=True)
class Written:
    """The ids of an order that was written, each kind in the order of the draft's."""

    order_id: int
    customer_id: int
    fulfillment_order_ids: tuple[int, ...]
    hold_ids: tuple[int, ...]
    line_ids: tuple[int, ...]
