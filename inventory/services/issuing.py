"""Units that leave with a parcel though nobody ordered them: cards, samples, stickers. Never what is promised."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection

from core.kernel.actors import Actor
from core.kernel.commands import refuse_outside_transaction
from inventory.models import StockMovement
from inventory.planning import LevelKey, PickWant, choose_bins
from inventory.selectors import default_bins
from inventory.services import ledger
from inventory.services.picking import lock_candidates
from inventory.states import MovementReason

BACK = ":back"


@dataclass(frozen=True, slots=True)
class IssueWant:
    """``quantity`` units of a product to lay in; ``key`` is the caller's own name for it and never used twice."""

    key: str
    product_id: int
    warehouse_id: int
    quantity: int
    document: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Issued:
    """Units that left a bin for the customer; fewer than were wanted when that was all there was free."""

    key: str
    bin_id: int
    lot: str
    quantity: int


# In the order of primary keys, after the bins: as every change of stock levels does.
_FREE = """
SELECT product_id, warehouse_id, free FROM inventory_stocklevel
WHERE product_id = ANY(%s) AND warehouse_id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""


def issue(wants: Sequence[IssueWant], *, by: Actor, now: datetime) -> list[Issued]:
    """Send units to the customer from where they lie, in the order of the wants; never more than is free.

    Free is what is neither promised to an order or a cart nor planned for a pick. Each want is met from one lot in one
    bin, the one a picker would go to; a want that gets nothing is left out. Nothing is raised for a shortage. Bins are
    locked before stock levels; six statements however many wants. Raises AlreadyMoved for a key used before.
    """
    refuse_outside_transaction()
    wants = [want for want in wants if want.quantity > 0]
    if not wants:
        return []
    products, houses = {want.product_id for want in wants}, {want.warehouse_id for want in wants}
    candidates = lock_candidates(products, houses, now=now)
    with connection.cursor() as cursor:
        cursor.execute(_FREE, [sorted(products), sorted(houses)])
        free: dict[LevelKey, int] = {(product, house): units for product, house, units in cursor.fetchall()}
    taken: dict[tuple[int, str, int], int] = {}
    found: list[tuple[IssueWant, Issued]] = []
    for place, want in enumerate(wants):
        level = (want.product_id, want.warehouse_id)
        units = min(want.quantity, free.get(level, 0))
        if units <= 0:
            continue
        left = [
            (one, one.free - taken.get((one.bin_id, one.lot, one.product_id), 0))
            for one in candidates
            if (one.product_id, one.warehouse_id) == level
        ]
        shelf = [replace(one, free=rest) for one, rest in left if rest > 0]
        picks = choose_bins([PickWant(place, *level, units)], shelf)
        if not picks:
            continue
        best = picks[0]
        spot = (best.bin_id, best.lot, want.product_id)
        taken[spot] = taken.get(spot, 0) + best.quantity
        free[level] -= best.quantity
        found.append((want, Issued(want.key, best.bin_id, best.lot, best.quantity)))
    customer = {house: default_bins(house)["customer"] for house in sorted(houses)} if found else {}
    ledger.move(
        [
            ledger.Move(
                product_id=want.product_id,
                quantity=issued.quantity,
                from_bin_id=issued.bin_id,
                to_bin_id=customer[want.warehouse_id],
                reason=MovementReason.INSERT,
                lot=issued.lot,
                document=want.document,
                note=want.note,
                move_key=issued.key,
            )
            for want, issued in found
        ],
        by=by,
        now=now,
    )
    return [issued for _want, issued in found]


def take_back(keys: Iterable[str], *, by: Actor, now: datetime) -> int:
    """Bring issued units back to the bins they came from: their parcel never left. Returns how many.

    What was brought back before, or never issued, is left alone.
    """
    refuse_outside_transaction()
    wanted = sorted(set(keys))
    rows = {row.move_key: row for row in StockMovement.objects.filter(move_key__in=wanted).order_by("pk")}
    done = set(
        StockMovement.objects.filter(move_key__in=[f"{key}{BACK}" for key in rows]).values_list("move_key", flat=True)
    )
    moves = [
        ledger.Move(
            product_id=row.product_id,
            quantity=row.quantity,
            from_bin_id=row.to_bin_id,
            to_bin_id=row.from_bin_id,
            reason=MovementReason.PUT_BACK,
            lot=row.lot,
            document=row.document,
            note=row.note,
            move_key=f"{key}{BACK}",
        )
        for key, row in rows.items()
        if f"{key}{BACK}" not in done
    ]
    ledger.move(moves, by=by, now=now)
    return sum(move.quantity for move in moves)
