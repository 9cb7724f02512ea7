"""What the books say of a bin at the moment of a count: read under the lock, in the counter's transaction."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from core.kernel.commands import refuse_outside_transaction
from inventory.models import Bin, BinStock, Warehouse
from inventory.planning.counting import SELLABLE, SlotKey, home_of, spread
from inventory.selectors.lots import lots_by_key


@dataclass(frozen=True, slots=True)
class Book:
    """Units of one product and lot in one bin, by condition.

    ``suspects`` of the quarantined ones are there because a picker did not find them; ``home`` is the condition of
    surplus units.
    """

    bin_id: int
    product_id: int
    lot: str
    units: Mapping[str, int] = field(default_factory=dict)
    suspects: int = 0
    home: str = SELLABLE

    @property
    def total(self) -> int:
        return sum(self.units.values())

    def spread(self, total: int) -> dict[str, int]:
        """{condition: units} of ``total`` units found; at least one entry."""
        return spread(total, self.units, suspects=self.suspects, home=self.home) or {self.home: 0}

    def at(self, moment: datetime, *, now: datetime) -> "Book":
        """The books of a past moment: these without what moved since. One query."""
        units = dict(self.units)
        for row in _legs(self.bin_id, self.product_id, self.lot, moment, now):
            quantity, from_here, before, to_here, after = row
            if from_here:
                units[before] = units.get(before, 0) + quantity
            if to_here:
                units[after] = units.get(after, 0) - quantity
        units = {condition: max(count, 0) for condition, count in units.items()}
        return Book(self.bin_id, self.product_id, self.lot, units, self.suspects, self.home)


def slots_in(bin_id: int, *, product_id: int | None = None) -> set[SlotKey]:
    """What the books know to lie in a bin, or of one product of it; nothing is locked. One query."""
    rows = BinStock.objects.filter(bin_id=bin_id, quantity__gt=0)
    if product_id is not None:
        rows = rows.filter(product_id=product_id)
    return set(rows.values_list("product_id", "lot"))


def lock_books(place: Bin, slots: Collection[SlotKey], *, now: datetime) -> dict[SlotKey, Book]:
    """{(product_id, lot): book} of the slots, their rows locked as the ledger does.

    While they are held no unit of theirs moves. Four statements at most.
    """
    refuse_outside_transaction()
    rows = BinStock.objects.select_for_update(of=("self",), no_key=True).filter(bin=place)
    rows = rows.filter(product_id__in={one for one, _lot in slots}, lot__in={lot for _product, lot in slots})
    units: dict[SlotKey, dict[str, int]] = {slot: {} for slot in slots}
    for row in rows.order_by("product_id", "bin_id", "lot", "condition"):
        slot = (row.product_id, row.lot)
        if row.quantity and slot in units:
            units[slot][row.condition] = row.quantity
    suspects = _suspects(place.pk) if any(one.get("quarantined") for one in units.values()) else {}
    lots = lots_by_key(units) if any(lot for _product, lot in units) else {}
    today = now.astimezone(ZoneInfo(_time_zone(place.warehouse_id))).date() if lots else None
    books: dict[SlotKey, Book] = {}
    for (product, lot), found in units.items():
        known = lots.get((product, lot))
        fit = known is None or today is None or known.is_sellable(today)
        books[product, lot] = Book(
            bin_id=place.pk,
            product_id=product,
            lot=lot,
            units=found,
            suspects=suspects.get((product, lot), 0) if fit else 0,
            home=home_of(found, place.kind, SELLABLE if fit else "quarantined"),
        )
    return books


_MOVED = """
SELECT slot.product_id, slot.lot, coalesce(sum(movement.quantity), 0)
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS slot (product_id, lot, since)
LEFT JOIN inventory_stockmovement movement
    ON movement.product_id = slot.product_id AND movement.lot = slot.lot AND movement.at > slot.since
    AND movement.at <= %s AND movement.from_bin_id <> movement.to_bin_id
    AND %s IN (movement.from_bin_id, movement.to_bin_id)
GROUP BY slot.product_id, slot.lot
"""


def moved_since(bin_id: int, since: Mapping[SlotKey, datetime], *, now: datetime) -> dict[SlotKey, int]:
    """{slot: units of it that went into or out of the bin after that moment}; one query."""
    if not since:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVED,
            [
                [product_id for product_id, _lot in since],
                [lot for _product, lot in since],
                list(since.values()),
                now,
                bin_id,
            ],
        )
        return {(product_id, lot): int(units) for product_id, lot, units in cursor.fetchall()}


_SUSPECTS = """
SELECT product_id, lot, sum(quantity)
FROM inventory_stockmovement
WHERE from_bin_id = %(bin)s AND to_bin_id = %(bin)s AND from_condition = 'sellable' AND to_condition = 'quarantined'
  AND reason = 'lost' AND at > coalesce(
    (SELECT max(counted_at) FROM inventory_counttask WHERE bin_id = %(bin)s AND status = 'approved'), '-infinity')
GROUP BY product_id, lot
"""


def _suspects(bin_id: int) -> dict[SlotKey, int]:
    with connection.cursor() as cursor:
        cursor.execute(_SUSPECTS, {"bin": bin_id})
        return {(product_id, lot): int(units) for product_id, lot, units in cursor.fetchall()}


def _legs(bin_id: int, product_id: int, lot: str, since: datetime, until: datetime) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quantity, from_bin_id = %s, from_condition, to_bin_id = %s, to_condition"
            " FROM inventory_stockmovement WHERE product_id = %s AND lot = %s AND at > %s AND at <= %s"
            " AND %s IN (from_bin_id, to_bin_id)",
            [bin_id, bin_id, product_id, lot, since, until, bin_id],
        )
        return list(cursor.fetchall())


def _time_zone(warehouse_id: int) -> str:
    return str(Warehouse.objects.values_list("time_zone", flat=True).get(pk=warehouse_id))
