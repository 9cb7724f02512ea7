"""What rules can ask of orders already written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F

from inventory.selectors import ProductFact, products_by_id
from orders.models import Hold, Order, OrderKit, OrderLine
from orders.planning.rules import OrderFacts
from orders.selectors.rule_buyers import MOST_ORDERS

_PAST_OF_ORDERS = """
SELECT one.id, customer.tags, (SELECT count(*) FROM (
    SELECT 1 FROM orders_order past
    WHERE past.customer_id = one.customer_id AND past.id < one.id AND past.status <> 'cancelled' LIMIT %s) few)
FROM orders_order one JOIN orders_customer customer ON customer.id = one.customer_id WHERE one.id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """An order rules are asked about: its facts, and how people call it."""

    id: int
    ref: str
    placed_at: datetime
    facts: OrderFacts


def past_values(count: int, tags: Iterable[str]) -> dict[str, Any]:
    """The facts that need the past: the orders before this one, and what colleagues call the customer."""
    return {"customer_orders": count, "customer_first": count == 0, "customer_tags": frozenset(tags)}


def newest_orders(count: int, *, channel_id: int | None = None, before: datetime | None = None) -> list[int]:
    """The ids of the newest orders, the newest first. One statement."""
    rows = Order.objects.order_by(F("placed_at").desc(), F("id").desc())
    if channel_id is not None:
        rows = rows.filter(channel_id=channel_id)
    if before is not None:
        rows = rows.filter(placed_at__lte=before)
    return list(rows.values_list("pk", flat=True)[:count])


def facts_of(order_ids: Sequence[int], *, past: bool) -> list[Asked]:
    """What rules can ask of these orders, in the order given: as they are now. Five statements, six with ``past``."""
    orders = {row.pk: row for row in Order.objects.select_related("channel").filter(pk__in=order_ids)}
    lines = _lines(list(orders))
    held: dict[int, set[str]] = {}
    for order_id, kind in Hold.objects.filter(order__in=orders, released_at=None).values_list("order_id", "type"):
        held.setdefault(order_id, set()).add(kind)
    before: dict[int, dict[str, Any]] = {}
    if past:
        with connection.cursor() as cursor:
            cursor.execute(_PAST_OF_ORDERS, [MOST_ORDERS, list(orders)])
            before = {order_id: past_values(count, tags) for order_id, tags, count in cursor.fetchall()}
    return [
        Asked(
            row.pk,
            row.ref,
            row.placed_at,
            OrderFacts(
                {**_values(row, lines.get(row.pk, ()), held.get(row.pk, ())), **before.get(row.pk, {})},
                [one for one, _units, _waiting in lines.get(row.pk, ())],
            ),
        )
        for row in (orders[pk] for pk in order_ids if pk in orders)
    ]


Line = tuple[Mapping[str, Any], int, int]


def _lines(order_ids: Sequence[int]) -> dict[int, list[Line]]:
    """{order_id: [(facts, units, backordered)]} of what was bought: kits as such, their parts only for what waits."""
    parts = list(OrderLine.objects.filter(order__in=order_ids).order_by("order_id", "position"))
    kits = list(OrderKit.objects.filter(order__in=order_ids).order_by("pk"))
    products = products_by_id({row.product_id for row in parts} | {kit.product_id for kit in kits})
    found: dict[int, list[Line]] = {}
    for row in parts:
        units = row.quantity - row.cancelled
        if row.kit_id is None and units:
            found.setdefault(row.order_id, []).append((_line(row, units, products), units, row.backordered))
    for kit in kits:
        waiting = sum(row.backordered for row in parts if row.kit_id == kit.pk)
        found.setdefault(kit.order_id, []).append((_line(kit, kit.quantity, products), kit.quantity, waiting))
    return found


def _line(row: OrderLine | OrderKit, units: int, products: Mapping[int, ProductFact]) -> Mapping[str, Any]:
    product = products.get(row.product_id)
    return line_values(row.sku, row.name, units, row.unit_price, row.note, row.properties, product)


def line_values(
    sku: str,
    name: str,
    quantity: int,
    unit_price: Decimal,
    note: str,
    properties: Mapping[str, Any],
    product: ProductFact | None,
) -> dict[str, Any]:
    """The facts of a line, as any rule asks them."""
    return {
        "sku": sku,
        "name": name,
        "quantity": quantity,
        "unit_price": unit_price,
        "note": note,
        "properties": ", ".join(f"{name}: {value}" for name, value in properties.items()),
        "weight_g": product.weight_g if product else None,
        "origin": product.origin_country if product else None,
        "tracking": str(product.tracking) if product else None,
    }


def address_values(address: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of an address."""
    return {
        **{name: str(address.get(name, "")) for name in ("country", "region", "city", "postal_code", "company")},
        "street": " ".join(str(address.get(name, "")) for name in ("line1", "line2") if address.get(name)),
    }


def gift_values(gift: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of what is to be a gift."""
    return {"gift": bool(gift.get("is_gift")), "gift_message": bool(gift.get("message"))}


def _values(row: Order, lines: Sequence[Line], holds: Iterable[str]) -> dict[str, Any]:
    return {
        "value": row.goods_total,
        "total": row.goods_total + row.shipping_price + row.charges_total,
        "currency": row.currency,
        "own_currency": row.currency == row.channel.currency,
        "units": sum(units for _one, units, _waiting in lines),
        "lines": len(lines),
        "weight_g": sum((one["weight_g"] or 0) * units for one, units, _waiting in lines),
        "method": row.shipping_method,
        "tags": frozenset(row.tags),
        "priority": row.priority,
        "payment": row.payment_status,
        "note": row.note,
        "purchase_order": row.purchase_order_number,
        "channel_kind": row.channel.kind,
        "holds": frozenset(holds),
        "backordered": sum(waiting for _one, _units, waiting in lines),
        "customer_email": row.email,
        "customer_language": row.locale,
        **gift_values(row.gift),
        **address_values(row.shipping_address),
    }
