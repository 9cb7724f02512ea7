"""Follow the change feed of stock levels in the system's own name, exactly once: the place is kept with the work."""

from collections.abc import Callable

from django.db import connection

from core.kernel.commands import command, refuse_outside_transaction
from inventory.models import FeedReader
from inventory.selectors.changes import END, ChangedLevel, Place, anything_new, changes

BATCH = 1000
Work = Callable[[list[ChangedLevel]], None]


def follow(name: str, work: Work, *, limit: int = BATCH) -> int:
    """Have ``work`` done on every level that changed since the reader of that name last looked; returns how many.

    Some thousand at a time, each time in one transaction with the reader's new place: a crash neither loses nor
    doubles what ``work`` writes. When another copy is at it, this one does nothing. Looking costs two small queries
    while nothing changes.
    """
    done = 0
    while True:
        place = FeedReader.objects.filter(name=name).values_list("xid", flat=True).first()
        if place is not None and not anything_new(Place(place, END)) and not _another_life(place):
            return done
        count, more = _follow_once(name, work, limit=limit)
        done += count
        if not more:
            return done


@command
def _follow_once(name: str, work: Work, *, limit: int) -> tuple[int, bool]:
    FeedReader.objects.bulk_create([FeedReader(name=name)], ignore_conflicts=True)
    reader = _lock(name)
    if reader is None:
        return 0, False
    if _another_life(reader.xid):
        stamp_anew()
        FeedReader.objects.filter(pk=reader.pk).update(xid=0)
        return 0, False
    found = changes(Place(reader.xid, END), limit=limit)
    rows, upto = list(found.rows), found.upto.xid
    if found.more:
        # A reader's place is a transaction: one cut in two by the limit waits for the next turn, or comes whole.
        upto = rows[-1].xid
        whole = [row for row in rows if row.xid < upto]
        if whole:
            rows, upto = whole, upto - 1
        else:
            rows = _all_of(rows, limit)
    work(rows)
    FeedReader.objects.filter(pk=reader.pk).update(xid=upto)
    return len(rows), found.more


def is_reader(name: str) -> bool:
    """Whether no other copy is the reader of that name now; from here to the end of the transaction this one is."""
    refuse_outside_transaction()
    return _lock(name) is not None


def _lock(name: str) -> FeedReader | None:
    return FeedReader.objects.select_for_update(skip_locked=True, no_key=True).filter(name=name).first()


def _all_of(rows: list[ChangedLevel], limit: int) -> list[ChangedLevel]:
    """All levels changed by the transaction that changed these."""
    xid = rows[-1].xid
    while True:
        found = changes(rows[-1].place, limit=limit)
        own = [row for row in found.rows if row.xid == xid]
        rows = rows + own
        if len(own) < limit:
            return rows


def stamp(product_ids: list[int]) -> None:
    """Have the feed tell the levels of those products again, though no counter of theirs changed.

    For what changes what may be sold in another way: the recipe of a kit. Runs in the caller's transaction.
    """
    refuse_outside_transaction()
    with connection.cursor() as cursor:
        cursor.execute(_STAMP, [sorted(set(product_ids))])


_STAMP = """
WITH locked AS MATERIALIZED (
    SELECT id FROM inventory_stocklevel WHERE product_id = ANY (%s) ORDER BY id FOR NO KEY UPDATE
)
UPDATE inventory_stocklevel level
SET changed_xid = pg_current_xact_id()::text::bigint, changed_at = clock_timestamp()
FROM locked WHERE level.id = locked.id
"""

_STAMP_ANEW = """
WITH locked AS MATERIALIZED (
    SELECT id FROM inventory_stocklevel
    WHERE changed_xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint ORDER BY id FOR NO KEY UPDATE
)
UPDATE inventory_stocklevel level SET changed_xid = pg_current_xact_id()::text::bigint
FROM locked WHERE level.id = locked.id
"""


def stamp_anew() -> None:
    """Give levels whose transaction is still to come a number of today.

    A database that was dumped and loaded elsewhere counts transactions from another beginning; rows of the old count
    would stay out of the feed until the new one has caught up. Runs in the caller's transaction.
    """
    refuse_outside_transaction()
    with connection.cursor() as cursor:
        cursor.execute(_STAMP_ANEW)


def _another_life(xid: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint", [xid])
        return bool(cursor.fetchone()[0])
