"""When more of many products is due in one warehouse: two statements however many."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import F

from inventory.models import PurchaseOrderLine, TransferLine


@dataclass(frozen=True, slots=True)
class Coming:
    """All units of a product on their way, and the soonest day any are due; None when nobody said."""

    units: int
    next_on: date | None
    next_units: int


def coming(product_ids: Iterable[int], warehouse_ids: Iterable[int]) -> dict[int, Coming]:
    """{product: what is on its way to those warehouses}; products of which nothing is are left out."""
    products, places = sorted(set(product_ids)), sorted(set(warehouse_ids))
    bought = PurchaseOrderLine.objects.filter(
        product_id__in=products,
        purchase_order__warehouse_id__in=places,
        purchase_order__status__in=["ordered", "partially_received"],
        quantity__gt=F("received"),
    ).values_list("product_id", "purchase_order__expected_on", F("quantity") - F("received"))
    moving = TransferLine.objects.filter(
        product_id__in=products, transfer__target_id__in=places, shipped__gt=F("received") + F("lost")
    ).values_list("product_id", "transfer__expected_on", F("shipped") - F("received") - F("lost"))
    found: dict[int, dict[date | None, int]] = {}
    for product_id, day, units in [*bought, *moving]:
        days = found.setdefault(product_id, {})
        days[day] = days.get(day, 0) + units
    return {product_id: _summed(days) for product_id, days in found.items()}


def _summed(days: dict[date | None, int]) -> Coming:
    known = [day for day in days if day is not None]
    first = min(known) if known else None
    return Coming(sum(days.values()), first, days[first])
