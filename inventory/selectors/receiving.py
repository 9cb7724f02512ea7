"""Goods on their way in, and what came of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import F, QuerySet, Sum
from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from inventory.models import PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus, Receipt, ReceiptLine


@dataclass(frozen=True, slots=True)
class ReceiptLineFact:
    """Units that came in, or failed to. ``sku`` is empty for an unknown article.

    ``condition`` is what they were received as; ``voided_at`` says that they were taken back.
    """

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
    lot: str
    expires_on: date | None
    sscc: str
    condition: str
    voided_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReceiptFact:
    """A delivery at the dock. ``units`` counts by discrepancy (``none`` as expected), voided lines left out.

    ``note`` says why it came without an order, ``void_reason`` why it was taken back.
    """

    id: int
    ref: str
    warehouse_id: int
    purchase_order_ref: str
    opened_at: datetime
    closed_at: datetime | None
    opened_by: str
    units: dict[str, int]
    ship_notice_ref: str
    transfer_ref: str
    supplier_id: int | None
    supplier: str
    note: str
    voided_at: datetime | None
    void_reason: str

    @property
    def document(self) -> str:
        """The reference of what was expected: purchase order, ship notice or transfer; empty for a blind receipt."""
        return self.purchase_order_ref or self.ship_notice_ref or self.transfer_ref


@dataclass(frozen=True, slots=True)
class PurchaseOrderLineFact:
    product_id: int
    sku: str
    name: str
    quantity: int
    received: int
    unit_cost: Decimal | None


@dataclass(frozen=True, slots=True)
class PurchaseOrderFact:
    """Goods ordered from a supplier. Units in eaches."""

    id: int
    ref: str
    supplier: str
    warehouse_id: int
    status: str
    expected_on: date | None
    ordered_units: int
    received_units: int
    supplier_id: int
    warehouse: str
    note: str
    ordered_at: datetime | None
    created_at: datetime


def line_fact(line_id: int) -> ReceiptLineFact:
    """That receipt line."""
    return _line_facts(ReceiptLine.objects.filter(pk=line_id))[0]


def line_facts(line_ids: Iterable[int]) -> list[ReceiptLineFact]:
    """Those receipt lines, by id. One query."""
    return _line_facts(ReceiptLine.objects.filter(pk__in=sorted(set(line_ids))).order_by("pk"))


def receipt_lines(receipt_ref: str, *, limit: int = 500) -> list[ReceiptLineFact]:
    """The lines of a receipt, newest first. One query."""
    return _line_facts(ReceiptLine.objects.filter(receipt__ref=receipt_ref).order_by("-pk")[:limit])


def receipt_fact(ref: str) -> ReceiptFact:
    """That receipt. Two queries. Raises NotFound."""
    found = _receipt_facts(Receipt.objects.filter(ref=ref)) if "\0" not in ref else []
    if not found:
        raise NotFound(_("There is no receipt %(ref)s.") % {"ref": ref[:24]})
    return found[0]


def receipts_page(
    *,
    warehouse_ids: Iterable[int] | None = None,
    purchase_order_ref: str = "",
    ship_notice_ref: str = "",
    limit: int = 50,
    before_id: int | None = None,
    after_id: int | None = None,
) -> list[ReceiptFact]:
    """Receipts, newest first (nearest first after ``after_id``), of a document when one is named. Two queries."""
    rows = Receipt.objects.all()
    if warehouse_ids is not None:
        rows = rows.filter(warehouse_id__in=sorted(set(warehouse_ids)))
    if purchase_order_ref:
        rows = rows.filter(purchase_order__ref=purchase_order_ref)
    if ship_notice_ref:
        rows = rows.filter(ship_notice__ref=ship_notice_ref)
    if after_id is not None:
        return _receipt_facts(rows.filter(pk__gt=after_id).order_by("pk")[:limit])
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    return _receipt_facts(rows.order_by("-pk")[:limit])


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
    supplier_ids: Iterable[int] | None = None,
    limit: int = 50,
    before_id: int | None = None,
    after_id: int | None = None,
) -> list[PurchaseOrderFact]:
    """Purchase orders, newest first (nearest first after ``after_id``); ``open_only`` leaves those that still expect
    something. One query."""
    rows = PurchaseOrder.objects.all()
    if warehouse_ids is not None:
        rows = rows.filter(warehouse_id__in=sorted(set(warehouse_ids)))
    if open_only:
        rows = rows.filter(status__in=[PurchaseOrderStatus.ORDERED, PurchaseOrderStatus.PARTIALLY_RECEIVED])
    if supplier_ids is not None:
        rows = rows.filter(supplier_id__in=sorted(set(supplier_ids)))
    if after_id is not None:
        return _purchase_facts(rows.filter(pk__gt=after_id).order_by("pk")[:limit])
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
    """{product_id: units} that came in with a receipt, damaged ones included, voided ones not. One query."""
    rows = ReceiptLine.objects.filter(receipt__ref=receipt_ref, product__isnull=False, voided_at=None)
    rows = rows.exclude(discrepancy="short")
    return dict(rows.order_by().values_list("product_id").annotate(units=Sum("quantity")))


def purchase_order(ref: str) -> tuple[PurchaseOrderFact, list[PurchaseOrderLineFact]]:
    """That purchase order and its lines by SKU. Raises NotFound."""
    found = _purchase_facts(PurchaseOrder.objects.filter(ref=ref)) if "\0" not in ref else []
    if not found:
        raise NotFound(_("There is no purchase order %(ref)s.") % {"ref": ref[:24]})
    lines = (
        PurchaseOrderLine.objects.filter(purchase_order_id=found[0].id)
        .order_by("product__sku")
        .values_list("product_id", "product__sku", "product__name", "quantity", "received", "unit_cost")
    )
    return found[0], [PurchaseOrderLineFact(*line) for line in lines]


def _purchase_facts(rows: "QuerySet[PurchaseOrder]") -> list[PurchaseOrderFact]:
    return [
        PurchaseOrderFact(*row)
        for row in rows.annotate(ordered=Sum("lines__quantity"), came=Sum("lines__received")).values_list(
            "pk",
            "ref",
            "supplier__name",
            "warehouse_id",
            "status",
            "expected_on",
            "ordered",
            "came",
            "supplier_id",
            "warehouse__code",
            "note",
            "ordered_at",
            "created_at",
        )
    ]


def _receipt_facts(rows: "QuerySet[Receipt]") -> list[ReceiptFact]:
    found = list(rows.select_related("purchase_order", "ship_notice", "transfer", "supplier"))
    units: dict[int, dict[str, int]] = {}
    lines = ReceiptLine.objects.filter(receipt__in=[row.pk for row in found], voided_at=None).order_by()
    for receipt_id, discrepancy, count in lines.values_list("receipt_id", "discrepancy").annotate(
        units=Sum("quantity")
    ):
        units.setdefault(receipt_id, {})[discrepancy] = count
    return [
        ReceiptFact(
            id=row.pk,
            ref=row.ref,
            warehouse_id=row.warehouse_id,
            purchase_order_ref=row.purchase_order.ref if row.purchase_order else "",
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            opened_by=row.opened_by,
            units=units.get(row.pk, {}),
            ship_notice_ref=row.ship_notice.ref if row.ship_notice else "",
            transfer_ref=row.transfer.ref if row.transfer else "",
            supplier_id=row.supplier_id,
            supplier=row.supplier.name if row.supplier else "",
            note=row.note,
            voided_at=row.voided_at,
            void_reason=row.void_reason,
        )
        for row in found
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
            lot=row.lot,
            expires_on=row.expires_on,
            sscc=row.sscc,
            condition=row.condition,
            voided_at=row.voided_at,
        )
        for row in rows.select_related("receipt", "product", "bin")
    ]


__all__ = [
    "PurchaseOrderFact",
    "PurchaseOrderLineFact",
    "ReceiptFact",
    "ReceiptLineFact",
    "line_fact",
    "line_facts",
    "open_receipts",
    "orders_expecting",
    "purchase_order",
    "purchase_orders",
    "receipt_fact",
    "receipt_lines",
    "receipts_page",
    "received_units",
]
