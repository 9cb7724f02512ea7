"""Correct the stock by hand: what was found, lost, broken or counted anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from inventory.errors import Invalid, LotRequired, NotFound, StaleQuantity
from inventory.models import Bin, BinKind, BinStock, Product, StockLevel, Tracking
from inventory.models.place import VIRTUAL_KINDS
from inventory.planning import PICK_RANK, Candidate, PickWant, choose_bins
from inventory.selectors.places import default_bins
from inventory.selectors.stock import StockRow, stock_rows
from inventory.services.difference import (
    Difference,
    Room,
    free_in_bin,
    make_room,
    move_or_try_again,
    post_difference,
    publish_adjusted,
)
from inventory.services.ledger import Move
from inventory.states import ADJUSTMENT_REASONS, Condition, MovementReason


@dataclass(frozen=True, slots=True)
class AdjustmentFact:
    """What an adjustment did: the movements, the change of ``on_hand``, allocations given up for it, the level now."""

    movement_ids: tuple[int, ...]
    delta: int
    reason: str
    given_up: int
    level: StockRow


@command
def adjust_stock(
    *,
    product_id: int,
    warehouse_id: int,
    reason: str,
    bin_id: int | None = None,
    delta: int | None = None,
    quantity: int | None = None,
    expected_quantity: int | None = None,
    note: str = "",
    document: str = "",
    move_key: str | None = None,
    by: Actor,
    now: datetime,
) -> AdjustmentFact:
    """Change a product's sellable units by ``delta``, or set them to ``quantity`` when they are ``expected_quantity``.

    With ``bin_id`` the quantities are those of the bin; without, ``on_hand`` of the warehouse, and the units come
    from or go to the shelves it lies on. A loss beyond what is available ends cart holds, then gives up allocations,
    in this same transaction. Raises StaleQuantity, NotEnoughInBin, StockPromised, Invalid, NotFound, AlreadyMoved,
    and LotRequired for more units of a tracked product, whose lot only a count can name.
    """
    if reason not in ADJUSTMENT_REASONS:
        raise Invalid(_("This is not a reason for an adjustment."))
    if (delta is None) == (quantity is None) or (quantity is None) != (expected_quantity is None):
        raise Invalid(_("Send either a delta, or a quantity with the quantity expected."))
    if quantity is not None and expected_quantity is not None:
        if quantity < 0:
            raise Invalid(_("A quantity cannot be below zero."))
        delta = quantity - expected_quantity
    assert delta is not None  # noqa: S101  one of the two was given
    _refuse_strangers(product_id, warehouse_id, bin_id, delta)
    room = Room()
    if delta < 0:
        places = _likely_places(product_id, warehouse_id, -delta, bin_id)
        room = make_room(product_id, warehouse_id, -delta, places=places, reason=reason, by=by, now=now)
    shelf = _lock_shelf(product_id, warehouse_id, bin_id, least=1 if delta < 0 else 0)
    if expected_quantity is not None:
        _refuse_stale(product_id, warehouse_id, bin_id, shelf, expected_quantity)
    if delta > 0:
        target = bin_id or _home(shelf) or default_bins(warehouse_id)[BinKind.RECEIVING]
        differences = [Difference(target, delta)]
    else:
        losses = _losses(product_id, warehouse_id, -delta, shelf, bin_id)
        differences = [Difference(row.bin_id, -units, row.lot) for row, units in losses]
    posted = post_difference(
        product_id,
        warehouse_id,
        differences,
        reason=reason,
        room=room,
        note=note,
        document=document,
        move_key=move_key,
        by=by,
        now=now,
    )
    level = stock_rows(product_ids=[product_id], warehouse_ids=[warehouse_id], limit=1)
    if not level:
        raise NotFound(_("This product was never stocked in this warehouse."))
    publish_adjusted(
        product_id, warehouse_id, level[0].level_id, posted, reason=reason, document=document, by=by, now=now
    )
    return AdjustmentFact(posted.movement_ids, delta, reason, room.given_up, level[0])


@command
def change_condition(
    *,
    product_id: int,
    bin_id: int,
    quantity: int,
    from_condition: str,
    to_condition: str,
    to_bin_id: int | None = None,
    lot: str = "",
    reason: str = MovementReason.MOVE,
    note: str = "",
    document: str = "",
    move_key: str | None = None,
    by: Actor,
    now: datetime,
) -> list[int]:
    """Declare units better or worse than they were (sellable, damaged, …), perhaps bringing them to another bin.

    Units that stop being sellable and were promised are given up first, as in ``adjust_stock``. Returns the ids of
    the movements. Raises NotEnoughInBin, StockPromised, Invalid, AlreadyMoved.
    """
    if from_condition == to_condition or {from_condition, to_condition} - set(Condition.values):
        raise Invalid(_("Choose another condition."))
    warehouse_id = Bin.objects.values_list("warehouse_id", flat=True).get(pk=bin_id)
    room = Room()
    if from_condition == Condition.SELLABLE:
        places = [(bin_id, lot, quantity)]
        room = make_room(product_id, warehouse_id, quantity, places=places, reason=str(reason), by=by, now=now)
        free_in_bin(product_id, bin_id, lot, quantity, by=by, now=now)
    return move_or_try_again(
        [
            Move(
                product_id=product_id,
                quantity=quantity,
                from_bin_id=bin_id,
                to_bin_id=to_bin_id or bin_id,
                from_condition=from_condition,
                to_condition=to_condition,
                lot=lot,
                reason=str(reason),
                note=note[:200],
                document=document,
                move_key=move_key,
            )
        ],
        room,
        by=by,
        now=now,
    )


def _refuse_strangers(product_id: int, warehouse_id: int, bin_id: int | None, delta: int) -> None:
    product = Product.objects.filter(pk=product_id).only("sku", "tracking").first()
    if product is None:
        raise NotFound(_("There is no such product."))
    if delta > 0 and product.tracking != Tracking.NONE:
        told = _("%(sku)s is tracked by lot. Count the bin, so that what was found has its lot.")
        raise LotRequired(told % {"sku": product.sku})
    if bin_id is not None:
        place = Bin.objects.filter(pk=bin_id, warehouse_id=warehouse_id).first()
        if place is None or place.is_virtual:
            raise NotFound(_("There is no such bin."))


def _lock_shelf(product_id: int, warehouse_id: int, bin_id: int | None, *, least: int) -> list[BinStock]:
    """The sellable rows a correction may touch, of at least so many units, locked in the ledger's order."""
    rows = _shelf(product_id, warehouse_id, bin_id).filter(quantity__gte=least)
    return list(rows.select_for_update(of=("self",), no_key=True))


def _shelf(product_id: int, warehouse_id: int, bin_id: int | None) -> QuerySet[BinStock]:
    rows = BinStock.objects.select_related("bin").filter(product_id=product_id, condition=Condition.SELLABLE)
    rows = rows.filter(bin__warehouse_id=warehouse_id)
    if bin_id is not None:
        rows = rows.filter(bin_id=bin_id)
    return rows.order_by("product_id", "bin_id", "lot", "condition")


def _likely_places(product_id: int, warehouse_id: int, loss: int, bin_id: int | None) -> list[tuple[int, str, int]]:
    """Where a loss is likely taken from, (bin_id, lot, units) each, read without locks; nowhere when it cannot be."""
    try:
        losses = _losses(product_id, warehouse_id, loss, list(_shelf(product_id, warehouse_id, bin_id)), bin_id)
    except Invalid:
        return []
    return [(row.bin_id, row.lot, units) for row, units in losses]


def _refuse_stale(
    product_id: int, warehouse_id: int, bin_id: int | None, shelf: Sequence[BinStock], expected: int
) -> None:
    if bin_id is not None:
        found = sum(row.quantity for row in shelf)
    else:
        level = (
            StockLevel.objects.select_for_update(no_key=True)
            .filter(product_id=product_id, warehouse_id=warehouse_id)
            .first()
        )
        found = level.on_hand if level else 0
    if found != expected:
        raise StaleQuantity(
            _("The quantity changed meanwhile: it is %(found)d now, not %(expected)d.")
            % {"found": found, "expected": expected},
            extra={"quantity": found},
        )


def _home(shelf: Sequence[BinStock]) -> int | None:
    """Where found units most likely belong: the best shelf the product has."""
    stored = [row for row in shelf if row.bin.kind in PICK_RANK and row.bin.active]
    best = min(stored, key=lambda row: (PICK_RANK[row.bin.kind], -row.quantity, row.bin_id), default=None)
    return best.bin_id if best else None


def _losses(
    product_id: int,
    warehouse_id: int,
    loss: int,
    shelf: Sequence[BinStock],
    bin_id: int | None,
) -> list[tuple[BinStock, int]]:
    """From which rows the loss is taken: free units first, then units planned for picks."""
    rows = {
        (row.bin_id, row.lot): row
        for row in shelf
        if row.bin.kind not in VIRTUAL_KINDS and (bin_id is not None or row.bin.kind in PICK_RANK)
    }
    taken: dict[tuple[int, str], int] = {}
    want = PickWant(0, product_id, warehouse_id, loss)
    for pick in choose_bins([want], [_candidate(row, row.quantity - row.to_pick) for row in rows.values()]):
        taken[pick.bin_id, pick.lot] = pick.quantity
    rest = loss - sum(taken.values())
    if rest:
        want = PickWant(0, product_id, warehouse_id, rest)
        for pick in choose_bins([want], [_candidate(row, row.to_pick) for row in rows.values()]):
            taken[pick.bin_id, pick.lot] = taken.get((pick.bin_id, pick.lot), 0) + pick.quantity
    if sum(taken.values()) < loss:
        here = sum(row.quantity for row in rows.values())
        raise Invalid(_("Only %(here)d units lie there, so %(loss)d cannot be lost.") % {"here": here, "loss": loss})
    return [(rows[key], units) for key, units in sorted(taken.items())]


def _candidate(row: BinStock, free: int) -> Candidate:
    place = row.bin
    return Candidate(
        product_id=row.product_id,
        warehouse_id=place.warehouse_id,
        bin_id=place.pk,
        bin_name=place.name,
        bin_code=place.code,
        kind=place.kind,
        pick_sequence=place.pick_sequence,
        lot=row.lot,
        free=free,
    )
