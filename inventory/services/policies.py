"""How products are kept in stock, on what terms they are bought, and which faces are filled up."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from inventory.errors import Invalid
from inventory.models import Bin, BinKind, FaceRule, StockPolicy, SupplierProduct
from inventory.services.feeding import stamp


@command
def set_policy(
    product_id: int,
    warehouse_id: int,
    *,
    reorder_point: int | None = None,
    maximum: int | None = None,
    service_level: Decimal = Decimal("0.95"),
    review_days: int = 7,
    by: Actor,
    now: datetime,
) -> None:
    """How a product is kept in a warehouse; None is computed from the forecast. Raises Invalid."""
    if not 0 < service_level < 1:
        raise Invalid(_("A service level lies between 0 and 1, such as 0.95."))
    if maximum is not None and reorder_point is not None and maximum < reorder_point:
        raise Invalid(_("The maximum is not below the reorder point."))
    StockPolicy.objects.update_or_create(
        product_id=product_id,
        warehouse_id=warehouse_id,
        defaults={
            "reorder_point": reorder_point,
            "maximum": maximum,
            "service_level": service_level,
            "review_days": review_days,
        },
    )
    stamp([product_id])  # whether it is low is judged anew


@command
def set_terms(
    supplier_id: int,
    product_id: int,
    *,
    pack_size: int = 1,
    minimum_quantity: int = 1,
    unit_cost: Decimal | None = None,
    lead_time_days: int | None = None,
    supplier_sku: str = "",
    preferred: bool = True,
    by: Actor,
    now: datetime,
) -> None:
    """On what terms a supplier sells a product; a preferred one takes the place of the one before. Raises Invalid."""
    if pack_size < 1 or minimum_quantity < 1:
        raise Invalid(_("A pack holds at least one unit, and at least one unit is ordered."))
    if preferred:
        SupplierProduct.objects.filter(product_id=product_id, preferred=True).exclude(supplier_id=supplier_id).update(
            preferred=False
        )
    SupplierProduct.objects.update_or_create(
        supplier_id=supplier_id,
        product_id=product_id,
        defaults={
            "pack_size": pack_size,
            "minimum_quantity": minimum_quantity,
            "unit_cost": unit_cost,
            "lead_time_days": lead_time_days,
            "supplier_sku": supplier_sku[:64],
            "preferred": preferred,
        },
    )


@command
def set_face_rule(product_id: int, bin_id: int, *, minimum: int, maximum: int, by: Actor, now: datetime) -> None:
    """Keep a pick face filled: up to ``maximum`` units as soon as fewer than ``minimum`` are left. Raises Invalid."""
    if not 0 <= minimum < maximum:
        raise Invalid(_("A face is filled up to more than the units at which it is too empty."))
    if not Bin.objects.filter(pk=bin_id, kind=BinKind.PICK_FACE).exists():
        raise Invalid(_("Only a pick face is kept filled."))
    FaceRule.objects.update_or_create(
        product_id=product_id, bin_id=bin_id, defaults={"minimum": minimum, "maximum": maximum}
    )
