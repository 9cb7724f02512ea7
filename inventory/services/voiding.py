"""Take a receipt back by compensation: what it put into stock goes out again, what it counted is expected again."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.attention.services import close_cases
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_one
from core.kernel.transitions import advance, advance_many
from core.outbox.publish import NewEvent, publish
from inventory.errors import Invalid, ReceiptInUse
from inventory.events import RECEIPT_VOIDED
from inventory.models import (
    BinKind,
    BinStock,
    Product,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderStatus,
    QualityCheck,
    Receipt,
    ReceiptLine,
    StockMovement,
)
from inventory.models.place import VIRTUAL_KINDS
from inventory.planning import BinKey, BinPlace, Move, changes_of_bins
from inventory.planning.matching import Came
from inventory.selectors.places import bins_by_id, default_bins
from inventory.selectors.receiving import ReceiptFact, receipt_fact
from inventory.services.ledger import move
from inventory.services.ship_notices import uncount_notice
from inventory.services.transfers import uncount_received
from inventory.states import MovementReason, QualityCheckStatus, ReceiptDiscrepancy


@command
def void_receipt(receipt_ref: str, *, reason: str, by: Actor, now: datetime) -> ReceiptFact:
    """Take back all of a receipt, open or closed; nothing is deleted. Every unit must still lie free where it put it.

    The units go back to where they came from, the purchase order, ship notice or transfer expects them again, and
    checks that were not decided end. A receipt voided before is answered as it is. Raises NotFound, Invalid without
    a reason, ReceiptInUse naming what is gone and where it lies, StockPromised, and IllegalTransition for a transfer
    that is closed.
    """
    reason = reason.strip()[:200]
    if not reason:
        raise Invalid(_("Say why the receipt is voided."))
    receipt = lock_one(Receipt.objects.all(), ref=receipt_ref.replace("\0", ""))
    if receipt.voided_at is not None:
        return receipt_fact(receipt.ref)
    lines = list(ReceiptLine.objects.filter(receipt=receipt, voided_at=None).order_by("pk"))
    stocked = [line for line in lines if line.bin_id is not None and line.product_id is not None]
    _uncount(receipt, stocked, by=by, now=now)
    _end_checks(receipt, by=by, now=now)
    ReceiptLine.objects.filter(pk__in=[line.pk for line in lines]).update(voided_at=now)
    Receipt.objects.filter(pk=receipt.pk).update(voided_at=now, void_reason=reason, closed_at=receipt.closed_at or now)
    for code in {line.scanned_code for line in lines if line.discrepancy == ReceiptDiscrepancy.UNKNOWN}:
        close_cases(
            dedupe_key=f"unknown_article:{receipt.ref}:{code}",
            resolution=gettext_noop("The receipt was voided."),
            by=by,
            now=now,
        )
    units = sum(line.quantity for line in stocked)
    publish(
        NewEvent(
            type=RECEIPT_VOIDED,
            subject_type="receipt",
            subject_id=receipt.pk,
            timeline=receipt.ref,
            data={"receipt": receipt.ref, "units": units, "reason": reason},
        ),
        by=by,
        now=now,
    )
    _take_back(receipt, reason, by=by, now=now)
    return receipt_fact(receipt.ref)


def _uncount(receipt: Receipt, stocked: Sequence[ReceiptLine], *, by: Actor, now: datetime) -> None:
    if receipt.purchase_order_id is not None and stocked:
        _uncount_order(receipt.purchase_order_id, stocked, by=by, now=now)
    if receipt.ship_notice_id is not None and stocked:
        gone = [Came(line.product_id or 0, line.quantity, line.lot, line.sscc) for line in stocked]
        uncount_notice(receipt.ship_notice_id, gone, by=by, now=now)
    if receipt.transfer_id is not None and stocked:
        back: Counter[tuple[int, str]] = Counter()
        for line in stocked:
            back[line.product_id or 0, line.lot] += line.quantity
        uncount_received(receipt.transfer_id, back, by=by, now=now)


def _uncount_order(order_id: int, stocked: Sequence[ReceiptLine], *, by: Actor, now: datetime) -> None:
    """Lower what has come, and put the order back into the state its lines are in."""
    bought = lock_one(PurchaseOrder.objects.all(), pk=order_id)
    gone: Counter[int] = Counter()
    for line in stocked:
        gone[line.product_id or 0] += line.quantity
    ordered = list(PurchaseOrderLine.objects.filter(purchase_order=bought).order_by("pk"))
    for row in ordered:
        row.received = max(row.received - gone[row.product_id], 0)
    PurchaseOrderLine.objects.bulk_update(ordered, ["received"], batch_size=1000)
    if all(row.received >= row.quantity for row in ordered):
        target = PurchaseOrderStatus.RECEIVED
    elif any(row.received for row in ordered):
        target = PurchaseOrderStatus.PARTIALLY_RECEIVED
    else:
        target = PurchaseOrderStatus.ORDERED
    settled = bought.status == PurchaseOrderStatus.CLOSED and target == PurchaseOrderStatus.RECEIVED
    if bought.status != target and not settled:
        advance(bought, target, by=by, now=now)


def _end_checks(receipt: Receipt, *, by: Actor, now: datetime) -> None:
    pending = QualityCheck.objects.select_related("receipt_line__receipt").filter(
        receipt_line__receipt=receipt, status=QualityCheckStatus.PENDING
    )
    advance_many(
        list(pending.order_by("pk")),
        QualityCheckStatus.VOIDED,
        by=by,
        now=now,
        decided_by=by.name,
        decided_at=now,
    )


def _take_back(receipt: Receipt, reason: str, *, by: Actor, now: datetime) -> None:
    """Send what the receipt's movements left in the bins back to its far side."""
    left = _left_in_bins(receipt.ref)
    if not left:
        return
    _refuse_what_is_gone(receipt, left)
    bins = default_bins(receipt.warehouse_id)
    far = bins[BinKind.TRANSIT if receipt.transfer_id is not None else BinKind.SUPPLIER]
    move(
        [
            Move(
                product_id=key.product_id,
                quantity=units,
                from_bin_id=key.bin_id,
                to_bin_id=far,
                from_condition=key.condition,
                to_condition=key.condition,
                lot=key.lot,
                reason=MovementReason.VOID,
                document=receipt.ref,
                note=reason,
                move_key=f"void:{receipt.pk}:{number}",
            )
            for number, (key, units) in enumerate(sorted(left.items()))
        ],
        by=by,
        now=now,
    )


def _left_in_bins(receipt_ref: str) -> dict[BinKey, int]:
    """What the movements of a receipt add up to: what it received, less what was re-labelled by its checks.

    Units checked in another bin than they were received in were carried there: what lacks there is taken off here.
    """
    rows = list(StockMovement.objects.filter(document=receipt_ref).order_by("pk"))
    places = {
        place.id: BinPlace(place.id, place.warehouse_id, place.kind, place.name)
        for place in bins_by_id({row.from_bin_id for row in rows} | {row.to_bin_id for row in rows}).values()
    }
    net = {
        key: change.quantity
        for key, change in changes_of_bins(
            [
                Move(
                    product_id=row.product_id,
                    quantity=row.quantity,
                    from_bin_id=row.from_bin_id,
                    to_bin_id=row.to_bin_id,
                    from_condition=row.from_condition,
                    to_condition=row.to_condition,
                    lot=row.lot,
                    reason=row.reason,
                )
                for row in rows
            ],
            places,
        ).items()
    }
    for lacking in [key for key, units in net.items() if units < 0]:
        for key in [key for key, units in net.items() if units > 0 and _same_units(key, lacking)]:
            carried = min(net[key], -net[lacking])
            net[key] -= carried
            net[lacking] += carried
    return {key: units for key, units in net.items() if units > 0}


def _same_units(one: BinKey, other: BinKey) -> bool:
    return (one.product_id, one.lot, one.condition) == (other.product_id, other.lot, other.condition)


def _refuse_what_is_gone(receipt: Receipt, left: Mapping[BinKey, int]) -> None:
    stock = BinStock.objects.select_related("bin").filter(
        product_id__in={key.product_id for key in left}, bin__warehouse_id=receipt.warehouse_id, quantity__gt=0
    )
    here = {BinKey(row.product_id, row.bin_id, row.lot, row.condition): row for row in stock}
    gone = {key: units - (here[key].quantity - here[key].to_pick if key in here else 0) for key, units in left.items()}
    gone = {key: units for key, units in gone.items() if units > 0}
    if not gone:
        return
    skus = dict(Product.objects.filter(pk__in={key.product_id for key in gone}).values_list("pk", "sku"))
    names = {place.id: place.name for place in bins_by_id({key.bin_id for key in gone}).values()}
    told = []
    for key, units in sorted(gone.items()):
        elsewhere = sorted(
            {
                row.bin.name
                for other, row in here.items()
                if (other.product_id, other.lot) == (key.product_id, key.lot)
                and other.bin_id != key.bin_id
                and row.bin.kind not in VIRTUAL_KINDS
            }
        )
        words = _("%(units)d × %(sku)s left %(bin)s")
        if elsewhere:
            words = _("%(units)d × %(sku)s left %(bin)s and may lie in %(places)s")
        told.append(
            words
            % {
                "units": units,
                "sku": skus[key.product_id],
                "bin": names[key.bin_id],
                "places": ", ".join(elsewhere[:5]),
            }
        )
    raise ReceiptInUse(told)
