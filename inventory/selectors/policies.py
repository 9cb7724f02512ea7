"""What people decided about keeping a product: its policy, its suppliers' terms, its pick faces."""

from dataclasses import dataclass
from decimal import Decimal

from inventory.models import FaceRule, StockPolicy, Supplier, SupplierProduct


@dataclass(frozen=True, slots=True)
class PolicyFact:
    """None is computed from the forecast."""

    reorder_point: int | None = None
    maximum: int | None = None
    service_level: Decimal = Decimal("0.950")
    review_days: int = 7


@dataclass(frozen=True, slots=True)
class TermsFact:
    """How a supplier sells a product; ``lead_time_days`` None goes by the supplier."""

    supplier_id: int
    supplier: str
    supplier_sku: str
    pack_size: int
    minimum_quantity: int
    unit_cost: Decimal | None
    lead_time_days: int | None
    preferred: bool


@dataclass(frozen=True, slots=True)
class FaceRuleFact:
    """A pick face that is kept filled."""

    bin_name: str
    bin_code: str
    minimum: int
    maximum: int


def policy_of(product_id: int, warehouse_id: int) -> PolicyFact:
    """The policy of a product in a warehouse, or the usual one."""
    rows = StockPolicy.objects.filter(product_id=product_id, warehouse_id=warehouse_id)
    row = rows.values_list("reorder_point", "maximum", "service_level", "review_days").first()
    return PolicyFact(*row) if row else PolicyFact()


def terms_of(product_id: int) -> list[TermsFact]:
    """Who sells a product and how, the preferred supplier first."""
    rows = SupplierProduct.objects.filter(product_id=product_id).order_by("-preferred", "pk")
    columns = "supplier_id supplier__name supplier_sku pack_size minimum_quantity unit_cost lead_time_days preferred"
    return [TermsFact(*row) for row in rows.values_list(*columns.split())]


def face_rules_of(product_id: int, warehouse_id: int) -> list[FaceRuleFact]:
    """The faces of a product that are kept filled, along the walk."""
    rows = FaceRule.objects.filter(product_id=product_id, bin__warehouse_id=warehouse_id)
    found = rows.order_by("bin__pick_sequence", "bin__name")
    return [FaceRuleFact(*row) for row in found.values_list("bin__name", "bin__code", "minimum", "maximum")]


def suppliers(*, limit: int = 1000) -> list[tuple[int, str]]:
    """(id, name) of the suppliers in use, by name."""
    return list(Supplier.objects.filter(active=True).order_by("name", "pk").values_list("pk", "name")[:limit])
