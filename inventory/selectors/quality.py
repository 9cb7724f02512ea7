"""Units that wait to be looked at before they may be sold."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Min, Sum

from inventory.models import QualityCheck
from inventory.states import QualityCheckStatus


@dataclass(frozen=True, slots=True)
class OpenCheck:
    """One article of a receipt to check, however many scans received it. ``units`` are still undecided."""

    receipt_ref: str
    supplier: str
    product_id: int
    sku: str
    name: str
    lot: str
    bin_id: int
    bin_name: str
    units: int
    since: datetime
    instructions: str


def open_checks(
    *,
    warehouse_id: int,
    product_ids: Iterable[int] | None = None,
    receipt_ref: str = "",
    limit: int = 50,
) -> list[OpenCheck]:
    """What is to check in a warehouse, the oldest first, of products or a receipt when named. One query."""
    rows = QualityCheck.objects.filter(
        status=QualityCheckStatus.PENDING, receipt_line__receipt__warehouse_id=warehouse_id
    )
    if product_ids is not None:
        rows = rows.filter(receipt_line__product__in=sorted(set(product_ids)))
    if receipt_ref:
        rows = rows.filter(receipt_line__receipt__ref=receipt_ref)
    grouped = (
        rows.order_by()
        .values_list(
            "receipt_line__receipt__ref",
            "receipt_line__receipt__supplier__name",
            "receipt_line__product_id",
            "receipt_line__product__sku",
            "receipt_line__product__name",
            "receipt_line__lot",
            "receipt_line__bin_id",
            "receipt_line__bin__name",
            "rule__instructions",
        )
        .annotate(
            units=Sum(F("receipt_line__quantity") - F("passed") - F("failed")),
            since=Min("receipt_line__at"),
            first=Min("pk"),
        )
        .order_by("first")[:limit]
    )
    return [
        OpenCheck(
            receipt_ref=row[0],
            supplier=row[1] or "",
            product_id=row[2],
            sku=row[3],
            name=row[4],
            lot=row[5],
            bin_id=row[6],
            bin_name=row[7],
            instructions=row[8] or "",
            units=row[9],
            since=row[10],
        )
        for row in grouped
    ]
