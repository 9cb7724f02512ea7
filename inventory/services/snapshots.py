"""Keep snapshots of what lay where, so that a past moment costs the same however long the ledger is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from core.kernel.commands import command
from inventory.models.place import VIRTUAL

EVERY = 200
"""Movements of a product, or of a bin, after which it gets its next snapshot."""

SETTLED = timedelta(minutes=15)
"""No snapshot is younger: a movement that is still to be committed bears the time at which its act began."""

BATCH = 500


@dataclass(frozen=True, slots=True)
class Kind:
    """Snapshots of products, or of bins: the statements differ in what a row is about alone."""

    candidates: str
    step: str
    wrong: str
    forget: str


_RECENT_PRODUCTS = """
SELECT id FROM inventory_product product
WHERE id > %(after)s
  AND (%(since)s::timestamptz IS NULL OR EXISTS (
      SELECT FROM inventory_stockmovement m WHERE m.product_id = product.id AND m.at >= %(since)s))
ORDER BY id LIMIT %(batch)s
"""
_RECENT_BINS = """
SELECT id FROM inventory_bin bin
WHERE id > %(after)s AND kind <> ALL(%(virtual)s)
  AND (%(since)s::timestamptz IS NULL
       OR EXISTS (SELECT FROM inventory_stockmovement m WHERE m.to_bin_id = bin.id AND m.at >= %(since)s)
       OR EXISTS (SELECT FROM inventory_stockmovement m WHERE m.from_bin_id = bin.id AND m.at >= %(since)s))
ORDER BY id LIMIT %(batch)s
"""

# The next snapshot is at the time of the nth movement since the last one, movements of that very moment included.
_STEP_PRODUCTS = """
WITH due AS MATERIALIZED (
    SELECT thing.id, base.at AS base_at, base.contents, next.at
    FROM unnest(%(ids)s::bigint[]) AS thing (id)
    LEFT JOIN LATERAL (
        SELECT at, contents FROM inventory_stocksnapshot snapshot
        WHERE snapshot.product_id = thing.id AND snapshot.bin_id IS NULL ORDER BY at DESC LIMIT 1
    ) base ON true
    CROSS JOIN LATERAL (
        SELECT m.at FROM inventory_stockmovement m
        WHERE m.product_id = thing.id AND m.at > coalesce(base.at, '-infinity') AND m.at <= %(until)s
        ORDER BY m.at OFFSET %(every)s - 1 LIMIT 1
    ) next
), since AS MATERIALIZED (
    SELECT due.id, m.* FROM due CROSS JOIN LATERAL (
        SELECT from_bin_id, from_condition, to_bin_id, to_condition, lot, quantity FROM inventory_stockmovement m
        WHERE m.product_id = due.id AND m.at > coalesce(due.base_at, '-infinity') AND m.at <= due.at
    ) m
), leg AS (
    SELECT due.id, (line->>0)::bigint AS other, line->>1 AS lot, line->>2 AS condition, (line->>3)::bigint AS units
    FROM due, jsonb_array_elements(due.contents) line
    UNION ALL SELECT id, to_bin_id, lot, to_condition, quantity FROM since
    UNION ALL SELECT id, from_bin_id, lot, from_condition, -quantity FROM since
), summed AS (
    SELECT leg.id, leg.other, leg.lot, leg.condition, sum(leg.units)::bigint AS units
    FROM leg JOIN inventory_bin bin ON bin.id = leg.other
    WHERE bin.kind <> ALL(%(virtual)s)
    GROUP BY leg.id, leg.other, leg.lot, leg.condition HAVING sum(leg.units) <> 0
)
INSERT INTO inventory_stocksnapshot (product_id, at, contents)
SELECT due.id, due.at, coalesce(
    jsonb_agg(jsonb_build_array(other, lot, condition, units) ORDER BY other, lot, condition)
        FILTER (WHERE other IS NOT NULL), '[]')
FROM due LEFT JOIN summed USING (id) GROUP BY due.id, due.at
ON CONFLICT DO NOTHING
RETURNING product_id
"""

_STEP_BINS = """
WITH due AS MATERIALIZED (
    SELECT thing.id, base.at AS base_at, base.contents, next.at
    FROM unnest(%(ids)s::bigint[]) AS thing (id)
    LEFT JOIN LATERAL (
        SELECT at, contents FROM inventory_stocksnapshot snapshot
        WHERE snapshot.bin_id = thing.id AND snapshot.product_id IS NULL ORDER BY at DESC LIMIT 1
    ) base ON true
    CROSS JOIN LATERAL (
        SELECT at FROM (
            (SELECT m.at FROM inventory_stockmovement m
             WHERE m.to_bin_id = thing.id AND m.at > coalesce(base.at, '-infinity') AND m.at <= %(until)s
             ORDER BY m.at LIMIT %(every)s)
            UNION ALL
            (SELECT m.at FROM inventory_stockmovement m
             WHERE m.from_bin_id = thing.id AND m.at > coalesce(base.at, '-infinity') AND m.at <= %(until)s
             ORDER BY m.at LIMIT %(every)s)
        ) both_ways ORDER BY at OFFSET %(every)s - 1 LIMIT 1
    ) next
), leg AS (
    SELECT due.id, (line->>0)::bigint AS other, line->>1 AS lot, line->>2 AS condition, (line->>3)::bigint AS units
    FROM due, jsonb_array_elements(due.contents) line
    UNION ALL
    SELECT due.id, m.product_id, m.lot, m.to_condition, m.quantity FROM due CROSS JOIN LATERAL (
        SELECT product_id, lot, to_condition, quantity FROM inventory_stockmovement
        WHERE to_bin_id = due.id AND at > coalesce(due.base_at, '-infinity') AND at <= due.at
    ) m
    UNION ALL
    SELECT due.id, m.product_id, m.lot, m.from_condition, -m.quantity FROM due CROSS JOIN LATERAL (
        SELECT product_id, lot, from_condition, quantity FROM inventory_stockmovement
        WHERE from_bin_id = due.id AND at > coalesce(due.base_at, '-infinity') AND at <= due.at
    ) m
), summed AS (
    SELECT id, other, lot, condition, sum(units)::bigint AS units FROM leg
    GROUP BY id, other, lot, condition HAVING sum(units) <> 0
)
INSERT INTO inventory_stocksnapshot (bin_id, at, contents)
SELECT due.id, due.at, coalesce(
    jsonb_agg(jsonb_build_array(other, lot, condition, units) ORDER BY other, lot, condition)
        FILTER (WHERE other IS NOT NULL), '[]')
FROM due LEFT JOIN summed USING (id) GROUP BY due.id, due.at
ON CONFLICT DO NOTHING
RETURNING bin_id
"""

# Each snapshot is proved from the one before it and the movements between the two.
_WRONG_PRODUCTS = """
WITH proved AS MATERIALIZED (
    SELECT snapshot.id, snapshot.product_id AS thing, snapshot.at, snapshot.contents, base.at AS base_at,
           base.contents AS base_contents
    FROM inventory_stocksnapshot snapshot
    LEFT JOIN LATERAL (
        SELECT at, contents FROM inventory_stocksnapshot earlier
        WHERE earlier.product_id = snapshot.product_id AND earlier.bin_id IS NULL AND earlier.at < snapshot.at
        ORDER BY at DESC LIMIT 1
    ) base ON true
    WHERE snapshot.product_id IS NOT NULL AND snapshot.bin_id IS NULL
      AND (%(since)s::timestamptz IS NULL OR snapshot.at >= %(since)s)
), leg AS (
    SELECT id, (line->>0)::bigint AS other, line->>1 AS lot, line->>2 AS condition, (line->>3)::bigint AS units
    FROM proved, jsonb_array_elements(base_contents) line
    UNION ALL
    SELECT proved.id, m.other, m.lot, m.condition, m.units FROM proved CROSS JOIN LATERAL (
        SELECT to_bin_id AS other, lot, to_condition AS condition, quantity AS units FROM inventory_stockmovement
        WHERE product_id = proved.thing AND at > coalesce(proved.base_at, '-infinity') AND at <= proved.at
        UNION ALL
        SELECT from_bin_id, lot, from_condition, -quantity FROM inventory_stockmovement
        WHERE product_id = proved.thing AND at > coalesce(proved.base_at, '-infinity') AND at <= proved.at
    ) m JOIN inventory_bin bin ON bin.id = m.other
    WHERE bin.kind <> ALL(%(virtual)s)
), summed AS (
    SELECT id, other, lot, condition, sum(units)::bigint AS units FROM leg
    GROUP BY id, other, lot, condition HAVING sum(units) <> 0
), expected AS (
    SELECT id, jsonb_agg(jsonb_build_array(other, lot, condition, units) ORDER BY other, lot, condition) AS contents,
           sum(units) AS units
    FROM summed GROUP BY id
)
SELECT proved.thing, product.sku, proved.at,
       coalesce((SELECT sum((line->>3)::bigint) FROM jsonb_array_elements(proved.contents) line), 0)::bigint,
       coalesce(expected.units, 0)::bigint
FROM proved LEFT JOIN expected USING (id) JOIN inventory_product product ON product.id = proved.thing
WHERE proved.contents <> coalesce(expected.contents, '[]')
ORDER BY proved.thing, proved.at
"""

_WRONG_BINS = """
WITH proved AS MATERIALIZED (
    SELECT snapshot.id, snapshot.bin_id AS thing, snapshot.at, snapshot.contents, base.at AS base_at,
           base.contents AS base_contents
    FROM inventory_stocksnapshot snapshot
    LEFT JOIN LATERAL (
        SELECT at, contents FROM inventory_stocksnapshot earlier
        WHERE earlier.bin_id = snapshot.bin_id AND earlier.product_id IS NULL AND earlier.at < snapshot.at
        ORDER BY at DESC LIMIT 1
    ) base ON true
    WHERE snapshot.bin_id IS NOT NULL AND snapshot.product_id IS NULL
      AND (%(since)s::timestamptz IS NULL OR snapshot.at >= %(since)s)
), leg AS (
    SELECT id, (line->>0)::bigint AS other, line->>1 AS lot, line->>2 AS condition, (line->>3)::bigint AS units
    FROM proved, jsonb_array_elements(base_contents) line
    UNION ALL
    SELECT proved.id, m.other, m.lot, m.condition, m.units FROM proved CROSS JOIN LATERAL (
        SELECT product_id AS other, lot, to_condition AS condition, quantity AS units FROM inventory_stockmovement
        WHERE to_bin_id = proved.thing AND at > coalesce(proved.base_at, '-infinity') AND at <= proved.at
        UNION ALL
        SELECT product_id, lot, from_condition, -quantity FROM inventory_stockmovement
        WHERE from_bin_id = proved.thing AND at > coalesce(proved.base_at, '-infinity') AND at <= proved.at
    ) m
), summed AS (
    SELECT id, other, lot, condition, sum(units)::bigint AS units FROM leg
    GROUP BY id, other, lot, condition HAVING sum(units) <> 0
), expected AS (
    SELECT id, jsonb_agg(jsonb_build_array(other, lot, condition, units) ORDER BY other, lot, condition) AS contents,
           sum(units) AS units
    FROM summed GROUP BY id
)
SELECT proved.thing, bin.name, proved.at,
       coalesce((SELECT sum((line->>3)::bigint) FROM jsonb_array_elements(proved.contents) line), 0)::bigint,
       coalesce(expected.units, 0)::bigint
FROM proved LEFT JOIN expected USING (id) JOIN inventory_bin bin ON bin.id = proved.thing
WHERE proved.contents <> coalesce(expected.contents, '[]')
ORDER BY proved.thing, proved.at
"""

_FORGET_PRODUCTS = """
DELETE FROM inventory_stocksnapshot snapshot USING unnest(%s::bigint[], %s::timestamptz[]) AS first (id, at)
WHERE snapshot.product_id = first.id AND snapshot.at >= first.at
"""
_FORGET_BINS = """
DELETE FROM inventory_stocksnapshot snapshot USING unnest(%s::bigint[], %s::timestamptz[]) AS first (id, at)
WHERE snapshot.bin_id = first.id AND snapshot.at >= first.at
"""

OF_PRODUCTS = Kind(_RECENT_PRODUCTS, _STEP_PRODUCTS, _WRONG_PRODUCTS, _FORGET_PRODUCTS)
OF_BINS = Kind(_RECENT_BINS, _STEP_BINS, _WRONG_BINS, _FORGET_BINS)


@dataclass(frozen=True, slots=True)
class WrongSnapshot:
    """A snapshot that is not what the ledger says lay there ``at`` that moment."""

    kind: Kind
    thing_id: int
    name: str
    at: datetime
    stored: int
    expected: int


def make_snapshots(
    *, now: datetime, since: datetime | None = None, every: int = EVERY, settled: timedelta = SETTLED
) -> int:
    """Give every product and every bin the snapshots that are due; returns how many were made.

    One for each ``every`` movements, none younger than ``settled`` or than the oldest transaction still running.
    With ``since`` only what moved since then is looked at. Safe to run twice at once; each step is its own short
    transaction.
    """
    until = _settled_until(now, settled)
    made = 0
    for kind in (OF_PRODUCTS, OF_BINS):
        after = 0
        while ids := _ids(kind.candidates, {"after": after, "since": since, "batch": BATCH, "virtual": VIRTUAL}):
            after = ids[-1]
            made += _make(kind, ids, until=until, every=every)
    return made


def wrong_snapshots(*, since: datetime | None = None) -> list[WrongSnapshot]:
    """The snapshots at or after ``since`` (all without it) that the ledger contradicts. Two statements.

    Each is proved from the one before it and the movements between them, so a wrong one may make its successor look
    wrong too.
    """
    found = []
    for kind in (OF_PRODUCTS, OF_BINS):
        with connection.cursor() as cursor:
            cursor.execute(kind.wrong, {"since": since, "virtual": VIRTUAL})
            found += [WrongSnapshot(kind, *row) for row in cursor.fetchall()]
    return found


@command
def rebuild_snapshots(
    wrong: Sequence[WrongSnapshot], *, now: datetime, every: int = EVERY, settled: timedelta = SETTLED
) -> int:
    """Throw away the wrong snapshots and all later ones of the same things, and make them anew; returns how many."""
    if not wrong:
        return 0
    until = _settled_until(now, settled)
    made = 0
    for kind in (OF_PRODUCTS, OF_BINS):
        first: dict[int, datetime] = {}
        for one in wrong:
            if one.kind is kind:
                first[one.thing_id] = min(one.at, first.get(one.thing_id, one.at))
        if not first:
            continue
        with connection.cursor() as cursor:
            cursor.execute(kind.forget, [list(first), list(first.values())])
        made += _make(kind, sorted(first), until=until, every=every)
    return made


def _make(kind: Kind, ids: Iterable[int], *, until: datetime, every: int) -> int:
    """Step on until nothing is due: each statement makes one snapshot of each thing that is."""
    made, due = 0, list(ids)
    while due:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = '15min'")
            due = _ids(kind.step, {"ids": due, "until": until, "every": every, "virtual": VIRTUAL})
        made += len(due)
    return made


def _settled_until(now: datetime, settled: timedelta) -> datetime:
    """The latest moment before which nothing can still be committed, by the clock that ``now`` was read from."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(clock_timestamp() - min(xact_start), interval '0') FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        (oldest,) = cursor.fetchone()
    until: datetime = now - max(settled, oldest + timedelta(minutes=1))
    return until


def _ids(sql: str, names: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, names)
        return [row[0] for row in cursor.fetchall()]
