"""Ask for units of another warehouse, count what arrives, and write off what never does."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.attention.services import open_case
from core.kernel.actors import Actor
from core.kernel.commands import command, refuse_outside_transaction
from core.kernel.errors import IllegalTransition
from core.kernel.locks import lock_one
from core.kernel.refs import new_ref
from core.kernel.transitions import advance
from inventory.errors import Invalid, NotFound
from inventory.models import BinKind, Product, Transfer, TransferLine, Warehouse
from inventory.selectors.places import default_bins
from inventory.services.announcing import announce_replenished
from inventory.services.holding import end_hold_for, hold_for
from inventory.services.ledger import Move, move
from inventory.services.reservation import Want
from inventory.states import MovementReason, TransferStatus

Key = tuple[int, str]
"""(product_id, lot)"""

UNDER_WAY = (TransferStatus.IN_TRANSIT, TransferStatus.PARTIALLY_RECEIVED, TransferStatus.RECEIVED)
MAX_LINES = 500


@command
def create_transfer(
    *,
    source_id: int,
    target_id: int,
    lines: Sequence[tuple[int, int]],
    expected_on: date | None = None,
    note: str = "",
    order: bool = True,
    by: Actor,
    now: datetime,
) -> str:
    """Ask for (product_id, quantity) lines to be sent from one warehouse to another; returns the reference (TRF-…).

    With ``order`` the units are held at the source at once; otherwise it stays a draft. The same product twice is
    summed. Raises Invalid, NotFound, and InsufficientStock naming each product the source has too few of.
    """
    wanted: Counter[int] = Counter()
    for product_id, quantity in lines:
        if quantity <= 0:
            raise Invalid(_("Send at least one unit of each product."))
        wanted[product_id] += quantity
    if not wanted or len(wanted) > MAX_LINES:
        raise Invalid(_("A transfer has between 1 and %(most)d products.") % {"most": MAX_LINES})
    if source_id == target_id:
        raise Invalid(_("Choose two different warehouses."))
    if Warehouse.objects.filter(pk__in=[source_id, target_id], active=True).count() != 2:
        raise NotFound(_("There is no such warehouse."))
    if Product.objects.filter(pk__in=wanted).count() != len(wanted):
        raise NotFound(_("There is no such product."))
    transfer = Transfer.objects.create(
        ref=new_ref("TRF"),
        source_id=source_id,
        target_id=target_id,
        expected_on=expected_on,
        note=note[:200],
        created_at=now,
    )
    TransferLine.objects.bulk_create(
        TransferLine(transfer=transfer, product_id=product_id, quantity=quantity)
        for product_id, quantity in wanted.items()
    )
    if order:
        _order(transfer, by=by, now=now)
    return transfer.ref


@command
def order_transfer(ref: str, *, by: Actor, now: datetime) -> None:
    """Hold a draft's units at its source, all or none. Raises NotFound, IllegalTransition, InsufficientStock."""
    _order(lock_one(Transfer.objects.all(), ref=ref), by=by, now=now)


def _order(transfer: Transfer, *, by: Actor, now: datetime) -> None:
    advance(transfer, TransferStatus.ORDERED, by=by, now=now)
    wants = [
        Want(line.product_id, transfer.source_id, line.quantity)
        for line in TransferLine.objects.filter(transfer=transfer, quantity__gt=0)
    ]
    hold_for(transfer.ref, wants, warehouse_id=transfer.source_id, now=now)


@command
def cancel_transfer(ref: str, *, by: Actor, now: datetime) -> None:
    """Call off a transfer of which nothing has left; what was held for it is free again.

    Raises NotFound, IllegalTransition.
    """
    transfer = lock_one(Transfer.objects.all(), ref=ref)
    advance(transfer, TransferStatus.CANCELLED, by=by, now=now)
    announce_replenished(end_hold_for(ref, now=now), by=by, now=now)


def count_received(transfer_id: int, arrived: Mapping[Key, int], *, by: Actor, now: datetime) -> frozenset[Key]:
    """Count units that arrived, by (product_id, lot), and move the transfer's state on; returns what came over.

    Runs in the caller's transaction, before it books the same units out of the target's TRANSIT bin, and locks the
    transfer. Units beyond what is on its way are over: first those written off as lost are found again, then units
    nobody sent are booked as found. A closed transfer stays closed and everything that comes on it is over.
    Raises NotFound, and IllegalTransition for a transfer of which nothing has left.
    """
    transfer = _lock_left(transfer_id)
    lines = {(line.product_id, line.lot): line for line in TransferLine.objects.filter(transfer=transfer)}
    changed, found = [], {}
    over: set[Key] = set()
    for key, units in arrived.items():
        line = lines.get(key)
        expected = min(units, _on_the_way(line)) if line else 0
        again = min(units - expected, line.lost) if line else 0
        if line:
            line.received += expected + again
            line.lost -= again
            changed.append(line)
        if units > expected:
            over.add(key)
            found[key] = units - expected
    TransferLine.objects.bulk_update(changed, ["received", "lost"], batch_size=1000)
    _book_difference(transfer, found, MovementReason.FOUND, by=by, now=now)
    _advance_received(transfer, lines.values(), by=by, now=now)
    return frozenset(over)


def uncount_received(transfer_id: int, gone: Mapping[Key, int], *, by: Actor, now: datetime) -> None:
    """Take back ``count_received`` for units whose receipt is voided; they are on their way again.

    Runs in the caller's transaction, before it books the same units back into the target's TRANSIT bin. Units that
    had come over are written off. Raises NotFound, and IllegalTransition once the transfer is closed.
    """
    transfer = _lock_left(transfer_id)
    if transfer.status == TransferStatus.CLOSED:
        raise IllegalTransition(_("This transfer is closed, so what was received on it stays received."))
    lines = {(line.product_id, line.lot): line for line in TransferLine.objects.filter(transfer=transfer)}
    changed, extra = [], {}
    for key, units in gone.items():
        line = lines.get(key)
        counted = min(units, line.received) if line else 0
        if line:
            line.received -= counted
            changed.append(line)
        if units > counted:
            extra[key] = units - counted
    TransferLine.objects.bulk_update(changed, ["received"], batch_size=1000)
    _book_difference(transfer, extra, MovementReason.LOST, by=by, now=now)
    if transfer.status == TransferStatus.RECEIVED and any(_on_the_way(line) for line in lines.values()):
        advance(transfer, TransferStatus.PARTIALLY_RECEIVED, by=by, now=now)


@command
def close_transfer(ref: str, *, by: Actor, now: datetime) -> int:
    """Say that nothing more arrives; returns the units written off as lost.

    Each missing unit is noted on its line and leaves the books by a movement; an exception case names units and
    value. What was held and never left is free again. Raises NotFound, IllegalTransition.
    """
    transfer = lock_one(Transfer.objects.all(), ref=ref)
    advance(transfer, TransferStatus.CLOSED, by=by, now=now)
    lines = list(TransferLine.objects.select_related("product").filter(transfer=transfer).order_by("pk"))
    missing = [line for line in lines if _on_the_way(line)]
    lost = {(line.product_id, line.lot): _on_the_way(line) for line in missing}
    value = sum((line.product.unit_cost or Decimal(0)) * _on_the_way(line) for line in missing)
    _book_difference(transfer, lost, MovementReason.LOST, by=by, now=now)
    for line in missing:
        line.lost += _on_the_way(line)
    TransferLine.objects.bulk_update(missing, ["lost"], batch_size=1000)
    if lost:
        open_case(
            kind="transfer_loss",
            dedupe_key=f"transfer_loss:{transfer.ref}",
            summary=gettext_noop("Units of a transfer never arrived."),
            subject_type="transfer",
            subject_id=transfer.pk,
            timeline=transfer.ref,
            warehouse_id=transfer.target_id,
            detail={
                "transfer": transfer.ref,
                "units": sum(lost.values()),
                "value": f"{value:.2f}",
                "products": [f"{line.product.sku}: {lost[line.product_id, line.lot]}" for line in missing[:20]],
            },
            now=now,
        )
    announce_replenished(end_hold_for(ref, now=now), by=by, now=now)
    return sum(lost.values())


def _lock_left(transfer_id: int) -> Transfer:
    refuse_outside_transaction()
    transfer = lock_one(Transfer.objects.all(), pk=transfer_id)
    if transfer.status not in (*UNDER_WAY, TransferStatus.CLOSED):
        raise IllegalTransition(_("Nothing of this transfer has left yet, so nothing can arrive."))
    return transfer


def _on_the_way(line: TransferLine) -> int:
    return line.shipped - line.received - line.lost


def _advance_received(transfer: Transfer, lines: Iterable[TransferLine], *, by: Actor, now: datetime) -> None:
    if transfer.status not in (TransferStatus.IN_TRANSIT, TransferStatus.PARTIALLY_RECEIVED):
        return
    if transfer.shipped_at is not None and not any(_on_the_way(line) for line in lines):
        advance(transfer, TransferStatus.RECEIVED, by=by, now=now)
    elif transfer.status == TransferStatus.IN_TRANSIT:
        advance(transfer, TransferStatus.PARTIALLY_RECEIVED, by=by, now=now)


def _book_difference(transfer: Transfer, units: Mapping[Key, int], reason: str, *, by: Actor, now: datetime) -> None:
    """Lost units go from the target's TRANSIT bin to its adjustments, found ones the other way."""
    far = default_bins(transfer.target_id)
    away, back = far[BinKind.TRANSIT], far[BinKind.ADJUSTMENT]
    if reason == MovementReason.FOUND:
        away, back = back, away
    move(
        [
            Move(product_id, quantity, away, back, reason, lot=lot, document=transfer.ref)
            for (product_id, lot), quantity in sorted(units.items())
        ],
        by=by,
        now=now,
    )
