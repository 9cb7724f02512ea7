"""Decide about units that wait to be checked: fit to sell, or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_many
from core.kernel.transitions import advance
from inventory.errors import Invalid
from inventory.models import BinKind, BinStock, QualityCheck, Receipt
from inventory.selectors.lots import lots_by_key
from inventory.selectors.places import warehouse_by_id
from inventory.services.arriving import lock_receipt
from inventory.services.ledger import Move, move
from inventory.states import Condition, MovementReason, QualityCheckStatus

FROM_ORDERS = (BinKind.TOTE, BinKind.PACKING, BinKind.STAGING, BinKind.RETURNS)
"""Units in quality control there came back from an order: their return's inspection decides about them."""
FAILED_AS = frozenset({Condition.QUARANTINED, Condition.DAMAGED})


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a decision: units that passed and failed now, and those still to check of the same article."""

    passed: int
    failed: int
    left: int


@command
def decide_check(
    receipt_ref: str,
    *,
    product_id: int,
    lot: str = "",
    passed: int,
    failed: int = 0,
    failed_as: str = Condition.QUARANTINED,
    note: str = "",
    by: Actor,
    now: datetime,
) -> Decided:
    """Pass and fail units of one article of a receipt; what is not named stays to be checked.

    Passed units become sellable where they lie (``stock.replenished`` follows), failed ones ``quarantined`` or
    ``damaged``. When none of the article's units in quality control are left anywhere, because somebody booked them
    out, zero and zero closes the checks. Raises NotFound, Invalid, NotEnoughInBin.
    """
    if passed < 0 or failed < 0 or failed_as not in FAILED_AS:
        raise Invalid(_("Say how many units passed and how many did not."))
    receipt = lock_receipt(receipt_ref)
    checks = _pending(receipt, product_id, lot)
    if not checks:
        raise Invalid(_("Nothing of this article waits to be checked."))
    open_units = sum(_open(check) for check in checks)
    if passed + failed > open_units:
        raise Invalid(_("Only %(count)d units wait to be checked.") % {"count": open_units})
    there = _units_there(receipt, product_id, lot, [check.receipt_line.bin_id or 0 for check in checks])
    lying = sum(units for _bin, units in there)
    if passed + failed > lying:
        raise Invalid(_("Only %(count)d units are still in quality control.") % {"count": lying})
    if passed + failed == 0 and lying:
        raise Invalid(_("Say how many units passed and how many did not."))
    if passed and not _fit_for_sale(receipt, product_id, lot, now):
        raise Invalid(_("Lot %(lot)s is recalled or too close to its expiry. Set these units aside.") % {"lot": lot})
    moves = _moves(receipt, product_id, lot, there, passed, failed, failed_as, note)
    _spread(checks, passed, failed, gone=lying == passed + failed, note=note, by=by, now=now)
    move(moves, by=by, now=now)
    return Decided(passed, failed, 0 if lying == passed + failed else open_units - passed - failed)


def _pending(receipt: Receipt, product_id: int, lot: str) -> list[QualityCheck]:
    rows = QualityCheck.objects.filter(
        receipt_line__receipt=receipt,
        receipt_line__product=product_id,
        receipt_line__lot=lot,
        status=QualityCheckStatus.PENDING,
    )
    locked = lock_many(QualityCheck.objects.select_related("receipt_line__receipt"), rows.values_list("pk", flat=True))
    return [check for check in locked if check.status == QualityCheckStatus.PENDING]


def _open(check: QualityCheck) -> int:
    return check.receipt_line.quantity - check.passed - check.failed


def _units_there(receipt: Receipt, product_id: int, lot: str, first: Sequence[int]) -> list[tuple[int, int]]:
    """(bin id, units) in quality control in the warehouse, those where the receipt put them before others."""
    rows = BinStock.objects.filter(
        ~Q(bin__kind__in=FROM_ORDERS) | Q(bin__in=first),
        product_id=product_id,
        lot=lot,
        condition=Condition.QUALITY_CONTROL,
        bin__warehouse_id=receipt.warehouse_id,
        quantity__gt=0,
    ).values_list("bin_id", "quantity")
    return sorted(rows, key=lambda row: (row[0] not in first, row[0]))


def _fit_for_sale(receipt: Receipt, product_id: int, lot: str, now: datetime) -> bool:
    """A check says what the units are like; whether their lot may be sold was decided elsewhere."""
    known = lots_by_key([(product_id, lot)]).get((product_id, lot))
    if known is None:
        return True
    zone = ZoneInfo(warehouse_by_id(receipt.warehouse_id).time_zone)
    return known.is_sellable(now.astimezone(zone).date())


def _moves(
    receipt: Receipt,
    product_id: int,
    lot: str,
    there: Sequence[tuple[int, int]],
    passed: int,
    failed: int,
    failed_as: str,
    note: str,
) -> list[Move]:
    moves: list[Move] = []
    wanted = [(Condition.SELLABLE, passed), (failed_as, failed)]
    for bin_id, units in there:
        for number, (condition, count) in enumerate(wanted):
            taken = min(units, count)
            if taken:
                wanted[number] = (condition, count - taken)
                units -= taken
                moves.append(
                    Move(
                        product_id=product_id,
                        quantity=taken,
                        from_bin_id=bin_id,
                        to_bin_id=bin_id,
                        from_condition=Condition.QUALITY_CONTROL,
                        to_condition=condition,
                        lot=lot,
                        reason=MovementReason.QUALITY,
                        document=receipt.ref,
                        note=note[:200],
                    )
                )
    return moves


def _spread(
    checks: Sequence[QualityCheck], passed: int, failed: int, *, gone: bool, note: str, by: Actor, now: datetime
) -> None:
    """Write the decision on the checks in turn; those with nothing left to decide are closed."""
    for check in checks:
        good = min(_open(check), passed)
        check.passed += good
        bad = min(_open(check), failed)
        check.failed += bad
        passed, failed = passed - good, failed - bad
        if _open(check) and not gone:
            if good or bad:
                check.save(update_fields=["passed", "failed"])
            continue
        fine = check.failed == 0 and not _open(check)
        advance(
            check,
            QualityCheckStatus.PASSED if fine else QualityCheckStatus.FAILED,
            by=by,
            now=now,
            data={
                "receipt": check.receipt_line.receipt.ref,
                "product_id": check.receipt_line.product_id,
                "passed": check.passed,
                "failed": check.failed,
            },
            passed=check.passed,
            failed=check.failed,
            note=note[:200],
            decided_by=by.name,
            decided_at=now,
        )
