"""This room's part of the stock check: what orders say of stock is what stock says of orders."""

from datetime import datetime

from django.db import connection

from core.kernel.actors import Actor
from inventory.ports import Drift

_ALLOCATED = """
SELECT coalesce(level.product_id, own.product_id), coalesce(level.warehouse_id, own.warehouse_id),
       coalesce(level.allocated, 0), coalesce(own.units, 0)
FROM inventory_stocklevel level
FULL JOIN (
    SELECT product_id, warehouse_id, sum(quantity) AS units FROM orders_allocation
    WHERE status IN ('allocated', 'picked') GROUP BY 1, 2
) own ON own.product_id = level.product_id AND own.warehouse_id = level.warehouse_id
WHERE coalesce(level.allocated, 0) <> coalesce(own.units, 0)
ORDER BY 1, 2
"""

_LINES = """
SELECT line.id, line.sku, orders.ref, line.quantity, line.allocated, line.backordered, line.cancelled, line.shipped,
       CASE WHEN line.ships THEN coalesce(own.held, 0) ELSE line.quantity - line.cancelled END,
       CASE WHEN line.ships THEN coalesce(own.shipped, 0) ELSE line.quantity - line.cancelled END
FROM orders_orderline line
JOIN orders_order orders ON orders.id = line.order_id
LEFT JOIN (
    SELECT order_line_id, sum(quantity) FILTER (WHERE status <> 'released') AS held,
           sum(quantity) FILTER (WHERE status = 'shipped') AS shipped
    FROM orders_allocation GROUP BY 1
) own ON own.order_line_id = line.id
WHERE line.allocated <> CASE WHEN line.ships THEN coalesce(own.held, 0) ELSE line.quantity - line.cancelled END
   OR line.shipped <> CASE WHEN line.ships THEN coalesce(own.shipped, 0) ELSE line.quantity - line.cancelled END
   OR (orders.status IN ('confirmed', 'completed')
       AND line.quantity <> line.allocated + line.backordered + line.cancelled)
ORDER BY line.id
"""

_HOLDS = """
SELECT orders.ref, orders.open_holds, count(hold.id)
FROM orders_order orders LEFT JOIN orders_hold hold ON hold.order_id = orders.id AND hold.released_at IS NULL
GROUP BY orders.id HAVING orders.open_holds <> count(hold.id)
ORDER BY 1
"""


def check_allocations(*, repair: bool, by: Actor, now: datetime) -> list[Drift]:
    """Open allocations sum to ``StockLevel.allocated``; the units of every line are conserved; holds are counted right.

    A line that never ships has no allocations: all of it counts as shipped.

    Found only, never mended here: which side is wrong is for a person to say, so ``repair`` changes nothing.
    """
    drifts = []
    with connection.cursor() as cursor:
        cursor.execute(_ALLOCATED)
        for product_id, warehouse_id, stored, expected in cursor.fetchall():
            subject = f"product {product_id} in warehouse {warehouse_id}"
            drifts.append(Drift("allocations", subject, int(stored), int(expected)))
        cursor.execute(_LINES)
        for line_id, sku, ref, quantity, allocated, backordered, cancelled, shipped, held, gone in cursor.fetchall():
            subject = f"line {line_id} ({sku}) of {ref}"
            if allocated != held:
                drifts.append(Drift("line_allocated", subject, allocated, int(held)))
            if shipped != gone:
                drifts.append(Drift("line_shipped", subject, shipped, int(gone)))
            if quantity != allocated + backordered + cancelled:
                drifts.append(Drift("line_units", subject, allocated + backordered + cancelled, quantity))
        cursor.execute(_HOLDS)
        drifts.extend(Drift("open_holds", ref, stored, expected) for ref, stored, expected in cursor.fetchall())
    return drifts
