"""Where products lie and what of them is on its way, for whoever explains why something cannot be had."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from inventory.models.place import VIRTUAL


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Units of a product, lot and condition in a bin; ``planned`` of them for picks.

    ``too_old``: inside its product's expiry horizon on the warehouse's day.
    """

    product_id: int
    warehouse_id: int
    bin_id: int
    bin: str
    bin_code: str
    kind: str
    condition: str
    lot: str
    expires_on: date | None
    quantity: int
    planned: int
    frozen: bool
    recalled: bool
    too_old: bool


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """Units of a product that a purchase order or a transfer still brings to a warehouse."""

    product_id: int
    warehouse_id: int
    ref: str
    units: int
    day: date | None
    is_transfer: bool


_SPOTS = """
SELECT stock.product_id, bin.warehouse_id, bin.id, bin.name, bin.code, bin.kind, stock.condition, stock.lot,
       lot.expires_on, stock.quantity, stock.to_pick, bin.frozen OR NOT bin.active OR coalesce(stand.frozen, false),
       lot.recalled_at IS NOT NULL,
       coalesce((%(now)s AT TIME ZONE warehouse.time_zone)::date
                > lot.expires_on - coalesce(product.expiry_horizon_days, 0), false)
FROM inventory_binstock stock
JOIN inventory_bin bin ON bin.id = stock.bin_id
JOIN inventory_warehouse warehouse ON warehouse.id = bin.warehouse_id
JOIN inventory_product product ON product.id = stock.product_id
LEFT JOIN inventory_bin stand ON stand.id = bin.parent_id
LEFT JOIN inventory_lot lot ON lot.product_id = stock.product_id AND lot.number = stock.lot AND stock.lot <> ''
WHERE stock.product_id = ANY(%(products)s) AND stock.quantity > 0
  AND bin.kind <> ALL(%(virtual)s)
ORDER BY stock.product_id, bin.warehouse_id, bin.pick_sequence, bin.name, stock.lot, stock.condition
LIMIT %(limit)s
"""

_COMING = """
SELECT line.product_id, bought.warehouse_id, bought.ref, line.quantity - line.received, bought.expected_on, false
FROM inventory_purchaseorderline line JOIN inventory_purchaseorder bought ON bought.id = line.purchase_order_id
WHERE line.received < line.quantity AND bought.status IN ('ordered', 'partially_received')
  AND line.product_id = ANY(%(products)s)
UNION ALL
SELECT line.product_id, sent.target_id, sent.ref, line.shipped - line.received - line.lost, sent.expected_on, true
FROM inventory_transferline line JOIN inventory_transfer sent ON sent.id = line.transfer_id
WHERE line.shipped > line.received + line.lost AND line.product_id = ANY(%(products)s)
ORDER BY 5 NULLS LAST, 3
LIMIT %(limit)s
"""


def whereabouts(product_ids: Iterable[int], *, now: datetime, limit: int = 1000) -> list[Whereabouts]:
    """The bins each product lies in, in every warehouse, along the walk. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_SPOTS, {"products": sorted(set(product_ids)), "now": now, "limit": limit, "virtual": VIRTUAL})
        return [Whereabouts(*row) for row in cursor.fetchall()]


def on_its_way(product_ids: Iterable[int], *, limit: int = 1000) -> list[OnItsWay]:
    """What open purchase orders and transfers still bring, the soonest first. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_COMING, {"products": sorted(set(product_ids)), "limit": limit})
        return [OnItsWay(*row) for row in cursor.fetchall()]
