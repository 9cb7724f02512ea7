"""What the dock may expect: orders, ship notices and transfers, as one kind of document."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F, QuerySet, Sum

from inventory.models import ReceiptLine, Transfer, TransferLine
from inventory.selectors.receiving import (
    PurchaseOrderFact,
    ReceiptFact,
    orders_expecting,
    purchase_order,
    purchase_orders,
)
from inventory.selectors.ship_notices import ShipNoticeFact, notices_expecting, ship_notice, ship_notices
from inventory.states import ReceiptDiscrepancy, TransferStatus


@dataclass(frozen=True, slots=True)
class Document:
    """Something a delivery may be of. ``kind`` is order, notice or transfer; ``number`` the supplier's own."""

    kind: str
    ref: str
    sender: str
    number: str
    expected_on: date | None
    received: int
    expected: int


@dataclass(frozen=True, slots=True)
class Expected:
    """Units of a product a document names, and how many of them have come."""

    product_id: int
    sku: str
    name: str
    quantity: int
    received: int


def documents_here(warehouse_id: int, *, limit: int = 20) -> list[Document]:
    """What a warehouse expects, the newest of each kind. Three queries."""
    return [
        *map(of_order, purchase_orders(warehouse_ids=[warehouse_id], limit=limit)),
        *map(of_notice, ship_notices(warehouse_ids=[warehouse_id], limit=limit)),
        *_transfers(_arriving(warehouse_id).order_by("-pk")[:limit]),
    ]


def documents_expecting(product_id: int, *, warehouse_id: int) -> list[Document]:
    """What still expects units of a product; a notice of an order is met by the order. Three queries."""
    lines = TransferLine.objects.filter(product_id=product_id, shipped__gt=F("received") + F("lost"))
    return [
        *map(of_order, orders_expecting(product_id, warehouse_id=warehouse_id)),
        *map(of_notice, notices_expecting(product_id, warehouse_id=warehouse_id)),
        *_transfers(_arriving(warehouse_id).filter(pk__in=lines.values("transfer_id")).order_by("pk")[:10]),
    ]


def documents_of_supplier(supplier_id: int, *, warehouse_id: int, limit: int = 9) -> list[Document]:
    """What a warehouse expects of a supplier; a notice of an order is met by the order. Two queries."""
    orders = purchase_orders(warehouse_ids=[warehouse_id], supplier_ids=[supplier_id], limit=limit)
    notices = [
        one
        for one in ship_notices(warehouse_ids=[warehouse_id], limit=200)
        if one.supplier_id == supplier_id and not one.purchase_order_ref
    ]
    return [*map(of_order, orders), *map(of_notice, notices[:limit])]


def of_order(fact: PurchaseOrderFact) -> Document:
    """A purchase order as a document."""
    return Document(
        "order", fact.ref, fact.supplier, "", fact.expected_on, fact.received_units or 0, fact.ordered_units or 0
    )


def of_notice(fact: ShipNoticeFact) -> Document:
    """A ship notice as a document."""
    return Document(
        "notice", fact.ref, fact.supplier, fact.number, fact.expected_on, fact.received_units, fact.announced_units
    )


def expected_on(receipt: ReceiptFact) -> list[Expected]:
    """What the document of a receipt names, by SKU; nothing for a blind one. Two queries at most."""
    if receipt.purchase_order_ref:
        rows: Sequence[tuple[int, str, str, int, int]] = [
            (one.product_id, one.sku, one.name, one.quantity, one.received)
            for one in purchase_order(receipt.purchase_order_ref)[1]
        ]
    elif receipt.ship_notice_ref:
        rows = [
            (one.product_id, one.sku, one.name, one.quantity, one.received)
            for one in ship_notice(receipt.ship_notice_ref)[1]
        ]
    elif receipt.transfer_ref:
        rows = list(
            TransferLine.objects.filter(transfer__ref=receipt.transfer_ref).values_list(
                "product_id", "product__sku", "product__name", F("shipped") - F("lost"), "received"
            )
        )
    else:
        return []
    summed: dict[int, Expected] = {}
    for product_id, sku, name, quantity, received in rows:
        had = summed.get(product_id)
        summed[product_id] = Expected(
            product_id, sku, name, quantity + (had.quantity if had else 0), received + (had.received if had else 0)
        )
    return sorted(summed.values(), key=lambda one: one.sku)


def over_reason(receipt_ref: str, product_id: int) -> str:
    """The reason given before for more than was expected of a product on a receipt. One query."""
    lines = ReceiptLine.objects.filter(
        receipt__ref=receipt_ref, product_id=product_id, discrepancy=ReceiptDiscrepancy.OVER, voided_at=None
    )
    return lines.exclude(note="").order_by("-pk").values_list("note", flat=True).first() or ""


def newest_line(receipt_ref: str) -> tuple[int, str, date | None] | None:
    """(product_id, lot, expiry) of the last units received on a receipt. One query."""
    lines = ReceiptLine.objects.filter(receipt__ref=receipt_ref, bin__isnull=False, voided_at=None)
    row = lines.order_by("-pk").values_list("product_id", "lot", "expires_on").first()
    return (row[0], row[1], row[2]) if row is not None and row[0] is not None else None


def _arriving(warehouse_id: int) -> "QuerySet[Transfer]":
    return Transfer.objects.filter(
        target=warehouse_id, status__in=[TransferStatus.IN_TRANSIT, TransferStatus.PARTIALLY_RECEIVED]
    )


def _transfers(rows: "QuerySet[Transfer]") -> list[Document]:
    found = rows.annotate(got=Sum("lines__received"), of=Sum(F("lines__shipped") - F("lines__lost"))).values_list(
        "ref", "source__name", "expected_on", "got", "of"
    )
    return [Document("transfer", ref, sender, "", day, got or 0, of or 0) for ref, sender, day, got, of in found]
