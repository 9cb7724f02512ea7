"""What a channel asks for, checked in form by the edge."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

Address = Mapping[str, Any]
"""name, company, line1, line2, city, region, postal_code, country, phone, instructions; absent ones are empty."""


@dataclass(frozen=True, slots=True)
class LineRequest:
    """``quantity`` units of the product with that SKU, whatever its case."""

    sku: str
    quantity: int
    unit_price: Decimal
    external_id: str = ""
    note: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """Money that is no goods; a discount is negative."""

    code: str
    amount: Decimal
    description: str = ""


@dataclass(frozen=True, slots=True)
class CustomerRequest:
    """A buyer. ``locale`` empty: the channel's."""

    email: str
    name: str = ""
    phone: str = ""
    locale: str = ""
    notify_by: tuple[str, ...] = ("email",)


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """An order as a channel places it; amounts in ``currency`` (empty: the channel's)."""

    external_id: str
    placed_at: datetime
    currency: str
    customer: CustomerRequest
    shipping_address: Address
    lines: tuple[LineRequest, ...]
    billing_address: Address | None = None
    charges: tuple[ChargeRequest, ...] = ()
    shipping_method: str = "standard"
    shipping_price: Decimal = Decimal("0.00")
    note: str = ""
    gift: Mapping[str, Any] = field(default_factory=dict)
    payment_status: str = "paid"
    reservation_id: uuid.UUID | None = None
    tags: tuple[str, ...] = ()
    purchase_order_number: str = ""
    ship_complete: bool | None = None
    """None: as the channel does."""
    deliver_not_before: date | None = None
    deliver_not_after: date | None = None
    pallet: bool = False
    total: Decimal | None = None
    """What the shop says all of it comes to; checked, never charged."""
    kind: str = "sale"
    replaces_id: int | None = None
