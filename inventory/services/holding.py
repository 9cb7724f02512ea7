"""Hold stock for a cart for a while, or for a transfer or a work order until it is carried out."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, QuerySet
from django.db.models.lookups import IsNull
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command, refuse_outside_transaction
from inventory import ports
from inventory.errors import NotFound, ReservationClosed
from inventory.models import Reservation, ReservationLine
from inventory.services import reservation
from inventory.services.announcing import announce_replenished
from inventory.services.reservation import Want, summed

SWEEP = 200
"""Holds ended in one transaction of the sweep, so that no lock is held for long."""


@dataclass(frozen=True, slots=True)
class ReservationFact:
    """A cart's hold: it ends by itself at ``expires_at``."""

    id: uuid.UUID
    warehouse_id: int
    expires_at: datetime
    lines: tuple[tuple[int, int], ...]
    """(product_id, quantity)"""


@command
def reserve_items(
    items: Sequence[tuple[int, int]],
    *,
    warehouse_id: int,
    expires_in: timedelta,
    channel_id: int | None = None,
    by: Actor,
    now: datetime,
) -> ReservationFact:
    """Hold (product_id, quantity) items for a cart, all or none, leaving the channel's buffers to the others.

    Raises InsufficientStock naming each short one.
    """
    wants = summed(Want(product_id, warehouse_id, quantity) for product_id, quantity in items)
    row = Reservation.objects.create(
        channel_id=channel_id, warehouse_id=warehouse_id, expires_at=now + expires_in, created_at=now
    )
    ReservationLine.objects.bulk_create(
        ReservationLine(reservation=row, product_id=product_id, quantity=quantity)
        for (product_id, _warehouse), quantity in wants.items()
    )
    kept = ports.units_kept(channel_id, {product_id for product_id, _w in wants}) if channel_id is not None else {}
    reservation.hold([Want(*key, quantity, keep=kept.get(key[0], 0)) for key, quantity in wants.items()])
    return ReservationFact(
        id=row.pk,
        warehouse_id=warehouse_id,
        expires_at=now + expires_in,
        lines=tuple((product_id, quantity) for (product_id, _warehouse), quantity in wants.items()),
    )


@command
def release_reservation(reservation_id: uuid.UUID, *, by: Actor, now: datetime, channel_id: int | None = None) -> None:
    """End a cart's hold; its units become available.

    With ``channel_id`` only that channel's hold is found. Raises NotFound, ReservationClosed.
    """
    rows = Reservation.objects.filter(pk=reservation_id, document="")
    if channel_id is not None:
        rows = rows.filter(channel_id=channel_id)
    if not rows.exists():
        raise NotFound(_("There is no such reservation."))
    if not rows.filter(closed_at=None).update(closed_at=now):
        raise ReservationClosed(_("This reservation has ended already."))
    held = _held([reservation_id])
    reservation.let_go(held)
    announce_replenished(held, by=by, now=now)


def consume_reservation(
    reservation_id: uuid.UUID,
    wants: Sequence[Want],
    *,
    now: datetime,
    channel_id: int | None = None,
) -> bool:
    """Allocate the wants, using up a cart's hold in the same statement; says whether the hold was still open.

    Runs in the caller's transaction. A hold that ended before leaves the wants to the free stock. Whatever the hold
    has beyond the wants becomes available. Raises NotFound for a hold of another channel, and InsufficientStock.
    """
    rows = Reservation.objects.filter(pk=reservation_id, document="")
    if channel_id is not None:
        rows = rows.filter(channel_id=channel_id)
    if rows.filter(closed_at=None).update(closed_at=now):
        reservation.exchange(_held([reservation_id]), wants)
        return True
    if not rows.exists():
        raise NotFound(_("There is no such reservation."))
    reservation.take(wants)
    return False


def hold_for(document: str, wants: Sequence[Want], *, warehouse_id: int, now: datetime) -> None:
    """Hold units for what ``document`` names, without an end of their own; called again, it holds more of them.

    All or none: raises InsufficientStock naming each short product. Runs in the caller's transaction, which has the
    document's row locked. Losses may end such a hold before its time (``end_holds_of``).
    """
    refuse_outside_transaction()
    wanted = summed(wants)
    if not document or any(place != warehouse_id for _product, place in wanted):
        raise ValueError("A document holds units of one warehouse.")
    if not wanted:
        return
    more = Counter({product_id: quantity for (product_id, _place), quantity in wanted.items()})
    row = Reservation.objects.select_for_update(no_key=True).filter(document=document, closed_at=None).first()
    if row is None:
        row = Reservation.objects.create(document=document, warehouse_id=warehouse_id, created_at=now)
    known = list(ReservationLine.objects.filter(reservation=row, product_id__in=more))
    for line in known:
        line.quantity += more.pop(line.product_id)
    ReservationLine.objects.bulk_update(known, ["quantity"], batch_size=1000)
    ReservationLine.objects.bulk_create(
        ReservationLine(reservation=row, product_id=product_id, quantity=quantity)
        for product_id, quantity in more.items()
    )
    reservation.hold([Want(*key, quantity) for key, quantity in wanted.items()])


def lock_hold(document: str) -> None:
    """Lock the document's hold, for whoever locks bins before it is used: holds come before bins, bins before levels.

    Runs in the caller's transaction.
    """
    refuse_outside_transaction()
    rows = Reservation.objects.select_for_update(no_key=True).filter(document=document, closed_at=None)
    list(rows.values_list("pk", flat=True))


def use_hold_for(document: str, used: Mapping[int, int], *, now: datetime) -> dict[int, int]:
    """Let go of up to ``used`` units ({product_id: units}) of the document's hold, because they leave now.

    Returns what was let go, which is less than asked for where a loss ended the hold. The hold ends with its last
    unit. Runs in the caller's transaction, as late as it can: it locks stock levels.
    """
    refuse_outside_transaction()
    row = Reservation.objects.select_for_update(no_key=True).filter(document=document, closed_at=None).first()
    if row is None:
        return {}
    let_go: dict[int, int] = {}
    lines = list(ReservationLine.objects.filter(reservation=row, product_id__in=[one for one in used if used[one] > 0]))
    for line in lines:
        let_go[line.product_id] = min(line.quantity, used[line.product_id])
        line.quantity -= let_go[line.product_id]
    ReservationLine.objects.filter(pk__in=[line.pk for line in lines if not line.quantity]).delete()
    ReservationLine.objects.bulk_update([line for line in lines if line.quantity], ["quantity"], batch_size=1000)
    if not ReservationLine.objects.filter(reservation=row).exists():
        Reservation.objects.filter(pk=row.pk).update(closed_at=now)
    reservation.let_go([Want(product_id, row.warehouse_id, units) for product_id, units in let_go.items()])
    return let_go


def end_hold_for(document: str, *, now: datetime) -> list[Want]:
    """End the document's hold, if it has one; returns the units let go, which the caller announces.

    Runs in the caller's transaction.
    """
    refuse_outside_transaction()
    ended = list(
        Reservation.objects.select_for_update(no_key=True)
        .filter(document=document, closed_at=None)
        .values_list("pk", flat=True)
        if document
        else ()
    )
    Reservation.objects.filter(pk__in=ended).update(closed_at=now)
    held = _held(ended)
    reservation.let_go(held)
    return held


def held_items(reservation_id: uuid.UUID) -> dict[tuple[int, int], int]:
    """{(product_id, warehouse_id): units} of a cart's hold that is still open; empty when it ended. One query."""
    rows = ReservationLine.objects.filter(reservation_id=reservation_id, reservation__closed_at=None)
    return {
        (product_id, place): units
        for product_id, place, units in rows.values_list("product_id", "reservation__warehouse_id", "quantity")
    }


def end_holds_of(product_id: int, warehouse_id: int, quantity: int, *, by: Actor, now: datetime) -> int:
    """End holds on a product until ``quantity`` of its units are free, newest first; returns the units freed.

    For losses: a cart is promised less than a transfer or a work order, and these less than an order. Whole holds
    end, with all their products. Runs in the caller's transaction.
    """
    ended, freed = close_holds_of(product_id, warehouse_id, quantity, now=now)
    let_go_of(ended, but=product_id, by=by, now=now)
    return freed


def close_holds_of(
    product_id: int, warehouse_id: int, quantity: int, *, now: datetime
) -> tuple[Sequence[uuid.UUID], int]:
    """The first half of ``end_holds_of``, before bins and levels are locked: (the holds that ended, units of them)."""
    freed = 0
    ended: list[uuid.UUID] = []
    for reservation_id, units in _by_age(product_id, warehouse_id):
        if freed >= quantity:
            break
        if Reservation.objects.filter(pk=reservation_id, closed_at=None).update(closed_at=now):
            ended.append(reservation_id)
            freed += units
    return ended, freed


def lock_holds_of(losses: Sequence[tuple[int, int, int]]) -> None:
    """Lock the holds that ``close_holds_of`` would end for (product_id, warehouse_id, units) each, by their keys."""
    wanted = {found for loss in losses for found, _units in _first_to_end(*loss)}
    if wanted:
        rows = Reservation.objects.select_for_update(no_key=True).filter(pk__in=wanted, closed_at=None)
        list(rows.order_by("pk").values_list("pk", flat=True))


def _first_to_end(product_id: int, warehouse_id: int, quantity: int) -> list[tuple[uuid.UUID, int]]:
    """Open holds of the product with its units in them, those that end first in front, enough for the quantity."""
    found: list[tuple[uuid.UUID, int]] = []
    for reservation_id, units in _by_age(product_id, warehouse_id):
        if quantity <= 0:
            break
        found.append((reservation_id, units))
        quantity -= units
    return found


def _by_age(product_id: int, warehouse_id: int) -> "QuerySet[ReservationLine, tuple[uuid.UUID, int]]":
    return (
        ReservationLine.objects.filter(
            reservation__closed_at=None, reservation__warehouse_id=warehouse_id, product_id=product_id
        )
        .order_by(IsNull(F("reservation__expires_at"), True), "-reservation__created_at", "-pk")
        .values_list("reservation_id", "quantity")
    )


def let_go_of(ended: Sequence[uuid.UUID], *, but: int, by: Actor, now: datetime) -> None:
    """The second half: their units are free, and of all products ``but`` the lost one others are told."""
    held = _held(ended)
    reservation.let_go(held)
    announce_replenished([want for want in held if want.product_id != but], by=by, now=now)


def expire_due(*, by: Actor, now: datetime) -> int:
    """End every hold whose time is over, some hundred a transaction; returns how many. Safe to run twice at once."""
    ended = 0
    while count := _expire_some(by=by, now=now):
        ended += count
    return ended


@command
def _expire_some(*, by: Actor, now: datetime) -> int:
    due = list(
        Reservation.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(closed_at=None, expires_at__lte=now)
        .order_by("expires_at")
        .values_list("pk", flat=True)[:SWEEP]
    )
    if not due:
        return 0
    Reservation.objects.filter(pk__in=due).update(closed_at=now)
    held = _held(due)
    reservation.let_go(held)
    announce_replenished(held, by=by, now=now)
    return len(due)


def _held(reservation_ids: Sequence[uuid.UUID]) -> list[Want]:
    if not reservation_ids:
        return []
    return [
        Want(product_id, warehouse_id, quantity)
        for product_id, warehouse_id, quantity in ReservationLine.objects.filter(
            reservation_id__in=reservation_ids
        ).values_list("product_id", "reservation__warehouse_id", "quantity")
    ]
