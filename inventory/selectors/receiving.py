"""Goods on their way in, and what came of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, QuerySet, Sum
from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from inventory.models import PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus, Receipt, ReceiptLine


@dataclass(frozen=True, slots=True)
class ReceiptLineFact:
    """Units that came in, or failed to. ``sku`` is empty for an unknown article."""

    id: int
    receipt_ref: str
    product_id: int | None
    sku: str
    name: str
    scanned_code: str
    quantity: int
    bin_name: str
    discrepancy: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReceiptFact:
    """A delivery at the dock. ``units`` counts by discrepancy (``none`` as expected)."""

    id: int
    ref: str
    warehouse_id: int
    purchase_order_ref: str
    opened_at: datetime
    closed_at: datetime | None
    opened_by: str
    units: dict[str, int]


@dataclass(frozen=True, slots=True)
class PurchaseOrderLineFact:
    product_id: int
    sku: str
    name: str
    quantity: int
    received: int


@dataclass(frozen=True, slots=True)
class PurchaseOrderFact:
    """Goods ordered from a supplier."""

    id: int
    ref: str
    supplier: str
    warehouse_id: int
    status: str
    expected_on: date | None
    ordered_units: int
    received_units: int


def line_fact(line_id: int) -> ReceiptLineFact:
    """That receipt line."""
    return _line_facts(ReceiptLine.objects.filter(pk=line_id))[0]


def receipt_lines(receipt_ref: str, *, limit: int = 500) -> list[ReceiptLineFact]:
    """The lines of a receipt, newest first. One query."""
    return _line_facts(ReceiptLine.objects.filter(receipt__ref=receipt_ref).order_by("-pk")[:limit])


def receipt_fact(ref: str) -> ReceiptFact:
    """That receipt. Two queries. Raises NotFound."""
    row = Receipt.objects.select_related("purchase_order").filter(ref=ref).first()
    if row is None:
        raise NotFound(_("There is no receipt %(ref)s.") % {"ref": ref[:24]})
    units = (
        ReceiptLine.objects.filter(receipt=row).order_by().values_list("discrepancy").annotate(units=Sum("quantity"))
    )
    return ReceiptFact(
        id=row.pk,
        ref=row.ref,
        warehouse_id=row.warehouse_id,
        purchase_order_ref=row.purchase_order.ref if row.purchase_order else "",
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        opened_by=row.opened_by,
        units=dict(units),
    )


def open_receipts(warehouse_ids: Iterable[int] | None = None, *, limit: int = 100) -> list[str]:
    """References of the receipts being worked on, newest first."""
    rows = Receipt.objects.filter(closed_at=None)
    if warehouse_ids is not None:
        rows = rows.filter(warehouse_id__in=sorted(set(warehouse_ids)))
    return list(rows.order_by("-pk").values_list("ref", flat=True)[:limit])


def purchase_orders(
    *,
    warehouse_ids: Iterable[int] | None = None,
    open_only: bool = True,
    limit: int = 50,
    before_id: int | None = None,
) -> list[PurchaseOrderFact]:
    """Purchase orders, newest first; ``open_only`` leaves those that still expect something. One query."""
    rows = PurchaseOrder.objects.all()
    if warehouse_ids is not None:
        rows = rows.filter(warehouse_id__in=sorted(set(warehouse_ids)))
    if open_only:
        rows = rows.filter(status__in=[PurchaseOrderStatus.ORDERED, PurchaseOrderStatus.PARTIALLY_RECEIVED])
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    return _purchase_facts(rows.order_by("-pk")[:limit])


def orders_expecting(product_id: int, *, warehouse_id: int, limit: int = 10) -> list[PurchaseOrderFact]:
    """Open purchase orders of a warehouse that still expect units of a product, the oldest first. One query."""
    lines = PurchaseOrderLine.objects.filter(product_id=product_id, received__lt=F("quantity"))
    rows = PurchaseOrder.objects.filter(
        warehouse_id=warehouse_id,
        status__in=[PurchaseOrderStatus.ORDERED, PurchaseOrderStatus.PARTIALLY_RECEIVED],
        pk__in=lines.values("purchase_order_id"),
    )
    return _purchase_facts(rows.order_by("pk")[:limit])


def received_units(receipt_ref: str) -> dict[int, int]:
    """{product_id: units} that came in with a receipt, damaged ones included. One query."""
    rows = ReceiptLine.objects.filter(receipt__ref=receipt_ref, product__isnull=False).exclude(discrepancy="short")
    return dict(rows.order_by().values_list("product_id").annotate(units=Sum("quantity")))


def purchase_order(ref: str) -> tuple[PurchaseOrderFact, list[PurchaseOrderLineFact]]:
    """That purchase order and its lines by SKU. Raises NotFound."""
    found = _purchase_facts(PurchaseOrder.objects.filter(ref=ref))
    if not found:
        raise NotFound(_("There is no purchase order %(ref)s.") % {"ref": ref[:24]})
    lines = (
        PurchaseOrderLine.objects.filter(purchase_order_id=found[0].id)
        .order_by("product__sku")
        .values_list("product_id", "product__sku", "product__name", "quantity", "received")
    )
    return found[0], [PurchaseOrderLineFact(*line) for line in lines]


def _purchase_facts(rows: "QuerySet[PurchaseOrder]") -> list[PurchaseOrderFact]:
    return [
        PurchaseOrderFact(*row)
        for row in rows.annotate(ordered=Sum("lines__quantity"), came=Sum("lines__received")).values_list(
            "pk", "ref", "supplier__name", "warehouse_id", "status", "expected_on", "ordered", "came"
        )
    ]


def _line_facts(rows: "QuerySet[ReceiptLine]") -> list[ReceiptLineFact]:
    return [
        ReceiptLineFact(
            id=row.pk,
            receipt_ref=row.receipt.ref,
            product_id=row.product_id,
            sku=row.product.sku if row.product else "",
            name=row.product.name if row.product else "",
            scanned_code=row.scanned_code,
            quantity=row.quantity,
            bin_name=row.bin.name if row.bin else "",
            discrepancy=row.discrepancy,
            note=row.note,
            at=row.at,
        )
        for row in rows.select_related("receipt", "product", "bin")
    ]


__all__ = [
    "PurchaseOrderFact",
    "PurchaseOrderLineFact",
    "ReceiptFact",
    "ReceiptLineFact",
    "line_fact",
    "open_receipts",
    "orders_expecting",
    "purchase_order",
    "purchase_orders",
    "receipt_fact",
    "receipt_lines",
    "received_units",
]
