"""Counting: `python -m fulfillment.devtools.with_servers -- python -m benchmarks.bench_counting --bins 2000`

An entry stands beside a single lock and insert of the same run, the day's plan beside a bare scan of the same bins.
"""

import argparse
import datetime
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from core.kernel.actors import Actor  # noqa: E402
from inventory.models import Bin, BinKind, BinStock, CountLine, CountPlan, CountTask, Product, Warehouse  # noqa: E402
from inventory.selectors.places import default_bins  # noqa: E402
from inventory.services.count_planning import plan_counts  # noqa: E402
from inventory.services.counting import begin_count, enter_count, finish_count  # noqa: E402
from inventory.services.ledger import Move, move  # noqa: E402
from inventory.services.places import NewBin, create_bins, create_warehouse  # noqa: E402
from inventory.services.velocity import compute_velocity  # noqa: E402

COUNTER = Actor(kind="staff", id=1, name="bench")
CHUNK = 1000


def furnish(bins: int) -> int:
    """A warehouse with a product in each of so many bins; returns its id."""
    call_command("migrate", verbosity=0)
    place = Warehouse.objects.filter(code="COUNTS").first()
    if place:
        return place.pk
    warehouse_id = create_warehouse(code="COUNTS", name="Counts", country="GB", cut_off=datetime.time(16)).id
    now = timezone.now()
    far = default_bins(warehouse_id)
    for start in range(0, bins, CHUNK):
        part = range(start, min(start + CHUNK, bins))
        shelves = create_bins(warehouse_id, [NewBin(name=f"C-{number:06}", pick_sequence=number) for number in part])
        products = Product.objects.bulk_create(
            Product(sku=f"C-{number}", name=f"Article {number}", created_at=now) for number in part
        )
        with transaction.atomic():
            moves = [
                Move(product.pk, 5, far[BinKind.SUPPLIER], shelf.id, "receive")
                for product, shelf in zip(products, shelves, strict=True)
            ]
            move(moves, by=COUNTER, now=now)
    CountPlan.objects.create(warehouse_id=warehouse_id, bins_per_day=200)
    return warehouse_id


def timed(act: Callable[[], Any], times: int = 1) -> float:
    """The median of so many runs, in milliseconds."""
    took = []
    for _run in range(times):
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)
    return median(took)


def bare_scan(warehouse_id: int) -> int:
    """The floor of the plan: each bin of the warehouse with what lies there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bin.id, stock.product_id FROM inventory_bin bin"
            " LEFT JOIN inventory_binstock stock ON stock.bin_id = bin.id WHERE bin.warehouse_id = %s",
            [warehouse_id],
        )
        return len(cursor.fetchall())


def bare_entry(row: BinStock, task: CountTask) -> None:
    """The floor of an entry: one row locked, one line written."""
    with transaction.atomic():
        BinStock.objects.select_for_update(no_key=True).get(pk=row.pk)
        CountLine.objects.create(
            task=task,
            round=99,
            product_id=row.product_id,
            lot=str(time.perf_counter_ns()),
            counted=5,
            book=5,
            counted_by="bench",
            at=timezone.now(),
        )


def main() -> None:
    """Print one line for each figure and its ratio to the floor."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--bins", type=int, default=2000)
    bins = arguments.parse_args().bins
    warehouse_id = furnish(bins)
    now = timezone.now()
    scan = timed(lambda: bare_scan(warehouse_id), 5)
    plan = timed(lambda: plan_counts(warehouse_id, by=COUNTER, now=now))
    velocity = timed(lambda: compute_velocity(now=now))
    tasks = list(CountTask.objects.filter(warehouse_id=warehouse_id, status="requested")[:50])
    rows = {row.bin_id: row for row in BinStock.objects.filter(bin__in=[task.bin_id for task in tasks])}
    entries, floors, whole = [], [], []
    for task in tasks:
        row = rows[task.bin_id]
        began = time.perf_counter()
        begin_count(task.ref, by=COUNTER, now=now)
        enter = (lambda ref, product: lambda: enter_count(ref, product_id=product, counted=5, by=COUNTER, now=now))(
            task.ref, row.product_id
        )
        entries.append(timed(enter))
        finish_count(task.ref, by=COUNTER, now=now)
        whole.append((time.perf_counter() - began) * 1000)
        floors.append(timed(lambda row=row, task=task: bare_entry(row, task)))  # type: ignore[misc]
    entry, floor = median(entries), median(floors)
    print(f"bins in the warehouse             {Bin.objects.filter(warehouse_id=warehouse_id).count():>10,}")
    print(f"a day's plan (200 counts)         {plan:>10,.1f} ms   {plan / scan:>6.1f} × a bare scan ({scan:.1f} ms)")
    print(f"velocity of every product         {velocity:>10,.1f} ms")
    beside = f"{entry / floor:>6.1f} × a lock and an insert ({floor:.2f} ms)"
    print(f"an entry                          {entry:>10,.2f} ms   {beside}")
    print(f"a bin: begin, one entry, finish   {median(whole):>10,.2f} ms")


if __name__ == "__main__":
    main()
