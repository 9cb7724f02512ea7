"""Take a file in: match its columns, read and check every row, let a person choose among them."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import IllegalTransition
from core.kernel.locks import lock_one
from core.kernel.refs import new_ref
from core.kernel.transitions import advance
from core.outbox.publish import NewEvent, publish
from inventory.errors import Invalid
from inventory.events import IMPORT_STEP
from inventory.models import ImportJob, ImportRow
from inventory.planning.import_files import UnreadableFile, open_table
from inventory.planning.importing import COLUMNS, cells_of, lacking_columns, match_columns
from inventory.selectors.importing import file_problem
from inventory.services.import_checking import Checked, Seen, check_rows, note_rows
from inventory.states import ImportKind, ImportStatus

CHUNK = 1000
"""Rows in one transaction: what a kill can undo, and how long a lock is held."""


@command
def start_import(
    kind: str,
    *,
    file_name: str,
    content: bytes,
    warehouse_id: int | None = None,
    warehouse_ids: Sequence[int] | None = None,
    by: Actor,
    now: datetime,
) -> str:
    """Take a file in; returns the reference (IMP-…). Its rows are read and checked in the background.

    ``warehouse_id`` is meant where a row names no warehouse; ``warehouse_ids`` are those rows may name (None: all).
    Raises Invalid, in words, for a file that is no table or lacks a column no row can do without.
    """
    if kind not in ImportKind.values:
        raise Invalid(_("Choose what the file holds."))
    header = _header(content)
    fields = match_columns(kind, header)
    job = ImportJob.objects.create(
        ref=new_ref("IMP"),
        kind=kind,
        warehouse_id=warehouse_id,
        file_name=file_name.replace("\0", "")[-200:] or "file",
        content=content,
        columns={
            "header": [title.replace("\0", "")[:100] for title in header],
            "fields": fields,
            "warehouses": None if warehouse_ids is None else sorted(warehouse_ids),
            "at": 0,
        },
        created_by=by.name,
        created_at=now,
    )
    next_step(job, by=by, now=now)
    return job.ref


@command
def change_columns(ref: str, fields: Sequence[str], *, by: Actor, now: datetime) -> None:
    """Say anew which column of the file is which of ours ("" for none); the file is read again.

    Raises NotFound, Invalid, and IllegalTransition once the import runs.
    """
    job = lock_one(ImportJob.objects.defer("content"), ref=ref)
    known = {column.name for column in COLUMNS[job.kind]}
    named = [name for name in fields if name]
    if len(fields) != len(job.columns["header"]) or set(named) - known or len(set(named)) != len(named):
        raise Invalid(_("Choose each of our columns once at most."))
    if lacking := lacking_columns(job.kind, fields):
        raise Invalid(_("Choose which column holds: %(names)s.") % {"names": ", ".join(lacking)})
    if job.status != ImportStatus.PREVIEW:
        raise IllegalTransition(_("The columns of this import can no longer be changed."))
    ImportRow.objects.filter(job=job).delete()
    job.columns |= {"fields": list(fields), "at": 0}
    advance(job, ImportStatus.READING, by=by, now=now, columns=job.columns, total=0, faulty=0)
    next_step(job, by=by, now=now)


@command
def cancel_import(ref: str, *, by: Actor, now: datetime) -> None:
    """Put an import aside that has not run. Raises NotFound, IllegalTransition."""
    job = lock_one(ImportJob.objects.defer("content"), ref=ref)
    advance(job, ImportStatus.CANCELLED, by=by, now=now, content=None, finished_at=now)


@command
def tick_rows(ref: str, ticks: Mapping[int, bool], *, by: Actor, now: datetime) -> None:
    """Choose rows by their number, or leave them out; a faulty row stays left out. Raises NotFound, Invalid."""
    job = lock_one(ImportJob.objects.defer("content"), ref=ref)
    if job.status != ImportStatus.PREVIEW:
        raise IllegalTransition(_("The rows of this import can no longer be chosen."))
    rows = ImportRow.objects.filter(job=job)
    rows.filter(number__in=[number for number, wanted in ticks.items() if not wanted]).update(chosen=False)
    rows.filter(number__in=[number for number, wanted in ticks.items() if wanted], errors=[]).update(chosen=True)


@command
def run_import(ref: str, *, which: str, by: Actor, now: datetime) -> None:
    """Write ``all`` rows, the ``good`` ones, or the ``ticked`` ones among them, in the background.

    Raises NotFound, IllegalTransition, and Invalid for ``all`` while rows have errors, or when no row is left.
    """
    job = lock_one(ImportJob.objects.defer("content"), ref=ref)
    if which not in ("all", "good", "ticked"):
        raise Invalid(_("Choose which rows to import."))
    if job.status == ImportStatus.PREVIEW:
        if which == "all" and job.faulty:
            raise Invalid(
                _("%(count)d rows have errors. Correct them in your file, or import the good rows only.")
                % {"count": job.faulty}
            )
        rows = ImportRow.objects.filter(job=job)
        if which != "ticked":
            rows.filter(errors=[], chosen=False).update(chosen=True)
        if not rows.filter(errors=[], chosen=True).exists():
            raise Invalid(_("No row is left to import."))
    job.columns |= {"at": 0}
    advance(job, ImportStatus.RUNNING, by=by, now=now, columns=job.columns, content=None)
    next_step(job, by=by, now=now)


@command
def start_undo(ref: str, *, by: Actor, now: datetime) -> None:
    """Take an import back, row by row, in the background. Raises NotFound, IllegalTransition."""
    job = lock_one(ImportJob.objects.defer("content"), ref=ref)
    job.columns |= {"at": 0, "kept": 0}
    advance(job, ImportStatus.UNDOING, by=by, now=now, columns=job.columns, message="")
    next_step(job, by=by, now=now)


def read_file(job_id: int, *, by: Actor, now: datetime, keep_going: Callable[[], bool] = lambda: True) -> bool:
    """Read and check the rows, a thousand in a transaction, while ``keep_going``; returns whether the file is done.

    Goes on where an earlier call ended, or was killed. A file that breaks midway ends the job as failed, in words.
    """
    job = ImportJob.objects.filter(pk=job_id, status=ImportStatus.READING).first()
    if job is None or job.content is None:
        return True
    fields, seen, done = job.columns["fields"], Seen(), int(job.columns["at"])
    content = bytes(job.content)
    job.content = None
    try:
        lines = open_table(content).rows
        while chunk := [(number, cells_of(fields, cells)) for number, cells in islice(lines, CHUNK)]:
            if chunk[-1][0] <= done:
                note_rows(job, chunk, seen)
                continue
            if not _keep(job_id, check_rows(job, chunk, seen), by=by, now=now):
                return True
            if not keep_going():
                _publish_step(job_id, by=by, now=now)
                return False
    except UnreadableFile as error:
        _end_reading(job_id, ImportStatus.FAILED, problem=error.code, by=by, now=now)
        return True
    _end_reading(job_id, ImportStatus.PREVIEW, problem="", by=by, now=now)
    return True


def next_step(job: ImportJob, *, by: Actor, now: datetime) -> None:
    """Have the background go on with the job. Runs in the caller's transaction."""
    publish(
        NewEvent(type=IMPORT_STEP, subject_type="import", subject_id=job.pk, timeline=job.ref),
        by=by,
        now=now,
    )


@command
def _publish_step(job_id: int, *, by: Actor, now: datetime) -> None:
    next_step(lock_one(ImportJob.objects.defer("content"), pk=job_id), by=by, now=now)


_INSERT = """
INSERT INTO inventory_importrow (job_id, number, "values", errors, chosen, written)
SELECT %s, number, cells, errors, errors = '[]'::jsonb, false
FROM jsonb_to_recordset(%s::jsonb) AS row (number int, cells jsonb, errors jsonb)
ON CONFLICT DO NOTHING
"""


@command
def _keep(job_id: int, rows: Sequence[Checked], *, by: Actor, now: datetime) -> bool:
    """Write the rows of a chunk with its progress; False when the job is no longer being read."""
    job = lock_one(ImportJob.objects.defer("content"), pk=job_id)
    if job.status != ImportStatus.READING:
        return False
    if int(job.columns["at"]) >= rows[-1].number:
        return True  # another worker was here
    told: list[dict[str, Any]] = [
        {"number": row.number, "cells": row.cells, "errors": [error.as_json() for error in row.errors]} for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [job_id, json.dumps(told)])
    ImportJob.objects.filter(pk=job_id).update(
        total=job.total + len(rows),
        faulty=job.faulty + sum(bool(row.errors) for row in rows),
        columns=job.columns | {"at": rows[-1].number},
    )
    return True


@command
def _end_reading(job_id: int, status: str, *, problem: str, by: Actor, now: datetime) -> None:
    job = lock_one(ImportJob.objects.defer("content"), pk=job_id)
    if job.status != ImportStatus.READING:
        return
    if status == ImportStatus.PREVIEW and not job.total:
        status, problem = ImportStatus.FAILED, "no_rows"
    over: dict[str, Any] = {"finished_at": now, "content": None} if status == ImportStatus.FAILED else {}
    advance(job, status, by=by, now=now, message=problem, **over)


def _header(content: bytes) -> Sequence[str]:
    try:
        return open_table(content).header
    except UnreadableFile as error:
        raise Invalid(file_problem(error.code)) from error
