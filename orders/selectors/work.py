"""What the floor reads: what may be released, what a fulfilment order holds, why it must stop, where it goes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, Sum

from core.kernel.prepared import Prepared
from orders.models import Allocation, FulfillmentOrder, Hold, Order
from orders.selectors.facts import AllocationFact, FulfillmentWork, Recipient, Releasable
from orders.selectors.releasing import ReleaseFilter, release_rows
from orders.selectors.with_orders import with_orders
from orders.states import OPEN_FULFILLMENT_ORDER, HoldType, ShipPolicy

# What every scan asks for.
_OPEN = Prepared(
    "orders_open_allocations",
    """
SELECT unit.id, unit.fulfillment_order_id, unit.order_line_id, unit.product_id, line.sku, line.name, unit.quantity,
       unit.status, unit.bin_id, unit.lot, unit.packed_at IS NOT NULL
FROM orders_allocation unit JOIN orders_orderline line ON line.id = unit.order_line_id
WHERE unit.fulfillment_order_id = ANY(%(ids)s)
  AND unit.status IN ('allocated', 'picked')
ORDER BY unit.fulfillment_order_id, line.position, unit.id
""",
    ids="bigint[]",
)


def releasable(warehouse_id: int, limit: int = 200, filters: ReleaseFilter | None = None) -> list[Releasable]:
    """Allocated fulfilment orders without an open hold, most urgent first (priority, ship-by, age). One statement."""
    rows = (
        release_rows(warehouse_id, filters or ReleaseFilter())
        .annotate(
            line_count=Count("allocations__order_line", filter=Q(allocations__status="allocated"), distinct=True),
            unit_count=Sum("allocations__quantity", filter=Q(allocations__status="allocated")),
        )
        .order_by("-priority", "ship_by", "pk")
        .values_list(
            "pk",
            "order_id",
            "order_ref",
            "order__channel_id",
            "ship_by",
            "order__shipping_method",
            "order__placed_at",
            "line_count",
            "unit_count",
        )[:limit]
    )
    return [Releasable(*row[:-1], row[-1] or 0) for row in rows]


def releasable_count(warehouse_id: int, filters: ReleaseFilter | None = None, *, cap: int = 1000) -> int:
    """How many there are, counted up to ``cap``."""
    return release_rows(warehouse_id, filters or ReleaseFilter())[:cap].count()


def work_of(fulfillment_order_ids: Iterable[int]) -> list[FulfillmentWork]:
    """The fulfilment orders with their open allocations, by id; ids that do not exist are left out. Two statements."""
    return works(with_orders(fulfillment_order_ids))


def works(rows: Sequence[FulfillmentOrder], *, content: bool = True) -> list[FulfillmentWork]:
    """The facts of fulfilment orders already read with their orders. One statement; none without ``content``."""
    units = open_allocations([row.pk for row in rows]) if content else {}
    return [
        FulfillmentWork(
            id=row.pk,
            order_id=row.order_id,
            order_ref=row.order_ref,
            channel_id=row.order.channel_id,
            warehouse_id=row.warehouse_id,
            status=row.status,
            ship_by=row.ship_by,
            shipping_method=row.order.shipping_method,
            allocations=tuple(units.get(row.pk, ())),
            ships_complete=row.order.ship_policy == ShipPolicy.COMPLETE,
        )
        for row in rows
    ]


def open_allocations(fulfillment_order_ids: Iterable[int]) -> dict[int, list[AllocationFact]]:
    """The open allocations by fulfilment order, in the order of the lines."""
    wanted = sorted(set(fulfillment_order_ids))
    return _by_part(_OPEN.run(ids=wanted)) if wanted else {}


def allocations_by_id(allocation_ids: Iterable[int]) -> dict[int, AllocationFact]:
    """Allocations in any state, by id."""
    found = allocations(Q(pk__in=set(allocation_ids)))
    return {allocation.id: allocation for group in found.values() for allocation in group}


def allocations(which: Q) -> dict[int, list[AllocationFact]]:
    """Allocations by fulfilment order, in the order of the lines. One statement."""
    rows = (
        Allocation.objects.filter(which)
        .annotate(is_packed=ExpressionWrapper(Q(packed_at__isnull=False), BooleanField()))
        .order_by("fulfillment_order_id", "order_line__position", "pk")
        .values_list(
            "pk",
            "fulfillment_order_id",
            "order_line_id",
            "product_id",
            "order_line__sku",
            "order_line__name",
            "quantity",
            "status",
            "bin_id",
            "lot",
            "is_packed",
        )
    )
    return _by_part(rows)


def _by_part(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[AllocationFact]]:
    content: dict[int, list[AllocationFact]] = {}
    for row in rows:
        fact = AllocationFact(*row)
        content.setdefault(fact.fulfillment_order_id, []).append(fact)
    return content


def fulfillment_orders_of(order_ref: str) -> list[FulfillmentWork]:
    """The fulfilment orders of an order, oldest first, with their open allocations. Two statements."""
    rows = FulfillmentOrder.objects.select_related("order").filter(order__ref=order_ref).order_by("pk")
    return works(list(rows))


def stop_reasons(fulfillment_order_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """Why each fulfilment order must stop, as sentences; those that may go on are left out. At most two statements."""
    return stops_of(with_orders(fulfillment_order_ids))


def stops_of(rows: Sequence[FulfillmentOrder]) -> dict[int, tuple[str, ...]]:
    """The same for fulfilment orders already read with their orders; asks for holds only where there are any."""
    held = [row.order_id for row in rows if row.order.open_holds]
    holds: dict[int, list[str]] = {}
    if held:
        for hold in Hold.objects.filter(order_id__in=held, released_at=None).order_by("pk"):
            kind = str(HoldType(hold.type).label)
            holds.setdefault(hold.order_id, []).append(f"{kind}: {hold.reason}." if hold.reason else f"{kind}.")
    stops: dict[int, tuple[str, ...]] = {}
    for row in rows:
        reasons = list(holds.get(row.order_id, ()))
        if row.status not in OPEN_FULFILLMENT_ORDER:
            reasons.append(f"{row.get_status_display()}.")
        if reasons:
            stops[row.pk] = tuple(reasons)
    return stops


def recipients(order_ids: Iterable[int]) -> dict[int, Recipient]:
    """Address and contact of each order, as they are now. One statement."""
    rows = Order.objects.select_related("channel", "customer").filter(pk__in=set(order_ids))
    return {row.pk: recipient_of(row) for row in rows}


def recipient_of(order: Order) -> Recipient:
    """Address and contact of an order read with its channel and customer."""
    address: Mapping[str, Any] = order.shipping_address
    gift: Mapping[str, Any] = order.gift
    return Recipient(
        order_id=order.pk,
        order_ref=order.ref,
        external_id=order.external_id,
        channel_id=order.channel_id,
        channel_name=order.channel.name,
        name=order.customer_name or str(address.get("name", "")),
        email=order.email,
        phone=str(address.get("phone") or order.phone),
        locale=order.locale,
        notify_by=tuple(order.notify_by),
        sends_messages=order.channel.sends_messages,
        support_email=order.channel.support_email,
        address=address,
        shipping_method=order.shipping_method,
        currency=order.currency,
        is_gift=bool(gift.get("is_gift")),
        hide_prices=bool(gift.get("hide_prices")),
        gift_message=str(gift.get("message", "")),
        note=order.note,
        purchase_order_number=order.purchase_order_number,
        on_pallet=order.on_pallet,
        tags=tuple(order.tags),
    )


def recipient_of_fulfillment_order(fulfillment_order_id: int) -> Recipient | None:
    """Address and contact for the label and the messages of a fulfilment order; None when there is none such."""
    order = Order.objects.select_related("channel", "customer").filter(fulfillment_orders=fulfillment_order_id).first()
    return recipient_of(order) if order is not None else None
