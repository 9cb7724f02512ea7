"""Waves: `python -m fulfillment.devtools.with_servers -- python -m benchmarks.bench_waves --orders 10000`

Drafts and releases a wave of each method beside a set-based statement of the same run that does the least a release
must: plan a bin for every unit, write the pick lines and mark the orders, in one transaction that is rolled back.
Then takes the wave back, and at the end asks what intake feels of a wave (``--intake`` seconds each, 0 for not at all).
"""

import argparse
import datetime
import time
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.order_rows import fill_orders  # noqa: E402
from benchmarks.wave_intake import measure_intake  # noqa: E402
from core.kernel.actors import Actor  # noqa: E402
from inventory.models import BinKind, Product, Warehouse, Zone  # noqa: E402
from inventory.selectors.places import default_bins, warehouse_by_id  # noqa: E402
from inventory.services.ledger import Move, move  # noqa: E402
from inventory.services.places import NewBin, create_bins, create_warehouse  # noqa: E402
from orders.models import Channel  # noqa: E402
from shipping.services.wave_preview import preview_wave  # noqa: E402
from shipping.services.waves import WaveAsk, draft_wave, release_wave  # noqa: E402
from shipping.services.withdrawing import cancel_wave  # noqa: E402

BENCH = Actor(kind="staff", id=1, name="bench")
CHUNK = 1000
UNITS = 1000

_FLOOR = """
WITH wanted AS (
    SELECT part.id AS part_id, part.order_ref, allocation.id AS allocation_id, allocation.product_id,
           allocation.quantity,
           sum(allocation.quantity) OVER (PARTITION BY allocation.product_id ORDER BY part.ship_by, part.id,
                                          allocation.id) AS upto
    FROM orders_fulfillmentorder part JOIN orders_allocation allocation ON allocation.fulfillment_order_id = part.id
    WHERE part.warehouse_id = %(warehouse)s AND part.status = 'allocated'
), shelf AS (
    SELECT DISTINCT ON (stock.product_id) stock.id, stock.product_id, stock.bin_id, bin.pick_sequence,
           stock.quantity - stock.to_pick AS free
    FROM inventory_binstock stock JOIN inventory_bin bin ON bin.id = stock.bin_id
    WHERE bin.warehouse_id = %(warehouse)s AND bin.kind = 'pick_face' ORDER BY stock.product_id, stock.id
), planned AS (
    SELECT wanted.*, shelf.id AS stock_id, shelf.bin_id, shelf.pick_sequence
    FROM wanted JOIN shelf USING (product_id) WHERE wanted.upto <= shelf.free
), marked AS (
    UPDATE inventory_binstock stock SET to_pick = stock.to_pick + taken.units
    FROM (SELECT stock_id, sum(quantity)::int AS units FROM planned GROUP BY stock_id) taken
    WHERE stock.id = taken.stock_id
), released AS (
    UPDATE orders_fulfillmentorder part SET status = 'released', released_at = now()
    FROM (SELECT DISTINCT part_id FROM planned) going WHERE part.id = going.part_id
)
INSERT INTO bench_pickline (part_id, allocation_id, order_ref, product_id, bin_id, sequence, quantity)
SELECT part_id, allocation_id, order_ref, product_id, bin_id, pick_sequence, quantity FROM planned
ORDER BY pick_sequence
"""


def furnish(products: int, code: str = "WAVES") -> tuple[int, list[int], int]:
    """A warehouse with a pick face for each product, in four zones; (its id, the products, a channel)."""
    now = timezone.now()
    warehouse_id = create_warehouse(code=code, name=code.title(), country="GB", cut_off=datetime.time(16)).id
    far = default_bins(warehouse_id)
    zones = [Zone.objects.create(warehouse_id=warehouse_id, code=code).pk for code in "ABCD"]
    made: list[int] = []
    for start in range(0, products, CHUNK):
        part = range(start, min(start + CHUNK, products))
        shelves = create_bins(warehouse_id, [NewBin(name=f"W-{number:06}", pick_sequence=number) for number in part])
        rows = Product.objects.bulk_create(
            Product(sku=f"{code}-{number}", name=f"Article {number}", created_at=now) for number in part
        )
        with transaction.atomic():
            moves = [
                Move(row.pk, UNITS, far[BinKind.SUPPLIER], shelf.id, "receive")
                for row, shelf in zip(rows, shelves, strict=True)
            ]
            move(moves, by=BENCH, now=now)
        made += [row.pk for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_bin SET zone_id = (%s::bigint[])[1 + pick_sequence * 4 / %s]"
            " WHERE warehouse_id = %s AND kind = 'pick_face'",
            [zones, products, warehouse_id],
        )
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS bench_pickline (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
            " part_id bigint, allocation_id bigint, order_ref text, product_id bigint, bin_id bigint, sequence int,"
            " quantity int)"
        )
        for table in ("inventory_binstock", "inventory_bin", "inventory_stocklevel", "inventory_product"):
            cursor.execute(f"VACUUM ANALYZE {table}")
    channel = Channel.objects.create(
        code=code.lower(), name=code.title(), warehouse=Warehouse.objects.get(pk=warehouse_id)
    )
    return warehouse_id, made, channel.pk


def timed(act: Callable[[], Any]) -> tuple[float, int, Any]:
    """Seconds, statements and the answer."""
    with CaptureQueriesContext(connection) as queries:
        began = time.perf_counter()
        answer = act()
        took = time.perf_counter() - began
    return took, len(queries), answer


def floor(warehouse_id: int) -> float:
    """Seconds of the set-based statement, rolled back."""
    with transaction.atomic(), connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute(_FLOOR, {"warehouse": warehouse_id})
        took = time.perf_counter() - began
        transaction.set_rollback(True)
    return took


def main() -> None:
    """Print one line for each figure and its ratio to the floor."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--orders", type=int, default=2000)
    arguments.add_argument("--lines", type=int, default=3)
    arguments.add_argument("--products", type=int, default=9500)
    arguments.add_argument("--methods", default="discrete,cluster,batch,zone")
    arguments.add_argument("--intake", type=float, default=10)
    given = arguments.parse_args()
    call_command("migrate", verbosity=0)
    warehouse_id, products, channel_id = furnish(given.products)
    now = timezone.now()
    fill_orders(
        given.orders,
        warehouse_id=warehouse_id,
        channel_ids=[channel_id],
        product_ids=products,
        lines=given.lines,
        now=now,
    )
    warehouse = warehouse_by_id(warehouse_id)
    least = min(floor(warehouse_id) for _run in range(3))
    print(f"{given.orders:,} orders, {given.orders * given.lines:,} lines; set-based floor {least * 1000:,.0f} ms")
    for method in given.methods.split(","):
        ask = WaveAsk(warehouse_id, given.orders, method, 10)
        seen, asked, _answer = timed(lambda ask=ask: preview_wave(ask, warehouse, pickers=4, now=now))  # type: ignore[misc]
        drafting, first, wave = timed(lambda ask=ask: draft_wave(ask, by=BENCH, now=now))  # type: ignore[misc]
        releasing, second, fact = timed(lambda wave=wave: release_wave(wave.id, by=BENCH, now=now))  # type: ignore[misc]
        both = drafting + releasing
        print(
            f"{method:<9} preview {seen * 1000:>7,.0f} ms ({asked} statements)"
            f"   draft {drafting * 1000:>7,.0f} + release {releasing * 1000:>7,.0f} = {both * 1000:>7,.0f} ms"
            f" ({first + second} statements)   {both / least:>5.1f} × the floor"
            f"   {fact.orders:,} orders on {len(fact.pick_list_ids):,} lists"
        )
        back, third, _none = timed(lambda fact=fact: cancel_wave(fact.id, by=BENCH, now=now))  # type: ignore[misc]
        print(f"{'':<9} taken back {back * 1000:>7,.0f} ms ({third} statements)   {back / least:>5.1f} × the floor")
    if given.intake:
        other, goods, elsewhere = furnish(given.products, "FAR")
        fill_orders(
            given.orders, warehouse_id=other, channel_ids=[elsewhere], product_ids=goods, lines=given.lines, now=now
        )
        skus = [f"WAVES-{number}" for number in range(given.products)]
        told = measure_intake(
            channel_id, skus, same=warehouse_id, other=other, orders=given.orders, seconds=given.intake
        )
        print(*told, sep="\n")


if __name__ == "__main__":
    main()
