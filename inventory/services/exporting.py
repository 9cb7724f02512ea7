"""Give products, bins, stock and purchase orders out as files that can be taken in again, row by row."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import Any

from django.db import connection, transaction
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from inventory.models.place import VIRTUAL
from inventory.planning.import_files import csv_line
from inventory.planning.importing import barcodes_cell
from inventory.states import ImportKind

Cell = str | int | Decimal | None
STEP = 2000
_NOT_IN_XML = re.compile("[\0-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
"""What cannot be written to XML; no field of ours has it on purpose."""
SPOOL = 8 * 1024 * 1024
"""Bytes of a workbook kept in memory before it goes to disk."""

_PRODUCTS = """
SELECT product.sku, product.name,
       (SELECT jsonb_agg(jsonb_build_array(code, units) ORDER BY id) FROM inventory_barcode
        WHERE product_id = product.id),
       weight_g, length_mm, width_mm, height_mm, product.unit_cost, reorder_point, tracking, removal,
       expiry_horizon_days, hazard, hs_code, origin_country, image_url, ships, release_on, product.active,
       supplier.code, terms.supplier_sku, terms.pack_size
FROM inventory_product product
LEFT JOIN inventory_supplierproduct terms ON terms.product_id = product.id AND terms.preferred
LEFT JOIN inventory_supplier supplier ON supplier.id = terms.supplier_id
WHERE (%(search)s = '' OR product.sku ILIKE %(search)s || '%%' OR product.name ILIKE '%%' || %(search)s || '%%')
ORDER BY product.id
"""
_BINS = """
SELECT warehouse.code, bin.name, bin.kind, zone.code, bin.pick_sequence, bin.capacity_ml, bin.capacity_g,
       bin.capacity_units, bin.one_product, bin.active
FROM inventory_bin bin
JOIN inventory_warehouse warehouse ON warehouse.id = bin.warehouse_id
LEFT JOIN inventory_zone zone ON zone.id = bin.zone_id
WHERE (%(warehouses)s::bigint[] IS NULL OR bin.warehouse_id = ANY(%(warehouses)s))
  AND bin.kind <> ALL(%(virtual)s)
  AND (%(search)s = '' OR bin.name ILIKE %(search)s || '%%')
ORDER BY bin.warehouse_id, bin.id
"""
_STOCK = """
SELECT product.sku, warehouse.code, bin.name, stock.lot, lot.expires_on, stock.condition, stock.quantity
FROM inventory_binstock stock
JOIN inventory_bin bin ON bin.id = stock.bin_id
JOIN inventory_warehouse warehouse ON warehouse.id = bin.warehouse_id
JOIN inventory_product product ON product.id = stock.product_id
LEFT JOIN inventory_lot lot ON lot.product_id = stock.product_id AND lot.number = stock.lot
WHERE stock.quantity > 0 AND (%(warehouses)s::bigint[] IS NULL OR bin.warehouse_id = ANY(%(warehouses)s))
  AND (%(search)s = '' OR product.sku ILIKE %(search)s || '%%' OR product.name ILIKE '%%' || %(search)s || '%%')
ORDER BY stock.id
"""
_PURCHASES = """
SELECT bought.ref, supplier.code, warehouse.code, product.sku, line.quantity, bought.expected_on, line.unit_cost,
       line.received, bought.status
FROM inventory_purchaseorderline line
JOIN inventory_purchaseorder bought ON bought.id = line.purchase_order_id
JOIN inventory_supplier supplier ON supplier.id = bought.supplier_id
JOIN inventory_warehouse warehouse ON warehouse.id = bought.warehouse_id
JOIN inventory_product product ON product.id = line.product_id
WHERE (%(warehouses)s::bigint[] IS NULL OR bought.warehouse_id = ANY(%(warehouses)s))
  AND (%(search)s = '' OR product.sku ILIKE %(search)s || '%%' OR bought.ref ILIKE %(search)s || '%%')
ORDER BY line.id
"""

_SHEETS: dict[str, tuple[str, tuple[str, ...]]] = {
    ImportKind.PRODUCTS: (
        _PRODUCTS,
        ("sku", "name", "barcodes", "weight_g", "length_mm", "width_mm", "height_mm", "unit_cost", "reorder_point",
         "tracking", "removal", "expiry_horizon_days", "hazard", "hs_code", "origin_country", "image_url", "ships",
         "release_on", "active", "supplier", "supplier_sku", "pack_size"),
    ),
    ImportKind.BINS: (
        _BINS,
        ("warehouse", "name", "kind", "zone", "pick_sequence", "capacity_ml", "capacity_g", "capacity_units",
         "one_product", "active"),
    ),
    ImportKind.STOCK: (
        _STOCK,
        ("sku", "warehouse", "bin", "lot", "expires_on", "condition", "quantity"),
    ),
    ImportKind.PURCHASE_ORDERS: (
        _PURCHASES,
        ("number", "supplier", "warehouse", "sku", "quantity", "expected_on", "unit_cost", "received", "status"),
    ),
}  # fmt: skip


def export_rows(kind: str, *, warehouse_ids: Sequence[int] | None = None, search: str = "") -> Iterator[list[Cell]]:
    """The column names, then each row, in memory that does not grow with their number.

    ``warehouse_ids`` keeps what lies in or goes to those warehouses, ``search`` what begins with or is called so.
    All rows are of one moment, however long it takes to fetch them.
    """
    sql, names = _SHEETS[kind]
    yield list(names)
    escaped = search.replace("\0", "").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    within = None if warehouse_ids is None else sorted(warehouse_ids)
    wanted = {"warehouses": within, "search": escaped, "virtual": VIRTUAL}
    columns = [_codes if name == "barcodes" else _as_cell for name in names]
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(sql, wanted)
        while rows := cursor.fetchmany(STEP):
            for row in rows:
                yield [read(value) for read, value in zip(columns, row, strict=True)]


def export_csv(kind: str, *, warehouse_ids: Sequence[int] | None = None, search: str = "") -> Iterator[str]:
    """The rows as CSV in UTF-8 with its mark, so that every spreadsheet reads it; a step of rows at a time.

    Text that a spreadsheet would run as a formula gets an apostrophe, which an import takes off again.
    """
    part = ["\ufeff"]
    for row in export_rows(kind, warehouse_ids=warehouse_ids, search=search):
        part.append(csv_line(row))
        if len(part) >= STEP:
            yield "".join(part)
            part = []
    yield "".join(part)


def export_xlsx(kind: str, *, warehouse_ids: Sequence[int] | None = None, search: str = "") -> Iterator[bytes]:
    """The rows as an XLSX workbook; text stays text, whatever it begins with."""
    book = Workbook(write_only=True)
    page = book.create_sheet(kind)
    for row in export_rows(kind, warehouse_ids=warehouse_ids, search=search):
        page.append([_text_cell(page, cell) if isinstance(cell, str) else cell for cell in row])
    with SpooledTemporaryFile(max_size=SPOOL) as out:
        book.save(out)
        out.seek(0)
        while part := out.read(64 * 1024):
            yield part


def _text_cell(page: Any, text: str) -> Any:
    cell = WriteOnlyCell(page, text if text.isprintable() else _NOT_IN_XML.sub("", text))
    cell.data_type = "s"
    return cell


def _as_cell(value: Any) -> Cell:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return value  # type: ignore[no-any-return]


def _codes(value: Any) -> Cell:
    return barcodes_cell([(code, units) for code, units in json.loads(value)] if value else [])
