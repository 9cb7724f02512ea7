"""What returns needs to know of orders and parcels, read through their own selectors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from core.kernel.errors import NotFound
from core.kernel.zones import time_zone_of
from inventory.planning.kits import value_of_units
from orders.selectors.channels import ChannelFact, channel_by_id
from orders.selectors.facts import KitFact, LineFact, OrderFact
from orders.selectors.orders import access_order
from returns.policy import LineToJudge
from shipping.selectors.parcels import ParcelDetail, parcel_by_code, parcels_of_order
from shipping.selectors.parcels import parcel_by_id as shipped_parcel


@dataclass(frozen=True, slots=True)
class InKit:
    """The kit an order line is part of: ``per_kit`` units in each, worth ``value`` of its price together."""

    id: int
    sku: str
    name: str
    per_kit: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class SourceLine:
    """An order line with what became of it. The moments are those of the last parcel that carried units of it."""

    id: int
    product_id: int
    sku: str
    name: str
    quantity: int
    cancelled: int
    shipped: int
    returned: int
    unit_price: Decimal
    excluded: str = ""
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    warehouse_id: int | None = None
    kit: InKit | None = None

    def worth(self, units: int, *, before: int) -> Decimal:
        """What the units cost of which ``before`` were paid back earlier.

        Of a kit's part its share of the price: the last unit of each kit is worth what rounding left.
        """
        if self.kit is None:
            return self.unit_price * units
        return value_of_units(self.kit.value, self.kit.per_kit, before=before, units=units)

    def to_judge(self, spoken_for: int, time_zone: str) -> LineToJudge:
        """The line as the policy looks at it, days being those of ``time_zone``."""
        return LineToJudge(
            order_line_id=self.id,
            shipped=self.shipped,
            spoken_for=spoken_for,
            shipped_on=local_day(self.shipped_at, time_zone),
            delivered_on=local_day(self.delivered_at, time_zone),
            excluded=self.excluded,
        )


@dataclass(frozen=True, slots=True)
class SourceOrder:
    """An order as returns look at it. ``charges_total`` is postage and charges; ``time_zone`` the destination's."""

    id: int
    ref: str
    channel_id: int
    status: str
    currency: str
    goods_total: Decimal
    charges_total: Decimal
    window_days: int
    warehouse_id: int
    time_zone: str
    lines: tuple[SourceLine, ...]

    def lines_of(self, one_id: int) -> dict[int, int]:
        """{order line id: units of it in one} of what an id means: a line of its own, or the parts of a kit."""
        parts = {line.id: line.kit.per_kit for line in self.lines if line.kit and line.kit.id == one_id}
        return parts or {one_id: 1}

    def return_warehouse_id(self, units: Mapping[int, int]) -> int:
        """Where goods go back to: the warehouse that shipped most of them, else the channel's own."""
        shares: dict[int, int] = {}
        for line in self.lines:
            if line.warehouse_id is not None and units.get(line.id):
                shares[line.warehouse_id] = shares.get(line.warehouse_id, 0) + units[line.id]
        return max(sorted(shares), key=lambda one: shares[one], default=self.warehouse_id)


@dataclass(frozen=True, slots=True)
class SourceParcel:
    """A parcel that went out, found by what a scanner read off it."""

    id: int
    ref: str
    order_ref: str
    warehouse_id: int
    items: tuple[tuple[int, int], ...]
    """(order line id, units)"""


@dataclass(frozen=True, slots=True)
class _Carried:
    """When units of a line were last shipped and delivered, and from where."""

    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    warehouse_id: int | None = None


def order_source(ref: str) -> SourceOrder | None:
    """The order as returns look at it, None when there is none such.

    A line that was shipped without a parcel of ours (imported history) counts as shipped when its order was placed.
    """
    try:
        order = access_order(ref)
    except NotFound:
        return None
    return source_of(order, channel_by_id(order.channel_id), parcels_of_order(order.id))


def source_of(order: OrderFact, channel: ChannelFact, parcels: Sequence[ParcelDetail]) -> SourceOrder:
    """The same for an order, its channel and its parcels that were read already. No query."""
    carried = _carried(parcels)
    kits = {kit.id: kit for kit in order.kits}
    return SourceOrder(
        id=order.id,
        ref=order.ref,
        channel_id=order.channel_id,
        status=order.status,
        currency=order.currency,
        goods_total=order.goods_total,
        charges_total=order.charges_total + order.shipping_price,
        window_days=channel.return_window_days,
        warehouse_id=channel.warehouse_id,
        time_zone=time_zone_of(str(order.shipping_address.get("country", ""))),
        lines=tuple(
            _line(line, carried.get(line.id, _Carried()), order.placed_at, kits.get(line.kit_id or 0))
            for line in order.lines
        ),
    )


def _line(line: LineFact, carried: _Carried, placed_at: datetime, kit: KitFact | None) -> SourceLine:
    return SourceLine(
        id=line.id,
        product_id=line.product_id,
        sku=line.sku,
        name=line.name,
        quantity=line.quantity,
        cancelled=line.cancelled,
        shipped=line.shipped,
        returned=line.returned,
        unit_price=line.unit_price,
        # A shop marks what it never takes back (made to measure, unsealed hygiene goods) on the order line.
        excluded="not_returnable" if line.properties.get("returnable") is False or not line.ships else "",
        shipped_at=carried.shipped_at or (placed_at if line.shipped else None),
        delivered_at=carried.delivered_at,
        warehouse_id=carried.warehouse_id,
        kit=InKit(kit.id, kit.sku, kit.name, line.per_kit or 1, line.kit_value or Decimal(0)) if kit else None,
    )


def _carried(parcels: Sequence[ParcelDetail]) -> dict[int, _Carried]:
    """{order line id: what became of its parcels}. The latest counts, and no delivery while a parcel is under way."""
    found: dict[int, _Carried] = {}
    on_the_way: set[int] = set()
    for parcel in parcels:
        if parcel.shipped_at is None:
            continue
        for item in parcel.items:
            before = found.get(item.order_line_id, _Carried())
            found[item.order_line_id] = _Carried(
                shipped_at=max(parcel.shipped_at, before.shipped_at or parcel.shipped_at),
                delivered_at=max(filter(None, (parcel.delivered_at, before.delivered_at)), default=None),
                warehouse_id=parcel.warehouse_id,
            )
            if parcel.delivered_at is None:
                on_the_way.add(item.order_line_id)
    return {
        line_id: replace(carried, delivered_at=None) if line_id in on_the_way else carried
        for line_id, carried in found.items()
    }


def parcel_source(code: str) -> SourceParcel | None:
    """The parcel whose ref or tracking number was scanned, None when there is none such."""
    try:
        return _parcel(parcel_by_code(code))
    except NotFound:
        return None


def parcel_by_id(parcel_id: int) -> SourceParcel | None:
    """That parcel, None when there is none such."""
    try:
        return _parcel(shipped_parcel(parcel_id))
    except NotFound:
        return None


def _parcel(parcel: ParcelDetail) -> SourceParcel:
    return SourceParcel(
        id=parcel.id,
        ref=parcel.ref,
        order_ref=parcel.order_ref,
        warehouse_id=parcel.warehouse_id,
        items=tuple((item.order_line_id, item.quantity) for item in parcel.items),
    )


def local_day(moment: datetime | None, time_zone: str) -> date | None:
    """The calendar day of a moment in that zone."""
    return moment.astimezone(ZoneInfo(time_zone)).date() if moment else None
