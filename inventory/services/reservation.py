"""Promise units and take promises back: guarded UPDATEs of the rows that guard the promise.

Every function here is one statement however many products it names, runs in its caller's transaction, and locks
``StockLevel`` rows in the order of their primary keys. These rows are hot: call it as late as you can.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from core.kernel.commands import refuse_outside_transaction
from core.kernel.prepared import Prepared
from inventory.errors import InsufficientStock, NotAllocated, Short

Key = tuple[int, int]
"""(product_id, warehouse_id)"""


@dataclass(frozen=True, slots=True)
class Want:
    """``quantity`` units of a product from one warehouse; more than none.

    ``keep`` units of what is available there are left for others: the buffer of the channel that wants. A want that is
    given back keeps nothing.
    """

    product_id: int
    warehouse_id: int
    quantity: int
    keep: int = 0


@dataclass(frozen=True, slots=True)
class Shift:
    """By how much the promised units of a product in a warehouse change; either may be negative.

    What is promised anew leaves ``keep`` units available.
    """

    allocated: int = 0
    reserved: int = 0
    keep: int = 0


def take(wants: Sequence[Want]) -> None:
    """Allocate all the wanted units, or none of them.

    The same product named twice is summed first, and the larger ``keep`` holds. Raises InsufficientStock naming every
    product that is short and what the wanter can have of it; nothing is written then, and the caller's transaction may
    go on.
    """
    keep = _kept(wants)
    _shift({key: Shift(allocated=quantity, keep=keep[key]) for key, quantity in summed(wants).items()})


def take_what_there_is(wants: Sequence[Want]) -> dict[Key, int]:
    """Allocate as much of each product as is available beyond ``keep``, perhaps nothing; returns the units got of each.

    For channels that accept backorders: the caller says of each line what was not got.
    """
    refuse_outside_transaction()
    wanted = summed(wants)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        keep = _kept(wants)
        cursor.execute(_TAKE_WHAT_THERE_IS, [*_columns(wanted), list(wanted.values()), [keep[key] for key in wanted]])
        got = {(product_id, warehouse_id): quantity for product_id, warehouse_id, quantity in cursor.fetchall()}
    return {key: got.get(key, 0) for key in wanted}


def give_back(wants: Sequence[Want]) -> None:
    """Release allocated units; they become available. Raises NotAllocated when more are given back than are held.

    Whoever gives units back so that others may have them says so afterwards with ``announcing.announce_replenished``.
    """
    _shift({key: Shift(allocated=-quantity) for key, quantity in summed(wants).items()})


def swap(given_back: Sequence[Want], wanted: Sequence[Want]) -> None:
    """Give allocated units back in one place and allocate others elsewhere: both or neither, in one statement.

    Raises InsufficientStock and NotAllocated as ``take`` and ``give_back`` do.
    """
    back, gained, keep = summed(given_back), summed(wanted), _kept(wanted)
    _shift(
        {
            key: Shift(allocated=gained.get(key, 0) - back.get(key, 0), keep=keep.get(key, 0))
            for key in gained.keys() | back.keys()
        }
    )


def hold(wants: Sequence[Want]) -> None:
    """Reserve all the wanted units softly, for a cart, or none of them. Raises InsufficientStock as ``take`` does."""
    keep = _kept(wants)
    _shift({key: Shift(reserved=quantity, keep=keep[key]) for key, quantity in summed(wants).items()})


def let_go(wants: Sequence[Want]) -> None:
    """End a cart's soft hold; the units become available. Raises NotAllocated when more are let go than are held."""
    _shift({key: Shift(reserved=-quantity) for key, quantity in summed(wants).items()})


def exchange(held: Sequence[Want], wanted: Sequence[Want]) -> None:
    """Turn a cart's soft hold into an order's allocation, which may want more, less or other products.

    All or nothing: raises InsufficientStock for what neither the hold nor the available stock covers. What the hold
    covers is the cart's, however much has to be kept for others by now.
    """
    shifts: dict[Key, Shift] = {}
    gained, lost, keep = summed(wanted), summed(held), _kept(wanted)
    for key in gained.keys() | lost.keys():
        shifts[key] = Shift(allocated=gained.get(key, 0), reserved=-lost.get(key, 0), keep=keep.get(key, 0))
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


def _kept(wants: Iterable[Want]) -> dict[Key, int]:
    kept: dict[Key, int] = {}
    for want in wants:
        key = (want.product_id, want.warehouse_id)
        kept[key] = max(kept.get(key, 0), want.keep)
    return kept


# The rows are locked by the first CTE, in primary-key order, and read there in their newest version; ``verdict`` judges
# them as one. The UPDATE then writes every counter as it was read under the lock, plus the change. It may not compute
# from the row it finds: under READ COMMITTED that is the version of when the statement began, and PostgreSQL applies
# WHERE and CHECK to it before it notices the newer one. A cart that waited for a delivery to commit would be refused.
_SHIFT = Prepared(
    "inventory_shift",
    """
WITH want AS MATERIALIZED (
    SELECT * FROM unnest(%(products)s, %(warehouses)s, %(more_allocated)s, %(more_reserved)s, %(keep)s)
        AS want (product_id, warehouse_id, more_allocated, more_reserved, keep)
), locked AS MATERIALIZED (
    SELECT level.*, more_allocated, more_reserved, greatest(available - keep, 0) AS left_for_us,
           allocated + more_allocated >= 0 AND reserved + more_reserved >= 0 AS held
    FROM inventory_stocklevel level JOIN want USING (product_id, warehouse_id)
    ORDER BY level.id FOR NO KEY UPDATE OF level
), verdict AS MATERIALIZED (
    SELECT *, count(*) OVER () = cardinality(%(products)s) AND bool_and(
        held AND (left_for_us >= more_allocated + more_reserved OR more_allocated + more_reserved <= 0)
    ) OVER () AS granted
    FROM locked
), shifted AS (
    UPDATE inventory_stocklevel level
    SET on_hand = verdict.on_hand, allocated = verdict.allocated + verdict.more_allocated,
        reserved = verdict.reserved + verdict.more_reserved, quality_control = verdict.quality_control,
        quarantined = verdict.quarantined, damaged = verdict.damaged
    FROM verdict
    WHERE level.id = verdict.id AND verdict.granted
    RETURNING level.id
)
SELECT want.product_id, want.warehouse_id, product.sku, want.more_allocated + want.more_reserved,
       coalesce(verdict.left_for_us, 0), coalesce(verdict.held, want.more_allocated >= 0 AND want.more_reserved >= 0),
       shifted.id
FROM want
JOIN inventory_product product ON product.id = want.product_id
LEFT JOIN verdict USING (product_id, warehouse_id)
LEFT JOIN shifted ON shifted.id = verdict.id
""",
    products="bigint[]",
    warehouses="bigint[]",
    more_allocated="int[]",
    more_reserved="int[]",
    keep="int[]",
)

_TAKE_WHAT_THERE_IS = """
WITH want AS MATERIALIZED (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::int[])
        AS want (product_id, warehouse_id, quantity, keep)
), locked AS MATERIALIZED (
    SELECT level.*, least(want.quantity, greatest(level.available - want.keep, 0)) AS got
    FROM inventory_stocklevel level JOIN want USING (product_id, warehouse_id)
    ORDER BY level.id FOR NO KEY UPDATE OF level
)
UPDATE inventory_stocklevel level
SET on_hand = locked.on_hand, allocated = locked.allocated + locked.got, reserved = locked.reserved,
    quality_control = locked.quality_control, quarantined = locked.quarantined, damaged = locked.damaged
FROM locked
WHERE level.id = locked.id AND locked.got > 0
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
    products, warehouses = _columns(shifts)
    rows = _SHIFT.run(
        products=products,
        warehouses=warehouses,
        more_allocated=[shift.allocated for shift in shifts.values()],
        more_reserved=[shift.reserved for shift in shifts.values()],
        keep=[shift.keep for shift in shifts.values()],
    )
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
