"""What lay where at any past moment: the newest snapshot before it, and the movements since."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from inventory.models.place import VIRTUAL
from inventory.planning.history import Effect


@dataclass(frozen=True, slots=True)
class AtRow:
    """Units of a product, lot and condition that lay in a bin at a moment."""

    product_id: int
    sku: str
    name: str
    warehouse_id: int
    warehouse: str
    bin_id: int
    bin_name: str
    bin_code: str
    bin_kind: str
    lot: str
    condition: str
    units: int


@dataclass(frozen=True, slots=True)
class LevelAt:
    """``on_hand`` of a product at a moment, and how much of it was not sellable, by condition."""

    on_hand: int = 0
    unavailable: dict[str, int] = field(default_factory=dict)

    @property
    def sellable(self) -> int:
        return self.on_hand - sum(self.unavailable.values())


_ROW = """
SELECT product.id, product.sku, product.name, bin.warehouse_id, warehouse.code, bin.id, bin.name, bin.code, bin.kind,
       leg.lot, leg.condition, sum(leg.units)::bigint
FROM leg
JOIN inventory_bin bin ON bin.id = leg.bin_id
JOIN inventory_warehouse warehouse ON warehouse.id = bin.warehouse_id
JOIN inventory_product product ON product.id = leg.product_id
WHERE bin.kind <> ALL(%(virtual)s)
  AND (%(warehouses)s::bigint[] IS NULL OR bin.warehouse_id = ANY(%(warehouses)s))
GROUP BY product.id, warehouse.id, bin.id, leg.lot, leg.condition
HAVING sum(leg.units) <> 0
ORDER BY bin.pick_sequence, bin.name, product.sku, leg.lot, leg.condition
"""

_PRODUCT_AT = """
WITH base AS MATERIALIZED (
    SELECT at, contents FROM inventory_stocksnapshot
    WHERE product_id = %(id)s AND bin_id IS NULL AND at <= %(at)s ORDER BY at DESC LIMIT 1
), since AS MATERIALIZED (
    SELECT from_bin_id, from_condition, to_bin_id, to_condition, lot, quantity FROM inventory_stockmovement
    WHERE product_id = %(id)s AND at > coalesce((SELECT at FROM base), '-infinity') AND at <= %(at)s
), leg AS (
    SELECT %(id)s::bigint AS product_id, (line->>0)::bigint AS bin_id, line->>1 AS lot, line->>2 AS condition,
           (line->>3)::bigint AS units
    FROM base, jsonb_array_elements(base.contents) line
    UNION ALL SELECT %(id)s, to_bin_id, lot, to_condition, quantity FROM since
    UNION ALL SELECT %(id)s, from_bin_id, lot, from_condition, -quantity FROM since
)
"""

_BIN_AT = """
WITH base AS MATERIALIZED (
    SELECT at, contents FROM inventory_stocksnapshot
    WHERE bin_id = %(id)s AND product_id IS NULL AND at <= %(at)s ORDER BY at DESC LIMIT 1
), leg AS (
    SELECT (line->>0)::bigint AS product_id, %(id)s::bigint AS bin_id, line->>1 AS lot, line->>2 AS condition,
           (line->>3)::bigint AS units
    FROM base, jsonb_array_elements(base.contents) line
    UNION ALL
    SELECT product_id, %(id)s, lot, to_condition, quantity FROM inventory_stockmovement
    WHERE to_bin_id = %(id)s AND at > coalesce((SELECT at FROM base), '-infinity') AND at <= %(at)s
    UNION ALL
    SELECT product_id, %(id)s, lot, from_condition, -quantity FROM inventory_stockmovement
    WHERE from_bin_id = %(id)s AND at > coalesce((SELECT at FROM base), '-infinity') AND at <= %(at)s
)
"""


def stock_at(product_id: int, at: datetime, *, warehouse_ids: Iterable[int] | None = None) -> list[AtRow]:
    """What lay of a product in each bin at ``at``, movements of that very moment included; along the walk. One query.

    Exact for any past moment. It costs the movements since the last snapshot, however long the ledger is.
    """
    return _rows(_PRODUCT_AT, product_id, at, warehouse_ids)


def bin_at(bin_id: int, at: datetime) -> list[AtRow]:
    """What lay in a bin at ``at``, of every product; empty for a virtual bin. One query."""
    return _rows(_BIN_AT, bin_id, at, None)


def level_at(product_id: int, at: datetime, *, warehouse_ids: Iterable[int] | None = None) -> LevelAt:
    """The units of a product on hand at ``at``, and those of them not sellable. One query."""
    return level_of(stock_at(product_id, at, warehouse_ids=warehouse_ids))


def level_of(rows: Iterable[AtRow]) -> LevelAt:
    """The sum of such rows."""
    on_hand, unavailable = 0, dict.fromkeys(("quality_control", "quarantined", "damaged"), 0)
    for row in rows:
        on_hand += row.units
        if row.condition != "sellable":
            unavailable[row.condition] = unavailable.get(row.condition, 0) + row.units
    return LevelAt(on_hand, unavailable)


def _rows(sql: str, thing_id: int, at: datetime, warehouse_ids: Iterable[int] | None) -> list[AtRow]:
    with connection.cursor() as cursor:
        cursor.execute(
            sql + _ROW,
            {
                "id": thing_id,
                "at": at,
                "warehouses": None if warehouse_ids is None else sorted(set(warehouse_ids)),
                "virtual": VIRTUAL,
            },
        )
        return [AtRow(*row) for row in cursor.fetchall()]


_ROW_EFFECTS = """
SELECT id, quantity, effect, reason, document, actor_name, at FROM (
    SELECT movement.*, movement.quantity * (
        (to_bin_id = %(bin)s AND to_condition = %(condition)s)::int
        - (from_bin_id = %(bin)s AND from_condition = %(condition)s)::int
    ) AS effect
    FROM inventory_stockmovement movement
    WHERE product_id = %(product)s AND lot = %(lot)s AND (to_bin_id = %(bin)s OR from_bin_id = %(bin)s)
    ORDER BY id DESC LIMIT %(limit)s
) touched
WHERE effect <> 0 ORDER BY id DESC
"""

_LEVEL_EFFECTS = """
SELECT id, quantity, effect, reason, document, actor_name, at FROM (
    SELECT movement.*, movement.quantity * (
        (target.kind <> ALL(%(virtual)s) AND (%(condition)s = '' OR to_condition = %(condition)s))::int
        - (source.kind <> ALL(%(virtual)s) AND (%(condition)s = '' OR from_condition = %(condition)s))::int
    ) AS effect
    FROM inventory_stockmovement movement
    JOIN inventory_bin source ON source.id = movement.from_bin_id
    JOIN inventory_bin target ON target.id = movement.to_bin_id
    WHERE movement.product_id = %(product)s AND movement.warehouse_id = %(warehouse)s
    ORDER BY movement.id DESC LIMIT %(limit)s
) touched
WHERE effect <> 0 ORDER BY id DESC
"""


def effects_on_bin(product_id: int, bin_id: int, lot: str, condition: str, *, limit: int = 200) -> list[Effect]:
    """What the last movements did to one row of bin stock, newest first. One query."""
    names = {"product": product_id, "bin": bin_id, "lot": lot, "condition": condition, "limit": limit}
    return _effects(_ROW_EFFECTS, names)


def effects_on_level(product_id: int, warehouse_id: int, condition: str = "", *, limit: int = 200) -> list[Effect]:
    """What the last movements did to ``on_hand``, or to one condition's counter, newest first. One query."""
    names = {"product": product_id, "warehouse": warehouse_id, "condition": condition, "limit": limit}
    return _effects(_LEVEL_EFFECTS, {**names, "virtual": VIRTUAL})


def _effects(sql: str, names: dict[str, Any]) -> list[Effect]:
    with connection.cursor() as cursor:
        cursor.execute(sql, names)
        return [Effect(*row) for row in cursor.fetchall()]
