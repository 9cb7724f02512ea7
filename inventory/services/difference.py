"""Post the difference between shelf and books; what a loss eats of promises is given up in the same transaction.

Shared by corrections by hand and by counts, so that both give up the same promises in the same order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.kernel.actors import Actor
from core.kernel.commands import TryAgain
from core.outbox.publish import NewEvent, publish
from inventory import ports
from inventory.errors import StockPromised
from inventory.events import STOCK_ADJUSTED
from inventory.models import BinKind, BinStock, StockLevel
from inventory.planning import Move
from inventory.selectors.places import default_bins
from inventory.services.holding import close_holds_of, let_go_of
from inventory.services.ledger import move
from inventory.services.loss_locks import Loss, lock_for_losses
from inventory.services.stock_locks import lock_bins
from inventory.states import Condition, MovementReason

SCRAPPED = frozenset({MovementReason.DAMAGED, MovementReason.EXPIRED})
"""Losses whose units are thrown away; those of every other reason go to the adjustment account."""


@dataclass(frozen=True, slots=True)
class Difference:
    """So many ``units`` more (below zero: fewer) lie in a bin than the books say."""

    bin_id: int
    units: int
    lot: str = ""
    condition: str = Condition.SELLABLE


@dataclass(frozen=True, slots=True)
class Room:
    """Promises given up for a loss: allocated units among them, and whether that should be enough."""

    given_up: int = 0
    enough: bool = True


@dataclass(frozen=True, slots=True)
class Posted:
    """The movements written, the change of ``on_hand`` and the allocated units given up for it."""

    movement_ids: tuple[int, ...]
    delta: int
    given_up: int


def post_difference(
    product_id: int,
    warehouse_id: int,
    differences: Sequence[Difference],
    *,
    reason: str,
    room: Room | None = None,
    note: str = "",
    document: str = "",
    move_key: str | None = None,
    by: Actor,
    now: datetime,
) -> Posted:
    """Move what differs to or from the adjustment account (broken units to scrap), in the caller's transaction.

    Units that only changed their condition, of one lot in one bin, are moved from the one to the other. A loss ends
    cart holds and gives up allocations unless the caller did that already (``room``), and takes units planned for
    picks off their lists. Raises StockPromised, NotEnoughInBin, AlreadyMoved; TryAgain when it was overtaken.
    """
    lost = -sum(one.units for one in differences if one.condition == Condition.SELLABLE)
    if room is None:
        room = Room()
        if lost > 0:
            places = [
                (one.bin_id, one.lot, -one.units)
                for one in differences
                if one.units < 0 and one.condition == Condition.SELLABLE
            ]
            room = make_room(product_id, warehouse_id, lost, places=places, reason=reason, by=by, now=now)
    for one in differences:
        if one.units < 0 and one.condition == Condition.SELLABLE:
            free_in_bin(product_id, one.bin_id, one.lot, -one.units, by=by, now=now)
    moves = _moves(product_id, warehouse_id, differences, reason, note=note[:200], document=document, key=move_key)
    ids = move_or_try_again(moves, room, by=by, now=now)
    return Posted(tuple(ids), sum(one.units for one in differences), room.given_up)


def publish_adjusted(
    product_id: int,
    warehouse_id: int,
    level_id: int,
    posted: Posted,
    *,
    reason: str,
    document: str = "",
    by: Actor,
    now: datetime,
) -> None:
    """Tell that a product's stock was corrected."""
    publish(
        NewEvent(
            type=STOCK_ADJUSTED,
            subject_type="stock_level",
            subject_id=level_id,
            timeline=document,
            data={
                "product_id": product_id,
                "warehouse_id": warehouse_id,
                "delta": posted.delta,
                "reason": reason,
                "given_up": posted.given_up,
            },
        ),
        by=by,
        now=now,
    )


def make_room(
    product_id: int,
    warehouse_id: int,
    loss: int,
    *,
    places: Sequence[tuple[int, str, int]] = (),
    reason: str,
    by: Actor,
    now: datetime,
) -> Room:
    """Give up promises until ``loss`` units are free: cart holds first, then allocations.

    ``places`` are where they are lost, (bin_id, lot, units) each: what is planned for picks there is locked, too, for
    ``free_in_bin``. Called before bins are locked. Read without a lock, because the rows of orders come before ours in
    the order of locks: when the reading was overtaken, the move after it refuses and the command runs afresh.
    """
    if not lock_for_losses([Loss(product_id, warehouse_id, loss, places)]):
        return Room()
    return give_room(product_id, warehouse_id, loss, reason=reason, by=by, now=now)


def give_room(product_id: int, warehouse_id: int, loss: int, *, reason: str, by: Actor, now: datetime) -> Room:
    """``make_room`` for who asked ``lock_for_losses`` before."""
    level = StockLevel.objects.filter(product_id=product_id, warehouse_id=warehouse_id).first()
    if level is None or level.free >= loss:
        return Room()
    lacking = min(loss - level.free, level.allocated + level.reserved)
    from_carts = min(lacking, level.reserved)
    given_up = freed = 0
    ended: Sequence[UUID] = ()
    if from_carts:
        ended, freed = close_holds_of(product_id, warehouse_id, from_carts, now=now)
    if lacking > from_carts:
        given_up = ports.give_up_allocations(
            product_id,
            warehouse_id,
            lacking - from_carts,
            by=by,
            now=now,
            reason=reason,
            before_stock=lambda: lock_bins([product_id], [warehouse_id]),
        )
    if ended:
        lock_bins([product_id], [warehouse_id])
        let_go_of(ended, but=product_id, by=by, now=now)
    return Room(given_up, enough=given_up + freed >= loss - level.free)


def free_in_bin(product_id: int, bin_id: int, lot: str, quantity: int, *, by: Actor, now: datetime) -> None:
    """Take units planned for picks off their lists until ``quantity`` sellable units of the bin are free."""
    row = BinStock.objects.filter(product_id=product_id, bin_id=bin_id, lot=lot, condition=Condition.SELLABLE).first()
    if row is not None and row.quantity >= quantity > row.quantity - row.to_pick:
        ports.give_up_picks(product_id, bin_id, lot, quantity - row.quantity + row.to_pick, by=by, now=now)


def move_or_try_again(moves: Sequence[Move], room: Room, *, by: Actor, now: datetime) -> list[int]:
    """Move; when enough promises were given up and it still does not fit, somebody was quicker: start afresh."""
    try:
        return move(moves, by=by, now=now)
    except StockPromised as refusal:
        if room.enough:
            raise TryAgain from refusal
        raise


def _moves(
    product_id: int,
    warehouse_id: int,
    differences: Sequence[Difference],
    reason: str,
    *,
    note: str,
    document: str,
    key: str | None,
) -> list[Move]:
    far = default_bins(warehouse_id)
    account = far[BinKind.ADJUSTMENT]
    away = far[BinKind.SCRAP] if reason in SCRAPPED else account
    legs: list[tuple[int, int, int, str, str, str]] = []
    for place in dict.fromkeys((one.bin_id, one.lot) for one in differences):
        bin_id, lot = place
        here = [one for one in differences if (one.bin_id, one.lot) == place]
        more = {one.condition: one.units for one in here if one.units > 0}
        for one in here:
            left = -one.units
            for condition in more:
                if (units := min(left, more[condition])) > 0:
                    legs.append((units, bin_id, bin_id, one.condition, condition, lot))
                    more[condition] -= units
                    left -= units
            if left > 0:
                legs.append((left, bin_id, away, one.condition, one.condition, lot))
        legs += [(units, account, bin_id, condition, condition, lot) for condition, units in more.items() if units]
    return [
        Move(
            product_id=product_id,
            quantity=units,
            from_bin_id=source,
            to_bin_id=target,
            from_condition=before,
            to_condition=after,
            lot=lot,
            reason=str(reason),
            note=note,
            document=document,
            move_key=key if key is None or number == 0 else f"{key}.{number}",
        )
        for number, (units, source, target, before, after, lot) in enumerate(legs)
    ]
