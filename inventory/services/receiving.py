"""Receive what really came: by unit, by case, by delivery note."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.attention.services import close_cases, open_case
from core.kernel.actors import Actor
from core.kernel.commands import command
from inventory.errors import AlreadyReceived, Invalid, NotFound
from inventory.models import Receipt, ReceiptLine
from inventory.planning.gs1 import read_gs1, same_article
from inventory.selectors.products import ProductFact, product_by_code, products_by_id
from inventory.selectors.receiving import ReceiptFact, ReceiptLineFact, line_fact, line_facts, receipt_fact
from inventory.selectors.scans import read_scan
from inventory.selectors.ship_notices import ShipNoticeFact, notice_lines, notices_with_case
from inventory.services.arriving import Arrival, book_arrivals, lock_open, lock_receipt
from inventory.services.products import add_barcode
from inventory.services.purchasing import cancel_purchase_order, create_purchase_order
from inventory.services.receipt_closing import close_receipt
from inventory.services.receipt_opening import open_receipt
from inventory.states import Condition, ReceiptDiscrepancy

LONGEST_BARCODE = 64


@command
def receive_units(
    receipt_ref: str,
    *,
    quantity: int,
    product_id: int | None = None,
    code: str = "",
    bin_id: int | None = None,
    condition: str = Condition.SELLABLE,
    discrepancy: str = ReceiptDiscrepancy.NONE,
    lot: str = "",
    expires_on: date | None = None,
    sscc: str = "",
    note: str = "",
    anyway: bool = False,
    action_id: UUID | None = None,
    by: Actor,
    now: datetime,
) -> ReceiptLineFact:
    """Receive units of a product, named by id or by a scanned code, into a bin (the receiving bin, if none is named).

    A scanned case code counts its units for each of ``quantity``. ``discrepancy`` ``damaged`` receives them as
    damaged; more than was ordered is noted as ``over``; a code nobody knows is noted as ``unknown``, creates no
    stock and opens an exception case. The line's ``condition`` says whether the units may be sold: they may not when
    a sampling rule wants them checked, or their lot is expired or recalled. The same ``action_id`` again changes
    nothing and answers as before. A bin named by the caller has to have room (``anyway`` overrules that) and no rule
    against the product. Raises NotFound, ReceiptClosed, Invalid, LotRequired, SerialTaken, LotMismatch, BinForbidden,
    BinFull.
    """
    if quantity <= 0:
        raise Invalid(_("Receive at least one unit."))
    receipt = lock_open(receipt_ref)
    if action_id is not None:
        before = ReceiptLine.objects.filter(action_id=action_id).first()
        if before is not None:
            return line_fact(before.pk)
    product, units = _resolve(product_id, code)
    if product is None:
        return _note_unknown(receipt, code, quantity, note=note, action_id=action_id, now=now)
    arrival = Arrival(
        product_id=product.id,
        quantity=quantity * units,
        bin_id=bin_id,
        condition=Condition.DAMAGED if discrepancy == ReceiptDiscrepancy.DAMAGED else condition,
        lot=lot.strip(),
        expires_on=expires_on,
        sscc=sscc,
    )
    (line,) = book_arrivals(
        receipt,
        [arrival],
        discrepancy=discrepancy,
        code=code,
        note=note,
        action_id=action_id,
        room_needed=not anyway,
        by=by,
        now=now,
    )
    return line_fact(line.pk)


@command
def receive_many(receipt_ref: str, arrivals: Sequence[Arrival], *, by: Actor, now: datetime) -> ReceiptFact:
    """Receive a whole delivery note at once, in a number of statements that does not depend on its length.

    For opening stock and advance shipping notices. Raises as ``receive_units`` does.
    """
    if any(arrival.quantity <= 0 for arrival in arrivals):
        raise Invalid(_("Receive at least one unit."))
    book_arrivals(lock_open(receipt_ref), arrivals, by=by, now=now)
    return receipt_fact(receipt_ref)


@command
def receive_case(
    receipt_ref: str, sscc: str, *, action_id: UUID | None = None, by: Actor, now: datetime
) -> list[ReceiptLineFact]:
    """Receive everything announced in a case or pallet at once, with its lots and dates; returns the lines.

    A receipt of the notice's purchase order that has no notice yet takes this one on. The same ``action_id`` again
    changes nothing. Raises NotFound when no expected notice of this delivery names the case, AlreadyReceived when all
    of it came before, and as ``receive_units`` does.
    """
    receipt = lock_open(receipt_ref)
    if action_id is not None and (before := ReceiptLine.objects.filter(action_id=action_id).first()) is not None:
        return [line_fact(before.pk)]
    notice = next(
        (one for one in notices_with_case(sscc, warehouse_id=receipt.warehouse_id) if _fits(receipt, one)), None
    )
    if notice is None:
        raise NotFound(_("No ship notice of this delivery names the case %(sscc)s.") % {"sscc": sscc[:18]})
    if receipt.ship_notice_id is None:
        receipt.ship_notice_id, receipt.supplier_id = notice.id, notice.supplier_id
        receipt.save(update_fields=["ship_notice", "supplier"])
    arrivals = [
        Arrival(
            product_id=line.product_id,
            quantity=line.quantity - line.received,
            lot=line.lot if line.tracking != "none" else "",
            expires_on=line.expires_on,
            sscc=sscc,
        )
        for line in notice_lines([notice.id])
        if line.sscc == sscc and line.received < line.quantity
    ]
    if not arrivals:
        raise AlreadyReceived(_("This case was received before."))
    lines = book_arrivals(receipt, arrivals, code=sscc, action_id=action_id, by=by, now=now)
    return line_facts([line.pk for line in lines])


@command
def attach_article(
    line_id: int, *, product_id: int, units: int = 1, lot: str = "", by: Actor, now: datetime
) -> ReceiptLineFact:
    """Say which product an unknown article is: its code becomes a barcode for ``units`` eaches, and all that was
    noted under it on the receipt is received as one line, which is returned.

    Of a GS1 code the article number becomes the barcode, and its lot is kept. The unknown lines stay, voided, and
    their exception case is closed. Works on closed receipts too. Raises NotFound, Invalid, DuplicateProduct,
    ReceiptClosed for a voided receipt, LotRequired for a product that is tracked.
    """
    seen = ReceiptLine.objects.select_related("receipt").filter(pk=line_id).first()
    if seen is None:
        raise NotFound(_("There is no such receipt line."))
    receipt = lock_receipt(seen.receipt.ref)
    unknown = list(
        ReceiptLine.objects.filter(
            receipt=receipt,
            scanned_code=seen.scanned_code,
            discrepancy=ReceiptDiscrepancy.UNKNOWN,
            voided_at=None,
        ).order_by("pk")
    )
    if not unknown:
        raise Invalid(_("This article was dealt with before."))
    label = read_gs1(seen.scanned_code)
    product = products_by_id([product_id]).get(product_id)
    if product is None:
        raise NotFound(_("There is no such product."))
    _learn_code(product, same_article(label.gtin)[-1] if label.gtin else seen.scanned_code, units, by=by, now=now)
    ReceiptLine.objects.filter(pk__in=[line.pk for line in unknown]).update(voided_at=now)
    tracked = product.tracking != "none"
    (line,) = book_arrivals(
        receipt,
        [
            Arrival(
                product_id,
                sum(line.quantity for line in unknown) * units,
                lot=(lot.strip() or label.lot or label.serial) if tracked else "",
                expires_on=label.expires_on,
            )
        ],
        code=seen.scanned_code,
        note=unknown[0].note,
        by=by,
        now=now,
    )
    close_cases(
        dedupe_key=_case_key(receipt, seen.scanned_code),
        resolution=gettext_noop("Attached to a product."),
        by=by,
        now=now,
    )
    return line_fact(line.pk)


def _learn_code(product: ProductFact, code: str, units: int, *, by: Actor, now: datetime) -> None:
    known = read_scan(code).product
    if known is not None and known.id == product.id:
        return
    if 0 < len(code) <= LONGEST_BARCODE:
        add_barcode(product.id, code=code, units=units, by=by, now=now)


def _fits(receipt: Receipt, notice: ShipNoticeFact) -> bool:
    """Whether a case of the notice may be received here: on the notice's own receipt, or on one of its order (or of
    its supplier, when neither has an order) that has no notice yet."""
    if receipt.ship_notice_id is not None or receipt.transfer_id is not None:
        return receipt.ship_notice_id == notice.id
    order_ref = receipt.purchase_order.ref if receipt.purchase_order is not None else ""
    return notice.purchase_order_ref == order_ref and receipt.supplier_id in (None, notice.supplier_id)


def _resolve(product_id: int | None, code: str) -> tuple[ProductFact | None, int]:
    if product_id is not None:
        found = products_by_id([product_id])
        if product_id not in found:
            raise NotFound(_("There is no such product."))
        return found[product_id], 1
    if not code.strip():
        raise Invalid(_("Scan a product."))
    try:
        return product_by_code(code)
    except NotFound:
        return None, 1


def _note_unknown(
    receipt: Receipt, code: str, quantity: int, *, note: str, action_id: UUID | None, now: datetime
) -> ReceiptLineFact:
    line = ReceiptLine.objects.create(
        receipt=receipt,
        scanned_code=code[:80],
        quantity=quantity,
        discrepancy=ReceiptDiscrepancy.UNKNOWN,
        note=note[:200],
        action_id=action_id,
        at=now,
    )
    open_case(
        kind="unknown_article",
        dedupe_key=_case_key(receipt, code),
        summary=gettext_noop("An article arrived that nobody knows."),
        subject_type="receipt",
        subject_id=receipt.pk,
        timeline=receipt.ref,
        warehouse_id=receipt.warehouse_id,
        detail={"code": code[:80], "quantity": quantity},
        now=now,
    )
    return line_fact(line.pk)


def _case_key(receipt: Receipt, code: str) -> str:
    return f"unknown_article:{receipt.ref}:{code[:80]}"


__all__ = [
    "Arrival",
    "attach_article",
    "cancel_purchase_order",
    "close_receipt",
    "create_purchase_order",
    "open_receipt",
    "receive_case",
    "receive_many",
    "receive_units",
]
