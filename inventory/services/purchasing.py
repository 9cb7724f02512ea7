"""Order goods from suppliers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_one
from core.kernel.refs import new_ref
from core.kernel.transitions import advance
from inventory.errors import Invalid
from inventory.models import PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus


@command
def create_purchase_order(
    *,
    supplier_id: int,
    warehouse_id: int,
    lines: Sequence[tuple[int, int]],
    expected_on: date | None = None,
    unit_costs: Mapping[int, Decimal] | None = None,
    note: str = "",
    by: Actor,
    now: datetime,
) -> str:
    """Order (product_id, quantity) lines from a supplier; returns the reference (PO-…). Raises Invalid.

    The same product twice is summed. ``unit_costs`` by product id are what the supplier asks for one unit.
    """
    wanted: Counter[int] = Counter()
    for product_id, quantity in lines:
        if quantity <= 0:
            raise Invalid(_("Order at least one unit of each product."))
        wanted[product_id] += quantity
    if not wanted:
        raise Invalid(_("A purchase order has at least one line."))
    costs = unit_costs or {}
    bought = PurchaseOrder.objects.create(
        ref=new_ref("PO"),
        supplier_id=supplier_id,
        warehouse_id=warehouse_id,
        expected_on=expected_on,
        note=note[:200],
        created_at=now,
    )
    PurchaseOrderLine.objects.bulk_create(
        [
            PurchaseOrderLine(
                purchase_order=bought, product_id=product_id, quantity=quantity, unit_cost=costs.get(product_id)
            )
            for product_id, quantity in wanted.items()
        ],
        batch_size=1000,
    )
    advance(bought, PurchaseOrderStatus.ORDERED, by=by, now=now, ordered_at=now)
    return bought.ref


@command
def cancel_purchase_order(ref: str, *, by: Actor, now: datetime) -> None:
    """Cancel a purchase order of which nothing has come yet. Raises NotFound, IllegalTransition."""
    advance(lock_one(PurchaseOrder.objects.all(), ref=ref), PurchaseOrderStatus.CANCELLED, by=by, now=now)
