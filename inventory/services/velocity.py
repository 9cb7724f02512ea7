"""Say nightly how fast each product moves: A, B or C."""

from datetime import datetime, timedelta

from django.db import connection

from core.kernel.commands import command
from inventory.planning.velocity import Moved, classes

PERIOD = timedelta(days=90)

_SHIPPED = """
SELECT product.id, coalesce(shipped.units, 0), coalesce(shipped.units * product.unit_cost, 0), product.velocity
FROM inventory_product product
LEFT JOIN (
    SELECT product_id, sum(quantity) AS units FROM inventory_stockmovement
    WHERE reason = 'ship' AND at >= %s GROUP BY product_id
) shipped ON shipped.product_id = product.id
"""

_STORE = """
UPDATE inventory_product product SET velocity = fresh.velocity
FROM (SELECT * FROM unnest(%s::bigint[], %s::text[]) AS row (id, velocity) ORDER BY id) fresh
WHERE product.id = fresh.id
"""


@command
def compute_velocity(*, now: datetime) -> int:
    """Class every product by the units shipped in the last 90 days and by their value; returns how many changed."""
    with connection.cursor() as cursor:
        cursor.execute(_SHIPPED, [now - PERIOD])
        rows = cursor.fetchall()
        found = classes([Moved(product_id, int(units), float(value)) for product_id, units, value, _was in rows])
        changed = sorted((row[0], found[row[0]]) for row in rows if row[3] != found[row[0]])
        if changed:
            cursor.execute(_STORE, [[pk for pk, _class in changed], [velocity for _pk, velocity in changed]])
    return len(changed)
