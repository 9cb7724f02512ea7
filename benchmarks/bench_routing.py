"""What routing costs: `python -m fulfillment.devtools.with_servers -- python -m benchmarks.bench_routing`

The planner alone over many warehouses beside the plainest search, one that asks every warehouse about every line; and
intake of a channel with several warehouses beside that of a channel with one, in the same run.
"""

import argparse
import random
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from benchmarks.report import Result, as_table  # noqa: E402
from inventory.services.products import create_products  # noqa: E402
from orders.planning.routing import Demand, Place, plan  # noqa: E402
from orders.tests.places import another_warehouse  # noqa: E402
from orders.tests.shop import NOW, TESTER, Shop, build_shop  # noqa: E402

PRODUCTS = 200
PLENTY = 1_000_000
WITHIN_S = 1.0
Orders = list[list[Demand]]
Stock = dict[tuple[int, int], int]


def imagine(orders: int, places: int, *, share: float) -> tuple[Orders, Stock, list[Place]]:
    """Orders of one to four lines, and warehouses of which each has that share of all products."""
    dice = random.Random(7)
    stock = {
        (product, place): dice.randint(1, 20)
        for product in range(PRODUCTS)
        for place in range(places)
        if dice.random() < share
    }
    sites = [
        Place(place, days=dice.randint(0, 2), distance_km=dice.randint(0, 9000), position=place)
        for place in range(places)
    ]
    wanted = [
        [Demand(((dice.randrange(PRODUCTS), 1),), dice.randint(1, 3)) for _ in range(dice.randint(1, 4))]
        for _ in range(orders)
    ]
    return wanted, stock, sites


def plainest(orders: Orders, stock: Stock, places: list[Place]) -> None:
    """The floor: whether each warehouse has each line, and nothing else."""
    for demands in orders:
        for place in places:
            for demand in demands:
                ((product, _per),) = demand.parts
                stock.get((product, place.id), 0) >= demand.quantity  # noqa: B015  it is asked, that is all


def seconds(act: Callable[[], Any], rounds: int) -> float:
    """The median in seconds, after one round that does not count."""
    act()
    times = []
    for _round in range(rounds):
        start = time.perf_counter()
        act()
        times.append(time.perf_counter() - start)
    return median(times)


def plan_all(orders: Orders, stock: Stock, places: list[Place]) -> None:
    """Route every order by the same stock."""
    for demands in orders:
        plan(demands, stock, places)


def furnish(places: int, lines: int) -> tuple[Shop, Shop]:
    """A shop with one warehouse and one with so many, plenty of the same products everywhere."""
    run = f"R{time.time_ns() % 10**9}"
    skus = [f"{run}-{number}" for number in range(lines)]
    one, many = build_shop({}, code=f"{run}A"), build_shop({}, code=f"{run}B")
    ids = create_products([{"sku": sku, "name": sku} for sku in skus], by=TESTER, now=NOW)
    for shop in (one, many):
        shop.products.update({sku: ids[sku.casefold()] for sku in skus})
        for sku in skus:
            shop.receive(sku, PLENTY)
    for number in range(1, places):
        another_warehouse(many, dict.fromkeys(skus, PLENTY), code=f"{run}{number}", position=number)
    return one, many


def measure(orders: int, places: int, rounds: int) -> list[Result]:
    """The figures of planning and of intake."""
    results = []
    for words, share in (("most have most of it", 0.8), ("many need two or three", 0.15)):
        made = imagine(orders, places, share=share)
        ours = seconds(lambda made=made: plan_all(*made), rounds)  # type: ignore[misc]
        floor = seconds(lambda made=made: plainest(*made), rounds)  # type: ignore[misc]
        results.append(
            Result(
                f"plan {orders:,} orders over {places} warehouses, {words}",
                f"{ours * 1000:.0f} ms",
                f"{floor * 1000:.0f} ms",
                ratio=floor / ours,
                must=f"≤ {WITHIN_S:g} s for 1,000 × 20",
                met=ours <= WITHIN_S * orders / 1000 * places / 20,
            )
        )
    call_command("migrate", verbosity=0)
    one, many = furnish(places, 3)
    lines = dict.fromkeys(list(one.products)[:3], 1)
    ours, floor = (seconds(lambda shop=shop: shop.order(lines), rounds * 10) for shop in (many, one))  # type: ignore[misc]
    results.append(
        Result(
            f"intake of an order, {places} warehouses beside one",
            f"{ours * 1000:.1f} ms",
            f"{floor * 1000:.1f} ms",
            ratio=floor / ours,
            must="≤ 2 × floor",
            met=ours <= floor * 2,
        )
    )
    return results


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--warehouses", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    print(as_table(measure(asked.orders, asked.warehouses, asked.rounds)))


if __name__ == "__main__":
    main()
