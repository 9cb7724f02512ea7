"""The only writer of movements, of what lies in bins and of what is on hand."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import refuse_outside_transaction
from core.kernel.prepared import Prepared
from core.outbox.publish import write_gathered
from inventory.errors import AlreadyMoved, Invalid, Missing, NotEnoughInBin, Short, StockPromised
from inventory.models import BinKind
from inventory.planning import BinKey, BinPlace, Change, LevelKey, Move, changes_of_bins, changes_of_levels
from inventory.services import announcing
from inventory.states import Condition, MovementReason

__all__ = ["Move", "move"]


def move(
    moves: Sequence[Move],
    *,
    by: Actor,
    now: datetime,
    allocated: Mapping[LevelKey, int] | None = None,
) -> list[int]:
    """Write the movements and bring bins and stock levels up to date; returns the movements' ids in their order.

    Runs in the caller's transaction: four statements however many moves there are, the hot ``StockLevel`` rows last.
    ``allocated`` maps (product_id, warehouse_id) to a change of the allocated counter that belongs to the moves
    (shipping lowers it with ``on_hand``). Units planned for a pick are left alone unless the move is ``planned``.
    Publishes ``stock.replenished`` wherever more units became available.

    Raises NotEnoughInBin, StockPromised, AlreadyMoved, and Invalid for new units of a kit that is packed from its
    components. A refusal marks the transaction for rollback, so nothing
    half-done can be committed; a caller who means to go on wraps the call in ``transaction.atomic()``.
    """
    refuse_outside_transaction()
    if not moves:
        if allocated:
            raise ValueError("A change of allocated units belongs to moves; see the reservation service.")
        return []
    for one in moves:
        if one.quantity <= 0:
            raise ValueError("A quantity to move is above zero.")
    places, kits = _places(moves)
    _refuse_kits(moves, places, kits)
    for one in moves:
        if places[one.from_bin_id].warehouse_id != places[one.to_bin_id].warehouse_id:
            raise Invalid(_("The two bins are in different warehouses."))
    bins = changes_of_bins(moves, places)
    levels = changes_of_levels(bins, places, allocated or {})
    try:
        ids = _insert(moves, bins, levels, places, by=by, now=now)
        if bins:
            _change_bins(bins, places)
        if levels:
            write_gathered()
        grown = _change_levels(levels) if levels else {}
    except (NotEnoughInBin, StockPromised, AlreadyMoved):
        transaction.set_rollback(True)
        raise
    announcing.publish_growth(grown, by=by, now=now)
    return ids


_PLACES = Prepared(
    "inventory_places",
    """
SELECT id, warehouse_id, kind, name FROM inventory_bin WHERE id = ANY(%(bins)s)
UNION ALL
SELECT id, NULL, '', sku FROM inventory_product WHERE id = ANY(%(products)s) AND kit_kind = 'virtual'
""",
    bins="bigint[]",
    products="bigint[]",
)


def _places(moves: Sequence[Move]) -> tuple[dict[int, BinPlace], dict[int, str]]:
    """The bins by id, and the SKUs by product id of those that are packed from components."""
    ids = sorted({one.from_bin_id for one in moves} | {one.to_bin_id for one in moves})
    rows = _PLACES.run(bins=ids, products=sorted({one.product_id for one in moves}))
    found = {row[0]: BinPlace(*row) for row in rows if row[1] is not None}
    if len(found) != len(ids):
        raise Invalid(_("There is no such bin."))
    return found, {row[0]: row[3] for row in rows if row[1] is None}


def _refuse_kits(moves: Iterable[Move], places: Mapping[int, BinPlace], kits: Mapping[int, str]) -> None:
    """What is packed from components has no stock of its own; only what was sold before it became a kit comes back."""
    for one in moves:
        source, target = places[one.from_bin_id], places[one.to_bin_id]
        if one.product_id not in kits or target.is_virtual or not source.is_virtual:
            continue
        if source.kind != BinKind.CUSTOMER and one.reason != MovementReason.UNDO:
            told = _("%(sku)s is packed from its components when it is ordered. Book the components instead.")
            raise Invalid(told % {"sku": kits[one.product_id]})


# Rows that do not exist yet are made in the same statement: an INSERT that meets an existing row locks nothing.
_INSERT = Prepared(
    "inventory_write_movements",
    """
WITH new_bins AS (
    INSERT INTO inventory_binstock (product_id, bin_id, lot, condition, quantity, to_pick)
    SELECT product_id, bin_id, lot, condition, 0, 0
    FROM unnest(%(bin_products)s::bigint[], %(bin_ids)s::bigint[], %(bin_lots)s::text[], %(bin_conditions)s::text[])
        AS row (product_id, bin_id, lot, condition)
    ORDER BY product_id, bin_id, lot, condition
    ON CONFLICT DO NOTHING
), new_levels AS (
    INSERT INTO inventory_stocklevel
        (product_id, warehouse_id, on_hand, allocated, reserved, quality_control, quarantined, damaged)
    SELECT product_id, warehouse_id, 0, 0, 0, 0, 0, 0
    FROM unnest(%(level_products)s::bigint[], %(level_warehouses)s::bigint[]) AS row (product_id, warehouse_id)
    ORDER BY product_id, warehouse_id
    ON CONFLICT DO NOTHING
)
INSERT INTO inventory_stockmovement
    (product_id, warehouse_id, quantity, from_bin_id, from_condition, to_bin_id, to_condition, lot, reason, document,
     note, move_key, actor_kind, actor_id, actor_name, at)
SELECT product_id, warehouse_id, quantity, from_bin_id, from_condition, to_bin_id, to_condition, lot, reason, document,
       note, move_key, %(actor_kind)s, %(actor_id)s, %(actor_name)s, %(now)s
FROM unnest(%(products)s::bigint[], %(warehouses)s::bigint[], %(quantities)s::int[], %(from_bins)s::bigint[],
            %(from_conditions)s::text[], %(to_bins)s::bigint[], %(to_conditions)s::text[], %(lots)s::text[],
            %(reasons)s::text[], %(documents)s::text[], %(notes)s::text[], %(move_keys)s::text[]) WITH ORDINALITY
    AS row (product_id, warehouse_id, quantity, from_bin_id, from_condition, to_bin_id, to_condition, lot, reason,
            document, note, move_key, place_in_line)
ORDER BY place_in_line
ON CONFLICT (move_key) DO NOTHING
RETURNING id
""",
    bin_products="bigint[]",
    bin_ids="bigint[]",
    bin_lots="text[]",
    bin_conditions="text[]",
    level_products="bigint[]",
    level_warehouses="bigint[]",
    actor_kind="text",
    actor_id="bigint",
    actor_name="text",
    now="timestamptz",
    products="bigint[]",
    warehouses="bigint[]",
    quantities="int[]",
    from_bins="bigint[]",
    from_conditions="text[]",
    to_bins="bigint[]",
    to_conditions="text[]",
    lots="text[]",
    reasons="text[]",
    documents="text[]",
    notes="text[]",
    move_keys="text[]",
)


def _insert(
    moves: Sequence[Move],
    bins: Mapping[BinKey, Change],
    levels: Mapping[LevelKey, Change],
    places: Mapping[int, BinPlace],
    *,
    by: Actor,
    now: datetime,
) -> list[int]:
    new_bins = sorted(key for key, change in bins.items() if change.quantity > 0)
    new_levels = sorted(key for key, change in levels.items() if change.quantity > 0)
    written = _INSERT.run(
        bin_products=[key.product_id for key in new_bins],
        bin_ids=[key.bin_id for key in new_bins],
        bin_lots=[key.lot for key in new_bins],
        bin_conditions=[str(key.condition) for key in new_bins],
        level_products=[product_id for product_id, _warehouse in new_levels],
        level_warehouses=[warehouse_id for _product, warehouse_id in new_levels],
        actor_kind=by.kind,
        actor_id=by.id,
        actor_name=by.name,
        now=now,
        products=[one.product_id for one in moves],
        warehouses=[places[one.from_bin_id].warehouse_id for one in moves],
        quantities=[one.quantity for one in moves],
        from_bins=[one.from_bin_id for one in moves],
        from_conditions=[str(one.from_condition) for one in moves],
        to_bins=[one.to_bin_id for one in moves],
        to_conditions=[str(one.to_condition) for one in moves],
        lots=[one.lot for one in moves],
        reasons=[str(one.reason) for one in moves],
        documents=[one.document for one in moves],
        notes=[one.note for one in moves],
        move_keys=[one.move_key for one in moves],
    )
    ids = [row[0] for row in written]
    if len(ids) != len(moves):
        raise AlreadyMoved(_("This was done before."))
    return ids


# All rows or none, and every counter written as it was read under the lock: reservation.py says why.
_CHANGE_BINS = Prepared(
    "inventory_change_bins",
    """
WITH change AS MATERIALIZED (
    SELECT * FROM unnest(%(products)s::bigint[], %(bins)s::bigint[], %(lots)s::text[], %(conditions)s::text[],
                         %(more)s::int[], %(more_to_pick)s::int[])
        AS change (product_id, bin_id, lot, condition, more, more_to_pick)
), locked AS MATERIALIZED (
    SELECT stock.id, product_id, bin_id, lot, condition, quantity, to_pick, more, more_to_pick,
           to_pick + more_to_pick >= 0 AND quantity + more >= to_pick + more_to_pick AS enough
    FROM inventory_binstock stock JOIN change USING (product_id, bin_id, lot, condition)
    ORDER BY product_id, bin_id, lot, condition FOR NO KEY UPDATE OF stock
), verdict AS MATERIALIZED (
    SELECT *, bool_and(enough) OVER () AND count(*) OVER () = %(wanted)s AS granted FROM locked
), changed AS (
    UPDATE inventory_binstock stock
    SET quantity = verdict.quantity + verdict.more, to_pick = verdict.to_pick + verdict.more_to_pick
    FROM verdict
    WHERE stock.id = verdict.id AND verdict.granted
    RETURNING stock.id
)
SELECT change.product_id, change.bin_id, change.lot, change.condition, change.more - change.more_to_pick,
       coalesce(verdict.quantity - verdict.to_pick, 0), product.sku
FROM change
JOIN inventory_product product ON product.id = change.product_id
LEFT JOIN verdict USING (product_id, bin_id, lot, condition)
LEFT JOIN changed ON changed.id = verdict.id
WHERE changed.id IS NULL AND NOT coalesce(verdict.enough, false)
""",
    products="bigint[]",
    bins="bigint[]",
    lots="text[]",
    conditions="text[]",
    more="int[]",
    more_to_pick="int[]",
    wanted="bigint",
)


def _change_bins(bins: Mapping[BinKey, Change], places: Mapping[int, BinPlace]) -> None:
    rows = sorted(
        _CHANGE_BINS.run(
            products=[key.product_id for key in bins],
            bins=[key.bin_id for key in bins],
            lots=[key.lot for key in bins],
            conditions=[str(key.condition) for key in bins],
            more=[change.quantity for change in bins.values()],
            more_to_pick=[change.to_pick for change in bins.values()],
            wanted=len(bins),
        )
    )
    if rows:
        raise NotEnoughInBin(
            [
                Missing(product_id, sku, bin_id, places[bin_id].name, lot, condition, max(-delta, 0), max(free, 0))
                for product_id, bin_id, lot, condition, delta, free, sku in rows
            ]
        )


_CHANGE_LEVELS = Prepared(
    "inventory_change_levels",
    """
WITH change AS MATERIALIZED (
    SELECT *, more_on_hand - more_allocated - more_qc - more_quarantined - more_damaged AS growth
    FROM unnest(%(products)s::bigint[], %(warehouses)s::bigint[], %(on_hand)s::int[], %(allocated)s::int[],
                %(qc)s::int[], %(quarantined)s::int[], %(damaged)s::int[])
        AS change
        (product_id, warehouse_id, more_on_hand, more_allocated, more_qc, more_quarantined, more_damaged)
), locked AS MATERIALIZED (
    SELECT level.*, more_on_hand, more_allocated, more_qc, more_quarantined, more_damaged, growth,
           allocated + more_allocated >= 0 AND level.free + growth >= 0 AS fine
    FROM inventory_stocklevel level JOIN change USING (product_id, warehouse_id)
    ORDER BY level.id FOR NO KEY UPDATE OF level
), verdict AS MATERIALIZED (
    SELECT *, bool_and(fine) OVER () AND count(*) OVER () = %(wanted)s AS granted FROM locked
), changed AS (
    UPDATE inventory_stocklevel level
    SET on_hand = verdict.on_hand + verdict.more_on_hand, allocated = verdict.allocated + verdict.more_allocated,
        reserved = verdict.reserved, quality_control = verdict.quality_control + verdict.more_qc,
        quarantined = verdict.quarantined + verdict.more_quarantined, damaged = verdict.damaged + verdict.more_damaged
    FROM verdict
    WHERE level.id = verdict.id AND verdict.granted
    RETURNING level.id
)
SELECT change.product_id, change.warehouse_id, product.sku, changed.id, coalesce(verdict.free, 0), change.growth,
       coalesce(verdict.fine, false)
FROM change
JOIN inventory_product product ON product.id = change.product_id
LEFT JOIN verdict USING (product_id, warehouse_id)
LEFT JOIN changed ON changed.id = verdict.id
""",
    products="bigint[]",
    warehouses="bigint[]",
    on_hand="int[]",
    allocated="int[]",
    qc="int[]",
    quarantined="int[]",
    damaged="int[]",
    wanted="bigint",
)


def _change_levels(levels: Mapping[LevelKey, Change]) -> dict[LevelKey, tuple[int, int]]:
    """Add the changes; returns {(product_id, warehouse_id): (level id, growth of available)} of those that grew."""
    changes = levels.values()
    rows = sorted(
        _CHANGE_LEVELS.run(
            products=[product_id for product_id, _warehouse in levels],
            warehouses=[warehouse_id for _product, warehouse_id in levels],
            on_hand=[change.quantity for change in changes],
            allocated=[change.allocated for change in changes],
            qc=[change.unavailable.get(Condition.QUALITY_CONTROL, 0) for change in changes],
            quarantined=[change.unavailable.get(Condition.QUARANTINED, 0) for change in changes],
            damaged=[change.unavailable.get(Condition.DAMAGED, 0) for change in changes],
            wanted=len(levels),
        )
    )
    if any(level_id is None for _p, _w, _sku, level_id, *_rest in rows) or len(rows) != len(levels):
        raise StockPromised(
            [
                Short(product_id, sku, warehouse_id, max(-growth, 0), max(available, 0))
                for product_id, warehouse_id, sku, _id, available, growth, fine in rows
                if not fine
            ]
        )
    return {
        (product_id, warehouse_id): (level_id, growth)
        for product_id, warehouse_id, _sku, level_id, _available, growth, _fine in rows
        if growth > 0
    }
