"""What orders were worth and what was paid for sending them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Q, QuerySet

from orders.models import Order
from orders.states import OrderKind, OrderStatus


@dataclass(frozen=True, slots=True)
class ValueStep:
    """Orders worth from ``value`` to below the next whole unit of money; their goods and paid shipping together."""

    value: int
    orders: int
    goods: Decimal
    shipping: Decimal


@dataclass(frozen=True, slots=True)
class Worth:
    """The orders behind the steps of ``value_steps``: from ``low`` to below ``below`` whole units of ``currency``."""

    method: str
    currency: str
    since: datetime
    low: int | None = None
    below: int | None = None


# By the index (channel, placed_at): what lies before ``since`` is never read.
_STEPS = """
SELECT floor(goods_total)::bigint, count(*), sum(goods_total), sum(shipping_price)
FROM orders_order
WHERE channel_id = %s AND placed_at >= %s AND placed_at < %s AND currency = %s AND kind = 'sale'
  AND status <> 'cancelled' AND coalesce(nullif(upgraded_from, ''), shipping_method) = %s
GROUP BY 1 ORDER BY 1
"""


def value_steps(channel_id: int, method: str, currency: str, *, since: datetime, until: datetime) -> list[ValueStep]:
    """Orders of a channel by their value, those that were to go by that method. One statement over their index."""
    with connection.cursor() as cursor:
        cursor.execute(_STEPS, [channel_id, since, until, currency, method])
        return [ValueStep(int(value), orders, goods, shipping) for value, orders, goods, shipping in cursor.fetchall()]


def of_worth(rows: "QuerySet[Order]", worth: Worth) -> "QuerySet[Order]":
    """Those of the orders that ``value_steps`` counts for the same channel, and that are worth as much."""
    rows = rows.filter(kind=OrderKind.SALE, currency=worth.currency, placed_at__gte=worth.since)
    rows = rows.filter(Q(upgraded_from=worth.method) | Q(upgraded_from="", shipping_method=worth.method))
    if worth.low is not None:
        rows = rows.filter(goods_total__gte=worth.low)
    if worth.below is not None:
        rows = rows.filter(goods_total__lt=worth.below)
    return rows.exclude(status=OrderStatus.CANCELLED)


def latest_channel() -> int | None:
    """The channel the newest order came from; None without orders. One statement."""
    return Order.objects.order_by("-placed_at", "-pk").values_list("channel_id", flat=True).first()
