"""What is on its way in, by product."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import F

from inventory.models import PurchaseOrderLine, TransferLine


@dataclass(frozen=True, slots=True)
class Incoming:
    """Units of a product that an open purchase order still expects, or that are on their way between warehouses.

    Of a transfer ``purchase_order_ref`` is its reference, ``supplier`` the warehouse it left, ``ordered`` what left.
    """

    purchase_order_ref: str
    supplier: str
    warehouse: str
    expected_on: date | None
    ordered: int
    received: int
    is_transfer: bool = False

    @property
    def expected(self) -> int:
        return self.ordered - self.received


def incoming_of(product_id: int, *, warehouse_ids: Iterable[int] | None = None, limit: int = 50) -> list[Incoming]:
    """A product's open purchase order lines and units in transit, the soonest first. Two statements."""
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
    bought = [line for line in (Incoming(*row) for row in found[:limit]) if line.expected > 0]
    coming = sorted([*bought, *_in_transit(product_id, warehouse_ids, limit)], key=_soonest)
    return coming[:limit]


def _soonest(line: Incoming) -> date:
    return line.expected_on or date.max


def _in_transit(product_id: int, warehouse_ids: Iterable[int] | None, limit: int) -> list[Incoming]:
    rows = TransferLine.objects.filter(product_id=product_id, shipped__gt=F("received") + F("lost"))
    if warehouse_ids is not None:
        rows = rows.filter(transfer__target_id__in=sorted(set(warehouse_ids)))
    found = rows.order_by("transfer__expected_on", "pk").values_list(
        "transfer__ref",
        "transfer__source__name",
        "transfer__target__code",
        "transfer__expected_on",
        "shipped",
        F("received") + F("lost"),
    )
    return [replace(Incoming(*row), is_transfer=True) for row in found[:limit]]
