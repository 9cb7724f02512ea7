"""Orders by the hundred thousand, written by PostgreSQL itself: what the lists and the waves are measured on.

The rows are those of intake and of the floor, without their events and movements. Of each hundred orders
``open_percent`` are allocated and wait; of the rest most were shipped and some cancelled. A mixed lot has short and
held ones among those that wait.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

_FILL = """
CREATE TEMP TABLE bench_order AS
SELECT nextval(pg_get_serial_sequence('orders_order', 'id')) AS id, n,
       (%(channels)s::bigint[])[1 + n %% cardinality(%(channels)s::bigint[])] AS channel_id,
       %(now)s::timestamptz - n * (%(days)s * interval '1 day') / %(count)s AS placed_at,
       -- A buyer in five comes again and again, the others once or twice.
       CASE WHEN n %% 5 = 0 THEN n %% greatest(1, %(count)s / 200)
            ELSE n %% greatest(1, %(count)s * 2 / 3) END AS buyer,
       CASE WHEN n * 100 < %(count)s::bigint * %(open_percent)s THEN
                CASE WHEN %(mixed)s AND n %% 40 = 7 THEN 'held' WHEN %(mixed)s AND n %% 20 = 3 THEN 'short'
                     ELSE 'allocated' END
            WHEN n %% 25 = 11 THEN 'cancelled' ELSE 'shipped' END AS stage
FROM generate_series(0, %(count)s - 1) AS n;

INSERT INTO orders_customer (channel_id, email, name, phone, locale, notify_by, created_at)
SELECT DISTINCT ON (channel_id, buyer) channel_id, 'buyer' || buyer || '@bench.example',
       (ARRAY['Anna', 'Bo', 'Chanchai', 'Dana', 'Emi', 'Frans', 'Gulli', 'Haruto'])[1 + buyer %% 8] || ' '
           || (ARRAY['Andersson', 'Berg', 'Chaiyo', 'Dalgaard', 'Endo', 'Fors', 'Gran'])[1 + buyer / 8 %% 7] || ' '
           || buyer,
       '', 'en', '{email}', %(now)s
FROM bench_order
ON CONFLICT DO NOTHING;

INSERT INTO orders_order (id, ref, channel_id, external_id, customer_id, status, fulfillment_status, payment_status,
    return_status, placed_at, created_at, currency, locale, email, customer_name, phone, notify_by, shipping_address,
    shipping_method, shipping_price, goods_total, charges_total, note, gift, tags, ship_by, open_holds, version,
    cancel_reason, purchase_order_number)
SELECT made.id, 'ORD-' || upper(substr(md5('order' || made.id), 1, 16)), made.channel_id, 'B-' || made.id, customer.id,
       CASE stage WHEN 'shipped' THEN 'completed' WHEN 'cancelled' THEN 'cancelled' ELSE 'confirmed' END,
       CASE stage WHEN 'shipped' THEN 'fulfilled' ELSE 'unfulfilled' END, 'paid', 'none', placed_at, placed_at, 'EUR',
       'en', customer.email, customer.name, '', '{email}',
       jsonb_build_object('name', customer.name, 'line1', 'Street ' || buyer, 'city', 'Town', 'postal_code',
                          lpad((buyer %% 100000)::text, 5, '0'), 'country',
                          (ARRAY['SE', 'GB', 'DE', 'TH', 'JP'])[1 + buyer %% 5]),
       CASE WHEN n %% 4 = 0 THEN 'express' ELSE 'standard' END, 5, 30, 0, '', '{}', '{}',
       (placed_at + interval '2 days')::date, CASE stage WHEN 'held' THEN 1 ELSE 0 END, 1, '',
       CASE WHEN n %% 50 = 0 THEN 'PO-' || made.id ELSE '' END
FROM bench_order made
JOIN orders_customer customer
    ON customer.channel_id = made.channel_id AND lower(customer.email) = 'buyer' || buyer || '@bench.example';

INSERT INTO orders_hold (order_id, type, reason, placed_by, placed_at, released_by)
SELECT id, 'address', 'House number missing', 'bench', placed_at, '' FROM bench_order WHERE stage = 'held';

CREATE TEMP TABLE bench_line AS
SELECT nextval(pg_get_serial_sequence('orders_orderline', 'id')) AS id, made.id AS order_id, stage, placed_at, place,
       (%(products)s::bigint[])[1 + (made.n::bigint * 7919 + place * 104729) %% cardinality(%(products)s::bigint[])]
           AS product_id,
       1 + (made.n + place) %% 3 AS quantity
FROM bench_order made CROSS JOIN generate_series(1, %(lines)s) AS place;

INSERT INTO orders_orderline (id, order_id, external_id, position, product_id, sku, name, quantity, unit_price, note,
    properties, allocated, backordered, shipped, cancelled, returned, placed_at)
SELECT line.id, order_id, '', place, product_id, product.sku, product.name, quantity, 10, '', '{}',
       CASE WHEN stage = 'cancelled' OR stage = 'short' AND place = 1 THEN 0 ELSE quantity END,
       CASE WHEN stage = 'short' AND place = 1 THEN quantity ELSE 0 END,
       CASE stage WHEN 'shipped' THEN quantity ELSE 0 END, CASE stage WHEN 'cancelled' THEN quantity ELSE 0 END, 0,
       placed_at
FROM bench_line line JOIN inventory_product product ON product.id = line.product_id;

CREATE TEMP TABLE bench_part AS
SELECT nextval(pg_get_serial_sequence('orders_fulfillmentorder', 'id')) AS id, id AS order_id, stage, placed_at
FROM bench_order;

INSERT INTO orders_fulfillmentorder (id, order_id, order_ref, warehouse_id, status, ship_by, created_at, closed_at)
SELECT part.id, part.order_id, shop_order.ref, %(warehouse)s,
       CASE part.stage WHEN 'shipped' THEN 'closed' WHEN 'cancelled' THEN 'cancelled' ELSE 'allocated' END,
       shop_order.ship_by, part.placed_at, CASE part.stage WHEN 'shipped' THEN part.placed_at + interval '1 day' END
FROM bench_part part JOIN orders_order shop_order ON shop_order.id = part.order_id;

INSERT INTO orders_allocation (fulfillment_order_id, order_line_id, product_id, warehouse_id, quantity, status, lot,
    created_at)
SELECT part.id, line.id, line.product_id, %(warehouse)s, line.quantity,
       CASE line.stage WHEN 'shipped' THEN 'shipped' ELSE 'allocated' END, '', line.placed_at
FROM bench_line line JOIN bench_part part ON part.order_id = line.order_id
WHERE line.stage <> 'cancelled' AND NOT (line.stage = 'short' AND line.place = 1);

UPDATE inventory_stocklevel level SET allocated = level.allocated + taken.units
FROM (SELECT product_id, sum(quantity)::int AS units FROM bench_line
      WHERE stage IN ('allocated', 'held') OR stage = 'short' AND place > 1 GROUP BY product_id) taken
WHERE level.product_id = taken.product_id AND level.warehouse_id = %(warehouse)s;

DROP TABLE bench_order, bench_line, bench_part
"""

_TABLES = (
    "orders_customer",
    "orders_order",
    "orders_orderline",
    "orders_fulfillmentorder",
    "orders_allocation",
    "orders_hold",
)


def fill_orders(
    count: int,
    *,
    warehouse_id: int,
    channel_ids: Sequence[int],
    product_ids: Sequence[int],
    lines: int = 3,
    open_percent: int = 100,
    mixed: bool = False,
    days: int = 1,
    now: datetime,
) -> None:
    """Write that many orders, placed over the last ``days``, newest open; about 50,000 a second, then ANALYZE."""
    values: dict[str, Any] = {
        "count": count,
        "warehouse": warehouse_id,
        "channels": list(channel_ids),
        "products": list(product_ids),
        "lines": lines,
        "open_percent": open_percent,
        "mixed": mixed,
        "days": days,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for statement in _FILL.split(";\n\n"):
            cursor.execute(statement, values)
        # Not only statistics: without a visibility map every count would read the heap, as after no other night.
        for table in _TABLES:
            cursor.execute(f"VACUUM ANALYZE {table}")
