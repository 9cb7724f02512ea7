"""What is on its way in, by product."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from inventory.models import PurchaseOrderLine


@dataclass(frozen=True, slots=True)
class Incoming:
    """Units of a product that an open purchase order still expects."""

    purchase_order_ref: str
    supplier: str
    warehouse: str
    expected_on: date | None
    ordered: int
    received: int

    @property
    def expected(self) -> int:
        return self.ordered - self.received


def incoming_of(product_id: int, *, warehouse_ids: Iterable[int] | None = None, limit: int = 50) -> list[Incoming]:
    """The open purchase order lines of a product, the soonest first. One statement."""
    rows = PurchaseOrderLine.objects.filter(
        product_id=product_id, purchase_order__status__in=["ordered", "partially_received"]
    )
    if warehouse_ids is not None:
        rows = rows.filter(purchase_order__warehouse_id__in=sorted(set(warehouse_ids)))
    found = rows.order_by("purchase_order__expected_on", "pk").values_list(
        "purchase_order__ref",
        "purchase_order__supplier__name",
        "purchase_order__warehouse__code",
        "purchase_order__expected_on",
        "quantity",
        "received",
    )
    return [line for line in (Incoming(*row) for row in found[:limit]) if line.expected > 0]
