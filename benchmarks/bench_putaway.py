"""Where units go: `python -m fulfillment.devtools.with_servers -- python -m benchmarks.bench_putaway --bins 50000`

A suggestion is measured in a warehouse of a thousand bins and in one of many, every pick face and four in five bulk
bins full, beside its floor of the same run: reading one bin with what lies in it. Flat means that the second costs no
more than the first.
"""

import argparse
import datetime
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from benchmarks.report import Result, as_table  # noqa: E402
from inventory.models import Bin, Product, Warehouse  # noqa: E402
from inventory.selectors.occupancy import bins_along, fits_by_zone, zone_rows  # noqa: E402
from inventory.selectors.storing import places_now, suggest_bins  # noqa: E402
from inventory.services.places import create_warehouse  # noqa: E402

SMALL = 1_000


def furnish(bins: int) -> int:
    """A warehouse with so many bins, half of them bulk; returns its id."""
    code = f"PUT-{bins}"
    place = Warehouse.objects.filter(code=code).first()
    if place is not None:
        return place.pk
    warehouse_id = create_warehouse(code=code, name=code, country="GB", cut_off=datetime.time(16)).id
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(
            "INSERT INTO inventory_product (sku, name, weight_g, length_mm, width_mm, height_mm, image_url, hs_code,"
            " origin_country, tracking, removal, hazard, velocity, kit_kind, attributes, active, version, created_at)"
            " SELECT 'PUT-' || n, 'Article ' || n, 500, 100, 100, 100, '', '', '', 'none', 'fewest_bins', '',"
            " substr('ABC', n %% 3 + 1, 1), 'none', '{}', true, 1, now() FROM generate_series(1, %s) AS n"
            " ON CONFLICT DO NOTHING",
            [bins // 2],
        )
        cursor.execute(
            "INSERT INTO inventory_bin (warehouse_id, name, code, kind, pick_sequence, capacity_ml, one_product,"
            " frozen, frozen_reason, active) SELECT %s, 'B-' || n, %s || '-' || n,"
            " CASE WHEN n %% 2 = 0 THEN 'bulk' ELSE 'pick_face' END, n * 10, 60000, false, false, '', true"
            " FROM generate_series(1, %s) AS n",
            [warehouse_id, f"Q{bins}", bins],
        )
        # Every pick face and four in five bulk bins are full: 60 litres of one article, which lies in about two bins.
        cursor.execute(
            "INSERT INTO inventory_binstock (product_id, bin_id, lot, condition, quantity, to_pick)"
            " SELECT product.id, bin.id, '', 'sellable', 60, 0 FROM inventory_bin bin"
            " JOIN inventory_product product ON product.sku = 'PUT-' || (bin.pick_sequence / 10 %% %s + 1)"
            " WHERE bin.warehouse_id = %s AND bin.kind IN ('bulk', 'pick_face')"
            " AND (bin.kind = 'pick_face' OR bin.pick_sequence / 10 %% 5 <> 0)",
            [bins // 2, warehouse_id],
        )
        for table in ("inventory_bin", "inventory_binstock", "inventory_product"):
            cursor.execute(f"VACUUM ANALYZE {table}")
    return warehouse_id


def timed(act: Callable[[int], Any], rounds: int) -> float:
    """The median in milliseconds of ``act`` with a number, after one round that does not count."""
    act(0)
    times = []
    for number in range(rounds):
        start = time.perf_counter()
        act(number)
        times.append((time.perf_counter() - start) * 1000)
    return median(times)


def measure(bins: int, rounds: int) -> list[Result]:
    """All figures of the page docs/places.md."""
    call_command("migrate", verbosity=0)
    houses = {size: furnish(size) for size in (SMALL, bins)}
    products = list(Product.objects.filter(sku__startswith="PUT-").values_list("pk", flat=True)[:400])
    took: dict[int, float] = {}
    results: list[Result] = []
    for size, warehouse_id in houses.items():
        shelf = Bin.objects.filter(warehouse_id=warehouse_id, kind="bulk").values_list("pk", flat=True)[size // 4]
        took[size] = timed(partial(_suggest, products, warehouse_id), rounds)
        floor = timed(partial(_read, shelf), rounds)
        results.append(
            Result(
                f"put-away suggestion, {size:,} bins",
                f"{took[size]:.1f} ms",
                floor=f"{floor:.1f} ms",
                ratio=floor / took[size],
            )
        )
    growth = took[bins] / took[SMALL]
    results.append(Result(f"{bins:,} bins against {SMALL:,}", f"{growth:.2f} ×", must="≤ 1.5 ×", met=growth <= 1.5))
    large = houses[bins]
    acts: dict[str, Callable[[int], object]] = {
        "a page of 50 bins": lambda _number: bins_along(large, limit=50),
        "a page of empty bins": lambda _number: bins_along(large, state="empty", limit=50),
        "occupancy of the warehouse by zone": lambda _number: zone_rows(large),
        "how many more of these fit": lambda _number: fits_by_zone(products[0], large),
    }
    for name, act in acts.items():
        results.append(Result(f"{name}, {bins:,} bins", f"{timed(act, max(rounds // 10, 3)):.1f} ms"))
    return results


def _suggest(products: list[int], warehouse_id: int, number: int) -> None:
    if not suggest_bins(products[number % len(products)], warehouse_id, 12):
        raise RuntimeError("No bin was found.")


def _read(bin_id: int, _number: int) -> None:
    places_now([bin_id])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bins", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=200)
    asked = parser.parse_args()
    print(as_table(measure(asked.bins, asked.rounds)))


if __name__ == "__main__":
    main()
