"""What orders of a channel are usually like, and what a buyer bought lately."""

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
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
SELECT asked.place, placed.ref, (
    SELECT jsonb_agg(jsonb_build_array(product_id, quantity)) FROM (
        SELECT product_id, quantity FROM orders_orderline WHERE order_id = placed.id AND kit_id IS NULL
        UNION ALL
        SELECT product_id, quantity FROM orders_orderkit WHERE order_id = placed.id
    ) bought)
FROM unnest(%(emails)s, %(since)s, %(until)s) WITH ORDINALITY AS asked (email, since, until, place)
CROSS JOIN LATERAL (
    SELECT id, ref FROM orders_order
    WHERE upper(email) = upper(asked.email) AND channel_id = %(channel)s AND kind = 'sale' AND status <> 'cancelled'
      AND placed_at BETWEEN asked.since AND asked.until
    ORDER BY id DESC LIMIT 20
) placed
ORDER BY asked.place, placed.id DESC
""",
    # Without it two of one moment would each not see the other. Held until the order that asks is committed; those of
    # many buyers are taken in one order, so that two batches never wait for each other in a circle.
    first="""
SELECT pg_advisory_xact_lock(key) FROM (
    SELECT DISTINCT hashtextextended('bought:' || %(channel)s || ':' || upper(email), 0) AS key
    FROM unnest(%(emails)s) AS buyers (email) ORDER BY 1
) keys""",
    emails="text[]",
    channel="bigint",
    since="timestamptz[]",
    until="timestamptz[]",
)

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


def bought_lately(
    channel_id: int, asked: Sequence[tuple[str, datetime]], *, hours: int
) -> list[list[tuple[str, Goods]]]:
    """For each [(email, placed at)] the buyer's last orders placed within so many hours of it, newest first.

    They are [(reference, goods)], 20 at most; cancelled orders and replacements are left out. One round trip. Whoever
    asks for the same buyer waits until this transaction ends: of two orders of one moment the second sees the first.
    """
    span = timedelta(hours=hours)
    found: list[list[tuple[str, Goods]]] = [[] for _one in asked]
    for place, ref, bought in _LATELY.run(
        emails=[email for email, _placed_at in asked],
        channel=channel_id,
        since=[placed_at - span for _email, placed_at in asked],
        until=[placed_at + span for _email, placed_at in asked],
    ):
        goods = goods_of((product_id, units) for product_id, units in json.loads(bought or "[]"))
        found[place - 1].append((ref, goods))
    return found


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
