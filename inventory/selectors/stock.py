"""How much there is and where it lies."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from inventory import ports


@dataclass(frozen=True, slots=True)
class StockRow:
    """A product in a warehouse, in eaches. ``incoming`` is on open purchase orders or on its way from another
    warehouse, ``backordered`` beyond stock."""

    level_id: int
    product_id: int
    sku: str
    name: str
    warehouse_id: int
    warehouse: str
    on_hand: int
    allocated: int
    reserved: int
    quality_control: int
    quarantined: int
    damaged: int
    incoming: int
    reorder_point: int | None
    safety_stock: int = 0
    backordered: int = 0

    @property
    def unavailable(self) -> dict[str, int]:
        """Units here but not sellable, by condition."""
        return {
            "quality_control": self.quality_control,
            "quarantined": self.quarantined,
            "damaged": self.damaged,
            "safety_stock": max(0, min(self.safety_stock, self.free)),
        }

    @property
    def free(self) -> int:
        """Units that are promised to nobody and good to sell, the safety stock among them."""
        return self.on_hand - self.allocated - self.reserved - self.quality_control - self.quarantined - self.damaged

    @property
    def available(self) -> int:
        return max(0, self.free - self.safety_stock)


@dataclass(frozen=True, slots=True)
class BinContent:
    """Units of one product, lot and condition in one bin; ``to_pick`` of them are planned for picks."""

    product_id: int
    sku: str
    name: str
    warehouse_id: int
    bin_id: int
    bin_name: str
    bin_code: str
    bin_kind: str
    lot: str
    condition: str
    quantity: int
    to_pick: int


_STOCK = """
SELECT level.id, product.id, product.sku, product.name, warehouse.id, warehouse.code, level.on_hand, level.allocated,
       level.reserved, level.quality_control, level.quarantined, level.damaged,
       coalesce((
           SELECT sum(line.quantity - line.received)
           FROM inventory_purchaseorderline line
           JOIN inventory_purchaseorder bought ON bought.id = line.purchase_order_id
           WHERE line.product_id = product.id AND line.received < line.quantity
             AND bought.warehouse_id = warehouse.id AND bought.status IN ('ordered', 'partially_received')
       ), 0) + coalesce((
           SELECT sum(line.shipped - line.received - line.lost)
           FROM inventory_transferline line JOIN inventory_transfer sent ON sent.id = line.transfer_id
           WHERE line.product_id = product.id AND line.shipped > line.received + line.lost
             AND sent.target_id = warehouse.id
       ), 0), product.reorder_point, level.safety_stock
FROM inventory_stocklevel level
JOIN inventory_product product ON product.id = level.product_id
JOIN inventory_warehouse warehouse ON warehouse.id = level.warehouse_id
WHERE (%(products)s::bigint[] IS NULL OR level.product_id = ANY(%(products)s))
  AND (%(warehouses)s::bigint[] IS NULL OR level.warehouse_id = ANY(%(warehouses)s))
  AND (%(before)s::bigint IS NULL OR level.id < %(before)s)
  AND (%(after)s::bigint IS NULL OR level.id > %(after)s)
  AND (%(search)s::text IS NULL OR product.sku ILIKE %(search)s || '%%'
       OR product.name ILIKE '%%' || %(search)s || '%%')
  AND (%(state)s <> 'out' OR level.available <= 0)
  AND (%(state)s <> 'low' OR level.available <= product.reorder_point)
"""
_STOCK_NEWEST = _STOCK + "ORDER BY level.id DESC LIMIT %(limit)s"
_STOCK_NEWER = _STOCK + "ORDER BY level.id LIMIT %(limit)s"


def stock_rows(
    *,
    product_ids: Iterable[int] | None = None,
    warehouse_ids: Iterable[int] | None = None,
    search: str = "",
    state: str = "",
    limit: int = 50,
    before_id: int | None = None,
    after_id: int | None = None,
) -> list[StockRow]:
    """Stock levels, newest first; with ``after_id`` the newer ones, nearest first. Two queries at most.

    ``state`` keeps those with nothing available (``out``), or no more than their reorder point (``low``).
    """
    escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    with connection.cursor() as cursor:
        cursor.execute(
            _STOCK_NEWEST if after_id is None else _STOCK_NEWER,
            {
                "products": None if product_ids is None else sorted(set(product_ids)),
                "warehouses": None if warehouse_ids is None else sorted(set(warehouse_ids)),
                "before": before_id,
                "after": after_id,
                "search": escaped or None,
                "state": state,
                "limit": limit,
            },
        )
        rows = cursor.fetchall()
    backordered = ports.backordered(sorted({row[1] for row in rows}), sorted({row[4] for row in rows})) if rows else {}
    return [StockRow(*(*row, backordered.get((row[1], row[4]), 0))) for row in rows]


_CONTENT = """
SELECT product.id, product.sku, product.name, bin.warehouse_id, bin.id, bin.name, bin.code, bin.kind, stock.lot,
       stock.condition, stock.quantity, stock.to_pick
FROM inventory_binstock stock
JOIN inventory_bin bin ON bin.id = stock.bin_id
JOIN inventory_product product ON product.id = stock.product_id
WHERE stock.quantity > 0
  AND (%(bin)s::bigint IS NULL OR stock.bin_id = %(bin)s)
  AND (%(product)s::bigint IS NULL OR stock.product_id = %(product)s)
  AND (%(warehouse)s::bigint IS NULL OR bin.warehouse_id = %(warehouse)s)
  AND (%(lot)s::text IS NULL OR stock.lot = %(lot)s)
ORDER BY bin.pick_sequence, bin.name, product.sku, stock.lot, stock.condition
LIMIT %(limit)s
"""


def bin_content(bin_id: int, *, product_id: int | None = None, limit: int = 500) -> list[BinContent]:
    """What lies in a bin, by SKU. One query."""
    return _content(bin_id=bin_id, product_id=product_id, limit=limit)


def bins_with(
    product_id: int, *, warehouse_id: int | None = None, lot: str | None = None, limit: int = 500
) -> list[BinContent]:
    """The bins a product, or one lot of it, lies in, along the walk. One query."""
    return _content(product_id=product_id, warehouse_id=warehouse_id, lot=lot, limit=limit)


def _content(
    *,
    bin_id: int | None = None,
    product_id: int | None = None,
    warehouse_id: int | None = None,
    lot: str | None = None,
    limit: int,
) -> list[BinContent]:
    wanted = {"bin": bin_id, "product": product_id, "warehouse": warehouse_id, "lot": lot, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_CONTENT, wanted)
        return [BinContent(*row) for row in cursor.fetchall()]
