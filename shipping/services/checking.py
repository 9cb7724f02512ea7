"""Shipping's part of the stock check."""

from datetime import datetime

from django.db import connection

from core.kernel.actors import Actor
from inventory.ports import Drift

_OPEN_PICKS = """
SELECT coalesce(stock.product_id, line.product_id), coalesce(stock.bin_id, line.bin_id), coalesce(stock.lot, line.lot),
       coalesce(stock.to_pick, 0), coalesce(line.units, 0)
FROM (SELECT product_id, bin_id, lot, to_pick FROM inventory_binstock
      WHERE condition = 'sellable' AND to_pick <> 0) AS stock
FULL JOIN (SELECT product_id, bin_id, lot, sum(quantity - picked) AS units FROM shipping_pickline
           WHERE status IN ('pending', 'skipped') GROUP BY product_id, bin_id, lot) AS line
    ON line.product_id = stock.product_id AND line.bin_id = stock.bin_id AND line.lot = stock.lot
WHERE coalesce(stock.to_pick, 0) <> coalesce(line.units, 0)
"""

_MEND = """
UPDATE inventory_binstock SET to_pick = %s
WHERE product_id = %s AND bin_id = %s AND lot = %s AND condition = 'sellable' AND quantity >= %s
"""


def check_open_picks(*, repair: bool, by: Actor, now: datetime) -> list[Drift]:
    """Units planned in a bin are those of its open pick lines; with ``repair`` the plan follows the lines."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_PICKS)
        rows = cursor.fetchall()
        found = []
        for product_id, bin_id, lot, stored, expected in rows:
            mended = False
            if repair:
                cursor.execute(_MEND, [expected, product_id, bin_id, lot, expected])
                mended = cursor.rowcount == 1
            subject = f"product {product_id} in bin {bin_id}" + (f" lot {lot}" if lot else "")
            found.append(Drift("bin_stock.to_pick", subject, int(stored), int(expected), mended))
    return found
