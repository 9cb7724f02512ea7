"""Read a table out of an uploaded file, CSV or XLSX. Pure: no Django, no clock, no disk."""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openpyxl import load_workbook

MAX_BYTES = 25 * 1024 * 1024
MAX_UNPACKED = 250 * 1024 * 1024
"""What a packed XLSX may grow to; a real one of 25 MB stays well below."""
MAX_ROWS = 200_000
MAX_COLUMNS = 60
DELIMITERS = ",;\t|"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class UnreadableFile(Exception):
    """The file is no table we can read; ``code`` says why (the words are the screen's)."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Table:
    """A file's first line, and its rows: (number as a spreadsheet counts, the first line being 1; cells as text).

    Rows without any text are left out. ``rows`` can be walked once and raises UnreadableFile where the file breaks.
    """

    header: tuple[str, ...]
    rows: Iterator[tuple[int, list[str]]]


def open_table(content: bytes) -> Table:
    """The table in the file: a workbook's first sheet, or CSV in UTF-8, UTF-16 or Windows-1252 with , ; tab or |.

    Raises UnreadableFile: ``too_big``, ``empty``, ``packed_too_big``, ``broken``, ``not_text``, ``no_header``.
    """
    if len(content) > MAX_BYTES:
        raise UnreadableFile("too_big")
    if not content.strip():
        raise UnreadableFile("empty")
    lines = _sheet(content) if content[:4] == b"PK\x03\x04" else _csv(content)
    number, header = next(lines, (0, []))
    names = [name.strip() for name in header]
    if not any(names):
        raise UnreadableFile("no_header")
    return Table(tuple(names), _rows(lines, number))


def _rows(lines: Iterator[tuple[int, list[str]]], first: int) -> Iterator[tuple[int, list[str]]]:
    count = 0
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if count > MAX_ROWS:
            raise UnreadableFile("too_many_rows")
        yield number - first + 1, cells


def _csv(content: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=False)
    number = 0
    try:
        for cells in reader:
            number += 1
            if any(cells):
                yield number, [_unquoted(cell) for cell in cells[:MAX_COLUMNS]]
    except csv.Error as error:
        raise UnreadableFile("broken") from error


def _decoded(content: bytes) -> str:
    encodings = ["utf-8-sig", "cp1252"]
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("not_text")


def _delimiter(text: str) -> str:
    """The one that parts the first line that has text into most cells."""
    first = next((line for line in text[:20_000].splitlines() if line.strip()), "")
    return max(DELIMITERS, key=lambda mark: len(next(csv.reader([first], delimiter=mark), [])))


def _unquoted(cell: str) -> str:
    """Without the apostrophe that an export puts before what a spreadsheet would run as a formula."""
    if cell[:1] == "'" and cell.lstrip("'")[:1] in FORMULA_STARTS and cell.lstrip("'"):
        return cell[1:]
    return cell


def _sheet(content: bytes) -> Iterator[tuple[int, list[str]]]:
    _refuse_bombs(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        # What the file says of its own size is not believed: it may be missing, or a million columns.
        sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True), start=1):
            if any(cell is not None for cell in cells):
                yield number, [_as_text(cell) for cell in cells]
    except UnreadableFile:
        raise
    except Exception as error:  # openpyxl raises whatever its reader of a broken file runs into
        raise UnreadableFile("broken") from error


def _refuse_bombs(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > 2000 or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise UnreadableFile("packed_too_big")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as member:
                        start = member.read(4096).upper()
                    # No spreadsheet program writes a DTD; entities are how a small XML grows without end.
                    if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
                        raise UnreadableFile("broken")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise UnreadableFile("broken") from error


def _as_text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if (cell.hour, cell.minute, cell.second) == (0, 0, 0) else cell.isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def neutral(cell: str) -> str:
    """The cell so that no spreadsheet runs it: an apostrophe before = + - @ tab and CR. ``open_table`` takes it off."""
    if cell.lstrip("'")[:1] in FORMULA_STARTS and cell.lstrip("'"):
        return "'" + cell
    return cell


def csv_line(cells: Sequence[Any]) -> str:
    """One line of RFC 4180 CSV; texts are neutralised, numbers stay numbers."""
    out = io.StringIO()
    csv.writer(out).writerow(
        ["" if cell is None else neutral(cell) if isinstance(cell, str) else cell for cell in cells]
    )
    return out.getvalue()
