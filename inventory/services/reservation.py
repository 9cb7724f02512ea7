"""Promise units and take promises back: guarded UPDATEs of the rows that guard the promise.

Every function here is one statement however many products it names, runs in its caller's transaction, and locks
``StockLevel`` rows in the order of their primary keys. These rows are hot: call it as late as you can.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from core.kernel.commands import refuse_outside_transaction
from inventory.errors import InsufficientStock, NotAllocated, Short

Key = tuple[int, int]
"""(product_id, warehouse_id)"""


@dataclass(frozen=True, slots=True)
class Want:
    """``quantity`` units of a product from one warehouse; more than none."""

    product_id: int
    warehouse_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Shift:
    """By how much the promised units of a product in a warehouse change; either may be negative."""

    allocated: int = 0
    reserved: int = 0


def take(wants: Sequence[Want]) -> None:
    """Allocate all the wanted units, or none of them.

    The same product named twice is summed first. Raises InsufficientStock naming every product that is short and
    what is available of it; nothing is written then, and the caller's transaction may go on.
    """
    _shift({key: Shift(allocated=quantity) for key, quantity in summed(wants).items()})


def take_what_there_is(wants: Sequence[Want]) -> dict[Key, int]:
    """Allocate as much of each product as is available, perhaps nothing; returns the units got of each.

    For channels that accept backorders: the caller says of each line what was not got.
    """
    refuse_outside_transaction()
    wanted = summed(wants)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_WHAT_THERE_IS, [*_columns(wanted), list(wanted.values())])
        got = {(product_id, warehouse_id): quantity for product_id, warehouse_id, quantity in cursor.fetchall()}
    return {key: got.get(key, 0) for key in wanted}


def give_back(wants: Sequence[Want]) -> None:
    """Release allocated units; they become available. Raises NotAllocated when more are given back than are held.

    Whoever gives units back so that others may have them says so afterwards with ``announcing.announce_replenished``.
    """
    _shift({key: Shift(allocated=-quantity) for key, quantity in summed(wants).items()})


def hold(wants: Sequence[Want]) -> None:
    """Reserve all the wanted units softly, for a cart, or none of them. Raises InsufficientStock as ``take`` does."""
    _shift({key: Shift(reserved=quantity) for key, quantity in summed(wants).items()})


def let_go(wants: Sequence[Want]) -> None:
    """End a cart's soft hold; the units become available. Raises NotAllocated when more are let go than are held."""
    _shift({key: Shift(reserved=-quantity) for key, quantity in summed(wants).items()})


def exchange(held: Sequence[Want], wanted: Sequence[Want]) -> None:
    """Turn a cart's soft hold into an order's allocation, which may want more, less or other products.

    All or nothing: raises InsufficientStock for what neither the hold nor the free stock covers.
    """
    shifts: dict[Key, Shift] = {}
    gained, lost = summed(wanted), summed(held)
    for key in gained.keys() | lost.keys():
        shifts[key] = Shift(allocated=gained.get(key, 0), reserved=-lost.get(key, 0))
    _shift(shifts)


def summed(wants: Iterable[Want]) -> dict[Key, int]:
    """Units wanted of each (product, warehouse). Raises ValueError for a quantity that is not above zero."""
    total: dict[Key, int] = {}
    for want in wants:
        if want.quantity <= 0:
            raise ValueError("A quantity to reserve is above zero.")
        key = (want.product_id, want.warehouse_id)
        total[key] = total.get(key, 0) + want.quantity
    return total


# The rows are locked by the first CTE, in primary-key order, and read there in their newest version. ``verdict``
# carries its judgement along with each row, because under READ COMMITTED the UPDATE re-reads a row that changed
# since the statement began but re-evaluates nothing else: a sub-query beside it would still speak of the old state.
_SHIFT = """
WITH want AS MATERIALIZED (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::int[])
        AS want (product_id, warehouse_id, allocated, reserved)
), locked AS MATERIALIZED (
    SELECT level.id, level.product_id, level.warehouse_id, want.allocated, want.reserved,
           level.on_hand - level.allocated - level.reserved
               - level.quality_control - level.quarantined - level.damaged AS available,
           level.allocated + want.allocated >= 0 AND level.reserved + want.reserved >= 0 AS held
    FROM inventory_stocklevel level JOIN want USING (product_id, warehouse_id)
    ORDER BY level.id FOR NO KEY UPDATE OF level
), verdict AS MATERIALIZED (
    SELECT *, bool_and(held AND (available >= allocated + reserved OR allocated + reserved <= 0)) OVER ()
        AND count(*) OVER () = %s AS granted
    FROM locked
), shifted AS (
    UPDATE inventory_stocklevel level
    SET allocated = level.allocated + verdict.allocated, reserved = level.reserved + verdict.reserved
    FROM verdict
    WHERE level.id = verdict.id AND verdict.granted
      AND (verdict.allocated + verdict.reserved <= 0
           OR level.on_hand - level.allocated - level.reserved
              - level.quality_control - level.quarantined - level.damaged >= verdict.allocated + verdict.reserved)
    RETURNING level.id
)
SELECT want.product_id, want.warehouse_id, product.sku, want.allocated + want.reserved,
       coalesce(verdict.available, 0), coalesce(verdict.held, want.allocated >= 0 AND want.reserved >= 0), shifted.id
FROM want
JOIN inventory_product product ON product.id = want.product_id
LEFT JOIN verdict USING (product_id, warehouse_id)
LEFT JOIN shifted ON shifted.id = verdict.id
"""

_TAKE_WHAT_THERE_IS = """
WITH want AS MATERIALIZED (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::int[]) AS want (product_id, warehouse_id, quantity)
), locked AS MATERIALIZED (
    SELECT level.id, least(want.quantity, level.on_hand - level.allocated - level.reserved
               - level.quality_control - level.quarantined - level.damaged) AS got
    FROM inventory_stocklevel level JOIN want USING (product_id, warehouse_id)
    ORDER BY level.id FOR NO KEY UPDATE OF level
)
UPDATE inventory_stocklevel level
SET allocated = level.allocated + locked.got
FROM locked
WHERE level.id = locked.id AND locked.got > 0
  AND level.on_hand - level.allocated - level.reserved
      - level.quality_control - level.quarantined - level.damaged >= locked.got
RETURNING level.product_id, level.warehouse_id, locked.got
"""


def _columns(keys: Iterable[Key]) -> tuple[list[int], list[int]]:
    keys = list(keys)
    return [product_id for product_id, _warehouse in keys], [warehouse_id for _product, warehouse_id in keys]


def _shift(shifts: Mapping[Key, Shift]) -> None:
    """Add the shifts to the counters, all or none, in one statement."""
    refuse_outside_transaction()
    if not shifts:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _SHIFT,
            [
                *_columns(shifts),
                [shift.allocated for shift in shifts.values()],
                [shift.reserved for shift in shifts.values()],
                len(shifts),
            ],
        )
        rows = cursor.fetchall()
    if len(rows) == len(shifts) and all(shifted is not None for *_row, shifted in rows):
        return
    if any(not held for *_row, held, _shifted in rows):
        raise NotAllocated(_("More units were to be given back than are held."))
    raise InsufficientStock(
        [
            Short(product_id, sku, warehouse_id, wanted, max(available, 0))
            for product_id, warehouse_id, sku, wanted, available, _held, _shifted in sorted(rows)
            if available < wanted
        ]
    )
