"""Begin to receive a delivery: against an order, a ship notice, a transfer, or blind."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import TryAgain, command
from core.kernel.errors import IllegalTransition
from core.kernel.locks import lock_one
from core.kernel.refs import new_ref
from inventory.errors import NotFound
from inventory.models import PurchaseOrder, Receipt, ShipNotice, Supplier, Transfer
from inventory.selectors.receiving import ReceiptFact, receipt_fact
from inventory.services.arriving import OPEN
from inventory.states import ShipNoticeStatus, TransferStatus

# Of a closed transfer too: units given up as lost turn up, and count as over.
ARRIVING = (
    TransferStatus.IN_TRANSIT,
    TransferStatus.PARTIALLY_RECEIVED,
    TransferStatus.RECEIVED,
    TransferStatus.CLOSED,
)


@command
def open_receipt(
    *,
    warehouse_id: int,
    purchase_order_ref: str | None = None,
    ship_notice_ref: str | None = None,
    transfer_ref: str | None = None,
    supplier_id: int | None = None,
    note: str = "",
    by: Actor,
    now: datetime,
) -> ReceiptFact:
    """Begin to receive a delivery, against at most one document; without one it is blind, for the reason in ``note``.

    A ship notice that belongs to a purchase order counts on both. An open receipt of the same delivery is gone on
    with, so that two receivers share it. Raises NotFound, and IllegalTransition when nothing more is expected.
    """
    if ship_notice_ref:
        return _of_notice(ship_notice_ref, warehouse_id, by=by, now=now)
    if purchase_order_ref:
        return _of_order(purchase_order_ref, warehouse_id, by=by, now=now)
    if transfer_ref:
        return _of_transfer(transfer_ref, warehouse_id, by=by, now=now)
    if supplier_id is not None and not Supplier.objects.filter(pk=supplier_id).exists():
        raise NotFound(_("There is no such supplier."))
    return _open(warehouse_id, supplier_id=supplier_id, note=note.strip()[:200], by=by, now=now)


def _of_order(ref: str, warehouse_id: int, *, by: Actor, now: datetime) -> ReceiptFact:
    bought = lock_one(PurchaseOrder.objects.all(), ref=ref.replace("\0", ""), warehouse_id=warehouse_id)
    if bought.status not in OPEN:
        raise IllegalTransition(_("This purchase order does not expect anything more."))
    present = Receipt.objects.filter(purchase_order=bought, closed_at=None).order_by("pk").first()
    if present is not None:
        return receipt_fact(present.ref)
    return _open(warehouse_id, purchase_order=bought, supplier_id=bought.supplier_id, by=by, now=now)


def _of_notice(ref: str, warehouse_id: int, *, by: Actor, now: datetime) -> ReceiptFact:
    seen = ShipNotice.objects.filter(ref=ref.replace("\0", ""), warehouse_id=warehouse_id).first()
    if seen is None:
        raise NotFound(_("There is no ship notice %(ref)s.") % {"ref": ref[:24]})
    # The receipt comes before its documents in the order of locks.
    at_work = _at_work(seen)
    present = lock_one(Receipt.objects.all(), pk=at_work.pk) if at_work is not None else None
    if present is not None and present.closed_at is not None:
        raise TryAgain
    if seen.purchase_order_id is not None:
        bought = lock_one(PurchaseOrder.objects.all(), pk=seen.purchase_order_id)
        if present is None and bought.status not in OPEN:
            raise IllegalTransition(_("This purchase order does not expect anything more."))
    notice = lock_one(ShipNotice.objects.all(), pk=seen.pk)
    if present is None:
        if notice.status != ShipNoticeStatus.EXPECTED:
            raise IllegalTransition(_("This ship notice does not expect anything more."))
        if _at_work(seen) is not None:
            raise TryAgain
        return _open(
            warehouse_id,
            ship_notice=notice,
            purchase_order_id=notice.purchase_order_id,
            supplier_id=notice.supplier_id,
            by=by,
            now=now,
        )
    if present.ship_notice_id is None:
        Receipt.objects.filter(pk=present.pk).update(ship_notice=notice)
    return receipt_fact(present.ref)


def _at_work(notice: ShipNotice) -> Receipt | None:
    """The open receipt of the notice, or of its purchase order when that is being received without a notice."""
    whose = Q(ship_notice=notice)
    if notice.purchase_order_id is not None:
        whose |= Q(purchase_order=notice.purchase_order_id, ship_notice=None)
    return Receipt.objects.filter(whose, closed_at=None).order_by("ship_notice_id", "pk").first()


def _of_transfer(ref: str, warehouse_id: int, *, by: Actor, now: datetime) -> ReceiptFact:
    transfer = lock_one(Transfer.objects.all(), ref=ref.replace("\0", ""), target_id=warehouse_id)
    present = Receipt.objects.filter(transfer=transfer, closed_at=None).order_by("pk").first()
    if present is not None:
        return receipt_fact(present.ref)
    if transfer.status not in ARRIVING:
        raise IllegalTransition(_("Nothing of this transfer is on its way here."))
    return _open(warehouse_id, transfer=transfer, by=by, now=now)


def _open(warehouse_id: int, *, by: Actor, now: datetime, **documents: object) -> ReceiptFact:
    receipt = Receipt.objects.create(
        ref=new_ref("REC"), warehouse_id=warehouse_id, opened_at=now, opened_by=by.name, **documents
    )
    return receipt_fact(receipt.ref)
