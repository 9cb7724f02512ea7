"""Fulfilment orders read with their orders: no more of either than work on the floor asks for."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models

from core.kernel.prepared import Prepared
from orders.models import FulfillmentOrder, Order

_PART = {
    *("id", "order_id", "order_ref", "warehouse_id", "status", "ship_by", "request_status"),
    *("created_at", "released_at", "picked_at", "packed_at", "closed_at"),
}
_ORDER = {
    *("id", "ref", "channel_id", "status", "fulfillment_status", "open_holds", "version"),
    *("shipping_method", "ship_policy"),
}


def _columns(model: type[models.Model], wanted: set[str]) -> tuple[str, ...]:
    # Their order is the model's, as ``from_db`` expects it.
    return tuple(field.attname for field in model._meta.concrete_fields if field.attname in wanted)


_PART_COLUMNS, _ORDER_COLUMNS = _columns(FulfillmentOrder, _PART), _columns(Order, _ORDER)

_NAMES = ", ".join([*(f"part.{name}" for name in _PART_COLUMNS), *(f"shop_order.{name}" for name in _ORDER_COLUMNS)])
SELECT = (
    f"SELECT {_NAMES} FROM orders_fulfillmentorder part"  # noqa: S608  the names are ours
    " JOIN orders_order shop_order ON shop_order.id = part.order_id"
)

_READ = Prepared("orders_parts_with_orders", f"{SELECT} WHERE part.id = ANY(%(ids)s) ORDER BY part.id", ids="bigint[]")


def with_orders(fulfillment_order_ids: Iterable[int]) -> list[FulfillmentOrder]:
    """The fulfilment orders with their ``order``, by id; ids that do not exist are left out. One statement.

    A column that is not among those read is fetched when it is asked for.
    """
    wanted = sorted(set(fulfillment_order_ids))
    return as_rows(_READ.run(ids=wanted)) if wanted else []


def as_rows(found: Sequence[tuple[Any, ...]]) -> list[FulfillmentOrder]:
    """What a statement that begins with ``SELECT`` answered."""
    orders: dict[int, Order] = {}
    rows = []
    for values in found:
        part = FulfillmentOrder.from_db(connection.alias, _PART_COLUMNS, values[: len(_PART_COLUMNS)])
        order = orders.get(part.order_id)
        if order is None:
            order = Order.from_db(connection.alias, _ORDER_COLUMNS, values[len(_PART_COLUMNS) :])
            orders[part.order_id] = order
        part.order = order
        rows.append(part)
    return rows
