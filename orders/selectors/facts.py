"""What leaves this room: frozen facts, never rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class AllocationFact:
    """Units of one product promised to one order line. ``bin_id`` is where they are once picked."""

    id: int
    fulfillment_order_id: int
    order_line_id: int
    product_id: int
    sku: str
    name: str
    quantity: int
    status: str
    bin_id: int | None
    lot: str
    packed: bool


@dataclass(frozen=True, slots=True)
class FulfillmentWork:
    """A fulfilment order as the floor works on it; ``allocations`` are the open ones (allocated or picked)."""

    id: int
    order_id: int
    order_ref: str
    channel_id: int
    warehouse_id: int
    status: str
    ship_by: date
    shipping_method: str
    allocations: tuple[AllocationFact, ...]
    ships_complete: bool
    """Whether nothing of the order may leave before the rest of it is there."""

    @property
    def units(self) -> int:
        return sum(allocation.quantity for allocation in self.allocations)


class Picked(NamedTuple):
    """Units of an allocation that now lie in a tote; ``lot`` is the lot they were taken from, or empty."""

    allocation_id: int
    quantity: int
    bin_id: int
    lot: str = ""


class Packed(NamedTuple):
    """Units of an allocation that were put in a parcel, which stands in that packing or staging bin."""

    allocation_id: int
    quantity: int
    bin_id: int


class Shipped(NamedTuple):
    """Units of an allocation that left the house."""

    allocation_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Releasable:
    """A fulfilment order that may go to the floor now."""

    id: int
    order_id: int
    order_ref: str
    channel_id: int
    ship_by: date
    shipping_method: str
    placed_at: datetime
    lines: int
    units: int


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where an order goes and who hears of it: for labels and messages, never for logs or events."""

    order_id: int
    order_ref: str
    external_id: str
    channel_id: int
    channel_name: str
    name: str
    email: str
    phone: str
    locale: str
    notify_by: tuple[str, ...]
    sends_messages: bool
    support_email: str
    address: Mapping[str, Any]
    shipping_method: str
    currency: str
    is_gift: bool
    hide_prices: bool
    gift_message: str
    note: str
    purchase_order_number: str = ""
    on_pallet: bool = False
    tags: tuple[str, ...] = ()

    @property
    def may_email(self) -> bool:
        """Whether an e-mail about the order may be sent now."""
        return self.sends_messages and bool(self.email) and "email" in self.notify_by


@dataclass(frozen=True, slots=True)
class LineFact:
    """A line of an order, in eaches.

    A part of a kit names the kit, how many of its units go into one, and what these are worth of the kit's price.
    """

    id: int
    position: int
    external_id: str
    product_id: int
    sku: str
    name: str
    quantity: int
    unit_price: Decimal
    note: str
    properties: Mapping[str, Any]
    allocated: int
    backordered: int
    shipped: int
    cancelled: int
    returned: int
    kit_id: int | None = None
    per_kit: int | None = None
    kit_value: Decimal | None = None
    ships: bool = True
    release_on: date | None = None
    image_url: str = ""


@dataclass(frozen=True, slots=True)
class KitFact:
    """Kits a customer bought. ``quantity`` and what became of them count whole kits, read off their components."""

    id: int
    external_id: str
    product_id: int
    sku: str
    name: str
    quantity: int
    unit_price: Decimal
    note: str
    properties: Mapping[str, Any]
    components: tuple[LineFact, ...]

    @property
    def position(self) -> int:
        """Where it stands among the lines: where its first component does."""
        return min((part.position for part in self.components), default=0)

    @property
    def allocated(self) -> int:
        return self.whole("allocated")

    @property
    def backordered(self) -> int:
        """Kits that wait for one component or more."""
        return max((-(-part.backordered // (part.per_kit or 1)) for part in self.components), default=0)

    @property
    def shipped(self) -> int:
        return self.whole("shipped")

    @property
    def cancelled(self) -> int:
        return self.whole("cancelled")

    @property
    def returned(self) -> int:
        return self.whole("returned")

    @property
    def open_quantity(self) -> int:
        """Kits of which no component has left or was cancelled: so many can still be cancelled whole."""
        return min(
            ((part.quantity - part.cancelled - part.shipped) // (part.per_kit or 1) for part in self.components),
            default=0,
        )

    def whole(self, counter: str) -> int:
        """Of how many kits every component's units are counted there."""
        return min((getattr(part, counter) // (part.per_kit or 1) for part in self.components), default=0)


@dataclass(frozen=True, slots=True)
class ChargeFact:
    code: str
    description: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class HoldFact:
    """A reason not to work on the order; open while ``released_at`` is None."""

    id: int
    type: str
    reason: str
    placed_by: str
    placed_at: datetime
    release_at: datetime | None
    released_by: str
    released_at: datetime | None
    code: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PromiseFact:
    """One version of what the customer was told; dates are the warehouse's."""

    version: int
    ship_by: date
    deliver_from: date
    deliver_to: date
    reason: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class OrderFact:
    """An order as the API and the order page tell it. The warehouse is its channel's; parts may ship elsewhere.

    ``lines`` are what is stocked and shipped, components of ``kits`` among them; ``bought`` is what the customer sees.
    ``ship_from`` are the warehouses a rule left it; empty is all of its channel's.
    """

    id: int
    ref: str
    version: int
    external_id: str
    channel_id: int
    channel_code: str
    warehouse_id: int
    status: str
    fulfillment_status: str
    payment_status: str
    return_status: str
    placed_at: datetime
    created_at: datetime
    currency: str
    customer_id: int
    customer_name: str
    email: str
    phone: str
    locale: str
    notify_by: tuple[str, ...]
    shipping_address: Mapping[str, Any]
    billing_address: Mapping[str, Any] | None
    shipping_method: str
    shipping_price: Decimal
    goods_total: Decimal
    charges_total: Decimal
    note: str
    gift: Mapping[str, Any]
    tags: tuple[str, ...]
    open_holds: int
    cancel_reason: str
    lines: tuple[LineFact, ...]
    charges: tuple[ChargeFact, ...]
    holds: tuple[HoldFact, ...]
    promise: PromiseFact | None
    kits: tuple[KitFact, ...] = ()
    kind: str = "sale"
    replaces_id: int | None = None
    priority: int = 0
    ship_policy: str = "partial"
    purchase_order_number: str = ""
    deliver_not_before: date | None = None
    deliver_not_after: date | None = None
    on_pallet: bool = False
    stated_total: Decimal | None = None
    upgraded_from: str = ""
    packaging: str = ""
    inserts: tuple[str, ...] = ()
    owner_id: int | None = None
    ship_from: tuple[int, ...] = ()

    @property
    def bought(self) -> list[LineFact | KitFact]:
        """What the customer bought, in its order: articles, and kits instead of what is in them."""
        plain: list[LineFact | KitFact] = [line for line in self.lines if line.kit_id is None]
        return sorted([*plain, *self.kits], key=lambda one: one.position) if self.kits else plain

    @property
    def total(self) -> Decimal:
        """What the customer pays: goods, shipping and charges, in ``currency``."""
        return self.goods_total + self.shipping_price + self.charges_total
