"""Order goods, and receive what really came."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.attention.services import open_case
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import IllegalTransition
from core.kernel.locks import lock_one
from core.kernel.refs import new_ref
from core.kernel.transitions import advance
from core.outbox.publish import NewEvent, publish
from inventory.errors import Invalid, NotFound, ReceiptClosed
from inventory.events import RECEIPT_CLOSED
from inventory.models import (
    BinKind,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderStatus,
    Receipt,
    ReceiptLine,
)
from inventory.models.place import VIRTUAL_KINDS
from inventory.selectors.places import bin_by_id, default_bins
from inventory.selectors.products import ProductFact, product_by_code, products_by_id
from inventory.selectors.receiving import ReceiptFact, ReceiptLineFact, line_fact, receipt_fact
from inventory.services.ledger import Move, move
from inventory.states import Condition, MovementReason, ReceiptDiscrepancy

OPEN = (PurchaseOrderStatus.ORDERED, PurchaseOrderStatus.PARTIALLY_RECEIVED)


@dataclass(frozen=True, slots=True)
class Arrival:
    """``quantity`` units of a product that came in with a delivery."""

    product_id: int
    quantity: int
    bin_id: int | None = None
    condition: str = Condition.SELLABLE
    lot: str = ""


@command
def create_purchase_order(
    *,
    supplier_id: int,
    warehouse_id: int,
    lines: Sequence[tuple[int, int]],
    expected_on: date | None = None,
    by: Actor,
    now: datetime,
) -> str:
    """Order (product_id, quantity) lines from a supplier; returns the reference (PO-…). Raises Invalid.

    The same product twice is summed.
    """
    wanted: Counter[int] = Counter()
    for product_id, quantity in lines:
        if quantity <= 0:
            raise Invalid(_("Order at least one unit of each product."))
        wanted[product_id] += quantity
    if not wanted:
        raise Invalid(_("A purchase order has at least one line."))
    bought = PurchaseOrder.objects.create(
        ref=new_ref("PO"),
        supplier_id=supplier_id,
        warehouse_id=warehouse_id,
        expected_on=expected_on,
        created_at=now,
    )
    PurchaseOrderLine.objects.bulk_create(
        [
            PurchaseOrderLine(purchase_order=bought, product_id=product_id, quantity=quantity)
            for product_id, quantity in wanted.items()
        ],
        batch_size=1000,
    )
    advance(bought, PurchaseOrderStatus.ORDERED, by=by, now=now)
    return bought.ref


@command
def open_receipt(*, warehouse_id: int, purchase_order_ref: str | None = None, by: Actor, now: datetime) -> ReceiptFact:
    """Begin to receive a delivery, against a purchase order or blind. Raises NotFound, IllegalTransition.

    An open receipt of the same purchase order is gone on with.
    """
    bought = None
    if purchase_order_ref:
        bought = lock_one(PurchaseOrder.objects.all(), ref=purchase_order_ref, warehouse_id=warehouse_id)
        if bought.status not in OPEN:
            raise IllegalTransition(_("This purchase order does not expect anything more."))
        present = Receipt.objects.filter(purchase_order=bought, closed_at=None).first()
        if present is not None:
            return receipt_fact(present.ref)
    receipt = Receipt.objects.create(
        ref=new_ref("REC"),
        warehouse_id=warehouse_id,
        purchase_order=bought,
        opened_at=now,
        opened_by=by.name,
    )
    return receipt_fact(receipt.ref)


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
    note: str = "",
    action_id: UUID | None = None,
    by: Actor,
    now: datetime,
) -> ReceiptLineFact:
    """Receive units of a product, named by id or by a scanned code, into a bin (the receiving bin, if none is named).

    A scanned case code counts its units for each of ``quantity``. ``discrepancy`` ``damaged`` receives them as
    damaged; more than was ordered is noted as ``over``; a code nobody knows is noted as ``unknown``, creates no
    stock and opens an exception case. The same ``action_id`` again changes nothing and answers as before.
    Raises NotFound, ReceiptClosed, Invalid, NotEnoughInBin.
    """
    if quantity <= 0:
        raise Invalid(_("Receive at least one unit."))
    receipt = _lock_open(receipt_ref)
    if action_id is not None:
        before = ReceiptLine.objects.filter(action_id=action_id).first()
        if before is not None:
            return line_fact(before.pk)
    product, units = _resolve(product_id, code)
    if product is None:
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
            dedupe_key=f"unknown_article:{receipt.ref}:{code[:80]}",
            summary=gettext_noop("An article arrived that nobody knows."),
            subject_type="receipt",
            subject_id=receipt.pk,
            timeline=receipt.ref,
            warehouse_id=receipt.warehouse_id,
            detail={"code": code[:80], "quantity": quantity},
            now=now,
        )
        return line_fact(line.pk)
    arrival = Arrival(
        product_id=product.id,
        quantity=quantity * units,
        bin_id=bin_id,
        condition=Condition.DAMAGED if discrepancy == ReceiptDiscrepancy.DAMAGED else condition,
        lot=lot,
    )
    (line,) = _receive(
        receipt,
        [arrival],
        discrepancy=discrepancy,
        code=code,
        note=note,
        action_id=action_id,
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
    _receive(_lock_open(receipt_ref), arrivals, by=by, now=now)
    return receipt_fact(receipt_ref)


@command
def close_receipt(receipt_ref: str, *, complete: bool = True, by: Actor, now: datetime) -> ReceiptFact:
    """End the receiving of a delivery. Raises NotFound, ReceiptClosed.

    ``complete`` says that nothing more is coming for its purchase order: each unit not received is noted as
    ``short`` and the order is closed. Otherwise the rest stays expected.
    """
    receipt = _lock_open(receipt_ref)
    if receipt.purchase_order_id is not None and complete:
        bought = lock_one(PurchaseOrder.objects.all(), pk=receipt.purchase_order_id)
        short = [
            ReceiptLine(
                receipt=receipt,
                product_id=line.product_id,
                quantity=line.quantity - line.received,
                discrepancy=ReceiptDiscrepancy.SHORT,
                at=now,
            )
            for line in PurchaseOrderLine.objects.filter(purchase_order=bought).order_by("pk")
            if line.received < line.quantity
        ]
        ReceiptLine.objects.bulk_create(short)
        if bought.status == PurchaseOrderStatus.ORDERED:
            advance(bought, PurchaseOrderStatus.PARTIALLY_RECEIVED, by=by, now=now)
        advance(bought, PurchaseOrderStatus.CLOSED, by=by, now=now)
    Receipt.objects.filter(pk=receipt.pk).update(closed_at=now)
    fact = receipt_fact(receipt_ref)
    publish(
        NewEvent(
            type=RECEIPT_CLOSED,
            subject_type="receipt",
            subject_id=receipt.pk,
            timeline=fact.purchase_order_ref or fact.ref,
            data={"receipt": fact.ref, "purchase_order": fact.purchase_order_ref, "units": fact.units},
        ),
        by=by,
        now=now,
    )
    return fact


@command
def cancel_purchase_order(ref: str, *, by: Actor, now: datetime) -> None:
    """Cancel a purchase order of which nothing has come yet. Raises NotFound, IllegalTransition."""
    advance(lock_one(PurchaseOrder.objects.all(), ref=ref), PurchaseOrderStatus.CANCELLED, by=by, now=now)


def _lock_open(receipt_ref: str) -> Receipt:
    receipt = lock_one(Receipt.objects.all(), ref=receipt_ref)
    if receipt.closed_at is not None:
        raise ReceiptClosed(_("This receipt is closed. Open another one."))
    return receipt


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


def _receive(
    receipt: Receipt,
    arrivals: Sequence[Arrival],
    *,
    discrepancy: str = ReceiptDiscrepancy.NONE,
    code: str = "",
    note: str = "",
    action_id: UUID | None = None,
    by: Actor,
    now: datetime,
) -> list[ReceiptLine]:
    bins = default_bins(receipt.warehouse_id)
    for bin_id in {arrival.bin_id for arrival in arrivals if arrival.bin_id is not None}:
        place = bin_by_id(bin_id)
        if place.warehouse_id != receipt.warehouse_id or place.kind in VIRTUAL_KINDS:
            raise NotFound(_("There is no such bin."))
    over = _count_against_order(receipt, arrivals, by=by, now=now)
    lines = ReceiptLine.objects.bulk_create(
        [
            ReceiptLine(
                receipt=receipt,
                product_id=arrival.product_id,
                scanned_code=code[:80],
                quantity=arrival.quantity,
                bin_id=arrival.bin_id or bins[BinKind.RECEIVING],
                discrepancy=_discrepancy(discrepancy, arrival, over),
                note=note[:200],
                action_id=action_id,
                at=now,
            )
            for arrival in arrivals
        ],
        batch_size=1000,
    )
    move(
        [
            Move(
                product_id=arrival.product_id,
                quantity=arrival.quantity,
                from_bin_id=bins[BinKind.SUPPLIER],
                to_bin_id=arrival.bin_id or bins[BinKind.RECEIVING],
                from_condition=arrival.condition,
                to_condition=arrival.condition,
                lot=arrival.lot,
                reason=MovementReason.RECEIVE,
                document=receipt.ref,
                move_key=f"receive:{line.pk}",
            )
            for arrival, line in zip(arrivals, lines, strict=True)
        ],
        by=by,
        now=now,
    )
    return lines


def _discrepancy(said: str, arrival: Arrival, over: frozenset[int]) -> str:
    if said == ReceiptDiscrepancy.NONE and arrival.condition == Condition.DAMAGED:
        return ReceiptDiscrepancy.DAMAGED
    if said == ReceiptDiscrepancy.NONE and arrival.product_id in over:
        return ReceiptDiscrepancy.OVER
    return said


def _count_against_order(receipt: Receipt, arrivals: Sequence[Arrival], *, by: Actor, now: datetime) -> frozenset[int]:
    """Add the arrivals to the purchase order's lines and move its state on; returns the products that came over."""
    if receipt.purchase_order_id is None:
        return frozenset()
    bought = lock_one(PurchaseOrder.objects.all(), pk=receipt.purchase_order_id)
    came: Counter[int] = Counter()
    for arrival in arrivals:
        came[arrival.product_id] += arrival.quantity
    lines = {line.product_id: line for line in PurchaseOrderLine.objects.filter(purchase_order=bought)}
    touched = [lines[product_id] for product_id in came if product_id in lines]
    over = set(came) - set(lines)
    for line in touched:
        line.received += came[line.product_id]
        if line.received > line.quantity:
            over.add(line.product_id)
    PurchaseOrderLine.objects.bulk_update(touched, ["received"], batch_size=1000)
    if all(line.received >= line.quantity for line in lines.values()):
        if bought.status in OPEN:
            advance(bought, PurchaseOrderStatus.RECEIVED, by=by, now=now)
    elif bought.status == PurchaseOrderStatus.ORDERED:
        advance(bought, PurchaseOrderStatus.PARTIALLY_RECEIVED, by=by, now=now)
    return frozenset(over)
