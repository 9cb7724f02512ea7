"""Where a lot or a serial number came from and where it went."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from inventory import ports
from inventory.models import Receipt
from inventory.planning.documents import kind_of
from inventory.selectors.ledger import MovementRow, ledger_page
from inventory.selectors.lots import LotFact, lots_by_key
from inventory.selectors.stock import BinContent, bins_with

MOST = 2000
"""Movements of one lot that a trace reads; a trace that is ``cut`` says so."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Units that came in with a delivery; what is not known of it is empty."""

    receipt: str
    purchase_order: str
    supplier: str
    warehouse: str
    units: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Delivered:
    """Units that went to a customer with an order: ``customer_ref`` is the shop's own number of it."""

    order: str
    customer_ref: str
    parcels: tuple[str, ...]
    warehouse: str
    units: int
    returned: int
    returns: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class LotTrace:
    """A lot from supplier to customer and back. ``movements`` are all of them, oldest first."""

    lot: LotFact
    arrivals: tuple[Arrival, ...]
    here: tuple[BinContent, ...]
    delivered: tuple[Delivered, ...]
    movements: tuple[MovementRow, ...]
    cut: bool

    @property
    def units_arrived(self) -> int:
        return sum(one.units for one in self.arrivals)

    @property
    def units_here(self) -> int:
        return sum(one.quantity for one in self.here)

    @property
    def units_delivered(self) -> int:
        return sum(one.units for one in self.delivered)

    @property
    def units_returned(self) -> int:
        return sum(one.returned for one in self.delivered)


def trace_lot(lot: LotFact, *, warehouse_ids: Sequence[int] | None = None) -> LotTrace:
    """Follow a lot both ways, from its movements and the documents they name. A constant number of queries."""
    rows = ledger_page(product_id=lot.product_id, lot=lot.number, warehouse_ids=warehouse_ids, limit=MOST + 1)
    cut = len(rows) > MOST
    movements = tuple(reversed(rows[:MOST]))
    here = [
        one
        for one in bins_with(lot.product_id, lot=lot.number)
        if warehouse_ids is None or one.warehouse_id in warehouse_ids
    ]
    return LotTrace(
        lot=lot,
        arrivals=tuple(_arrivals(movements)),
        here=tuple(here),
        delivered=tuple(_delivered(lot, movements)),
        movements=movements,
        cut=cut,
    )


_LOTS_OF_DOCUMENT = """
SELECT movement.product_id, movement.lot, sum(movement.quantity)::bigint
FROM inventory_stockmovement movement JOIN inventory_bin target ON target.id = movement.to_bin_id
WHERE movement.document = %s AND movement.document <> '' AND movement.lot <> '' AND target.kind = 'customer'
GROUP BY movement.product_id, movement.lot ORDER BY movement.product_id, movement.lot LIMIT 500
"""


def lots_sent_with(ref: str) -> list[tuple[LotFact, int]]:
    """(lot, units) that went out with an order or, by its own reference, with one parcel of it. Two queries."""
    if kind_of(ref) == "shipment":
        units = ports.lots_in_parcel(ref)
    else:
        with connection.cursor() as cursor:
            cursor.execute(_LOTS_OF_DOCUMENT, [ref])
            units = {(product_id, number): count for product_id, number, count in cursor.fetchall()}
    lots = lots_by_key(units)
    return [(lots[key], count) for key, count in units.items() if key in lots]


_ORDERS_WITH = """
SELECT movement.document
FROM inventory_stockmovement movement JOIN inventory_bin target ON target.id = movement.to_bin_id
WHERE movement.product_id = %s AND movement.lot = %s AND movement.lot <> '' AND target.kind = 'customer'
  AND movement.document <> ''
GROUP BY movement.document ORDER BY min(movement.id)
"""


def orders_with(product_id: int, number: str) -> list[str]:
    """The references of the orders that got units of a lot, oldest first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_ORDERS_WITH, [product_id, number])
        return [row[0] for row in cursor.fetchall()]


def _arrivals(movements: Iterable[MovementRow]) -> list[Arrival]:
    units: dict[tuple[str, str], int] = {}
    first: dict[tuple[str, str], datetime] = {}
    for row in movements:
        if row.from_kind == "supplier" or row.to_kind == "supplier":
            key = (row.document, row.warehouse)
            units[key] = units.get(key, 0) + (row.quantity if row.from_kind == "supplier" else -row.quantity)
            first.setdefault(key, row.at)
    refs = sorted({document for document, _warehouse in units if document})
    known = {
        row.ref: row
        for row in Receipt.objects.filter(ref__in=refs).select_related("purchase_order__supplier", "supplier")
    }
    found = []
    for (document, warehouse), count in units.items():
        receipt = known.get(document)
        order = receipt.purchase_order if receipt else None
        supplier = (receipt.supplier if receipt else None) or (order.supplier if order else None)
        found.append(
            Arrival(
                receipt=document,
                purchase_order=order.ref if order else "",
                supplier=supplier.name if supplier else "",
                warehouse=warehouse,
                units=count,
                at=first[document, warehouse],
            )
        )
    return found


def _delivered(lot: LotFact, movements: Iterable[MovementRow]) -> list[Delivered]:
    out: dict[tuple[str, str], int] = {}
    back: dict[str, int] = {}
    first: dict[tuple[str, str], datetime] = {}
    for row in movements:
        if row.to_kind == "customer":
            key = (row.document, row.warehouse)
            out[key] = out.get(key, 0) + row.quantity
            first.setdefault(key, row.at)
        elif row.from_kind == "customer":
            back[row.document] = back.get(row.document, 0) + row.quantity
    if not out:
        return []
    sent = ports.sent_with(lot.product_id, lot.number, sorted({document for document, _warehouse in out if document}))
    found = []
    for (document, warehouse), count in out.items():
        facts = sent.get(document)
        returns = tuple(ref for ref in (facts.returns if facts else ()) if ref in back)
        came_back = sum(back[ref] for ref in returns) + back.get(document, 0)
        found.append(
            Delivered(
                order=document,
                customer_ref=facts.customer_ref if facts else "",
                parcels=facts.parcels if facts else (),
                warehouse=warehouse,
                units=count,
                returned=came_back,
                returns=returns,
                at=first[document, warehouse],
            )
        )
    return found


_ONLY_LOTS = """
SELECT movement.product_id, min(movement.lot)
FROM inventory_stockmovement movement JOIN inventory_bin target ON target.id = movement.to_bin_id
WHERE movement.document = %s AND movement.document <> '' AND movement.product_id = ANY(%s) AND target.kind = 'customer'
GROUP BY movement.product_id HAVING count(DISTINCT movement.lot) = 1 AND min(movement.lot) <> ''
"""


def only_lots_of(order_ref: str, product_ids: Iterable[int]) -> dict[int, str]:
    """{product_id: lot} of products of which an order got units of one lot alone; what comes back is of it."""
    wanted = sorted(set(product_ids))
    if not wanted or not order_ref:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_ONLY_LOTS, [order_ref, wanted])
        return dict(cursor.fetchall())
