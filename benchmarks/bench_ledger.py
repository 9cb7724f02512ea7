"""The ledger, short and long: `python -m fulfillment.devtools.with_servers -- python -m benchmarks.bench_ledger`

``--movements 10000000`` fills the ledger so far. Each figure is taken with a hundredth of the movements too, for the
ratio of large to small, and beside a bare statement of the same run. The database's user has to be a superuser.
"""

import argparse
import datetime
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.report import Result, as_table  # noqa: E402
from core.accounts.models import User  # noqa: E402
from core.accounts.roles import Role  # noqa: E402
from core.kernel.actors import system  # noqa: E402
from inventory.models import Bin, Product, Warehouse  # noqa: E402
from inventory.selectors.history import level_at, stock_at  # noqa: E402
from inventory.selectors.lots import lot_fact  # noqa: E402
from inventory.selectors.places import default_bins  # noqa: E402
from inventory.selectors.tracing import trace_lot  # noqa: E402
from inventory.services.checking import check_stock  # noqa: E402
from inventory.services.ledger import Move, move  # noqa: E402
from inventory.services.places import NewBin, create_bins, create_warehouse  # noqa: E402
from inventory.services.snapshots import make_snapshots  # noqa: E402

BENCH = system("bench")
PER_PRODUCT = 1_000
SHELVES = 400
LOT = "BENCH-1"

# Of each product in turn: ten in, four to the next shelf, three out. No bin ever holds less than nothing.
_FILL = """
INSERT INTO inventory_stockmovement (product_id, warehouse_id, quantity, from_bin_id, from_condition, to_bin_id,
    to_condition, lot, reason, document, note, move_key, actor_kind, actor_id, actor_name, at)
SELECT product.id, %(warehouse)s, (ARRAY[10, 4, 3])[1 + k %% 3],
       (ARRAY[%(supplier)s, shelves.ids[1 + product.n %% %(count)s], shelves.ids[1 + (product.n + 1) %% %(count)s]])
           [1 + k %% 3], 'sellable',
       (ARRAY[shelves.ids[1 + product.n %% %(count)s], shelves.ids[1 + (product.n + 1) %% %(count)s], %(customer)s])
           [1 + k %% 3], 'sellable',
       CASE WHEN product.n %% 10 = 0 THEN %(lot)s ELSE '' END,
       (ARRAY['receive', 'move', 'ship'])[1 + k %% 3],
       (ARRAY['REC-', '', 'ORD-'])[1 + k %% 3] || CASE WHEN k %% 3 = 1 THEN '' ELSE product.n || 'X' || k END,
       '', NULL, 'system', NULL, 'bench',
       %(began)s + (k * product.total + product.n) * (interval '400 days' / (%(rounds)s::bigint * product.total))
FROM generate_series(%(first)s, %(rounds)s - 1) AS k
CROSS JOIN (
    SELECT id, row_number() OVER (ORDER BY id) AS n, count(*) OVER () AS total
    FROM inventory_product WHERE sku LIKE 'L-%%'
) product
CROSS JOIN (SELECT %(shelves)s::bigint[] AS ids) shelves
ORDER BY k, product.n
"""

_BINS = """
INSERT INTO inventory_binstock (product_id, bin_id, lot, condition, quantity, to_pick)
SELECT product_id, bin_id, lot, 'sellable', sum(units), 0 FROM (
    SELECT product_id, to_bin_id AS bin_id, lot, quantity AS units FROM inventory_stockmovement
    UNION ALL SELECT product_id, from_bin_id, lot, -quantity FROM inventory_stockmovement
) leg WHERE bin_id = ANY(%s) GROUP BY product_id, bin_id, lot
"""

_LEVELS = """
INSERT INTO inventory_stocklevel (product_id, warehouse_id, on_hand, allocated, reserved, quality_control, quarantined,
    damaged)
SELECT product_id, %s, sum(quantity), 0, 0, 0, 0, 0 FROM inventory_binstock GROUP BY product_id
"""


@dataclass(frozen=True)
class House:
    """Where the benchmark's goods lie."""

    warehouse_id: int
    bins: dict[str, int]
    shelves: list[int]
    products: list[tuple[int, str]]
    began: datetime.datetime
    now: datetime.datetime


def furnish(movements: int) -> House:
    """A house whose ledger holds about so many movements and nothing else; its books balance."""
    call_command("migrate", verbosity=0)
    place = Warehouse.objects.filter(code="BENCH").first()
    if place is None:
        made = create_warehouse(code="BENCH", name="Bench", country="GB", cut_off=datetime.time(16))
        create_bins(made.id, [NewBin(name=f"B-{n:04}", pick_sequence=n) for n in range(SHELVES)])
        place = Warehouse.objects.get(pk=made.id)
    shelves = list(
        Bin.objects.filter(warehouse=place, name__startswith="B-").order_by("pk").values_list("pk", flat=True)
    )
    bins, now = default_bins(place.pk), timezone.now()
    count = max(movements // PER_PRODUCT, 20)
    began = now - datetime.timedelta(days=400, hours=1)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET session_replication_role = replica")  # no foreign keys are checked while filling
        cursor.execute(
            "TRUNCATE inventory_stocksnapshot, inventory_stockmovement, inventory_binstock, inventory_stocklevel,"
            " inventory_lot CASCADE"
        )
        cursor.execute(
            "INSERT INTO inventory_product (sku, name, weight_g, length_mm, width_mm, height_mm, image_url, hs_code,"
            " origin_country, tracking, removal, hazard, velocity, kit_kind, attributes, active, version, created_at)"
            " SELECT 'L-' || n, 'Article ' || n, 0, 0, 0, 0, '', '', '', 'none', 'fewest_bins', '', '', 'none', '{}',"
            " true, 1, now() FROM generate_series(1, %s) AS n ON CONFLICT DO NOTHING",
            [count],
        )
        cursor.execute("DELETE FROM inventory_product WHERE sku LIKE 'L-%%' AND substr(sku, 3)::int > %s", [count])
        cursor.execute(
            "INSERT INTO inventory_lot (product_id, number, recall_reason) SELECT id, %s, '' FROM inventory_product"
            " WHERE sku LIKE 'L-%%'",
            [LOT],
        )
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'inventory_stockmovement'"
            " AND indexname LIKE 'movement\\_%%'"
        )
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        rounds = max(movements // count, 3)
        for first in range(0, rounds, 100):
            cursor.execute(
                _FILL.replace("%(rounds)s - 1", "%(last)s - 1"),
                {
                    "warehouse": place.pk,
                    "supplier": bins["supplier"],
                    "customer": bins["customer"],
                    "count": len(shelves),
                    "shelves": shelves,
                    "lot": LOT,
                    "began": began,
                    "rounds": rounds,
                    "first": first,
                    "last": min(first + 100, rounds),
                },
            )
        for _name, definition in indexes:
            cursor.execute(definition)
        cursor.execute(_BINS, [shelves])
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute(_LEVELS, [place.pk])
        for table in ("stockmovement", "binstock", "stocklevel", "product", "lot"):
            cursor.execute(f"VACUUM ANALYZE inventory_{table}")
    products = list(Product.objects.filter(sku__startswith="L-").order_by("pk").values_list("pk", "sku"))
    return House(place.pk, bins, shelves, products, began, now)


def latencies(act: Callable[[], Any], times: int) -> float:
    """The 95th percentile in milliseconds, after three that do not count."""
    taken = []
    for number in range(times + 3):
        start = time.perf_counter()
        act()
        if number >= 3:
            taken.append((time.perf_counter() - start) * 1000)
    return sorted(taken)[min(len(taken) - 1, int(len(taken) * 0.95))]


def seconds(act: Callable[[], Any]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def rate(act: Callable[[], Any], span: float) -> float:
    """How often a second, over so many seconds."""
    act()
    end, done = time.perf_counter() + span, 0
    start = time.perf_counter()
    while time.perf_counter() < end:
        act()
        done += 1
    return done / (time.perf_counter() - start)


def measure(house: House, *, times: int, span: float) -> dict[str, tuple[float, float]]:
    """{figure: (ours, floor)}: rates a second, else milliseconds, else (with a floor of 0) seconds."""
    chance = random.Random(7)

    def some() -> tuple[int, str]:
        return chance.choice(house.products)

    def moment() -> datetime.datetime:
        return house.began + (house.now - house.began) * chance.random()

    def bring() -> None:
        with transaction.atomic():
            product = some()[0]
            supplier, shelf = house.bins["supplier"], chance.choice(house.shelves)
            move([Move(product, 1, supplier, shelf, "receive")], by=BENCH, now=timezone.now())

    def bare_insert() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            product, shelf = some()[0], chance.choice(house.shelves)
            cursor.execute(
                "INSERT INTO bench_floor (product_id, bin_id, quantity, at) VALUES (%s, %s, 1, now())", [product, shelf]
            )

    def replay() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT sum(quantity) FROM inventory_stockmovement WHERE product_id = %s AND at <= %s",
                [some()[0], moment()],
            )
            cursor.fetchall()

    def newest() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT * FROM inventory_stockmovement WHERE product_id = %s ORDER BY at DESC, id DESC LIMIT 50",
                [some()[0]],
            )
            cursor.fetchall()

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS bench_floor (product_id bigint, bin_id bigint, quantity int, at timestamptz)"
        )
    found: dict[str, tuple[float, float]] = {}
    found["snapshots made"] = (seconds(lambda: make_snapshots(now=timezone.now())), 0)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE inventory_stocksnapshot")
    found["balance as of a date"] = (latencies(lambda: level_at(some()[0], moment()), times), latencies(replay, times))
    found["bins of a product as of a date"] = (
        latencies(lambda: stock_at(some()[0], moment()), times),
        latencies(replay, times),
    )
    user, _made = User.objects.get_or_create(username="bench", defaults={"roles": [str(Role.SUPERVISOR)]})
    desk = Client(headers={"host": "127.0.0.1"})
    desk.force_login(user)

    def page(query: str = "") -> None:
        answer = desk.get(f"/products/{some()[1]}{query}")
        if answer.status_code != 200:
            raise RuntimeError(answer.status_code)

    found["product page"] = (latencies(page, times), latencies(newest, times))
    found["product page as of a date"] = (
        latencies(lambda: page(f"?at={moment().strftime('%Y-%m-%dT%H:%M:%SZ')}"), times),
        latencies(newest, times),
    )
    lotted = [sku for number, (_pk, sku) in enumerate(house.products, start=1) if number % 10 == 0]
    found["trace of a lot with a thousand movements"] = (
        latencies(lambda: trace_lot(lot_fact(chance.choice(lotted), LOT)), max(times // 5, 5)),
        latencies(replay, times),
    )
    found["movements written"] = (rate(bring, span), rate(bare_insert, span))
    found["check_stock"] = (seconds(lambda: _check(house)), 0)
    return found


def _check(house: House) -> None:
    drifts = check_stock(snapshots_since=timezone.now() - datetime.timedelta(days=8), by=BENCH, now=timezone.now())
    if drifts:
        raise RuntimeError(f"The books do not balance: {drifts[:3]}")


MUST = {
    "balance as of a date": (8.0, 1.5),
    "bins of a product as of a date": (8.0, 1.5),
    "product page": (150.0, 1.5),
    "product page as of a date": (150.0, 1.5),
}


def main() -> None:
    """Print the table; small first, then grown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--movements", type=int, default=200_000)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=3)
    asked = parser.parse_args()
    small_size, size = max(asked.movements // 100, 20_000), asked.movements
    small = measure(furnish(small_size), times=asked.times, span=asked.seconds)
    filling = time.perf_counter()
    house = furnish(size)
    print(f"{size:,} movements filled in {time.perf_counter() - filling:.0f} s")
    large = measure(house, times=asked.times, span=asked.seconds)
    results = []
    for name, (ours, floor) in large.items():
        grown = ours / small[name][0] if small[name][0] else 0
        unit = "/s" if name == "movements written" else " ms p95" if floor else " s"
        most, most_grown = MUST.get(name, (None, None))
        met = None if most is None or most_grown is None else ours <= most and grown <= most_grown
        must = "" if most is None else f"≤ {most:g} ms, ≤ {most_grown:g}×"
        if name == "movements written":
            must, met = "≥ 0.8× of small", grown >= 0.8
        if name == "check_stock":
            must, met = "≤ 10 s at 10 million", ours <= 10 or size > 10_000_000
        note = f"{grown:.2f}× of {small_size:,} movements ({small[name][0]:,.1f}{unit})"
        ratio = (floor / ours if unit != "/s" else ours / floor) if floor else None
        shown = f"{floor:,.1f}{unit}" if floor else ""
        results.append(Result(f"{name}, {size:,} movements", f"{ours:,.1f}{unit}", shown, ratio, must, met, note))
    print(as_table(results))


if __name__ == "__main__":
    main()
