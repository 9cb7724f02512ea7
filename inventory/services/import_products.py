"""Write products of an import, and take them back. A fixed number of statements for a chunk of rows."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F

from core.kernel.actors import Actor
from core.kernel.commands import TryAgain
from inventory.models import Barcode, ImportJob, Product, SupplierProduct
from inventory.services.import_checking import Before, Checked, first_of_each

FIELDS = (
    "name", "weight_g", "length_mm", "width_mm", "height_mm", "unit_cost", "reorder_point", "tracking", "removal",
    "expiry_horizon_days", "hazard", "hs_code", "origin_country", "image_url", "ships",
    "release_on", "active",
)  # fmt: skip
TERMS = ("supplier_sku", "pack_size")
UNDONE = "undone_import"
"""The attribute of a product whose import was undone: it sleeps until it is imported again."""

_TYPES = {
    "weight_g": "int", "length_mm": "int", "width_mm": "int", "height_mm": "int", "unit_cost": "numeric",
    "reorder_point": "int", "expiry_horizon_days": "int", "ships": "bool", "release_on": "date",
    "active": "bool",
}  # fmt: skip
_ROW = ", ".join(f"{name} {_TYPES.get(name, 'text')}" for name in FIELDS)
_DEFAULTS = {
    "weight_g": "0", "length_mm": "0", "width_mm": "0", "height_mm": "0", "unit_cost": "NULL",
    "reorder_point": "NULL", "tracking": "'none'", "removal": "'fewest_bins'", "expiry_horizon_days": "NULL",
    "hazard": "''", "hs_code": "''", "origin_country": "''", "image_url": "''", "ships": "true", "release_on": "NULL",
    "active": "true", "name": "''",
}  # fmt: skip

_INSERT = f"""
INSERT INTO inventory_product (sku, velocity, kit_kind, attributes, version, created_at, {", ".join(FIELDS)})
SELECT sku, '', 'none', '{{}}'::jsonb, 1, %s, {", ".join(f"coalesce(row.{name}, {_DEFAULTS[name]})" for name in FIELDS)}
FROM jsonb_to_recordset(%s::jsonb) AS row (sku text, {_ROW})
ON CONFLICT DO NOTHING
RETURNING id, sku
"""  # noqa: S608  made of constants

_UPDATE = f"""
UPDATE inventory_product product
SET version = product.version + 1, {", ".join(f"{name} = coalesce(row.{name}, product.{name})" for name in FIELDS)}
    , attributes = CASE WHEN row.active THEN product.attributes - '{UNDONE}' ELSE product.attributes END
FROM jsonb_to_recordset(%s::jsonb) AS row (id bigint, {_ROW})
WHERE product.id = row.id
"""  # noqa: S608

# Of what was there before NULL is a value too, so each column asks whether it is named.
_RESTORE = f"""
UPDATE inventory_product product
SET version = product.version + 1, {
    ", ".join(
        f"{name} = CASE WHEN row.old ? '{name}' THEN (row.old ->> '{name}')::{_TYPES.get(name, 'text')}"
        f" ELSE product.{name} END"
        for name in FIELDS
    )
}
FROM jsonb_to_recordset(%s::jsonb) AS row (id bigint, old jsonb)
WHERE product.id = row.id
"""  # noqa: S608


_NEW_BARCODES = """
INSERT INTO inventory_barcode (product_id, code, units)
SELECT * FROM unnest(%s::bigint[], %s::text[], %s::int[])
"""


def write_products(job: ImportJob, rows: Sequence[Checked], *, by: Actor, now: datetime) -> Before:
    """Create or update the products; {row number: what takes it back, None where nothing changed}."""
    rows = first_of_each(rows, "sku", lambda row: row.found["product_id"] or row.values["sku"].upper())
    before: Before = {row.number: None for row in rows}
    fresh = [row for row in rows if row.found["product_id"] is None]
    known = [row for row in rows if row.found["product_id"] is not None]
    if fresh:
        _create(fresh, before, now)
    if known:
        _update(known, before)
    _write_barcodes(rows, before)
    _write_terms(rows, before)
    _count_versions(known, before)
    return before


def _create(rows: Sequence[Checked], before: Before, now: datetime) -> None:
    told = [{"sku": row.values["sku"], **_columns(row)} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [now, json.dumps(told)])
        made = {sku: pk for pk, sku in cursor.fetchall()}
    if len(made) != len(rows):
        raise TryAgain  # somebody made one of them meanwhile: the check says so afresh
    for row in rows:
        row.found["product_id"] = made[row.values["sku"]]
        before[row.number] = {"made": made[row.values["sku"]]}


def _update(rows: Sequence[Checked], before: Before) -> None:
    ids = sorted(row.found["product_id"] for row in rows)
    present = {
        product.pk: product
        for product in Product.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    }
    changed = []
    for row in rows:
        product = present[row.found["product_id"]]
        if UNDONE in product.attributes:
            row.values.setdefault("active", True)
        old = {
            name: _plain(getattr(product, name))
            for name in FIELDS
            if name in row.values and getattr(product, name) != row.values[name]
        }
        if old:
            before[row.number] = {"id": product.pk, "fields": old}
            changed.append({"id": product.pk, **{name: _plain(row.values[name]) for name in old}})
    if changed:
        with connection.cursor() as cursor:
            cursor.execute(_UPDATE, [json.dumps(changed)])


def _write_barcodes(rows: Sequence[Checked], before: Before) -> None:
    """The codes a row names are all the product has from now on."""
    naming = {row.found["product_id"]: row for row in rows if "barcodes" in row.values}
    old: dict[int, dict[str, int]] = {product_id: {} for product_id in naming}
    had = [pk for pk, row in naming.items() if not (before[row.number] or {}).get("made")]
    for product_id, code, units in Barcode.objects.filter(product_id__in=had).values_list(
        "product_id", "code", "units"
    ):
        old[product_id][code] = units
    gone, new = [], []
    for product_id, row in naming.items():
        wanted = dict(row.values["barcodes"])
        if wanted == old[product_id]:
            continue
        gone += [code for code, units in old[product_id].items() if wanted.get(code) != units]
        new += [(product_id, code, units) for code, units in wanted.items() if old[product_id].get(code) != units]
        kept = before[row.number] = before[row.number] or {"id": product_id}
        kept["barcodes"] = sorted(old[product_id].items())
    if gone:
        Barcode.objects.filter(code__in=gone).delete()
    if new:
        with connection.cursor() as cursor:
            cursor.execute(_NEW_BARCODES, [list(column) for column in zip(*new, strict=True)])


def _write_terms(rows: Sequence[Checked], before: Before) -> None:
    """On what terms the row's supplier sells the product; its first supplier is the preferred one."""
    naming = {(row.found["supplier_id"], row.found["product_id"]): row for row in rows if "supplier" in row.values}
    if not naming:
        return
    products = {product_id for _supplier, product_id in naming}
    present = {
        (terms.supplier_id, terms.product_id): terms
        for terms in SupplierProduct.objects.filter(product_id__in=products)
    }
    preferred = {terms.product_id for terms in present.values() if terms.preferred}
    new, changed = [], []
    for (supplier_id, product_id), row in naming.items():
        wanted = {name: row.values[name] for name in TERMS if name in row.values}
        terms = present.get((supplier_id, product_id))
        old: dict[str, Any] | None = None
        if terms is None:
            new.append(
                SupplierProduct(
                    supplier_id=supplier_id, product_id=product_id, preferred=product_id not in preferred, **wanted
                )
            )
        else:
            old = {name: getattr(terms, name) for name, value in wanted.items() if getattr(terms, name) != value}
            if not old:
                continue
            for name, value in wanted.items():
                setattr(terms, name, value)
            changed.append(terms)
        kept = before[row.number] = before[row.number] or {"id": product_id}
        kept["terms"] = {"supplier_id": supplier_id, "before": old}
    SupplierProduct.objects.bulk_create(new, batch_size=2000)
    SupplierProduct.objects.bulk_update(changed, list(TERMS), batch_size=500)


def _count_versions(rows: Sequence[Checked], before: Before) -> None:
    """Each changed product is one version further; an undo compares with it."""
    touched = {row.found["product_id"]: row for row in rows if before[row.number]}
    silent = [pk for pk, row in touched.items() if not (before[row.number] or {}).get("fields")]
    if silent:
        Product.objects.filter(pk__in=silent).update(version=F("version") + 1)
    for pk, version in Product.objects.filter(pk__in=touched).values_list("pk", "version") if touched else ():
        kept = before[touched[pk].number]
        if kept is not None:
            kept["version"] = version


def undo_products(
    job: ImportJob, rows: Sequence[tuple[int, Mapping[str, Any]]], *, by: Actor, now: datetime
) -> dict[int, str]:
    """Take rows back: (number, what takes it back) each; {row number: why it was left alone}.

    A product the import made is deactivated and loses its barcodes, so that nothing finds it; importing it again
    wakes it. One that was updated gets back what it had. Whatever somebody changed since is left alone. Nothing is
    deleted: the orders that may name a product have no index to be asked by.
    """
    products = {int(kept.get("made") or kept["id"]): (number, kept) for number, kept in rows}
    locked = {
        product.pk: product
        for product in Product.objects.select_for_update(no_key=True).filter(pk__in=products).order_by("pk")
    }
    left: dict[int, str] = {}
    made, updated = [], []
    for pk, (number, kept) in products.items():
        if pk not in locked or locked[pk].version != kept.get("version", 1):
            left[number] = "changed_since"
        elif "made" in kept:
            made.append(pk)
        else:
            updated.append((pk, kept))
    Barcode.objects.filter(product_id__in=made).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_product SET active = false, version = version + 1,"
            " attributes = attributes || jsonb_build_object(%s::text, %s::text) WHERE id = ANY(%s)",
            [UNDONE, job.ref, made],
        )
    _give_back(updated)
    return left


def _give_back(updated: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    rows = []
    for pk, kept in updated:
        rows += [{"id": pk, "old": kept.get("fields", {})}]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_RESTORE, [json.dumps(rows)])
    Barcode.objects.filter(product_id__in=[pk for pk, kept in updated if "barcodes" in kept]).delete()
    Barcode.objects.bulk_create(
        (
            Barcode(product_id=pk, code=code, units=units)
            for pk, kept in updated
            for code, units in kept.get("barcodes", ())
        ),
        batch_size=2000,
        ignore_conflicts=True,
    )
    for pk, kept in updated:
        terms = kept.get("terms")
        if terms is None:
            continue
        same = SupplierProduct.objects.filter(product_id=pk, supplier_id=terms["supplier_id"])
        if terms["before"] is None:
            same.delete()
        else:
            same.update(**terms["before"])


def _columns(row: Checked) -> dict[str, Any]:
    return {name: _plain(row.values[name]) for name in FIELDS if name in row.values}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal | date) else value
