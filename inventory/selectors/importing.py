"""Look up imports: what was uploaded, how far it is, and what is wrong with which row, in words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from inventory.models import ImportJob, ImportRow
from inventory.planning.import_files import csv_line
from inventory.planning.importing import COLUMNS


@dataclass(frozen=True, slots=True)
class ImportFact:
    """An import as a screen shows it. ``kept`` rows were left alone by an undo; ``fields`` go with ``header``."""

    id: int
    ref: str
    kind: str
    status: str
    file_name: str
    header: tuple[str, ...]
    fields: tuple[str, ...]
    total: int
    faulty: int
    done: int
    kept: int
    problem: str
    warehouse_id: int | None
    created_by: str
    created_at: datetime
    finished_at: datetime | None

    @property
    def good(self) -> int:
        return self.total - self.faulty

    @property
    def busy(self) -> bool:
        """Whether the background is working on it."""
        return self.status in ("reading", "running", "undoing")


@dataclass(frozen=True, slots=True)
class RowFact:
    """A row of the preview: its cells by column, and every error in words."""

    number: int
    cells: dict[str, str]
    errors: tuple[str, ...]
    wrong: frozenset[str]
    """The columns that have an error."""
    chosen: bool
    written: bool


def imports_page(
    *, warehouse_ids: Iterable[int] | None = None, limit: int = 50, before_id: int | None = None
) -> list[ImportFact]:
    """Imports, newest first: of the warehouses and of none in particular. One query."""
    rows = ImportJob.objects.defer("content").order_by("-pk")
    if warehouse_ids is not None:
        rows = rows.filter(Q(warehouse=None) | Q(warehouse_id__in=sorted(set(warehouse_ids))))
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    return [_fact(row) for row in rows[:limit]]


def import_by_ref(ref: str) -> ImportFact:
    """That import. Raises NotFound."""
    row = ImportJob.objects.defer("content").filter(ref=ref).first()
    if row is None:
        raise NotFound(_("There is no such import."))
    return _fact(row)


def rows_page(import_id: int, *, faulty: bool | None = None, after: int = 0, limit: int = 100) -> list[RowFact]:
    """Rows after a number, in the order of the file: the faulty ones, the good ones or all. One query."""
    rows = ImportRow.objects.filter(job_id=import_id, number__gt=after)
    if faulty is not None:
        rows = rows.exclude(errors=[]) if faulty else rows.filter(errors=[])
    return [_row_fact(row) for row in rows.order_by("number")[:limit]]


def faulty_rows_csv(fact: ImportFact) -> Iterator[str]:
    """The faulty rows as CSV, with what is wrong in the last column: corrected, it can be taken in again."""
    names = [name for name in fact.fields if name]
    yield "\ufeff" + csv_line([*names, _("row"), _("what is wrong")])
    rows = ImportRow.objects.filter(job_id=fact.id).exclude(errors=[]).order_by("number")
    for row in rows.iterator(chunk_size=1000):
        words = " ".join(error_words(error) for error in row.errors)
        yield csv_line([*(row.values.get(name, "") for name in names), row.number, words])


def column_choices(kind: str) -> list[str]:
    """The columns a file of that kind may have."""
    return [column.name for column in COLUMNS[kind]]


def file_problem(code: str) -> str:
    """Why a file cannot be read, and what to do."""
    return {
        "too_big": _("The file is larger than 25 MB. Split it into several files."),
        "empty": _("The file is empty."),
        "packed_too_big": _("The file is too large when unpacked. Save it anew, or as CSV."),
        "broken": _("The file cannot be read. Save it anew as XLSX or CSV."),
        "not_text": _("The characters of the file cannot be read. Save it as CSV UTF-8."),
        "no_header": _("The first line names no columns. Write the names of the columns in the first line."),
        "no_rows": _("The file has no rows below its first line."),
        "too_many_rows": _("The file has more than 200,000 rows. Split it into several files."),
    }.get(code, code)


def error_words(error: Mapping[str, Any]) -> str:
    """One error of a row as a sentence that names the column."""
    told = {**error, "value": str(error.get("value", ""))[:64]}
    sentence = _sentences().get(str(error.get("code")), _("cannot be used."))
    return f"{error.get('column')}: {sentence % told}"


def _sentences() -> dict[str, str]:
    return {
        "required": _("is missing."),
        "required_when_new": _("is missing. A new product needs it."),
        "too_long": _("is too long. At most %(most)d characters."),
        "bad_character": _("holds a character that cannot be stored."),
        "not_whole": _("is no whole number."),
        "out_of_range": _("is out of range: %(least)d to %(most)d."),
        "not_an_amount": _("is no amount. Write 12.50."),
        "not_a_date": _("is no date. Write 2027-05-31."),
        "not_yes_or_no": _("is neither yes nor no."),
        "not_a_choice": _("is none of: %(choices)s."),
        "not_a_country": _("is no country code of two letters."),
        "not_an_address": _("is no web address. It begins with https://"),
        "twice_in_cell": _("names %(value)s twice."),
        "twice_in_file": _("is the same as in row %(row)d."),
        "taken": _("%(value)s belongs to another product."),
        "unknown_sku": _("there is no product %(value)s."),
        "unknown_supplier": _("there is no supplier %(value)s."),
        "unknown_warehouse": _("there is no warehouse %(value)s that you can see."),
        "unknown_bin": _("there is no bin %(value)s in this warehouse."),
        "virtual_bin": _("is a bin the system keeps for itself."),
        "frozen_bin": _("%(value)s is being counted. Import it when the count is done."),
        "lot_required": _("is missing. This product is kept by lot or serial number."),
        "serial_is_one": _("is more than one, but a serial number is one unit."),
        "serial_elsewhere": _("is in stock already, in %(value)s."),
        "packed_from_parts": _("is packed from its components when it is ordered. Count the components."),
        "expiry_needs_lot": _("is missing. An expiry date belongs to a lot."),
        "expiry_differs": _("differs: this lot expires on %(value)s."),
        "stale": _("does not fit: there are %(now)d units now."),
        "promised": _("cannot be so few: %(now)d of the units are promised or planned for a pick."),
        "order_exists": _("%(value)s exists already with other lines."),
        "changed_since": _("was changed since the import and is left alone."),
        "in_use": _("is in use and is left alone."),
        "not_free": _("cannot be taken back: the units are promised or gone."),
        "came": _("cannot be taken back: goods came already."),
    }


def _fact(row: ImportJob) -> ImportFact:
    return ImportFact(
        id=row.pk,
        ref=row.ref,
        kind=row.kind,
        status=row.status,
        file_name=row.file_name,
        header=tuple(row.columns.get("header", ())),
        fields=tuple(row.columns.get("fields", ())),
        total=row.total,
        faulty=row.faulty,
        done=row.done,
        kept=int(row.columns.get("kept", 0)),
        problem=file_problem(row.message) if row.message else "",
        warehouse_id=row.warehouse_id,
        created_by=row.created_by,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def _row_fact(row: ImportRow) -> RowFact:
    errors: Iterable[Mapping[str, Any]] = row.errors
    return RowFact(
        number=row.number,
        cells=dict(row.values),
        errors=tuple(error_words(error) for error in errors),
        wrong=frozenset(str(error.get("column")) for error in errors),
        chosen=row.chosen,
        written=row.written,
    )
