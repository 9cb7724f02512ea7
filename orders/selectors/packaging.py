"""What decides how an order is packed."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from orders.models import Order, OrderLine


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


def packed_orders(order_ids: Iterable[int]) -> dict[int, PackedOrder]:
    """The orders by id. One statement."""
    products = OrderLine.objects.filter(order=OuterRef("pk")).order_by("position").values("product_id")
    rows = (
        Order.objects.filter(pk__in=set(order_ids))
        .annotate(products=ArraySubquery(products))
        .values_list(
            "pk",
            "ref",
            "channel_id",
            "goods_total",
            "currency",
            "channel__currency",
            "locale",
            "gift",
            "packaging",
            "inserts",
            "products",
        )
    )
    return {
        pk: PackedOrder(
            id=pk,
            ref=ref,
            channel_id=channel_id,
            goods_total=goods_total,
            currency=currency,
            channel_currency=own,
            locale=locale,
            is_gift=bool(gift.get("is_gift")),
            hide_prices=bool(gift.get("hide_prices")),
            packaging=packaging,
            inserts=tuple(inserts),
            product_ids=frozenset(found),
        )
        for pk, ref, channel_id, goods_total, currency, own, locale, gift, packaging, inserts, found in rows
    }
