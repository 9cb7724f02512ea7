"""This room's part of the stock check: what returns say of orders and stock is what those say of returns."""

from datetime import datetime

from django.db import connection

from core.kernel.actors import Actor
from inventory.ports import Drift

_SPOKEN_FOR = """
SELECT coalesce(row.order_line_id, own.order_line_id), coalesce(row.units, 0), coalesce(own.units, 0)
FROM returns_spokenfor row
FULL JOIN (
    SELECT item.order_line_id,
           sum(CASE WHEN rma.status IN ('resolved', 'closed') THEN item.received ELSE item.quantity END) AS units
    FROM returns_returnitem item JOIN returns_return rma ON rma.id = item.rma_id
    WHERE item.order_line_id IS NOT NULL AND rma.kind <> 'put_back'
      AND rma.status NOT IN ('rejected', 'cancelled', 'expired')
    GROUP BY 1
) own ON own.order_line_id = row.order_line_id
WHERE coalesce(row.units, 0) <> coalesce(own.units, 0)
ORDER BY 1
"""

_RETURNED = """
SELECT line.id, line.returned, coalesce(own.units, 0)
FROM orders_orderline line
LEFT JOIN (
    SELECT item.order_line_id, sum(item.decided) AS units
    FROM returns_returnitem item JOIN returns_return rma ON rma.id = item.rma_id
    WHERE item.order_line_id IS NOT NULL AND rma.kind <> 'put_back'
    GROUP BY 1
) own ON own.order_line_id = line.id
WHERE line.returned <> coalesce(own.units, 0)
ORDER BY 1
"""

# More may lie there: what was picked for a cancelled order turns to quality control before its return is opened.
_WAITING = """
SELECT own.product_id, own.bin_id, coalesce(stock.units, 0), own.units
FROM (
    SELECT product_id, bin_id, sum(received - decided) AS units FROM returns_returnitem
    WHERE bin_id IS NOT NULL AND received > decided GROUP BY 1, 2
) own
LEFT JOIN (
    SELECT product_id, bin_id, sum(quantity) AS units FROM inventory_binstock
    WHERE condition = 'quality_control' GROUP BY 1, 2
) stock ON stock.product_id = own.product_id AND stock.bin_id = own.bin_id
WHERE coalesce(stock.units, 0) < own.units
ORDER BY 1, 2
"""


def check_returns(*, repair: bool, by: Actor, now: datetime) -> list[Drift]:
    """Units spoken for are those of live returns; returned units of a line are those inspected; what waits lies there.

    Found only, never mended here: which side is wrong is for a person to say, so ``repair`` changes nothing.
    """
    drifts = []
    with connection.cursor() as cursor:
        cursor.execute(_SPOKEN_FOR)
        drifts += [
            Drift("units_spoken_for", f"order line {line}", int(stored), int(expected))
            for line, stored, expected in cursor.fetchall()
        ]
        cursor.execute(_RETURNED)
        drifts += [
            Drift("units_returned", f"order line {line}", int(stored), int(expected))
            for line, stored, expected in cursor.fetchall()
        ]
        cursor.execute(_WAITING)
        drifts += [
            Drift("units_to_inspect", f"product {product} in bin {bin_id}", int(stored), int(expected))
            for product, bin_id, stored, expected in cursor.fetchall()
        ]
    return drifts
