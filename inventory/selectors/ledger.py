"""How the stock came to be what it is: every movement, with the balance after it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from inventory.models.place import VIRTUAL
from inventory.selectors.history import AtRow, level_at, level_of, stock_at
from inventory.selectors.products import ProductFact, products_by_sku
from inventory.selectors.stock import BinContent, StockRow, bins_with, stock_rows

Place = tuple[datetime, int]
"""(at, id): the place of a movement in the ledger of a product."""


@dataclass(frozen=True, slots=True)
class MovementRow:
    """A line of the ledger. ``effect`` is what it did to ``on_hand``, ``balance`` what ``on_hand`` was then."""

    id: int
    product_id: int
    sku: str
    warehouse_id: int
    warehouse: str
    quantity: int
    from_bin: str
    from_kind: str
    from_condition: str
    to_bin: str
    to_kind: str
    to_condition: str
    lot: str
    reason: str
    document: str
    note: str
    actor_kind: str
    actor_name: str
    at: datetime
    effect: int
    balance: int | None = None


_MOVEMENTS = """
SELECT movement.id, product.id, product.sku, warehouse.id, warehouse.code, movement.quantity,
       source.name, source.kind, movement.from_condition, target.name, target.kind, movement.to_condition,
       movement.lot, movement.reason, movement.document, movement.note,
       movement.actor_kind, movement.actor_name, movement.at,
       movement.quantity * ((target.kind <> ALL(%(virtual)s))::int - (source.kind <> ALL(%(virtual)s))::int)
FROM inventory_stockmovement movement
JOIN inventory_product product ON product.id = movement.product_id
JOIN inventory_warehouse warehouse ON warehouse.id = movement.warehouse_id
JOIN inventory_bin source ON source.id = movement.from_bin_id
JOIN inventory_bin target ON target.id = movement.to_bin_id
WHERE (%(product)s::bigint IS NULL OR movement.product_id = %(product)s)
  AND (%(warehouses)s::bigint[] IS NULL OR movement.warehouse_id = ANY(%(warehouses)s))
  AND (%(document)s::text IS NULL OR movement.document = %(document)s AND movement.document <> '')
  AND (%(lot)s::text IS NULL OR movement.lot = %(lot)s AND movement.lot <> '')
  AND (%(since)s::timestamptz IS NULL OR movement.at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR movement.at <= %(until)s)
  AND (%(before)s::bigint IS NULL OR movement.id < %(before)s)
  AND (%(after)s::bigint IS NULL OR movement.id > %(after)s)
  AND (%(bin)s::bigint IS NULL OR movement.from_bin_id = %(bin)s OR movement.to_bin_id = %(bin)s)
"""
_NEWEST = "ORDER BY movement.id DESC LIMIT %(limit)s"
_NEWER = "ORDER BY movement.id LIMIT %(limit)s"
# By time, along the index (product, at). The first condition alone bounds it; the second decides among equal times.
_EARLIER = """
  AND (%(place_at)s::timestamptz IS NULL
       OR movement.at <= %(place_at)s AND (movement.at < %(place_at)s OR movement.id < %(place_id)s))
ORDER BY movement.at DESC, movement.id DESC LIMIT %(limit)s
"""
_LATER = """
  AND movement.at >= %(place_at)s AND (movement.at > %(place_at)s OR movement.id > %(place_id)s)
ORDER BY movement.at, movement.id LIMIT %(limit)s
"""


def ledger_page(
    *,
    product_id: int | None = None,
    warehouse_ids: Sequence[int] | None = None,
    bin_id: int | None = None,
    document: str | None = None,
    lot: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
    before_id: int | None = None,
    after_id: int | None = None,
) -> list[MovementRow]:
    """The ledger, newest first; with ``after_id`` the newer movements, nearest first. One query, no balances."""
    names = _names(product_id, warehouse_ids, bin_id, document, lot, since, until, limit)
    return _read(_NEWEST if after_id is None else _NEWER, {**names, "before": before_id, "after": after_id})


def product_ledger(
    product_id: int,
    *,
    warehouse_ids: Sequence[int] | None = None,
    bin_id: int | None = None,
    document: str | None = None,
    lot: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
    before: Place | None = None,
    after: Place | None = None,
) -> list[MovementRow]:
    """The ledger of one product, latest first, each movement with the ``on_hand`` after it.

    With ``after`` the later movements, nearest first. The balance is over the warehouses asked for; it is None when a
    bin, a document or a lot leaves out movements between. Three queries at most, however long the ledger is.
    """
    names = _names(product_id, warehouse_ids, bin_id, document, lot, since, until, limit)
    place_at, place_id = (after or before) or (None, None)
    rows = _read(_EARLIER if after is None else _LATER, {**names, "place_at": place_at, "place_id": place_id})
    if not rows or bin_id is not None or document is not None or lot is not None:
        return rows
    latest = rows if after is None else rows[::-1]
    # The first row of all is the last of its moment: nothing else happened at that time after it.
    balance = _on_hand_after(latest[0], warehouse_ids, alone=before is None and after is None)
    told = []
    for row in latest:
        told.append(replace(row, balance=balance))
        balance -= row.effect
    return told if after is None else told[::-1]


@dataclass(frozen=True, slots=True)
class StockPage:
    """Everything about one product's stock: its level in each warehouse, its bins, and a page of its ledger."""

    product: ProductFact
    levels: tuple[StockRow, ...]
    bins: tuple[BinContent, ...]
    movements: tuple[MovementRow, ...]


def stock_page(
    sku: str, *, warehouse_ids: Sequence[int] | None = None, limit: int = 50, before: Place | None = None
) -> StockPage:
    """The stock page of a product, movements latest first with the balance after each. Raises NotFound.

    The balance is ``on_hand`` over the warehouses asked for. Seven queries at most, whatever the size of the ledger.
    """
    product = _product(sku)
    levels = stock_rows(product_ids=[product.id], warehouse_ids=warehouse_ids, limit=200)
    bins = [
        content for content in bins_with(product.id) if warehouse_ids is None or content.warehouse_id in warehouse_ids
    ]
    rows = product_ledger(product.id, warehouse_ids=warehouse_ids, limit=limit, before=before)
    return StockPage(product, tuple(levels), tuple(bins), tuple(rows))


@dataclass(frozen=True, slots=True)
class PastPage:
    """A product's stock as it was ``at`` a moment, what had led to it, and the events next to it."""

    product: ProductFact
    at: datetime
    rows: tuple[AtRow, ...]
    movements: tuple[MovementRow, ...]
    on_hand: int
    unavailable: dict[str, int]


def past_page(
    sku: str,
    at: datetime,
    *,
    warehouse_ids: Sequence[int] | None = None,
    limit: int = 50,
    before: Place | None = None,
) -> PastPage:
    """The same page as of a past moment, movements of that very moment included. Five queries. Raises NotFound."""
    product = _product(sku)
    rows = stock_at(product.id, at, warehouse_ids=warehouse_ids)
    movements = product_ledger(product.id, warehouse_ids=warehouse_ids, until=at, limit=limit, before=before)
    level = level_of(rows)
    return PastPage(product, at, tuple(rows), tuple(movements), level.on_hand, level.unavailable)


_EVENTS = """
SELECT (SELECT max(at) FROM inventory_stockmovement WHERE product_id = %(product)s AND at < %(at)s
            AND (%(warehouses)s::bigint[] IS NULL OR warehouse_id = ANY(%(warehouses)s))),
       (SELECT min(at) FROM inventory_stockmovement WHERE product_id = %(product)s AND at > %(at)s
            AND (%(warehouses)s::bigint[] IS NULL OR warehouse_id = ANY(%(warehouses)s)))
"""


def events_beside(
    product_id: int, at: datetime, *, warehouse_ids: Sequence[int] | None = None
) -> tuple[datetime | None, datetime | None]:
    """When something of a product moved last before ``at``, and first after it; None where nothing did. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, {"product": product_id, "at": at, "warehouses": _sorted(warehouse_ids)})
        earlier, later = cursor.fetchone()
    return earlier, later


@dataclass(frozen=True, slots=True)
class Why:
    """What turned one balance into another: the movements later than ``since`` up to ``until``, oldest first.

    ``movements`` are those that changed ``on_hand``; ``cut`` when there are more than were read.
    """

    since: datetime
    until: datetime
    before: int
    after: int
    movements: tuple[MovementRow, ...]
    cut: bool


def why(
    product_id: int, since: datetime, until: datetime, *, warehouse_ids: Sequence[int] | None = None, limit: int = 200
) -> Why:
    """Why ``on_hand`` of a product is not what it was: two moments, in either order. Three queries."""
    since, until = min(since, until), max(since, until)
    before = level_at(product_id, since, warehouse_ids=warehouse_ids).on_hand
    after = level_at(product_id, until, warehouse_ids=warehouse_ids).on_hand
    names = _names(product_id, warehouse_ids, None, None, None, None, until, limit + 1)
    rows = _read(_LATER, {**names, "place_at": since, "place_id": 2**62})
    cut = len(rows) > limit
    told, balance = [], before
    for row in rows[:limit]:
        balance += row.effect
        if row.effect:
            told.append(replace(row, balance=balance))
    return Why(since, until, before, after, tuple(told), cut)


_EFFECT_OF_TIES = """
SELECT coalesce(sum(
    movement.quantity * ((target.kind <> ALL(%(virtual)s))::int - (source.kind <> ALL(%(virtual)s))::int)
), 0)
FROM inventory_stockmovement movement
JOIN inventory_bin source ON source.id = movement.from_bin_id
JOIN inventory_bin target ON target.id = movement.to_bin_id
WHERE movement.product_id = %(product)s AND movement.at = %(at)s AND movement.id > %(id)s
  AND (%(warehouses)s::bigint[] IS NULL OR movement.warehouse_id = ANY(%(warehouses)s))
"""


def _on_hand_after(row: MovementRow, warehouse_ids: Sequence[int] | None, *, alone: bool) -> int:
    """``on_hand`` after a movement: that of its moment, without what others did at the very same time after it."""
    then = level_at(row.product_id, row.at, warehouse_ids=warehouse_ids).on_hand
    if alone:
        return then
    with connection.cursor() as cursor:
        cursor.execute(
            _EFFECT_OF_TIES,
            {
                "virtual": VIRTUAL,
                "product": row.product_id,
                "at": row.at,
                "id": row.id,
                "warehouses": _sorted(warehouse_ids),
            },
        )
        (ties,) = cursor.fetchone()
    return then - int(ties)


def _product(sku: str) -> ProductFact:
    found = products_by_sku([sku])
    if sku.casefold() not in found:
        raise NotFound(_("There is no product %(sku)s.") % {"sku": sku[:64]})
    return found[sku.casefold()]


def _sorted(warehouse_ids: Sequence[int] | None) -> list[int] | None:
    return None if warehouse_ids is None else sorted(set(warehouse_ids))


def _names(
    product_id: int | None,
    warehouse_ids: Sequence[int] | None,
    bin_id: int | None,
    document: str | None,
    lot: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
) -> dict[str, Any]:
    return {
        "virtual": VIRTUAL,
        "product": product_id,
        "warehouses": _sorted(warehouse_ids),
        "bin": bin_id,
        "document": document,
        "lot": lot,
        "since": since,
        "until": until,
        "before": None,
        "after": None,
        "limit": limit,
    }


def _read(order: str, names: dict[str, Any]) -> list[MovementRow]:
    with connection.cursor() as cursor:
        cursor.execute(_MOVEMENTS + order, names)
        return [MovementRow(*row) for row in cursor.fetchall()]
