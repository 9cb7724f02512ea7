"""What decides how an order is packed."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from core.kernel.prepared import Prepared


@dataclass(frozen=True, slots=True)
class PackedOrder:
    """An order as packaging rules see it. ``packaging`` and ``inserts`` (SKUs) are what an order rule chose."""

    id: int
    ref: str
    channel_id: int
    goods_total: Decimal
    currency: str
    channel_currency: str
    locale: str
    is_gift: bool
    hide_prices: bool
    packaging: str
    inserts: tuple[str, ...]
    product_ids: frozenset[int]


_READ = Prepared(
    "orders_packed_orders",
    """
SELECT shop_order.id, shop_order.ref, shop_order.channel_id, shop_order.goods_total, shop_order.currency,
       channel.currency, shop_order.locale, shop_order.gift::text, shop_order.packaging, shop_order.inserts,
       ARRAY(SELECT line.product_id FROM orders_orderline line
             WHERE line.order_id = shop_order.id ORDER BY line.position)
FROM orders_order shop_order JOIN orders_channel channel ON channel.id = shop_order.channel_id
WHERE shop_order.id = ANY(%(ids)s)
""",
    ids="bigint[]",
)


def packed_orders(order_ids: Iterable[int]) -> dict[int, PackedOrder]:
    """The orders by id. One statement, none for no order."""
    wanted = sorted(set(order_ids))
    rows = _READ.run(ids=wanted) if wanted else []
    return {
        pk: PackedOrder(
            id=pk,
            ref=ref,
            channel_id=channel_id,
            goods_total=goods_total,
            currency=currency,
            channel_currency=own,
            locale=locale,
            is_gift=bool(json.loads(gift).get("is_gift")),
            hide_prices=bool(json.loads(gift).get("hide_prices")),
            packaging=packaging,
            inserts=tuple(inserts),
            product_ids=frozenset(found),
        )
        for pk, ref, channel_id, goods_total, currency, own, locale, gift, packaging, inserts, found in rows
    }
