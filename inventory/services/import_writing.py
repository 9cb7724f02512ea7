"""Write the chosen rows of an import, a thousand in a transaction, and go on after a kill where it ended."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from django.db import IntegrityError, connection

from core.kernel.actors import Actor
from core.kernel.commands import TryAgain, command
from core.kernel.locks import lock_one
from core.kernel.transitions import advance
from inventory.errors import LotMismatch
from inventory.models import ImportJob, ImportRow
from inventory.services.import_checking import Before, Checked, Seen, check_rows
from inventory.services.import_places import write_bins
from inventory.services.import_products import write_products
from inventory.services.import_purchases import finish_purchases, write_purchases
from inventory.services.import_reading import CHUNK, next_step
from inventory.services.import_stock import write_stock
from inventory.states import ImportKind, ImportStatus


class Writer(Protocol):
    """Write rows that were checked; what takes each back, by its number. A row may get an error instead."""

    def __call__(self, job: ImportJob, rows: Sequence[Checked], *, by: Actor, now: datetime) -> Before: ...


WRITERS: dict[str, Writer] = {
    ImportKind.PRODUCTS: write_products,
    ImportKind.BINS: write_bins,
    ImportKind.STOCK: write_stock,
    ImportKind.PURCHASE_ORDERS: write_purchases,
}


def write_rows(job_id: int, *, by: Actor, now: datetime, keep_going: Callable[[], bool] = lambda: True) -> bool:
    """Write chunks while ``keep_going``; returns whether all is written. Progress commits with each chunk.

    Rows are checked once more against what there is by now; one that no longer fits gets its error and is left out.
    """
    while write_chunk(job_id, by=by, now=now):
        if not keep_going():
            _go_on(job_id, by=by, now=now)
            return False
    return True


@command
def write_chunk(job_id: int, *, by: Actor, now: datetime) -> bool:
    """Write the next rows, or end the import; returns whether there may be more. Two workers take turns."""
    job = lock_one(ImportJob.objects.defer("content"), pk=job_id)
    if job.status != ImportStatus.RUNNING:
        return False
    rows = list(
        ImportRow.objects.filter(job=job, number__gt=int(job.columns["at"]), chosen=True, written=False, errors=[])
        .order_by("number")
        .values_list("number", "values")[:CHUNK]
    )
    if not rows:
        if job.kind == ImportKind.PURCHASE_ORDERS:
            finish_purchases(job, by=by, now=now)
        advance(job, ImportStatus.DONE, by=by, now=now, finished_at=now, data={"rows": job.done})
        return False
    checked = check_rows(job, rows, Seen())
    good = [row for row in checked if not row.errors]
    try:
        before = WRITERS[job.kind](job, good, by=by, now=now) if good else {}
    except (IntegrityError, LotMismatch) as error:
        raise TryAgain from error  # overtaken between the check and the write: the next check says by what
    _mark(job, checked, before)
    ImportJob.objects.filter(pk=job_id).update(
        done=job.done + len(before),
        faulty=job.faulty + sum(bool(row.errors) for row in checked),
        columns=job.columns | {"at": rows[-1][0]},
    )
    return True


_MARK = """
UPDATE inventory_importrow line
SET written = row.written, errors = row.errors, before = row.before
FROM jsonb_to_recordset(%s::jsonb) AS row (number int, written bool, errors jsonb, before jsonb)
WHERE line.job_id = %s AND line.number = row.number
"""


def _mark(job: ImportJob, rows: Sequence[Checked], before: Before) -> None:
    told = [
        {
            "number": row.number,
            "written": row.number in before,
            "errors": [error.as_json() for error in row.errors],
            "before": before.get(row.number),
        }
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [json.dumps(told), job.pk])


@command
def _go_on(job_id: int, *, by: Actor, now: datetime) -> None:
    next_step(lock_one(ImportJob.objects.defer("content"), pk=job_id), by=by, now=now)
