"""Create and change products."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_one
from core.outbox.publish import NewEvent, publish
from inventory.errors import DuplicateProduct, Invalid, NotFound, StaleVersion
from inventory.events import PRODUCT_RELEASE_MOVED
from inventory.models import Barcode, KitKind, Product, Supplier
from inventory.selectors.kits import explode
from inventory.selectors.products import ProductDetail, kit_parts, product_detail, products_by_sku, whatever_case
from inventory.services.feeding import stamp
from inventory.services.kits import set_recipe

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
        "removal",
        "expiry_horizon_days",
        "reorder_point",
        "ships",
        "release_on",
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
    kit_kind: str | None = None,
    by: Actor,
    now: datetime,
    **fields: Any,
) -> ProductDetail:
    """Add a product; ``fields`` are the columns of ``CHANGEABLE``, ``kit`` its parts as (sku, quantity).

    A kit is packed from components unless ``kit_kind`` says otherwise.

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
    if kit or kit_kind not in (None, KitKind.NONE):
        set_recipe(product.pk, kit, kind=kit_kind)
        stamp([part.product_id for part in explode([product.pk]).get(product.pk, ())])
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
    kit_kind: str | None = None,
    expected_version: int | None = None,
    by: Actor,
    now: datetime,
) -> ProductDetail:
    """Change columns of ``CHANGEABLE``; barcodes and kit, when given, are replaced as a whole.

    Without parts a product is no kit any more.

    Raises NotFound, StaleVersion when ``expected_version`` is not the version now, DuplicateProduct, Invalid.
    """
    _refuse_unknown(changes)
    row = lock_one(whatever_case([sku] if "\0" not in sku else []))
    if expected_version is not None and row.version != expected_version:
        raise StaleVersion(_("Somebody changed this product meanwhile."))
    Product.objects.filter(pk=row.pk).update(version=F("version") + 1, **changes)
    if "release_on" in changes and changes["release_on"] != row.release_on:
        publish(NewEvent(PRODUCT_RELEASE_MOVED, "product", row.pk, data={"product_id": row.pk}), by=by, now=now)
    if barcodes is not None:
        _set_barcodes(row.pk, barcodes)
    if kit is not None:
        set_recipe(row.pk, kit, kind=kit_kind)
    elif kit_kind is not None:
        parts = [(part.sku, part.quantity) for part in kit_parts([row.pk]).get(row.pk, ())]
        set_recipe(row.pk, () if kit_kind == KitKind.NONE else parts, kind=kit_kind)
    if kit is not None or kit_kind is not None or {"reorder_point", "active"} & changes.keys():
        stamp([row.pk, *(part.product_id for part in explode([row.pk]).get(row.pk, ()))])
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
