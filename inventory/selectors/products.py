"""Look up what is stored and sold."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Upper
from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from inventory.models import Barcode, KitComponent, Product


@dataclass(frozen=True, slots=True)
class ProductFact:
    """A product as other rooms see it: grams, millimetres."""

    id: int
    sku: str
    name: str
    weight_g: int
    length_mm: int
    width_mm: int
    height_mm: int
    image_url: str
    hs_code: str
    origin_country: str
    tracking: str
    reorder_point: int | None
    active: bool
    version: int
    kit_kind: str = "none"
    removal: str = "fewest_bins"
    expiry_horizon_days: int | None = None
    ships: bool = True
    release_on: date | None = None


@dataclass(frozen=True, slots=True)
class KitPart:
    """``quantity`` units of a product go into one kit."""

    product_id: int
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ProductDetail:
    """A product with its codes and, when it is a kit, its parts."""

    product: ProductFact
    barcodes: tuple[str, ...]
    kit: tuple[KitPart, ...]
    attributes: dict[str, Any]


_FIELDS = tuple(ProductFact.__dataclass_fields__)


def fact_of(product: Product) -> ProductFact:
    """The fact of a product row."""
    return ProductFact(**{name: getattr(product, "pk" if name == "id" else name) for name in _FIELDS})


def whatever_case(skus: Iterable[str]) -> "QuerySet[Product]":
    """The products with those SKUs. Both sides are folded by the database, as its unique constraint does."""
    return Product.objects.annotate(upper=Upper("sku")).filter(upper__in=[Upper(Value(sku)) for sku in skus])


def products_by_sku(skus: Iterable[str]) -> dict[str, ProductFact]:
    """{casefolded SKU: product} of those that exist, whatever their case; one query."""
    wanted = sorted({sku for sku in skus if "\0" not in sku})
    if not wanted:
        return {}
    return {fact.sku.casefold(): fact for fact in _facts(whatever_case(wanted))}


def products_by_id(product_ids: Iterable[int]) -> dict[int, ProductFact]:
    """{id: product} of those that exist; one query."""
    wanted = sorted(set(product_ids))
    return {fact.id: fact for fact in _facts(Product.objects.filter(pk__in=wanted))} if wanted else {}


def product_by_code(code: str) -> tuple[ProductFact, int]:
    """The product a scanned code means, and how many units one scan counts for: a barcode first, else the SKU.

    Raises NotFound.
    """
    code = code.strip()
    barcode = Barcode.objects.select_related("product").filter(code=code).first() if "\0" not in code else None
    if barcode is not None:
        return fact_of(barcode.product), barcode.units
    found = products_by_sku([code])
    if code.casefold() not in found:
        raise NotFound(_("No product has the code %(code)s.") % {"code": code[:64]})
    return found[code.casefold()], 1


def product_detail(sku: str) -> ProductDetail:
    """The product with that SKU, whatever its case. Raises NotFound."""
    rows = details(whatever_case([sku])) if "\0" not in sku else []
    if not rows:
        raise NotFound(_("There is no product %(sku)s.") % {"sku": sku[:64]})
    return rows[0]


def products_page(
    *, limit: int, before_id: int | None = None, after_id: int | None = None, search: str = ""
) -> list[ProductDetail]:
    """Products, newest first: those older than ``before_id``, or (nearest first) those newer than ``after_id``."""
    rows: QuerySet[Product] = Product.objects.all()
    if search:
        rows = rows.filter(Q(sku__istartswith=search) | Q(name__icontains=search) | Q(barcodes__code=search))
        rows = rows.distinct()
    if after_id is not None:
        return details(rows.filter(pk__gt=after_id).order_by("pk")[:limit])
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    return details(rows.order_by("-pk")[:limit])


def kit_parts(product_ids: Iterable[int]) -> dict[int, tuple[KitPart, ...]]:
    """{kit's product id: its parts}; products that are no kits are left out. One query."""
    parts: dict[int, tuple[KitPart, ...]] = {}
    rows = (
        KitComponent.objects.filter(kit_id__in=sorted(set(product_ids)))
        .order_by("pk")
        .values_list("kit_id", "component_id", "component__sku", "quantity")
    )
    for kit_id, component_id, sku, quantity in rows:
        parts[kit_id] = (*parts.get(kit_id, ()), KitPart(component_id, sku, quantity))
    return parts


def details(products: "QuerySet[Product]") -> list[ProductDetail]:
    """The products with codes and parts; three queries however many."""
    rows = list(products)
    ids = [row.pk for row in rows]
    parts = kit_parts(ids) if rows else {}
    codes: dict[int, list[str]] = {}
    if rows:
        for product_id, code in (
            Barcode.objects.filter(product_id__in=ids).order_by("pk").values_list("product_id", "code")
        ):
            codes.setdefault(product_id, []).append(code)
    return [
        ProductDetail(
            product=fact_of(row),
            barcodes=tuple(codes.get(row.pk, ())),
            kit=parts.get(row.pk, ()),
            attributes=row.attributes,
        )
        for row in rows
    ]


def _facts(products: "QuerySet[Product]") -> list[ProductFact]:
    return [ProductFact(*row) for row in products.values_list(*_FIELDS)]
