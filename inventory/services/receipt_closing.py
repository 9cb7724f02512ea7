"""End the receiving of a delivery, saying what did not come."""

from datetime import datetime

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_one
from core.kernel.transitions import advance
from core.outbox.publish import NewEvent, publish
from inventory.events import RECEIPT_CLOSED
from inventory.models import (
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderStatus,
    Receipt,
    ReceiptLine,
    ShipNotice,
    ShipNoticeLine,
)
from inventory.selectors.receiving import ReceiptFact, receipt_fact
from inventory.services.arriving import lock_open
from inventory.states import ReceiptDiscrepancy, ShipNoticeStatus


@command
def close_receipt(receipt_ref: str, *, complete: bool = True, by: Actor, now: datetime) -> ReceiptFact:
    """End the receiving of a delivery. Raises NotFound, ReceiptClosed.

    ``complete`` says that nothing more is coming for its purchase order (and, without one, for its ship notice): each
    unit not received is noted as ``short`` and the order is closed. Otherwise the rest stays expected. What a
    transfer lacks stays on its way until the transfer itself is closed.
    """
    receipt = lock_open(receipt_ref)
    if complete and receipt.purchase_order_id is not None:
        _close_order(receipt, by=by, now=now)
    if complete and receipt.ship_notice_id is not None:
        _close_notice(receipt, by=by, now=now)
    Receipt.objects.filter(pk=receipt.pk).update(closed_at=now)
    fact = receipt_fact(receipt_ref)
    publish(
        NewEvent(
            type=RECEIPT_CLOSED,
            subject_type="receipt",
            subject_id=receipt.pk,
            timeline=fact.document or fact.ref,
            data={
                "receipt": fact.ref,
                "purchase_order": fact.purchase_order_ref,
                "ship_notice": fact.ship_notice_ref,
                "transfer": fact.transfer_ref,
                "units": fact.units,
            },
        ),
        by=by,
        now=now,
    )
    return fact


def _close_order(receipt: Receipt, *, by: Actor, now: datetime) -> None:
    bought = lock_one(PurchaseOrder.objects.all(), pk=receipt.purchase_order_id)
    rows = PurchaseOrderLine.objects.filter(purchase_order=bought).order_by("pk")
    _note_short(receipt, [(row.product_id, row.quantity - row.received) for row in rows], now=now)
    if bought.status == PurchaseOrderStatus.ORDERED:
        advance(bought, PurchaseOrderStatus.PARTIALLY_RECEIVED, by=by, now=now)
    if bought.status != PurchaseOrderStatus.CLOSED:
        advance(bought, PurchaseOrderStatus.CLOSED, by=by, now=now)


def _close_notice(receipt: Receipt, *, by: Actor, now: datetime) -> None:
    """Nothing more of it is expected; what lacks is noted here when no purchase order noted it."""
    notice = lock_one(ShipNotice.objects.all(), pk=receipt.ship_notice_id)
    if receipt.purchase_order_id is None:
        rows = ShipNoticeLine.objects.filter(ship_notice=notice).order_by("pk")
        _note_short(receipt, [(row.product_id, row.quantity - row.received) for row in rows], now=now)
    if notice.status == ShipNoticeStatus.EXPECTED:
        advance(notice, ShipNoticeStatus.RECEIVED, by=by, now=now)


def _note_short(receipt: Receipt, missing: list[tuple[int, int]], *, now: datetime) -> None:
    ReceiptLine.objects.bulk_create(
        [
            ReceiptLine(
                receipt=receipt,
                product_id=product_id,
                quantity=units,
                discrepancy=ReceiptDiscrepancy.SHORT,
                at=now,
            )
            for product_id, units in missing
            if units > 0
        ],
        batch_size=1000,
    )
