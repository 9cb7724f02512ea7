"""What orders of a channel are usually like, and what a buyer bought lately."""

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Lock

from django.db import connection

from core.kernel.prepared import Prepared
from orders.planning.checks import Goods, Usual, goods_of, usual_of

PAST_ORDERS = 1000
"""Orders of a channel looked back on."""
FRESH = timedelta(minutes=10)
KEPT = 200
"""Channels of which a process remembers what is usual."""

_PAST = """
SELECT line.product_id, placed.currency, line.quantity, line.unit_price
FROM (
    SELECT id, currency FROM orders_order WHERE channel_id = %s AND status <> 'cancelled' AND kind = 'sale'
    ORDER BY placed_at DESC, id DESC LIMIT %s
) placed
JOIN orders_orderline line ON line.order_id = placed.id AND line.kit_id IS NULL
"""

# The same goods may have been bought as kits, so kits count as what was bought and not as their parts.
_LATELY = Prepared(
    "orders_bought_lately",
    """
SELECT placed.ref, (
    SELECT jsonb_agg(jsonb_build_array(product_id, quantity)) FROM (
        SELECT product_id, quantity FROM orders_orderline WHERE order_id = placed.id AND kit_id IS NULL
        UNION ALL
        SELECT product_id, quantity FROM orders_orderkit WHERE order_id = placed.id
    ) bought)
FROM (
    SELECT id, ref FROM orders_order
    WHERE upper(email) = upper(%(email)s) AND channel_id = %(channel)s AND kind = 'sale' AND status <> 'cancelled'
      AND placed_at BETWEEN %(since)s AND %(until)s
    ORDER BY id DESC LIMIT 20
) placed
ORDER BY placed.id DESC
""",
    # Without it two of one moment would each not see the other. Held until the order that asks is committed.
    first="SELECT pg_advisory_xact_lock(hashtextextended('bought:' || %(channel)s || ':' || upper(%(email)s), 0))",
    email="text",
    channel="bigint",
    since="timestamptz",
    until="timestamptz",
)

_LOCKS = """
SELECT pg_advisory_xact_lock(key) FROM (
    SELECT DISTINCT hashtextextended('bought:' || %s || ':' || upper(email), 0) AS key
    FROM unnest(%s::text[]) AS buyers (email) ORDER BY 1
) keys
"""

_Known = dict[tuple[int, str], Usual]
_remembered: "OrderedDict[int, tuple[datetime, _Known]]" = OrderedDict()
_one_at_a_time = Lock()


def usual_lines(channel_id: int, currency: str, product_ids: Iterable[int], *, now: datetime) -> Mapping[int, Usual]:
    """{product_id: what its lines in the channel's last orders were like}, prices in that currency.

    At most ten minutes old, so that a busy process asks the database once in ten minutes for each channel.
    """
    known = _fresh(channel_id, now)
    if known is None:
        known = _read(channel_id)
        with _one_at_a_time:
            _remembered[channel_id] = (now, known)
            _remembered.move_to_end(channel_id)
            while len(_remembered) > KEPT:
                _remembered.popitem(last=False)
    return {pk: known[pk, currency] for pk in set(product_ids) if (pk, currency) in known}


def one_buyer_at_a_time(channel_id: int, emails: Iterable[str]) -> None:
    """Take the locks of ``bought_lately`` for many buyers at once, in one order, so that two batches never cross."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCKS, [channel_id, list(emails)])


def bought_lately(channel_id: int, email: str, *, placed_at: datetime, hours: int) -> list[tuple[str, Goods]]:
    """[(reference, goods)] of the buyer's last orders placed within so many hours of ``placed_at``, newest first.

    One round trip; 20 orders at most. Cancelled orders and replacements are left out. Whoever asks for the same buyer
    waits until this transaction ends: of two orders of one moment the second sees the first.
    """
    span = timedelta(hours=hours)
    rows = _LATELY.run(email=email, channel=channel_id, since=placed_at - span, until=placed_at + span)
    return [
        (ref, goods_of((product_id, units) for product_id, units in json.loads(bought or "[]"))) for ref, bought in rows
    ]


def _fresh(channel_id: int, now: datetime) -> _Known | None:
    with _one_at_a_time:
        read_at, known = _remembered.get(channel_id, (None, None))
    return known if read_at is not None and abs(now - read_at) < FRESH else None


def _read(channel_id: int) -> _Known:
    past: dict[tuple[int, str], list[tuple[int, Decimal]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_PAST, [channel_id, PAST_ORDERS])
        for product_id, currency, quantity, price in cursor.fetchall():
            past.setdefault((product_id, currency), []).append((quantity, price))
    return {key: usual_of(lines) for key, lines in past.items()}


def forget() -> None:
    """Read what is usual anew: for tests, and after much was imported at once."""
    with _one_at_a_time:
        _remembered.clear()
