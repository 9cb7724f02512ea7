"""Create and change products."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_one
from inventory.errors import DuplicateProduct, Invalid, NotFound, StaleVersion
from inventory.models import Barcode, KitComponent, Product, Supplier
from inventory.selectors.products import ProductDetail, product_detail, products_by_sku, whatever_case

CHANGEABLE = frozenset(
    {
        "name",
        "weight_g",
        "length_mm",
        "width_mm",
        "height_mm",
        "image_url",
        "hs_code",
        "origin_country",
        "tracking",
        "reorder_point",
        "attributes",
        "active",
    }
)


@command
def create_product(
    *,
    sku: str,
    name: str,
    barcodes: Sequence[str] = (),
    kit: Sequence[tuple[str, int]] = (),
    by: Actor,
    now: datetime,
    **fields: Any,
) -> ProductDetail:
    """Add a product; ``fields`` are the columns of ``CHANGEABLE``, ``kit`` its parts as (sku, quantity).

    Raises DuplicateProduct for a SKU (whatever its case) or barcode in use, Invalid for an unknown part.
    """
    _refuse_unknown(fields)
    if whatever_case([sku]).exists():
        raise DuplicateProduct(
            _("There is a product %(sku)s already.") % {"sku": sku},
            errors=[{"pointer": "/sku", "code": "duplicate", "detail": _("This SKU is in use.")}],
        )
    product = Product.objects.create(sku=sku, name=name, created_at=now, **fields)
    _set_barcodes(product.pk, barcodes)
    _set_kit(product.pk, kit)
    return product_detail(sku)


@command
def create_products(rows: Sequence[Mapping[str, Any]], *, by: Actor, now: datetime) -> dict[str, int]:
    """Add many products at once, each a mapping of ``sku``, ``name``, ``barcodes`` and columns of ``CHANGEABLE``.

    Existing SKUs (whatever their case) are left as they are. Returns {casefolded SKU: id} of all of them.
    """
    known = products_by_sku(str(row["sku"]) for row in rows)
    fresh: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        _refuse_unknown({key: None for key in row if key not in {"sku", "name", "barcodes"}})
        if str(row["sku"]).casefold() not in known:
            fresh.setdefault(str(row["sku"]).casefold(), row)
    made = Product.objects.bulk_create(
        [
            Product(created_at=now, **{key: value for key, value in row.items() if key != "barcodes"})
            for row in fresh.values()
        ],
        batch_size=1000,
    )
    ids = {product.sku.casefold(): product.pk for product in made}
    Barcode.objects.bulk_create(
        [Barcode(product_id=ids[sku], code=code) for sku, row in fresh.items() for code in row.get("barcodes", ())],
        batch_size=1000,
    )
    return ids | {sku: fact.id for sku, fact in known.items()}


@command
def update_product(
    sku: str,
    *,
    changes: Mapping[str, Any],
    barcodes: Sequence[str] | None = None,
    kit: Sequence[tuple[str, int]] | None = None,
    expected_version: int | None = None,
    by: Actor,
    now: datetime,
) -> ProductDetail:
    """Change columns of ``CHANGEABLE``; barcodes and kit, when given, are replaced as a whole.

    Raises NotFound, StaleVersion when ``expected_version`` is not the version now, DuplicateProduct, Invalid.
    """
    _refuse_unknown(changes)
    row = lock_one(whatever_case([sku] if "\0" not in sku else []))
    if expected_version is not None and row.version != expected_version:
        raise StaleVersion(_("Somebody changed this product meanwhile."))
    Product.objects.filter(pk=row.pk).update(version=F("version") + 1, **changes)
    if barcodes is not None:
        _set_barcodes(row.pk, barcodes)
    if kit is not None:
        _set_kit(row.pk, kit)
    return product_detail(row.sku)


@command
def add_barcode(product_id: int, *, code: str, units: int = 1, by: Actor, now: datetime) -> None:
    """Let a scanner read another code for the product; one scan counts ``units``. Raises DuplicateProduct, Invalid."""
    if units <= 0 or not code.strip():
        raise Invalid(_("A barcode has a code and counts at least one unit."))
    if not Product.objects.filter(pk=product_id).exists():
        raise NotFound(_("There is no such product."))
    _refuse_taken([code.strip()], product_id)
    Barcode.objects.create(product_id=product_id, code=code.strip(), units=units)


@command
def create_supplier(*, code: str, name: str, lead_time_days: int = 7) -> int:
    """Add a supplier, or find the one with that code; returns its id."""
    supplier, _made = Supplier.objects.get_or_create(
        code=code, defaults={"name": name, "lead_time_days": lead_time_days}
    )
    return supplier.pk


def _refuse_unknown(fields: Mapping[str, Any]) -> None:
    if unknown := sorted(set(fields) - CHANGEABLE):
        raise Invalid(_("A product has no field %(name)s.") % {"name": unknown[0]})


def _refuse_taken(codes: Sequence[str], product_id: int) -> None:
    taken = Barcode.objects.filter(code__in=codes).exclude(product_id=product_id).values_list("code", flat=True)
    code = taken.first()
    if code is not None:
        raise DuplicateProduct(
            _("The barcode %(code)s belongs to another product.") % {"code": code},
            errors=[{"pointer": "/barcodes", "code": "duplicate", "detail": _("This barcode is in use.")}],
        )


def _set_barcodes(product_id: int, codes: Sequence[str]) -> None:
    wanted = list(dict.fromkeys(code.strip() for code in codes))
    if not all(wanted):
        raise Invalid(_("A barcode cannot be empty."))
    _refuse_taken(wanted, product_id)
    rows = Barcode.objects.filter(product_id=product_id)
    rows.exclude(code__in=wanted).delete()
    kept = set(rows.values_list("code", flat=True))
    Barcode.objects.bulk_create(Barcode(product_id=product_id, code=code) for code in wanted if code not in kept)


def _set_kit(product_id: int, kit: Sequence[tuple[str, int]]) -> None:
    KitComponent.objects.filter(kit_id=product_id).delete()
    if not kit:
        return
    found = products_by_sku(sku for sku, _quantity in kit)
    parts: dict[int, int] = {}
    for number, (sku, quantity) in enumerate(kit):
        part = found.get(sku.casefold())
        if part is None or part.id == product_id or quantity <= 0:
            raise Invalid(
                _("%(sku)s cannot be a part of this kit.") % {"sku": sku[:64]},
                errors=[{"pointer": f"/kit/{number}", "code": "invalid", "detail": _("Choose another product.")}],
            )
        parts[part.id] = parts.get(part.id, 0) + quantity
    inner = KitComponent.objects.filter(kit_id__in=parts).exists()
    if inner or KitComponent.objects.filter(component_id=product_id).exists():
        raise Invalid(_("A kit cannot be a part of a kit."))
    KitComponent.objects.bulk_create(
        KitComponent(kit_id=product_id, component_id=component_id, quantity=quantity)
        for component_id, quantity in parts.items()
    )
