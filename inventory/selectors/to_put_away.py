"""What stands at the dock and waits for its place."""

from django.db import connection

from inventory.selectors.stock import BinContent

_AT_DOCK = """
SELECT product.id, product.sku, product.name, bin.warehouse_id, bin.id, bin.name, bin.code, bin.kind, stock.lot,
       stock.condition, stock.quantity - stock.to_pick, stock.to_pick
FROM inventory_bin bin
LEFT JOIN inventory_bin stand ON stand.id = bin.parent_id
JOIN inventory_binstock stock ON stock.bin_id = bin.id
JOIN inventory_product product ON product.id = stock.product_id
WHERE bin.warehouse_id = %(warehouse)s AND bin.kind IN ('receiving', 'pallet') AND bin.active
  AND (bin.kind = 'receiving' OR coalesce(stand.kind, 'receiving') = 'receiving')
  AND stock.quantity > stock.to_pick
  AND (%(product)s::bigint IS NULL OR stock.product_id = %(product)s)
  AND (%(bin)s::bigint IS NULL OR stock.bin_id = %(bin)s)
ORDER BY stock.condition = 'quality_control', stock.condition <> 'sellable', product.sku, stock.lot, bin.kind DESC,
         bin.name
LIMIT %(limit)s
"""


def at_dock(
    warehouse_id: int, *, product_id: int | None = None, bin_id: int | None = None, limit: int = 200
) -> list[BinContent]:
    """Units in receiving bins and on pallets that stand there, without those a picker comes for. One query.

    ``quantity`` is what may be put away. Sellable units first, those that wait for a quality check last.
    """
    values = {"warehouse": warehouse_id, "product": product_id, "bin": bin_id, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_AT_DOCK, values)
        return [BinContent(*row) for row in cursor.fetchall()]
