"""Book units that arrive on a receipt: counted against what was expected, checked, and put into stock."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import refuse_outside_transaction
from core.kernel.locks import lock_one
from core.kernel.transitions import advance
from inventory.errors import NotFound, ReceiptClosed
from inventory.models import (
    BinKind,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderStatus,
    QualityCheck,
    Receipt,
    ReceiptLine,
)
from inventory.models.place import VIRTUAL_KINDS
from inventory.planning.matching import Came
from inventory.selectors.places import bins_by_id, default_bins, warehouse_by_id
from inventory.selectors.products import products_by_id
from inventory.selectors.transfers import travelling_conditions
from inventory.services.ledger import Move, move
from inventory.services.lots import LotFact, NewLot, arrival_condition, note_lots, require_lot
from inventory.services.sampling import NO_CHECK, choose_checks
from inventory.services.ship_notices import count_notice
from inventory.services.storing import require_fit
from inventory.services.transfers import count_received
from inventory.states import Condition, MovementReason, ReceiptDiscrepancy

OPEN = (PurchaseOrderStatus.ORDERED, PurchaseOrderStatus.PARTIALLY_RECEIVED)

Key = tuple[int, str]
"""(product_id, lot)"""


@dataclass(frozen=True, slots=True)
class Arrival:
    """``quantity`` units of a product that came in with a delivery, as far as its label told: lot, expiry, case."""

    product_id: int
    quantity: int
    bin_id: int | None = None
    condition: str = Condition.SELLABLE
    lot: str = ""
    expires_on: date | None = None
    sscc: str = ""


def lock_receipt(receipt_ref: str) -> Receipt:
    """The receipt, locked. Raises NotFound, and ReceiptClosed for one that was voided."""
    receipt = lock_one(Receipt.objects.all(), ref=receipt_ref.replace("\0", ""))
    if receipt.voided_at is not None:
        raise ReceiptClosed(_("This receipt was voided. Open another one."))
    return receipt


def lock_open(receipt_ref: str) -> Receipt:
    """The receipt, locked, while units may be received on it. Raises NotFound, ReceiptClosed."""
    receipt = lock_receipt(receipt_ref)
    if receipt.closed_at is not None:
        raise ReceiptClosed(_("This receipt is closed. Open another one."))
    return receipt


def book_arrivals(
    receipt: Receipt,
    arrivals: Sequence[Arrival],
    *,
    discrepancy: str = ReceiptDiscrepancy.NONE,
    code: str = "",
    note: str = "",
    action_id: UUID | None = None,
    room_needed: bool | None = None,
    by: Actor,
    now: datetime,
) -> list[ReceiptLine]:
    """Write the lines of a locked receipt and put their units into stock; returns the lines in order.

    In turn: the documents are counted, sampling rules asked, lots noted, bins and levels moved, in a number of
    statements that does not depend on how many arrivals there are (serial numbers cost one each). Units that come
    good are quality control when a rule says so, quarantined when their lot may not be sold. ``action_id`` marks the
    first line. With ``room_needed`` given, bins that were named are asked whether the units may go there, and when it
    is true, whether they fit. Raises NotFound, LotRequired, SerialTaken, LotMismatch, BinForbidden, BinFull.
    """
    refuse_outside_transaction()
    bins = default_bins(receipt.warehouse_id)
    arrivals = _as_they_left(receipt, arrivals)
    _refuse_bins_elsewhere(receipt, arrivals)
    _require_lots(arrivals)
    over = _count(receipt, arrivals, by=by, now=now)
    sampled = choose_checks(
        receipt, [(one.product_id, one.lot) for one in arrivals if one.condition == Condition.SELLABLE]
    )
    lots = note_lots(
        [NewLot(one.product_id, one.lot, one.expires_on, receipt.supplier_id) for one in arrivals if one.lot], now=now
    )
    if room_needed is not None:
        for bin_id in sorted({one.bin_id for one in arrivals if one.bin_id is not None}):
            units = [(one.product_id, one.quantity) for one in arrivals if one.bin_id == bin_id]
            require_fit(bin_id, units, anyway=not room_needed)
    today = _today(receipt.warehouse_id, now) if lots else now.date()
    conditions: list[str] = []
    for one in arrivals:
        verdict = sampled.get((one.product_id, one.lot), NO_CHECK)
        conditions.append(_condition(one, lots.get((one.product_id, one.lot)), today, check=verdict.check))
    lines = ReceiptLine.objects.bulk_create(
        [
            ReceiptLine(
                receipt=receipt,
                product_id=one.product_id,
                scanned_code=code[:80],
                quantity=one.quantity,
                bin_id=one.bin_id or bins[BinKind.RECEIVING],
                discrepancy=_discrepancy(discrepancy, one, over),
                lot=one.lot,
                expires_on=one.expires_on,
                sscc=one.sscc,
                condition=condition,
                note=note[:200],
                action_id=action_id if number == 0 else None,
                at=now,
            )
            for number, (one, condition) in enumerate(zip(arrivals, conditions, strict=True))
        ],
        batch_size=1000,
    )
    QualityCheck.objects.bulk_create(
        [
            QualityCheck(receipt_line=line, rule_id=sampled[one.product_id, one.lot].rule_id)
            for one, line in zip(arrivals, lines, strict=True)
            if line.condition == Condition.QUALITY_CONTROL and (one.product_id, one.lot) in sampled
        ],
        batch_size=1000,
    )
    far = BinKind.TRANSIT if receipt.transfer_id is not None else BinKind.SUPPLIER
    move(
        [
            Move(
                product_id=line.product_id or 0,
                quantity=line.quantity,
                from_bin_id=bins[far],
                to_bin_id=line.bin_id or 0,
                from_condition=line.condition,
                to_condition=line.condition,
                lot=line.lot,
                reason=MovementReason.RECEIVE if far == BinKind.SUPPLIER else MovementReason.TRANSFER_IN,
                document=receipt.ref,
                move_key=f"receive:{line.pk}",
            )
            for line in lines
        ],
        by=by,
        now=now,
    )
    return lines


def _as_they_left(receipt: Receipt, arrivals: Sequence[Arrival]) -> Sequence[Arrival]:
    """Units of a transfer that were not sellable when they left are not sellable when they arrive."""
    if receipt.transfer_id is None:
        return arrivals
    left = travelling_conditions(receipt.transfer_id)
    return [
        replace(one, condition=left.get((one.product_id, one.lot), one.condition))
        if one.condition == Condition.SELLABLE
        else one
        for one in arrivals
    ]


def _refuse_bins_elsewhere(receipt: Receipt, arrivals: Sequence[Arrival]) -> None:
    named = {one.bin_id for one in arrivals if one.bin_id is not None}
    if not named:
        return
    places = bins_by_id(named)
    for bin_id in named:
        place = places.get(bin_id)
        if place is None or place.warehouse_id != receipt.warehouse_id or place.kind in VIRTUAL_KINDS:
            raise NotFound(_("There is no such bin."))


def _require_lots(arrivals: Sequence[Arrival]) -> None:
    facts = products_by_id(one.product_id for one in arrivals)
    seen: set[Key] = set()
    for one in arrivals:
        fact = facts.get(one.product_id)
        if fact is None:
            raise NotFound(_("There is no such product."))
        # The same serial number twice on one delivery note is as wrong as one in stock.
        repeated = (one.product_id, one.lot) in seen
        require_lot(fact, one.lot, one.quantity + 1 if repeated and fact.tracking == "serial" else one.quantity)
        seen.add((one.product_id, one.lot))


def _condition(one: Arrival, lot: LotFact | None, today: date, *, check: bool) -> str:
    if one.condition != Condition.SELLABLE:
        return one.condition
    if lot is not None and arrival_condition(lot, today=today) != Condition.SELLABLE:
        return Condition.QUARANTINED
    return Condition.QUALITY_CONTROL if check else Condition.SELLABLE


def _today(warehouse_id: int, now: datetime) -> date:
    return now.astimezone(ZoneInfo(warehouse_by_id(warehouse_id).time_zone)).date()


def _discrepancy(said: str, one: Arrival, over: frozenset[Key]) -> str:
    if said == ReceiptDiscrepancy.NONE and one.condition == Condition.DAMAGED:
        return ReceiptDiscrepancy.DAMAGED
    if said == ReceiptDiscrepancy.NONE and (one.product_id, one.lot) in over:
        return ReceiptDiscrepancy.OVER
    return said


def _count(receipt: Receipt, arrivals: Sequence[Arrival], *, by: Actor, now: datetime) -> frozenset[Key]:
    """Count against what was expected; returns which articles came over. Locks order, notice, transfer, in turn."""
    keys = [(one.product_id, one.lot) for one in arrivals]
    over: frozenset[Key] = frozenset()
    if receipt.purchase_order_id is not None:
        beyond = _count_against_order(receipt.purchase_order_id, arrivals, by=by, now=now)
        over = frozenset(key for key in keys if key[0] in beyond)
    if receipt.ship_notice_id is not None:
        came = [Came(one.product_id, one.quantity, one.lot, one.sscc) for one in arrivals]
        beyond = count_notice(receipt.ship_notice_id, came, by=by, now=now)
        if receipt.purchase_order_id is None:
            over = frozenset(key for key in keys if key[0] in beyond)
    if receipt.transfer_id is not None:
        arrived: Counter[Key] = Counter()
        for one in arrivals:
            arrived[one.product_id, one.lot] += one.quantity
        over = count_received(receipt.transfer_id, arrived, by=by, now=now)
    return over


def _count_against_order(order_id: int, arrivals: Sequence[Arrival], *, by: Actor, now: datetime) -> frozenset[int]:
    """Add the arrivals to the purchase order's lines and move its state on; returns the products that came over."""
    bought = lock_one(PurchaseOrder.objects.all(), pk=order_id)
    came: Counter[int] = Counter()
    for one in arrivals:
        came[one.product_id] += one.quantity
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


__all__ = ["OPEN", "Arrival", "book_arrivals", "lock_open", "lock_receipt"]
