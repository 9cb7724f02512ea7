"""What columns a file of each kind has, and what is wrong with a row. Pure: no Django, no clock, no I/O."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

INT_MAX = 2_147_483_647
QUANTITY_MAX = 10_000_000
Parsed = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with one cell. ``detail`` fills the sentence that the screen has for ``code``."""

    column: str
    code: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"column": self.column, "code": self.code, **self.detail}


class Wrong(Exception):
    """A cell cannot be read; the parser of its column says why."""

    def __init__(self, code: str, **detail: Any) -> None:
        self.code, self.detail = code, detail
        super().__init__(code)


Reader = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A field an import knows. ``also`` are other names a file may give it."""

    name: str
    read: Reader
    required: bool = False
    also: tuple[str, ...] = ()


_UNSTORABLE = re.compile("[\0-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Control characters, halves of characters, and what is no character: XML has none of them."""


def text(most: int, *, trim: bool = True) -> Reader:
    def read(cell: str) -> str:
        cell = cell.strip() if trim else cell
        if not cell.isprintable() and _UNSTORABLE.search(cell):
            raise Wrong("bad_character")
        if len(cell) > most:
            raise Wrong("too_long", most=most)
        return cell

    return read


def whole(least: int = 0, most: int = INT_MAX) -> Reader:
    def read(cell: str) -> int:
        tidy = cell.strip().replace("\u00a0", "")
        if not re.fullmatch(r"[+-]?[0-9]{1,12}(\.0+)?", tidy):
            raise Wrong("not_whole")
        number = int(tidy.split(".")[0])
        if not least <= number <= most:
            raise Wrong("out_of_range", least=least, most=most)
        return number

    return read


def money(cell: str) -> Decimal:
    tidy = cell.strip().replace("\u00a0", "")
    if re.fullmatch(r"[0-9]+,[0-9]{1,4}", tidy):
        tidy = tidy.replace(",", ".")
    try:
        if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]*)?", tidy):
            raise Wrong("not_an_amount")
        amount = Decimal(tidy).quantize(Decimal("0.0001"))
    except InvalidOperation as error:
        raise Wrong("not_an_amount") from error
    if amount >= 100_000_000:
        raise Wrong("out_of_range", least=0, most=99_999_999)
    return amount


def day(cell: str) -> date:
    tidy = cell.strip()
    for pattern in ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y", "%Y/%m/%d"):
        try:
            return datetime.strptime(tidy, pattern).date()  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
    raise Wrong("not_a_date")


def flag(cell: str) -> bool:
    word = cell.strip().casefold()
    if word in {"1", "true", "yes", "y", "x"}:
        return True
    if word in {"0", "false", "no", "n"}:
        return False
    raise Wrong("not_yes_or_no")


def one_of(*choices: str) -> Reader:
    def read(cell: str) -> str:
        word = cell.strip().casefold().replace(" ", "_")
        if word not in choices:
            raise Wrong("not_a_choice", choices=", ".join(choices))
        return word

    return read


def country(cell: str) -> str:
    code = cell.strip().upper()
    if not re.fullmatch(r"[A-Z]{2}", code):
        raise Wrong("not_a_country")
    return code


def web_address(cell: str) -> str:
    address: str = text(500)(cell)
    if not re.fullmatch(r"https?://[^\s<>\"]+", address):
        raise Wrong("not_an_address")
    return address


def barcodes(cell: str) -> tuple[tuple[str, int], ...]:
    """``code|code*12``: codes parted by |, a case code followed by * and the units it counts for."""
    found: dict[str, int] = {}
    for part in re.split(r"(?<!\\)\|", cell):
        code = part.replace("\\|", "|").strip()
        if not code:
            continue
        units = 1
        if match := re.fullmatch(r"(.+)\*([0-9]{1,6})", code, re.DOTALL):
            code, units = match[1].strip(), int(match[2])
        code = text(64)(code)
        if units < 1:
            raise Wrong("out_of_range", least=1, most=999_999)
        if found.setdefault(code, units) != units:
            raise Wrong("twice_in_cell", value=code[:64])
    return tuple(found.items())


def barcodes_cell(codes: Sequence[tuple[str, int]]) -> str:
    """The other way: what an export writes."""
    return "|".join(
        code.replace("|", "\\|") + (f"*{units}" if units != 1 or re.search(r"\*[0-9]{1,6}$", code) else "")
        for code, units in codes
    )


SKU = Column("sku", text(64), True, ("article", "article number", "item", "item number", "product code"))
WAREHOUSE = Column("warehouse", text(20), also=("warehouse code", "site"))
BIN_KINDS = (
    "pick_face", "bulk", "receiving", "packing", "staging", "quarantine", "returns", "tote", "pallet",
)  # fmt: skip

COLUMNS: dict[str, tuple[Column, ...]] = {
    "products": (
        SKU,
        Column("name", text(200, trim=False), also=("title", "description", "product", "product name")),
        Column("barcodes", barcodes, also=("barcode", "ean", "gtin", "upc")),
        Column("weight_g", whole(), also=("weight", "weight (g)", "grams")),
        Column("length_mm", whole(), also=("length", "length (mm)")),
        Column("width_mm", whole(), also=("width", "width (mm)")),
        Column("height_mm", whole(), also=("height", "height (mm)")),
        Column("unit_cost", money, also=("cost", "purchase price", "cost price")),
        Column("reorder_point", whole(), also=("reorder at", "minimum stock")),
        Column("tracking", one_of("none", "lot", "serial")),
        Column("removal", one_of("fewest_bins", "fefo", "fifo", "nearest")),
        Column("expiry_horizon_days", whole(0, 32_767), also=("expiry horizon",)),
        Column("hazard", text(10), also=("hazard class", "un class")),
        Column("hs_code", text(12), also=("hs", "customs tariff")),
        Column("origin_country", country, also=("origin", "country of origin")),
        Column("image_url", web_address, also=("image",)),
        Column("ships", flag, also=("requires shipping", "shippable")),
        Column("release_on", day, also=("release date", "available from")),
        Column("active", flag),
        Column("supplier", text(40), also=("supplier code", "vendor")),
        Column("supplier_sku", text(64), also=("supplier article", "vendor sku")),
        Column("pack_size", whole(1, 1_000_000), also=("pack", "case size")),
    ),
    "bins": (
        WAREHOUSE,
        Column("name", text(40), True, ("bin", "bin name", "location", "place")),
        Column("kind", one_of(*BIN_KINDS), also=("type",)),
        Column("zone", text(20), also=("zone code", "area")),
        Column("pick_sequence", whole(), also=("sequence", "walk")),
        Column("capacity_ml", whole(0, 10**12), also=("volume", "capacity (ml)")),
        Column("capacity_g", whole(0, 10**12), also=("max weight", "capacity (g)")),
        Column("capacity_units", whole(), also=("capacity", "max units")),
        Column("one_product", flag),
        Column("active", flag),
    ),
    "stock": (
        SKU,
        WAREHOUSE,
        Column("bin", text(40), True, ("bin name", "bin code", "location", "place")),
        Column("lot", text(40), also=("batch", "serial", "lot number")),
        Column("expires_on", day, also=("expiry", "best before", "expiry date")),
        Column("condition", one_of("sellable", "quality_control", "quarantined", "damaged")),
        Column("quantity", whole(0, QUANTITY_MAX), True, ("count", "units", "qty", "on hand")),
        Column("expected_quantity", whole(0, QUANTITY_MAX), also=("expected", "expected qty")),
    ),
    "purchase_orders": (
        Column("number", text(40), also=("order", "purchase order", "po", "group", "ref")),
        Column("supplier", text(40), True, ("supplier code", "vendor")),
        WAREHOUSE,
        SKU,
        Column("quantity", whole(1, QUANTITY_MAX), True, ("units", "qty", "ordered")),
        Column("expected_on", day, also=("expected", "expected date", "delivery date")),
        Column("unit_cost", money, also=("cost", "price", "unit price")),
    ),
}


def match_columns(kind: str, header: Sequence[str]) -> list[str]:
    """Our column for each of the file's, "" where none has that name; none twice."""
    names = {_plain(column.name): column.name for column in COLUMNS[kind]}
    for column in COLUMNS[kind]:
        for other in column.also:
            names.setdefault(_plain(other), column.name)
    matched: list[str] = []
    for title in header:
        name = names.get(_plain(title), "")
        matched.append("" if name in matched else name)
    return matched


def lacking_columns(kind: str, fields: Sequence[str]) -> list[str]:
    """The columns without which no row of the kind can be right."""
    return [column.name for column in COLUMNS[kind] if column.required and column.name not in fields]


def cells_of(fields: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """{column: text} of a row: the columns that were matched and have text."""
    return {name: cell for name, cell in zip(fields, cells, strict=False) if name and cell.strip(" \u00a0")}


def parse_row(kind: str, cells: Mapping[str, str]) -> tuple[Parsed, list[RowError]]:
    """The row's values and every error of its cells at once. An empty cell is no value."""
    values: Parsed = {}
    errors: list[RowError] = []
    for column in COLUMNS[kind]:
        cell = cells.get(column.name, "")
        if not cell:
            if column.required:
                errors.append(RowError(column.name, "required"))
            continue
        try:
            values[column.name] = column.read(cell)
        except Wrong as wrong:
            errors.append(RowError(column.name, wrong.code, wrong.detail))
    return values, errors


def _plain(title: str) -> str:
    return re.sub(r"[\s_\-]+", " ", title.strip().casefold()).strip()
