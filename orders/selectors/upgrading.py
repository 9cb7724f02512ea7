"""What decides whether an order may go by a faster method."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef

from core.kernel.errors import NotFound
from orders.models import Order, OrderLine
from orders.states import OrderKind, OrderStatus


@dataclass(frozen=True, slots=True)
class UpgradeFacts:
    """An order that may win. ``units`` are (product_id, units) still to ship; ``is_first``: its buyer's first order.

    ``goods_total`` is in the channel's currency; 0 for an order in another one, which nobody can compare.
    """

    id: int
    ref: str
    channel_id: int
    warehouse_id: int
    kind: str
    status: str
    method: str
    upgraded_from: str
    goods_total: Decimal
    address: Mapping[str, Any]
    is_first: bool
    units: tuple[tuple[int, int], ...]


def upgrade_facts(order_id: int) -> UpgradeFacts:
    """Those of that order. Two statements. Raises NotFound."""
    earlier = Order.objects.filter(customer=OuterRef("customer"), pk__lt=OuterRef("pk"), kind=OrderKind.SALE)
    row = (
        Order.objects.filter(pk=order_id)
        .annotate(had_earlier=Exists(earlier.exclude(status=OrderStatus.CANCELLED)))
        .select_related("channel")
        .first()
    )
    if row is None:
        raise NotFound("There is no such order.")
    units = [
        (product_id, quantity - cancelled - shipped)
        for product_id, quantity, cancelled, shipped in OrderLine.objects.filter(order=row, ships=True).values_list(
            "product_id", "quantity", "cancelled", "shipped"
        )
    ]
    return UpgradeFacts(
        id=row.pk,
        ref=row.ref,
        channel_id=row.channel_id,
        warehouse_id=row.channel.warehouse_id,
        kind=row.kind,
        status=row.status,
        method=row.shipping_method,
        upgraded_from=row.upgraded_from,
        goods_total=row.goods_total if row.currency == row.channel.currency else Decimal(0),
        address=row.shipping_address,
        is_first=not row.had_earlier,
        units=tuple((product_id, left) for product_id, left in units if left > 0),
    )
