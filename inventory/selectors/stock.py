"""How much there is, where it lies and how it came there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from inventory import ports
from inventory.selectors.products import ProductFact, products_by_sku


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


@dataclass(frozen=True, slots=True)
class MovementRow:
    """A line of the ledger. ``effect`` is what it did to ``on_hand``, ``balance`` what ``on_hand`` was then."""

    id: int
    product_id: int
    sku: str
    warehouse_id: int
    warehouse: str
    quantity: int
    from_bin: str
    from_kind: str
    from_condition: str
    to_bin: str
    to_kind: str
    to_condition: str
    lot: str
    reason: str
    document: str
    note: str
    actor_kind: str
    actor_name: str
    at: datetime
    effect: int
    balance: int | None = None


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
ORDER BY bin.pick_sequence, bin.name, product.sku, stock.lot, stock.condition
LIMIT %(limit)s
"""


def bin_content(bin_id: int, *, product_id: int | None = None, limit: int = 500) -> list[BinContent]:
    """What lies in a bin, by SKU. One query."""
    return _content(bin_id=bin_id, product_id=product_id, warehouse_id=None, limit=limit)


def bins_with(product_id: int, *, warehouse_id: int | None = None, limit: int = 500) -> list[BinContent]:
    """The bins a product lies in, along the walk. One query."""
    return _content(bin_id=None, product_id=product_id, warehouse_id=warehouse_id, limit=limit)


def _content(*, bin_id: int | None, product_id: int | None, warehouse_id: int | None, limit: int) -> list[BinContent]:
    with connection.cursor() as cursor:
        cursor.execute(_CONTENT, {"bin": bin_id, "product": product_id, "warehouse": warehouse_id, "limit": limit})
        return [BinContent(*row) for row in cursor.fetchall()]


_MOVEMENTS = """
SELECT movement.id, product.id, product.sku, warehouse.id, warehouse.code, movement.quantity,
       source.name, source.kind, movement.from_condition, target.name, target.kind, movement.to_condition,
       movement.lot, movement.reason, movement.document, movement.note,
       movement.actor_kind, movement.actor_name, movement.at,
       movement.quantity * ((target.kind <> ALL(%(virtual)s))::int - (source.kind <> ALL(%(virtual)s))::int)
FROM inventory_stockmovement movement
JOIN inventory_product product ON product.id = movement.product_id
JOIN inventory_warehouse warehouse ON warehouse.id = movement.warehouse_id
JOIN inventory_bin source ON source.id = movement.from_bin_id
JOIN inventory_bin target ON target.id = movement.to_bin_id
WHERE (%(product)s::bigint IS NULL OR movement.product_id = %(product)s)
  AND (%(warehouses)s::bigint[] IS NULL OR movement.warehouse_id = ANY(%(warehouses)s))
  AND (%(document)s::text IS NULL OR movement.document = %(document)s)
  AND (%(since)s::timestamptz IS NULL OR movement.at >= %(since)s)
  AND (%(before)s::bigint IS NULL OR movement.id < %(before)s)
  AND (%(after)s::bigint IS NULL OR movement.id > %(after)s)
  AND (%(bin)s::bigint IS NULL OR movement.from_bin_id = %(bin)s OR movement.to_bin_id = %(bin)s)
"""
_MOVEMENTS_NEWEST = _MOVEMENTS + "ORDER BY movement.id DESC LIMIT %(limit)s"
_MOVEMENTS_NEWER = _MOVEMENTS + "ORDER BY movement.id LIMIT %(limit)s"

_VIRTUAL = ["supplier", "customer", "scrap", "adjustment", "production", "transit"]


def ledger_page(
    *,
    product_id: int | None = None,
    warehouse_ids: Sequence[int] | None = None,
    bin_id: int | None = None,
    document: str | None = None,
    since: datetime | None = None,
    limit: int = 50,
    before_id: int | None = None,
    after_id: int | None = None,
) -> list[MovementRow]:
    """The ledger, newest first; with ``after_id`` the newer movements, nearest first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVEMENTS_NEWEST if after_id is None else _MOVEMENTS_NEWER,
            {
                "virtual": _VIRTUAL,
                "product": product_id,
                "warehouses": None if warehouse_ids is None else sorted(set(warehouse_ids)),
                "bin": bin_id,
                "document": document,
                "since": since,
                "before": before_id,
                "after": after_id,
                "limit": limit,
            },
        )
        return [MovementRow(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class StockPage:
    """Everything about one product's stock: its level in each warehouse, its bins, and a page of its ledger."""

    product: ProductFact
    levels: tuple[StockRow, ...]
    bins: tuple[BinContent, ...]
    movements: tuple[MovementRow, ...]


def stock_page(
    sku: str,
    *,
    warehouse_ids: Sequence[int] | None = None,
    limit: int = 50,
    before_id: int | None = None,
) -> StockPage:
    """The stock page of a product, movements newest first with the balance after each. Raises NotFound.

    The balance is ``on_hand`` over the warehouses asked for. Six queries at most, whatever the size of the ledger
    before the page.
    """
    found = products_by_sku([sku])
    if sku.casefold() not in found:
        raise NotFound(_("There is no product %(sku)s.") % {"sku": sku[:64]})
    product = found[sku.casefold()]
    levels = stock_rows(product_ids=[product.id], warehouse_ids=warehouse_ids, limit=200)
    bins = [
        content for content in bins_with(product.id) if warehouse_ids is None or content.warehouse_id in warehouse_ids
    ]
    rows = ledger_page(product_id=product.id, warehouse_ids=warehouse_ids, limit=limit, before_id=before_id)
    balance = sum(level.on_hand for level in levels)
    if rows and before_id is not None:
        balance -= _effect_since(product.id, warehouse_ids, before_id)
    movements = []
    for row in rows:
        movements.append(replace(row, balance=balance))
        balance -= row.effect
    return StockPage(product, tuple(levels), tuple(bins), tuple(movements))


_EFFECT_SINCE = """
SELECT coalesce(sum(
    movement.quantity * ((target.kind <> ALL(%(virtual)s))::int - (source.kind <> ALL(%(virtual)s))::int)
), 0)
FROM inventory_stockmovement movement
JOIN inventory_bin source ON source.id = movement.from_bin_id
JOIN inventory_bin target ON target.id = movement.to_bin_id
WHERE movement.product_id = %(product)s AND movement.id >= %(first)s
  AND (%(warehouses)s::bigint[] IS NULL OR movement.warehouse_id = ANY(%(warehouses)s))
"""


def _effect_since(product_id: int, warehouse_ids: Sequence[int] | None, first_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            _EFFECT_SINCE,
            {
                "virtual": _VIRTUAL,
                "product": product_id,
                "first": first_id,
                "warehouses": None if warehouse_ids is None else sorted(set(warehouse_ids)),
            },
        )
        (effect,) = cursor.fetchone()
    return int(effect)
