"""Read a filled count sheet: every mistake is named by its row, and what is right is counted as if by scan."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import DomainError
from inventory.errors import Invalid
from inventory.models import Bin
from inventory.selectors.products import ProductFact, products_by_id, products_by_sku
from inventory.services.counting import MOST, begin_count, enter_count, finish_count, request_count
from inventory.states import CountCause

MAX_ROWS, MAX_BYTES = 5000, 1_000_000
NEEDED = ("bin", "sku", "counted")


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with a row; row 1 is the heading."""

    row: int
    text: str


@dataclass(frozen=True, slots=True)
class Uploaded:
    """Bins counted by a sheet, by what became of them, and what was refused. With errors nothing else was done."""

    statuses: dict[str, int]
    errors: tuple[RowError, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    bin_id: int
    product_id: int
    lot: str
    counted: int


def upload_sheet(content: bytes, *, warehouse_id: int, counted_at: datetime, by: Actor, now: datetime) -> Uploaded:
    """Count the bins of a sheet as they were at ``counted_at``.

    With a mistake anywhere nothing is counted. Then each bin is counted in a transaction of its own, by the rules of
    the floor: a large variance is counted again by somebody else. A bin that is refused (another person has it in
    hand, a product the books know is not on the sheet) is named by its first row. Raises Invalid for a file that is
    no sheet.
    """
    if counted_at > now:
        raise Invalid(_("The time of counting lies in the future."))
    rows, empty, errors = _read(content, warehouse_id)
    if errors:
        return Uploaded({}, tuple(errors))
    statuses: dict[str, int] = {}
    refused: list[RowError] = []
    bins = {bin_id: first for bin_id, first in empty.items()}
    for row in rows:
        bins[row.bin_id] = min(row.number, bins.get(row.bin_id, row.number))
    for bin_id, first in sorted(bins.items(), key=lambda one: one[1]):
        mine = [row for row in rows if row.bin_id == bin_id]
        try:
            status = _count(bin_id, mine, counted_at=counted_at, by=by, now=now)
        except DomainError as refusal:
            refused.append(RowError(first, refusal.detail))
        else:
            statuses[status] = statuses.get(status, 0) + 1
    return Uploaded(statuses, tuple(refused))


@command
def _count(bin_id: int, rows: Sequence[_Row], *, counted_at: datetime, by: Actor, now: datetime) -> str:
    ref = request_count(bin_id, cause=CountCause.SHEET, by=by, now=now)
    begin_count(ref, by=by, now=now)
    for row in rows:
        enter_count(
            ref,
            product_id=row.product_id,
            lot=row.lot,
            counted=row.counted,
            counted_at=counted_at,
            by=by,
            now=now,
        )
    done = finish_count(ref, on_paper=True, by=by, now=now)
    if done.missing:
        names = products_by_id(product_id for product_id, _lot in done.missing)
        skus = ", ".join(
            f"{names[product_id].sku} {lot}".strip() for product_id, lot in done.missing[:5] if product_id in names
        )
        raise Invalid(
            _("The books know %(skus)s in this bin. Add a row for each, 0 when it is not there.") % {"skus": skus}
        )
    return done.status


def _read(content: bytes, warehouse_id: int) -> tuple[list[_Row], dict[int, int], list[RowError]]:
    """(rows with a number, {bin said to be empty: its row}, mistakes). Bins without any number were not counted."""
    lines = _lines(content)
    bins = _bins(warehouse_id, {one.get("bin", "") for _number, one in lines})
    products = products_by_sku({_bare(one.get("sku", "")) for _number, one in lines} - {""})
    rows: list[_Row] = []
    empty: dict[int, int] = {}
    errors: list[RowError] = []
    seen: dict[tuple[int, int, str], int] = {}
    visited = {line.get("bin", "") for _number, line in lines if line.get("counted", "")}
    for number, line in lines:
        if line.get("bin", "") not in visited and _bare(line.get("bin", "")).casefold() in bins:
            continue  # nobody wrote anything for this bin: it was not counted
        place = bins.get(_bare(line.get("bin", "")).casefold())
        sku, counted = _bare(line.get("sku", "")), line.get("counted", "")
        product = products.get(sku.casefold())
        lot = _bare(line.get("lot", ""))[:40]
        wrong = _mistakes(line, place, sku, product, lot, counted)
        errors += [RowError(number, text) for text in wrong]
        if wrong or place is None:
            continue
        if product is None:
            empty.setdefault(place, number)
            continue
        key = (place, product.id, lot)
        if key in seen:
            errors.append(RowError(number, _("The same bin, SKU and lot are in row %(row)d.") % {"row": seen[key]}))
            continue
        seen[key] = number
        rows.append(_Row(number, place, product.id, lot, int(counted)))
    return rows, empty, errors


def _mistakes(
    line: dict[str, str], place: int | None, sku: str, product: ProductFact | None, lot: str, counted: str
) -> list[str]:
    found: list[str] = []
    if place is None:
        found.append(_("No bin here is called %(name)s.") % {"name": line.get("bin", "")[:40] or "–"})
    if not sku:
        if counted not in ("", "0"):
            found.append(_("A number without a SKU. Write the SKU, or 0 for an empty bin."))
        return found
    if product is None:
        found.append(_("There is no product %(sku)s.") % {"sku": sku[:64]})
    elif product.tracking != "none" and not lot and counted not in ("", "0"):
        found.append(_("%(sku)s is kept by lot or serial number. Write it.") % {"sku": sku[:64]})
    if not (counted.isascii() and counted.isdigit() and len(counted) <= 7 and int(counted) <= MOST):
        found.append(_("Write how many were counted, 0 for none."))
    return found


def _lines(content: bytes) -> list[tuple[int, dict[str, str]]]:
    if len(content) > MAX_BYTES:
        raise Invalid(_("This file is too large for a count sheet."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(_("This file is not text in UTF-8. Save it as CSV.")) from error
    if "\0" in text:
        raise Invalid(_("This file is not a CSV file."))
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        table = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise Invalid(_("This file is not a CSV file.")) from error
    heading = [cell.strip().casefold() for cell in table[0]] if table else []
    missing = [name for name in NEEDED if name not in heading]
    if missing:
        raise Invalid(_("The column %(name)s is missing. Fill in a sheet printed here.") % {"name": missing[0]})
    if len(table) > MAX_ROWS + 1:
        raise Invalid(_("A sheet has %(rows)d rows at most.") % {"rows": MAX_ROWS})
    return [
        (number, {name: cell.strip() for name, cell in zip(heading, cells, strict=False)})
        for number, cells in enumerate(table[1:], start=2)
        if any(cell.strip() for cell in cells)
    ]


def _bins(warehouse_id: int, names: set[str]) -> dict[str, int]:
    wanted = [_bare(name) for name in names]
    rows = Bin.objects.filter(warehouse_id=warehouse_id)
    found = {
        code.casefold(): pk
        for pk, code in rows.filter(code__in=[name.upper() for name in wanted]).values_list("pk", "code")
    }
    found |= {name.casefold(): pk for pk, name in rows.filter(name__in=wanted).values_list("pk", "name")}
    return found


def _bare(cell: str) -> str:
    """The cell without the mark that keeps spreadsheets from reading a formula."""
    return cell[1:] if cell.startswith("'") else cell
