"""Prove that the books balance, and mend them from the ledger where they do not."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.outbox.publish import NewEvent, publish
from inventory import ports
from inventory.events import STOCK_REPAIRED
from inventory.models import BinKind, BinStock, StockLevel, StockMovement
from inventory.models.place import VIRTUAL
from inventory.ports import Drift
from inventory.selectors.places import default_bins
from inventory.services.explaining import explained
from inventory.services.holding import end_holds_of
from inventory.services.snapshots import WrongSnapshot, rebuild_snapshots, wrong_snapshots
from inventory.services.transfer_checking import check_transfers
from inventory.states import MovementReason

__all__ = ["Drift", "check_stock"]

BIN, LEVEL, RESERVED, WAREHOUSE = "movements_make_bins", "bins_make_level", "holds_make_reserved", "one_warehouse"
SNAPSHOT = "movements_make_snapshots"
COUNTERS = ("on_hand", "quality_control", "quarantined", "damaged")


def check_stock(
    *, repair: bool = False, snapshots_since: datetime | None = None, by: Actor, now: datetime
) -> list[Drift]:
    """Every invariant that does not hold, in memory that grows with the drifts alone; empty when the books balance.

    Σ movements in − out = each bin; Σ bins = on_hand and each condition's counter; Σ open cart holds = reserved; no
    movement crosses warehouses; each snapshot (at or after ``snapshots_since``, by default all) is what the ledger
    says lay there then, and is made anew where it is not; and what higher rooms add through ``ports.extra_checks``.
    Each invariant is one statement and so sees one moment of a running system. Each drift of stock names the movements
    that explain it.

    With ``repair`` writers wait while the ledger, which is never changed, is made true again: counters are computed
    from it anew, a bin it says holds less than nothing gets a movement that says so, and each repair is an event.
    """
    since = snapshots_since
    return _repair(since, by=by, now=now) if repair else _look(since, by=by, now=now)


def _look(snapshots_since: datetime | None, *, by: Actor, now: datetime) -> list[Drift]:
    with transaction.atomic():
        _allow_minutes()
        drifts = [
            *(_bin_drift(row) for row in _rows(_BINS, virtual=VIRTUAL)),
            *(drift for row in _rows(_LEVELS) for drift in _level_drifts(row)),
            *(_reserved_drift(row) for row in _rows(_RESERVED)),
            *(Drift(WAREHOUSE, f"movement {pk}", source, target) for pk, source, target in _rows(_CROSSING)),
            *check_transfers(),
        ]
        drifts = explained(drifts)
        wrong = wrong_snapshots(since=snapshots_since)
    drifts += _rebuilt(wrong, now=now)
    for check in ports.extra_checks:
        drifts += check(repair=False, by=by, now=now)
    return drifts


@command
def _repair(snapshots_since: datetime | None, *, by: Actor, now: datetime) -> list[Drift]:
    _allow_minutes()
    rebuilt = _rebuilt(wrong_snapshots(since=snapshots_since), now=now)
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE inventory_reservation, inventory_binstock, inventory_stocklevel IN EXCLUSIVE MODE")
    drifts = [_mend_bin(row, by=by, now=now) for row in _rows(_BINS, virtual=VIRTUAL)]
    for row in _rows(_LEVELS):
        drifts += _mend_level(row, by=by, now=now)
    drifts += [_mend_reserved(row, by=by, now=now) for row in _rows(_RESERVED)]
    drifts += [Drift(WAREHOUSE, f"movement {pk}", source, target) for pk, source, target in _rows(_CROSSING)]
    drifts += check_transfers()
    drifts += rebuilt
    for check in ports.extra_checks:
        drifts += check(repair=True, by=by, now=now)
    return drifts


def _allow_minutes() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '15min'")
        cursor.execute("SET LOCAL lock_timeout = '30s'")


def _rows(sql: str, **names: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, names or None)
        return list(cursor.fetchall())


_BINS = """
WITH leg AS (
    SELECT product_id, to_bin_id AS bin_id, lot, to_condition AS condition, quantity FROM inventory_stockmovement
    UNION ALL
    SELECT product_id, from_bin_id, lot, from_condition, -quantity FROM inventory_stockmovement
), summed AS MATERIALIZED (
    SELECT product_id, bin_id, lot, condition, sum(quantity) AS quantity
    FROM leg GROUP BY product_id, bin_id, lot, condition
), ledger AS (
    SELECT summed.* FROM summed JOIN inventory_bin bin ON bin.id = summed.bin_id
    WHERE bin.kind <> ALL(%(virtual)s)
)
SELECT product_id, bin_id, lot, condition, coalesce(stock.quantity, 0), coalesce(ledger.quantity, 0),
       product.sku, bin.name, bin.warehouse_id, coalesce(stock.to_pick, 0)
FROM ledger FULL JOIN inventory_binstock stock USING (product_id, bin_id, lot, condition)
JOIN inventory_product product ON product.id = product_id
JOIN inventory_bin bin ON bin.id = bin_id
WHERE coalesce(stock.quantity, 0) <> coalesce(ledger.quantity, 0)
ORDER BY product_id, bin_id, lot, condition
"""

_LEVELS = """
WITH lying AS (
    SELECT stock.product_id, bin.warehouse_id, sum(stock.quantity) AS on_hand,
           sum(stock.quantity) FILTER (WHERE stock.condition = 'quality_control') AS quality_control,
           sum(stock.quantity) FILTER (WHERE stock.condition = 'quarantined') AS quarantined,
           sum(stock.quantity) FILTER (WHERE stock.condition = 'damaged') AS damaged
    FROM inventory_binstock stock JOIN inventory_bin bin ON bin.id = stock.bin_id
    GROUP BY stock.product_id, bin.warehouse_id
)
SELECT product_id, warehouse_id, product.sku,
       coalesce(level.on_hand, 0), coalesce(level.quality_control, 0), coalesce(level.quarantined, 0),
       coalesce(level.damaged, 0),
       coalesce(lying.on_hand, 0), coalesce(lying.quality_control, 0), coalesce(lying.quarantined, 0),
       coalesce(lying.damaged, 0)
FROM lying FULL JOIN inventory_stocklevel level USING (product_id, warehouse_id)
JOIN inventory_product product ON product.id = product_id
WHERE (coalesce(level.on_hand, 0), coalesce(level.quality_control, 0), coalesce(level.quarantined, 0),
       coalesce(level.damaged, 0))
   IS DISTINCT FROM
      (coalesce(lying.on_hand, 0), coalesce(lying.quality_control, 0), coalesce(lying.quarantined, 0),
       coalesce(lying.damaged, 0))
ORDER BY product_id, warehouse_id
"""

_RESERVED = """
WITH held AS (
    SELECT line.product_id, hold.warehouse_id, sum(line.quantity) AS quantity
    FROM inventory_reservationline line JOIN inventory_reservation hold ON hold.id = line.reservation_id
    WHERE hold.closed_at IS NULL
    GROUP BY line.product_id, hold.warehouse_id
)
SELECT product_id, warehouse_id, product.sku, coalesce(level.reserved, 0), coalesce(held.quantity, 0)
FROM held FULL JOIN inventory_stocklevel level USING (product_id, warehouse_id)
JOIN inventory_product product ON product.id = product_id
WHERE coalesce(level.reserved, 0) <> coalesce(held.quantity, 0)
ORDER BY product_id, warehouse_id
"""

_CROSSING = """
SELECT movement.id, source.warehouse_id, target.warehouse_id
FROM inventory_stockmovement movement
JOIN inventory_bin source ON source.id = movement.from_bin_id
JOIN inventory_bin target ON target.id = movement.to_bin_id
WHERE source.warehouse_id <> target.warehouse_id OR source.warehouse_id <> movement.warehouse_id
"""


def _bin_drift(row: tuple[Any, ...]) -> Drift:
    product_id, bin_id, lot, condition, stored, expected, sku, name, *_rest = row
    return Drift(
        BIN,
        f"{sku} in {name}" + (f", lot {lot}" if lot else "") + (f", {condition}" if condition != "sellable" else ""),
        stored,
        int(expected),
        detail={"product_id": product_id, "bin_id": bin_id, "lot": lot, "condition": condition},
    )


def _level_drifts(row: tuple[Any, ...]) -> list[Drift]:
    product_id, warehouse_id, sku = row[:3]
    return [
        Drift(
            LEVEL,
            f"{sku} in warehouse {warehouse_id}, {counter}",
            stored,
            int(expected),
            detail={"product_id": product_id, "warehouse_id": warehouse_id, "counter": counter},
        )
        for counter, stored, expected in zip(COUNTERS, row[3:7], row[7:11], strict=True)
        if stored != expected
    ]


def _reserved_drift(row: tuple[Any, ...]) -> Drift:
    product_id, warehouse_id, sku, stored, expected = row
    return Drift(
        RESERVED,
        f"{sku} in warehouse {warehouse_id}, reserved",
        stored,
        int(expected),
        detail={"product_id": product_id, "warehouse_id": warehouse_id},
    )


def _rebuilt(wrong: Sequence[WrongSnapshot], *, now: datetime) -> list[Drift]:
    """Snapshots are derived: a wrong one is made anew whenever it is found."""
    if wrong:
        rebuild_snapshots(wrong, now=now)
    return [
        Drift(SNAPSHOT, f"{one.name} as of {one.at.isoformat()}", one.stored, one.expected, repaired=True)
        for one in wrong
    ]


def _mend_bin(row: tuple[Any, ...], *, by: Actor, now: datetime) -> Drift:
    """The ledger is right: the bin gets its sum. A sum below zero is first brought to zero by a movement."""
    (drift,) = explained([_bin_drift(row)])
    product_id, bin_id, lot, condition, _stored, expected, _sku, _name, warehouse_id, to_pick = row
    if expected < 0:
        StockMovement.objects.create(
            product_id=product_id,
            warehouse_id=warehouse_id,
            quantity=-expected,
            from_bin_id=default_bins(warehouse_id)[BinKind.ADJUSTMENT],
            from_condition=condition,
            to_bin_id=bin_id,
            to_condition=condition,
            lot=lot,
            reason=MovementReason.REPAIR,
            actor_kind=by.kind,
            actor_id=by.id,
            actor_name=by.name,
            at=now,
        )
        expected = 0
    if to_pick > expected:
        ports.give_up_picks(product_id, bin_id, lot, to_pick - expected, by=by, now=now)
    stock, _made = BinStock.objects.get_or_create(product_id=product_id, bin_id=bin_id, lot=lot, condition=condition)
    # Plans beyond what lies there cannot stand; whoever keeps pick lines notices by its own check.
    BinStock.objects.filter(pk=stock.pk).update(quantity=expected, to_pick=min(stock.to_pick, expected))
    return _repaired([drift], "bin_stock", stock.pk, by=by, now=now)[0]


def _mend_level(row: tuple[Any, ...], *, by: Actor, now: datetime) -> list[Drift]:
    """The bins are right: the level gets their sums, and promises beyond them are given up."""
    drifts = explained(_level_drifts(row))
    product_id, warehouse_id = row[:2]
    level, _made = StockLevel.objects.get_or_create(product_id=product_id, warehouse_id=warehouse_id)
    counters = dict(zip(COUNTERS, map(int, row[7:11]), strict=True))
    free = counters["on_hand"] - sum(counters[name] for name in COUNTERS[1:])
    lacking = level.allocated + level.reserved - free
    if lacking > 0 and level.reserved:
        lacking -= end_holds_of(product_id, warehouse_id, min(lacking, level.reserved), by=by, now=now)
    if lacking > 0:
        lacking -= ports.give_up_allocations(product_id, warehouse_id, lacking, by=by, now=now, reason="recount")
    level.refresh_from_db()
    if level.allocated + level.reserved > free:
        return drifts
    StockLevel.objects.filter(pk=level.pk).update(**counters)
    return _repaired(drifts, "stock_level", level.pk, by=by, now=now)


def _mend_reserved(row: tuple[Any, ...], *, by: Actor, now: datetime) -> Drift:
    """The open holds are right, as far as there is stock for them."""
    drift = _reserved_drift(row)
    level = StockLevel.objects.filter(product_id=row[0], warehouse_id=row[1]).first()
    if level is None or level.free + level.reserved < drift.expected:
        return drift
    StockLevel.objects.filter(pk=level.pk).update(reserved=drift.expected)
    return _repaired([drift], "stock_level", level.pk, by=by, now=now)[0]


def _repaired(drifts: Iterable[Drift], subject: str, pk: int, *, by: Actor, now: datetime) -> list[Drift]:
    mended = [replace(drift, repaired=True) for drift in drifts]
    publish(
        *(
            NewEvent(
                type=STOCK_REPAIRED,
                subject_type=subject,
                subject_id=pk,
                data={"check": one.check, "stored": one.stored, "expected": one.expected, **one.detail},
            )
            for one in mended
        ),
        by=by,
        now=now,
    )
    return mended
