"""What storefronts ask: `python -m fulfillment.devtools.with_servers -- python -m benchmarks.bench_availability`

Each figure stands beside its floor of the same run: the same rows by one bare statement.
"""

import argparse
import datetime
import json
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.report import Result, as_table  # noqa: E402
from core.accounts.services import issue_api_key  # noqa: E402
from core.kernel.actors import system  # noqa: E402
from inventory.models import Product, StockLevel, Warehouse  # noqa: E402
from inventory.selectors.changes import START, Place, anything_new, changes  # noqa: E402
from inventory.services.alerting import watch_stock  # noqa: E402
from inventory.services.places import create_warehouse  # noqa: E402
from inventory.services.reservation import Want, take  # noqa: E402

ASKED, CHANGED = 1_000, 100
BENCH = system("bench")


def furnish(levels: int) -> int:
    """A warehouse with so many stock levels of a thousand units each; returns its id."""
    call_command("migrate", verbosity=0)
    place = Warehouse.objects.filter(code="BENCH").first()
    warehouse_id = (
        place.pk if place else create_warehouse(code="BENCH", name="Bench", country="GB", cut_off=datetime.time(16)).id
    )
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(
            "INSERT INTO inventory_product (sku, name, weight_g, length_mm, width_mm, height_mm, image_url, hs_code,"
            " origin_country, tracking, removal, hazard, velocity, kit_kind, attributes, active, version, created_at)"
            " SELECT 'B-' || n, 'Article ' || n, 0, 0, 0, 0, '', '', '', 'none', 'fewest_bins', '', '', 'none', '{}',"
            " true, 1, now() FROM generate_series(1, %s) AS n ON CONFLICT DO NOTHING",
            [levels],
        )
        cursor.execute(
            "INSERT INTO inventory_stocklevel (product_id, warehouse_id, on_hand, allocated, reserved,"
            " quality_control, quarantined, damaged) SELECT id, %s, 1000, 0, 0, 0, 0, 0 FROM inventory_product"
            " ON CONFLICT DO NOTHING",
            [warehouse_id],
        )
        cursor.execute("VACUUM ANALYZE inventory_stocklevel")
        cursor.execute("VACUUM ANALYZE inventory_product")
    return warehouse_id


def timed(act: Callable[[], Any], rounds: int) -> float:
    """The median in milliseconds, after one round that does not count."""
    act()
    times = []
    for _round in range(rounds):
        start = time.perf_counter()
        act()
        times.append((time.perf_counter() - start) * 1000)
    return median(times)


def read(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def sell(products: list[int], warehouse_id: int) -> None:
    with transaction.atomic():
        take([Want(one, warehouse_id, 1) for one in products])


def measure(levels: int, rounds: int) -> list[Result]:
    """All figures of the page docs/availability.md."""
    warehouse_id = furnish(levels)
    step = max(levels // ASKED, 1)
    asked = list(Product.objects.order_by("pk").values_list("pk", "sku"))[::step][:ASKED]
    ids = [pk for pk, _sku in asked]
    _client, key = issue_api_key(name="bench", scopes=["stock:read"], requests_per_minute=None, now=timezone.now())
    client = Client(headers={"authorization": f"Bearer {key}", "host": "127.0.0.1"})
    question = json.dumps({"skus": [sku for _pk, sku in asked]})

    def ask() -> None:
        answer = client.post("/api/v1/stock/availability/", question, content_type="application/json")
        if answer.status_code != 200:
            raise RuntimeError(answer.content[:300])

    results = []

    def line(name: str, ours: float, floor: float, most_ms: float) -> None:
        results.append(
            Result(
                name,
                f"{ours:.2f} ms",
                f"{floor:.2f} ms",
                ratio=floor / ours,
                must=f"≤ {most_ms:g} ms",
                met=ours <= most_ms,
            )
        )

    bare = "SELECT product_id, warehouse_id, available FROM inventory_stocklevel WHERE product_id = ANY (%s)"
    line(
        f"{len(ids):,} products in one call, of {levels:,}",
        timed(ask, rounds),
        timed(lambda: read(bare, ids), rounds),
        250,
    )

    place = START
    while (page := changes(place, limit=1000)).more:
        place = page.upto
    place = page.upto
    line(
        "feed, nothing new: one look",
        timed(lambda: anything_new(place), rounds),
        timed(lambda: read("SELECT 1"), rounds),
        5,
    )
    line(
        "feed, nothing new: one answer",
        timed(lambda: changes(place), rounds),
        timed(lambda: read("SELECT 1"), rounds),
        10,
    )

    changed = ids[:: max(len(ids) // CHANGED, 1)][:CHANGED]
    ours, floor = [], []
    delays = []
    for _round in range(rounds):
        sell(changed, warehouse_id)
        start = time.perf_counter()
        while not anything_new(place):
            time.sleep(0.001)
        delays.append((time.perf_counter() - start) * 1000)
        start = time.perf_counter()
        found = changes(place)
        ours.append((time.perf_counter() - start) * 1000)
        if len(found.rows) != len(changed):
            raise RuntimeError(f"{len(found.rows)} changes of {len(changed)} were told.")
        place = Place(found.upto.xid, found.upto.level_id)
        start = time.perf_counter()
        read(bare, changed)
        floor.append((time.perf_counter() - start) * 1000)
    line(f"feed, {len(changed)} changes", median(ours), median(floor), 25)
    line("from the commit until the feed shows it", median(delays), timed(lambda: read("SELECT 1"), rounds), 20)

    watch_stock(by=BENCH, now=timezone.now())
    watched = []
    for _round in range(rounds):
        sell(changed, warehouse_id)
        start = time.perf_counter()
        watch_stock(by=BENCH, now=timezone.now())
        watched.append((time.perf_counter() - start) * 1000)
    line(f"watcher, {len(changed)} changes", median(watched), median(floor), 100)
    line(
        "watcher, nothing new",
        timed(lambda: watch_stock(by=BENCH, now=timezone.now()), rounds),
        timed(lambda: read("SELECT 1"), rounds),
        15,
    )
    if StockLevel.objects.filter(available__lt=0).exists():
        raise RuntimeError("Sold more than there was.")
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--levels", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=30)
    chosen = parser.parse_args()
    print(as_table(measure(chosen.levels, chosen.rounds)))


if __name__ == "__main__":
    main()
