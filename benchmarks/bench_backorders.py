"""What filling backorders costs: `python -m fulfillment.devtools.with_servers -- python -m benchmarks.bench_backorders`

Ranking those that wait stands beside its floor of the same run: reading the same rows and nothing else.
"""

import argparse
import itertools
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from benchmarks.report import Result, as_table  # noqa: E402
from inventory.services.products import create_products  # noqa: E402
from orders.models import Channel  # noqa: E402
from orders.planning.fill_order import fill_order  # noqa: E402
from orders.selectors.waiting import fill_rules, waiting_for  # noqa: E402
from orders.services.allocation import allocate_backorders  # noqa: E402
from orders.services.bulk import place_orders  # noqa: E402
from orders.tests.shop import NOW, TESTER, Shop, build_shop, request_for  # noqa: E402

_runs = itertools.count(1)
SLICE = 250
FILLED = 40
"""Orders of one unit each: completing orders first serves them before all others."""


def furnish(waiting: int) -> tuple[Shop, str]:
    """A shop with so many orders that wait for one product, and as many that wait for another."""
    call_command("migrate", verbosity=0)
    run = f"B{time.time_ns() % 10**9}-{next(_runs)}"
    hot, other = f"{run}-HOT", f"{run}-OTHER"
    shop = build_shop({}, code=run)
    ids = create_products([{"sku": sku, "name": sku} for sku in (hot, other)], by=TESTER, now=NOW)
    shop.products.update({sku: ids[sku.casefold()] for sku in (hot, other)})
    requests = [
        request_for({sku: 1 + number % 4}, email=f"b{number}@example.com", external_id=f"{run}-{sku}-{number}")
        for sku in (hot, other)
        for number in range(waiting)
    ]
    for first in range(0, len(requests), SLICE):
        place_orders(shop.channel_id, requests[first : first + SLICE], by=TESTER, now=NOW)
    return shop, hot


def timed(act: Callable[[], Any], rounds: int) -> float:
    """The median in milliseconds, after two rounds that do not count."""
    act(), act()
    times = []
    for _round in range(rounds):
        start = time.perf_counter()
        act()
        times.append((time.perf_counter() - start) * 1000)
    return median(times)


def measure(waiting: int, rounds: int) -> list[Result]:
    """Ranking, beside reading; and filling, by the order filled."""
    shop, hot = furnish(waiting)
    product_id = shop.products[hot]
    results = []

    def line(name: str, ours: float, floor: float, most: float) -> None:
        met = ours <= floor * most
        results.append(
            Result(name, f"{ours:.2f} ms", f"{floor:.2f} ms", ratio=floor / ours, must=f"≤ {most:g} × floor", met=met)
        )

    def read() -> Any:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT line.*, o.* FROM orders_orderline line JOIN orders_order o ON o.id = line.order_id"
                " WHERE line.product_id = %s AND line.backordered > 0 ORDER BY line.placed_at, line.id",
                [product_id],
            )
            return cursor.fetchall()

    for policy in ("oldest", "completes_an_order"):
        Channel.objects.filter(pk=shop.channel_id).update(fill_policy=policy)
        rules = fill_rules(shop.warehouse_id, product_id)

        def rank(rules: Any = rules) -> Any:
            return fill_order(waiting_for(product_id, shop.warehouse_id, rules), waiting, rules)

        floor, ours = timed(read, rounds), timed(rank, rounds)
        line(f"{waiting:,} waiting orders ranked, {policy}", ours, floor, 8)
    shop.receive(hot, FILLED)
    start = time.perf_counter()
    allocate_backorders(product_id, shop.warehouse_id, by=TESTER, now=NOW)
    each = (time.perf_counter() - start) * 1000 / FILLED
    line("a waiting order filled, of " + str(FILLED), each, timed(lambda: shop.order({hot: 1}), rounds), 8)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--waiting", type=int, default=2000, help="orders that wait for the product")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    print(as_table(measure(options.waiting, options.rounds)))


if __name__ == "__main__":
    main()
