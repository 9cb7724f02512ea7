"""Take an import back by compensation, a thousand rows in a transaction, last row first."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from django.db import connection

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_one
from core.kernel.transitions import advance
from inventory.models import ImportJob, ImportRow
from inventory.services.import_places import undo_bins
from inventory.services.import_products import undo_products
from inventory.services.import_purchases import undo_purchases
from inventory.services.import_reading import CHUNK, next_step
from inventory.services.import_stock import undo_stock
from inventory.states import ImportKind, ImportStatus


class Undo(Protocol):
    """Take rows back, each with what takes it back; {row number: why it was left alone}."""

    def __call__(
        self, job: ImportJob, rows: Sequence[tuple[int, Mapping[str, Any]]], *, by: Actor, now: datetime
    ) -> dict[int, str]: ...


UNDOS: dict[str, Undo] = {
    ImportKind.PRODUCTS: undo_products,
    ImportKind.BINS: undo_bins,
    ImportKind.STOCK: undo_stock,
    ImportKind.PURCHASE_ORDERS: undo_purchases,
}
_FIRST_COLUMN = {
    ImportKind.PRODUCTS: "sku",
    ImportKind.BINS: "name",
    ImportKind.STOCK: "quantity",
    ImportKind.PURCHASE_ORDERS: "number",
}


def undo_rows(job_id: int, *, by: Actor, now: datetime, keep_going: Callable[[], bool] = lambda: True) -> bool:
    """Undo chunks while ``keep_going``; returns whether all is undone. Goes on after a kill where it ended."""
    while undo_chunk(job_id, by=by, now=now):
        if not keep_going():
            _go_on(job_id, by=by, now=now)
            return False
    return True


@command
def undo_chunk(job_id: int, *, by: Actor, now: datetime) -> bool:
    """Undo the next rows, or end the undo; returns whether there may be more.

    A row that cannot be taken back keeps its mark as written and gets an error that says why.
    """
    job = lock_one(ImportJob.objects.defer("content"), pk=job_id)
    if job.status != ImportStatus.UNDOING:
        return False
    waiting = ImportRow.objects.filter(job=job, written=True)
    if below := int(job.columns["at"]):
        waiting = waiting.filter(number__lt=below)
    rows = list(waiting.order_by("-number")[:CHUNK])
    if not rows:
        kept = int(job.columns["kept"])
        advance(job, ImportStatus.UNDONE, by=by, now=now, finished_at=now, data={"kept": kept})
        return False
    changed = [(row.number, row.before) for row in rows if row.before]
    left = UNDOS[job.kind](job, changed, by=by, now=now) if changed else {}
    _mark(job, [row.number for row in rows], left)
    ImportJob.objects.filter(pk=job_id).update(
        done=job.done - (len(rows) - len(left)),
        columns=job.columns | {"at": rows[-1].number, "kept": int(job.columns["kept"]) + len(left)},
    )
    return True


_MARK = """
UPDATE inventory_importrow line
SET written = row.left_alone,
    errors = CASE WHEN row.left_alone THEN jsonb_build_array(row.error) ELSE line.errors END
FROM jsonb_to_recordset(%s::jsonb) AS row (number int, left_alone bool, error jsonb)
WHERE line.job_id = %s AND line.number = row.number
"""


def _mark(job: ImportJob, numbers: Sequence[int], left: Mapping[int, str]) -> None:
    column = _FIRST_COLUMN[ImportKind(job.kind)]
    told = [
        {"number": number, "left_alone": number in left, "error": {"column": column, "code": left.get(number, "")}}
        for number in numbers
    ]
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [json.dumps(told), job.pk])


@command
def _go_on(job_id: int, *, by: Actor, now: datetime) -> None:
    next_step(lock_one(ImportJob.objects.defer("content"), pk=job_id), by=by, now=now)
