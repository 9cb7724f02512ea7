"""The change feed of stock levels: who follows it misses nothing, whatever commits in which order.

Each row carries the id of the transaction that last changed it. Only rows of transactions older than every one still
running are shown, so that a place in the feed is passed only when nothing can appear before it any more. A transaction
that writes for long holds the feed up for as long; one that only reads does not.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

END = 2**63 - 1


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in the feed, behind the row ``level_id`` changed by transaction ``xid``."""

    xid: int = 0
    level_id: int = 0


START = Place()


@dataclass(frozen=True, slots=True)
class ChangedLevel:
    """A stock level as it is now, and where in the feed it stands."""

    level_id: int
    product_id: int
    sku: str
    warehouse_id: int
    warehouse: str
    available: int
    on_hand: int
    changed_at: datetime | None
    xid: int

    @property
    def place(self) -> Place:
        return Place(self.xid, self.level_id)


@dataclass(frozen=True, slots=True)
class Changes:
    """Changed levels in the order of the feed, the place behind the last of them, and whether there are more."""

    rows: tuple[ChangedLevel, ...]
    upto: Place
    more: bool


# Counted, not looked for with EXISTS: a plan made to find the first row fast reads the whole table when there is none.
_ANY = """
SELECT count(*) FROM inventory_stocklevel
WHERE changed_xid >= %(xid)s AND changed_xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
  AND (changed_xid > %(xid)s OR id > %(level)s)
"""

# The first condition bounds the scan of the BRIN index; the second decides within one transaction.
_CHANGES = """
SELECT level.id, product.id, product.sku, warehouse.id, warehouse.code, level.available, level.on_hand,
       level.changed_at, level.changed_xid
FROM inventory_stocklevel level
JOIN inventory_product product ON product.id = level.product_id
JOIN inventory_warehouse warehouse ON warehouse.id = level.warehouse_id
WHERE level.changed_xid >= %(xid)s AND level.changed_xid < %(ended)s
  AND (level.changed_xid > %(xid)s OR level.id > %(level)s)
ORDER BY level.changed_xid, level.id
LIMIT %(limit)s
"""


def changes(since: Place = START, *, limit: int = 200) -> Changes:
    """At most ``limit`` levels changed behind ``since``, each once however often it changed. Two queries, no locks.

    A place of another life of the database (before it was restored elsewhere) begins the feed anew.
    """
    ended, newest = _ended()
    if since.xid >= newest:
        since = START
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, {"xid": since.xid, "level": since.level_id, "ended": ended, "limit": limit + 1})
        rows = [ChangedLevel(*row) for row in cursor.fetchall()]
    more = len(rows) > limit
    rows = rows[:limit]
    # With nothing left, everything older than the oldest running transaction has been seen.
    return Changes(tuple(rows), rows[-1].place if more else max(since, Place(ended - 1, END)), more)


def anything_new(since: Place) -> bool:
    """Whether ``changes`` would return anything. One query, no locks: for whoever looks often."""
    with connection.cursor() as cursor:
        cursor.execute(_ANY, {"xid": since.xid, "level": since.level_id})
        return bool(cursor.fetchone()[0])


def _ended() -> tuple[int, int]:
    """(the oldest transaction still running, the next one to begin): all older than the first have ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_snapshot_xmin(now)::text::bigint, pg_snapshot_xmax(now)::text::bigint"
            " FROM pg_current_snapshot() AS now"
        )
        ended, newest = cursor.fetchone()
    return int(ended), int(newest)
