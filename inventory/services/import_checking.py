"""Check rows of an import against what there is: every error of a row at once, a fixed number of statements a chunk."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Q

from inventory.models import (
    Barcode,
    Bin,
    BinStock,
    ImportJob,
    KitKind,
    Lot,
    Product,
    PurchaseOrder,
    PurchaseOrderLine,
    Supplier,
    Tracking,
    Warehouse,
)
from inventory.models.place import VIRTUAL_KINDS
from inventory.planning.importing import Parsed, RowError, parse_row
from inventory.states import Condition

Seen = dict[tuple[Any, ...], int]
"""What rows before named: {what: number of the row}. Grows with the file, by a key for each row or barcode."""
Before = dict[int, dict[str, Any] | None]
"""{number of a row written: what takes it back, None where nothing had to change}"""
MOST_CHARACTERS = 4000
"""Longer cells are refused and kept cut."""


@dataclass(slots=True)
class Checked:
    """A row: its cells as text, its values, what they refer to, and everything that is wrong with it."""

    number: int
    cells: dict[str, str]
    values: Parsed
    errors: list[RowError]
    found: dict[str, Any] = field(default_factory=dict)

    def wrong(self, column: str, code: str, **detail: Any) -> None:
        self.errors.append(RowError(column, code, detail))


def check_rows(job: ImportJob, rows: Sequence[tuple[int, dict[str, str]]], seen: Seen) -> list[Checked]:
    """Parse and check rows of the job: (number, {column: text}) each. ``seen`` knows the rows before."""
    checked = []
    for number, cells in rows:
        values, errors = parse_row(job.kind, cells)
        errors += [
            RowError(column, "too_long", {"most": MOST_CHARACTERS})
            for column, cell in cells.items()
            if len(cell) > MOST_CHARACTERS
        ]
        kept = {column: _storable(cell) for column, cell in cells.items()}
        checked.append(Checked(number, kept, values, errors))
    for row in checked:
        _note(job.kind, row, seen)
    _CHECKS[job.kind](job, checked)
    return checked


def note_rows(job: ImportJob, rows: Sequence[tuple[int, dict[str, str]]], seen: Seen) -> None:
    """Let ``seen`` know rows that were checked before, so that none after them may repeat one. No statements."""
    for number, cells in rows:
        values, errors = parse_row(job.kind, cells)
        _note(job.kind, Checked(number, cells, values, errors), seen)


def _note(kind: str, row: Checked, seen: Seen) -> None:
    """Tell when a row names what a row before it names. By their texts, so that nothing has to be looked up."""
    values = row.values
    sku, warehouse = values.get("sku", "").upper(), values.get("warehouse", "")
    if kind == "products":
        if sku:
            _once(row, seen, "sku", sku)
        for code, _units in values.get("barcodes", ()):
            _once(row, seen, "barcodes", code)
    elif kind == "bins" and "name" in values:
        _once(row, seen, "name", warehouse, values["name"])
    elif kind == "stock" and sku and "bin" in values:
        lot, condition = values.get("lot", ""), str(values.get("condition", Condition.SELLABLE))
        _once(row, seen, "bin", sku, warehouse, values["bin"], lot, condition)
    elif kind == "purchase_orders" and sku:
        _once(row, seen, "sku", order_key(row), sku)


def _storable(cell: str) -> str:
    """As PostgreSQL can keep it: a row with NUL or half a character has an error and is only shown."""
    if len(cell) <= MOST_CHARACTERS and cell.isprintable():
        return cell
    return cell[:MOST_CHARACTERS].replace("\0", "\u2400").encode("utf-8", "replace").decode("utf-8")


def products_named(skus: Sequence[str]) -> dict[str, Product]:
    """{SKU as it was asked for: product}, whatever the case. One statement."""
    asked = sorted(set(skus))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT asked.sku, product.id FROM unnest(%s::text[]) AS asked (sku)"
            " JOIN inventory_product product ON upper(product.sku) = upper(asked.sku)",
            [asked],
        )
        ids: dict[str, int] = dict(cursor.fetchall())
    rows = Product.objects.only("sku", "tracking", "kit_kind", "active").in_bulk(sorted(set(ids.values())))
    return {sku: rows[pk] for sku, pk in ids.items()}


def _once(row: Checked, seen: Seen, column: str, *key: Any) -> None:
    first = seen.setdefault((column, *key), row.number)
    if first != row.number:
        row.wrong(column, "twice_in_file", row=first)


def _check_products(job: ImportJob, rows: list[Checked]) -> None:
    known = products_named([row.values["sku"] for row in rows if "sku" in row.values])
    codes = {code for row in rows for code, _units in row.values.get("barcodes", ())}
    owners = dict(Barcode.objects.filter(code__in=codes).values_list("code", "product_id")) if codes else {}
    suppliers = _suppliers(rows)
    for row in rows:
        sku = row.values.get("sku")
        product = known.get(sku) if sku else None
        if sku:
            row.found["product_id"] = product.pk if product else None
            if product is None and not row.cells.get("name"):
                row.wrong("name", "required_when_new")
        for code, _units in row.values.get("barcodes", ()):
            if code in owners and (product is None or owners[code] != product.pk):
                row.wrong("barcodes", "taken", value=code)
        _set_supplier(row, suppliers)
        if ("supplier_sku" in row.values or "pack_size" in row.values) and "supplier" not in row.cells:
            row.wrong("supplier", "required")


def _suppliers(rows: Sequence[Checked]) -> dict[str, int]:
    codes = {row.values["supplier"] for row in rows if "supplier" in row.values}
    return dict(Supplier.objects.filter(code__in=codes).values_list("code", "pk")) if codes else {}


def _set_supplier(row: Checked, suppliers: dict[str, int]) -> None:
    code = row.values.get("supplier")
    if code is not None:
        row.found["supplier_id"] = suppliers.get(code)
        if code not in suppliers:
            row.wrong("supplier", "unknown_supplier", value=code)


def _set_warehouses(job: ImportJob, rows: Sequence[Checked]) -> None:
    """Each row's warehouse: the one it names, else the job's. Others than the person may see do not exist for them."""
    codes = {row.values["warehouse"] for row in rows if "warehouse" in row.values}
    found = dict(Warehouse.objects.filter(code__in=codes, active=True).values_list("code", "pk")) if codes else {}
    allowed = job.columns.get("warehouses")
    for row in rows:
        if "warehouse" in row.cells:
            code = row.values.get("warehouse")
            pk = found.get(code) if code else None
            if code and (pk is None or (allowed is not None and pk not in allowed)):
                row.wrong("warehouse", "unknown_warehouse", value=code)
                pk = None
        else:
            pk = job.warehouse_id
            if pk is None:
                row.wrong("warehouse", "required")
        row.found["warehouse_id"] = pk


def _check_bins(job: ImportJob, rows: list[Checked]) -> None:
    _set_warehouses(job, rows)
    names = {row.values["name"] for row in rows if "name" in row.values}
    places = {(place.warehouse_id, place.name): place for place in Bin.objects.filter(name__in=names)}
    for row in rows:
        name, warehouse_id = row.values.get("name"), row.found["warehouse_id"]
        if not name or not warehouse_id:
            continue
        place = places.get((warehouse_id, name))
        row.found["bin_id"] = place.pk if place else None
        if place is not None and place.kind in VIRTUAL_KINDS:
            row.wrong("name", "virtual_bin")


def _set_products(rows: Sequence[Checked]) -> dict[int, Product]:
    known = products_named([row.values["sku"] for row in rows if "sku" in row.values])
    for row in rows:
        sku = row.values.get("sku")
        row.found["product_id"] = known[sku].pk if sku in known else None
        if sku and sku not in known:
            row.wrong("sku", "unknown_sku", value=sku)
    return {product.pk: product for product in known.values()}


def _check_stock(job: ImportJob, rows: list[Checked]) -> None:
    _set_warehouses(job, rows)
    products = _set_products(rows)
    names = {row.values["bin"] for row in rows if "bin" in row.values}
    warehouses = {row.found["warehouse_id"] for row in rows}
    places: dict[tuple[int, str], Bin] = {}
    for place in Bin.objects.filter(Q(name__in=names) | Q(code__in=names), warehouse_id__in=warehouses - {None}):
        places.setdefault((place.warehouse_id, place.code), place)
        places[place.warehouse_id, place.name] = place
    lots = {row.values["lot"] for row in rows if "lot" in row.values}
    expiry = (
        {
            (product_id, number): expires_on
            for product_id, number, expires_on in Lot.objects.filter(
                number__in=lots, product_id__in=products
            ).values_list("product_id", "number", "expires_on")
        }
        if lots
        else {}
    )
    for row in rows:
        product = products.get(row.found["product_id"])
        _find_bin(row, places)
        if product is None or row.found["bin_id"] is None:
            continue
        if product.kit_kind == KitKind.VIRTUAL and row.values.get("quantity"):
            row.wrong("sku", "packed_from_parts")
        _check_lot(row, product, row.values.get("lot", ""), expiry)
    _check_serials(rows, {pk for pk, product in products.items() if product.tracking == Tracking.SERIAL})
    _check_expected(rows)


def _find_bin(row: Checked, places: dict[tuple[int, str], Bin]) -> None:
    row.found["bin_id"] = None
    name, warehouse_id = row.values.get("bin"), row.found["warehouse_id"]
    if not name or not warehouse_id:
        return
    place = places.get((warehouse_id, name))
    if place is None or place.kind in VIRTUAL_KINDS:
        row.wrong("bin", "unknown_bin", value=name)
    elif place.frozen:
        row.wrong("bin", "frozen_bin", value=name)
    else:
        row.found["bin_id"] = place.pk


def _check_lot(row: Checked, product: Product, lot: str, expiry: dict[tuple[int, str], Any]) -> None:
    if product.tracking != Tracking.NONE and not lot and row.values.get("quantity"):
        row.wrong("lot", "lot_required")
    if product.tracking == Tracking.SERIAL and row.values.get("quantity", 0) > 1:
        row.wrong("quantity", "serial_is_one")
    known, told = expiry.get((product.pk, lot)), row.values.get("expires_on")
    if told and not lot:
        row.wrong("lot", "expiry_needs_lot")
    if known and told and known != told:
        row.wrong("expires_on", "expiry_differs", value=known.isoformat())
    elif lot and told:
        expiry[product.pk, lot] = told


def _check_serials(rows: Sequence[Checked], tracked: set[int]) -> None:
    """A serial number is in stock once: in no other bin, on no other row of the chunk. One statement at most."""
    units = [row for row in rows if row.found["product_id"] in tracked and row.found.get("bin_id")]
    units = [row for row in units if row.values.get("lot") and row.values.get("quantity")]
    if not units:
        return
    stock = BinStock.objects.filter(
        product_id__in=tracked, lot__in={row.values["lot"] for row in units}, quantity__gt=0
    ).values_list("product_id", "lot", "bin_id", "bin__name")
    emptied = {key[:3] for row in rows if (key := stock_key(row)) and not row.values.get("quantity")}
    known = {
        (product, lot): (place, name) for product, lot, place, name in stock if (product, place, lot) not in emptied
    }
    for row in units:
        unit = (row.found["product_id"], row.values["lot"])
        place, name = known.setdefault(unit, (row.found["bin_id"], row.values["bin"]))
        if place != row.found["bin_id"]:
            row.wrong("lot", "serial_elsewhere", value=name)


def _check_expected(rows: Sequence[Checked]) -> None:
    """A count told with what was expected is refused when the bin holds something else by now."""
    asking = [row for row in rows if "expected_quantity" in row.values and row.found.get("bin_id")]
    if not asking:
        return
    now = {
        (product_id, bin_id, lot, condition): quantity
        for product_id, bin_id, lot, condition, quantity in BinStock.objects.filter(
            product_id__in={row.found["product_id"] for row in asking},
            bin_id__in={row.found["bin_id"] for row in asking},
        ).values_list("product_id", "bin_id", "lot", "condition", "quantity")
    }
    for row in asking:
        key = stock_key(row)
        if key is not None and now.get(key, 0) != row.values["expected_quantity"]:
            row.wrong("expected_quantity", "stale", now=now.get(key, 0))


def stock_key(row: Checked) -> tuple[int, int, str, str] | None:
    """(product, bin, lot, condition) of a stock row; None when it lacks a product or a bin."""
    product_id, bin_id = row.found.get("product_id"), row.found.get("bin_id")
    if product_id is None or bin_id is None:
        return None
    condition = str(row.values.get("condition", Condition.SELLABLE))
    return product_id, bin_id, row.values.get("lot", ""), condition


def order_key(row: Checked) -> str:
    """What rows of one purchase order have in common: the number they give, else supplier, warehouse and day."""
    number = row.values.get("number", "")
    if number:
        return f"{row.values.get('supplier', '')}\x1f{number}"
    return "\x1f".join(["", *(str(row.values.get(name, "")) for name in ("supplier", "warehouse", "expected_on"))])


def _check_purchases(job: ImportJob, rows: list[Checked]) -> None:
    _set_warehouses(job, rows)
    _set_products(rows)
    suppliers = _suppliers(rows)
    for row in rows:
        _set_supplier(row, suppliers)
    numbers = {row.values["number"] for row in rows if row.values.get("number")}
    ours = set(job.columns.get("orders", {}).values())
    present = {
        (order.supplier.code, number): order.pk
        for order in PurchaseOrder.objects.select_related("supplier")
        .filter(Q(ref__in=numbers) | Q(note__in=numbers), supplier__code__in=suppliers)
        .exclude(ref__in=ours)
        for number in {order.ref, order.note}
    }
    lines = {
        (order_id, product_id): quantity
        for order_id, product_id, quantity in PurchaseOrderLine.objects.filter(
            purchase_order_id__in=set(present.values())
        ).values_list("purchase_order_id", "product_id", "quantity")
    }
    for row in rows:
        product_id, number = row.found["product_id"], row.values.get("number")
        if product_id is None:
            continue
        order_id = present.get((row.values.get("supplier", ""), number or ""))
        if number and order_id:
            if lines.get((order_id, product_id)) == row.values.get("quantity"):
                row.found["same"] = order_id
            else:
                row.wrong("number", "order_exists", value=number)


def first_of_each(rows: Sequence[Checked], column: str, key: Callable[[Checked], Hashable]) -> list[Checked]:
    """The rows without those that mean the same thing as one before by another name; these get an error."""
    first: dict[Hashable, int] = {}
    for row in rows:
        if first.setdefault(key(row), row.number) != row.number:
            row.wrong(column, "twice_in_file", row=first[key(row)])
    return [row for row in rows if not row.errors]


_CHECKS: dict[str, Callable[[ImportJob, list[Checked]], None]] = {
    "products": _check_products,
    "bins": _check_bins,
    "stock": _check_stock,
    "purchase_orders": _check_purchases,
}
