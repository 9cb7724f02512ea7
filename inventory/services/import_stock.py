"""Write counted stock of an import as movements, and take it back by opposite ones."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from core.kernel.actors import Actor
from inventory.models import BinKind, BinStock, ImportJob, StockLevel
from inventory.planning.moving import LevelKey
from inventory.selectors.places import default_bins
from inventory.services.import_checking import Before, Checked, first_of_each, stock_key
from inventory.services.ledger import Move, move
from inventory.services.lots import NewLot, note_lots
from inventory.states import Condition, MovementReason

Key = tuple[int, int, str, str]
"""(product, bin, lot, condition)"""


@dataclass(slots=True)
class Shelf:
    """What of the keys can be taken away now: by row of bin stock, and by stock level for sellable units."""

    quantity: dict[Key, int]
    loose: dict[Key, int]
    free: dict[LevelKey, int]

    def take(self, key: Key, level: LevelKey, units: int) -> bool:
        """Claim units of a row; False when they are planned for a pick or promised."""
        if self.loose.get(key, 0) < units or (key[3] == Condition.SELLABLE and self.free.get(level, 0) < units):
            return False
        self.loose[key] -= units
        if key[3] == Condition.SELLABLE:
            self.free[level] -= units
        return True


def write_stock(job: ImportJob, rows: Sequence[Checked], *, by: Actor, now: datetime) -> Before:
    """Bring each bin to the quantity counted; {row number: what takes it back, None where it held that already}.

    A row whose quantity is no longer what it expected, or that would take promised units away, gets an error and
    nothing is written for it.
    """
    rows = first_of_each(rows, "bin", stock_key)
    note_lots(
        [
            NewLot(row.found["product_id"], row.values["lot"], row.values.get("expires_on"))
            for row in rows
            if row.values.get("lot")
        ],
        now=now,
    )
    keys = {row.number: key for row in rows if (key := stock_key(row)) is not None}
    levels = {row.number: (row.found["product_id"], row.found["warehouse_id"]) for row in rows}
    shelf = _lock(set(keys.values()), set(levels.values()))
    before: Before = {}
    moves = []
    far = {warehouse_id: default_bins(warehouse_id) for warehouse_id in {place for _p, place in levels.values()}}
    for row in rows:
        key, level = keys[row.number], levels[row.number]
        there = shelf.quantity.get(key, 0)
        delta = row.values["quantity"] - there
        if row.values.get("expected_quantity", there) != there:
            row.wrong("expected_quantity", "stale", now=there)
        elif delta < 0 and not shelf.take(key, level, -delta):
            row.wrong("quantity", "promised", now=there)
        else:
            before[row.number] = None
            if delta:
                before[row.number] = {"key": list(key), "warehouse": level[1], "delta": delta}
                counter = far[level[1]][BinKind.ADJUSTMENT]
                moves.append(_move(job, row.number, key, delta, counter, MovementReason.RECOUNT))
    move(moves, by=by, now=now)
    return before


def undo_stock(
    job: ImportJob, rows: Sequence[tuple[int, Mapping[str, Any]]], *, by: Actor, now: datetime
) -> dict[int, str]:
    """Take rows back by opposite movements; {row number: why it was left alone} where the units are not free."""
    keys: dict[int, Key] = {number: tuple(kept["key"]) for number, kept in rows}
    levels = {number: (keys[number][0], int(kept["warehouse"])) for number, kept in rows}
    shelf = _lock(set(keys.values()), set(levels.values()))
    far = {warehouse_id: default_bins(warehouse_id) for warehouse_id in {place for _p, place in levels.values()}}
    left: dict[int, str] = {}
    moves = []
    for number, kept in rows:
        key, level, delta = keys[number], levels[number], -int(kept["delta"])
        if delta < 0 and not shelf.take(key, level, -delta):
            left[number] = "not_free"
            continue
        moves.append(_move(job, number, key, delta, far[level[1]][BinKind.ADJUSTMENT], MovementReason.UNDO))
    move(moves, by=by, now=now)
    return left


def _move(job: ImportJob, number: int, key: Key, delta: int, counter: int, reason: str) -> Move:
    product_id, bin_id, lot, condition = key
    return Move(
        product_id=product_id,
        quantity=abs(delta),
        from_bin_id=counter if delta > 0 else bin_id,
        to_bin_id=bin_id if delta > 0 else counter,
        reason=reason,
        from_condition=condition,
        to_condition=condition,
        lot=lot,
        document=job.ref,
        move_key=f"{job.ref}:{number}:{reason}",
    )


def _lock(keys: set[Key], levels: set[LevelKey]) -> Shelf:
    """Lock the rows in the ledger's order, bins before levels, and read what is free in them."""
    stock = BinStock.objects.select_for_update(no_key=True).filter(
        product_id__in={key[0] for key in keys}, bin_id__in={key[1] for key in keys}
    )
    quantity: dict[Key, int] = {}
    loose: Counter[Key] = Counter()
    for row in stock.order_by("product_id", "bin_id", "lot", "condition"):
        key = (row.product_id, row.bin_id, row.lot, row.condition)
        quantity[key], loose[key] = row.quantity, row.quantity - row.to_pick
    wanted = Q(product_id__in={level[0] for level in levels}, warehouse_id__in={level[1] for level in levels})
    rows = StockLevel.objects.select_for_update(no_key=True).filter(wanted).order_by("pk")
    free = {(row.product_id, row.warehouse_id): row.free for row in rows}
    return Shelf(quantity, dict(loose), free)
