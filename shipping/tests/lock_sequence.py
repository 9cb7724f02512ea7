"""Which rows a command locks, one after the other, and whether that is the written order (docs/adr/0009-lock-order.md).

PostgreSQL is asked after each statement which rows the transaction holds by then: those it locked or changed. So it
makes no difference how a statement locks, and a row that is locked again is not counted twice.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

KINDS = {
    "count": ("inventory_counttask", "lpad(id::text, 12, '0')"),
    "list": ("shipping_picklist", "lpad(id::text, 12, '0')"),
    "parcel": ("shipping_parcel", "lpad(id::text, 12, '0')"),
    "hold": ("inventory_reservation", "id::text"),
    "order": ("orders_order", "lpad(id::text, 12, '0')"),
    "customer": ("orders_customer", "lpad(id::text, 12, '0')"),
    "wave": ("shipping_wave", "lpad(id::text, 12, '0')"),
    "place": ("shipping_picktote", "''"),
    "stock": (
        "inventory_binstock",
        "lpad(product_id::text, 12, '0') || lpad(bin_id::text, 12, '0') || rpad(lot, 40) || condition",
    ),
    "level": ("inventory_stocklevel", "lpad(id::text, 12, '0')"),
}
"""Kinds of rows in the order they are locked in, each with its table and what its rows are sorted by."""

AFTER_ORDERS = "place"
"""The place of an order on a cart: locked at any time, and no order after it."""

RANK = {kind: number for number, kind in enumerate(kind for kind in KINDS if kind != AFTER_ORDERS)}

_HELD = " UNION ALL ".join(
    f"SELECT '{kind}', {key}, id::text FROM {table} WHERE xmin::text::bigint >= %s OR xmax::text::bigint >= %s"
    for kind, (table, key) in KINDS.items()
)
_NEW = " UNION ALL ".join(f"SELECT '{kind}', id::text FROM {table}" for kind, (table, _key) in KINDS.items())


class Sequence:
    """What was locked since, in each transaction, and what of it was locked too late."""

    def __init__(self) -> None:
        self.locked: list[list[tuple[str, str]]] = []
        self.wrong: list[str] = []
        self._transaction = 0
        self._mine: set[tuple[str, str]] = set()
        self._known: set[tuple[str, str]] = set()
        self._asking = self._places = False

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if self._asking or not connection.in_atomic_block:
            return execute(sql, params, many, context)
        self._begin()
        result = execute(sql, params, many, context)
        if not connection.needs_rollback:
            self._look(str(sql))
        return result

    def _ask(self, sql: str, params: Any = None) -> list[tuple[Any, ...]]:
        self._asking = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql, params)
                rows: list[tuple[Any, ...]] = cursor.fetchall()
                return rows
        finally:
            self._asking = False

    def _begin(self) -> None:
        ((now,),) = self._ask("SELECT pg_current_xact_id()::text::bigint")
        if now != self._transaction:
            self._transaction, self._mine, self._places = now, set(), False
            self._known = {(kind, pk) for kind, pk in self._ask(_NEW)}
            self.locked.append([])

    def _look(self, sql: str) -> None:
        found = self._ask(_HELD, [self._transaction] * (2 * len(KINDS)))
        # Nobody can wait for a row that this transaction made.
        fresh = sorted((kind, key, pk) for kind, key, pk in found if (kind, pk) in self._known - self._mine)
        self._mine |= {(kind, pk) for kind, _key, pk in fresh}
        ranked = sorted(
            (RANK[kind], key, kind)
            for kind, key, pk in fresh
            if kind != AFTER_ORDERS and not (kind == "wave" and self._holds_all_lists_of(pk))
        )
        before = self.locked[-1]
        if self._places and any(kind == "order" for _rank, _key, kind in ranked):
            self.wrong.append(f"an order after a place on a cart by {' '.join(sql.split())[:300]}")
        self._places = self._places or any(kind == AFTER_ORDERS for kind, *_rest in fresh)
        for rank, key, kind in ranked:
            late = [
                f"{kind} {key.strip()} after {one} {other.strip()}"
                for one, other in before[-1:]
                if (RANK[one], other) > (rank, key)
            ]
            self.wrong += [f"{one} by {' '.join(sql.split())[:300]}" for one in late]
            before.append((kind, key))
            before.sort(key=lambda held: (RANK[held[0]], held[1]))

    def _holds_all_lists_of(self, wave: str) -> bool:
        """Whoever wants a wave after an order holds one of its lists, so who holds all of them meets nobody there."""
        lists = self._ask("SELECT id::text FROM shipping_picklist WHERE wave_id = %s", [int(wave)])
        return all(("list", pk) in self._mine for (pk,) in lists)


@contextmanager
def recorded() -> Iterator[Sequence]:
    """Watch the locks of every transaction of this connection. Only for tests whose transactions are real ones."""
    sequence = Sequence()
    with connection.execute_wrapper(sequence):
        yield sequence
