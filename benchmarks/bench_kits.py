"""What kits cost: `python -m fulfillment.devtools.with_servers -- python -m benchmarks.bench_kits`

Each figure stands beside its floor of the same run: the same units without a kit.
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
from django.db import transaction  # noqa: E402

from benchmarks.report import Result, as_table  # noqa: E402
from inventory.models import Product  # noqa: E402
from inventory.selectors import availability, kit_availability  # noqa: E402
from inventory.services import ledger  # noqa: E402
from inventory.services.assembling import complete_kits, create_work_order  # noqa: E402
from inventory.services.products import create_product, create_products  # noqa: E402
from orders.tests.shop import NOW, TESTER, Shop, build_shop  # noqa: E402

PARTS = 4
PLENTY = 1_000_000
_runs = itertools.count(1)


def furnish(kits: int) -> tuple[Shop, list[str], list[int]]:
    """A shop with plenty of everything, and so many kits of four components, each of them in several kits."""
    call_command("migrate", verbosity=0)
    run = f"K{time.time_ns() % 10**9}-{next(_runs)}"
    skus = [f"{run}-P{number}" for number in range(max(kits, PARTS))]
    shop = build_shop({}, code=run)
    ids = create_products([{"sku": sku, "name": sku} for sku in skus], by=TESTER, now=NOW)
    shop.products.update({sku: ids[sku.casefold()] for sku in skus})
    with transaction.atomic():
        moves = [
            ledger.Move(shop.products[sku], PLENTY, shop.bins["supplier"], shop.bins["pick_face"], "receive")
            for sku in skus
        ]
        ledger.move(moves, by=TESTER, now=NOW)
    made = []
    for number in range(kits):
        parts = [(skus[(number + step) % len(skus)], 1 + step % 2) for step in range(PARTS)]
        made.append(create_product(sku=f"{run}-K{number}", name="Kit", kit=parts, by=TESTER, now=NOW).product.id)
    return shop, skus, made


def timed(act: Callable[[], Any], rounds: int) -> float:
    """The median in milliseconds, after two rounds that do not count."""
    act(), act()
    times = []
    for _round in range(rounds):
        start = time.perf_counter()
        act()
        times.append((time.perf_counter() - start) * 1000)
    return median(times)


def measure(kits: int, rounds: int) -> list[Result]:
    """The figures of kits: availability, intake, assembly."""
    shop, skus, made = furnish(kits)
    places = [shop.warehouse_id]
    results = []

    def line(name: str, ours: float, floor: float, most: float) -> None:
        met = ours <= floor * most
        figures = f"{ours:.2f} ms", f"{floor:.2f} ms"
        results.append(Result(name, *figures, ratio=floor / ours, must=f"≤ {most:g} × floor", met=met))

    parts = [shop.products[sku] for sku in skus]
    line(
        f"availability of {len(made):,} kits of {PARTS}",
        timed(lambda: kit_availability(made, places), rounds),
        timed(lambda: availability(parts, places), rounds),
        12,
    )
    kit = Product.objects.get(pk=made[0]).sku
    pieces = [(skus[step % len(skus)], 1 + step % 2) for step in range(PARTS)]
    line(
        f"an order of one kit of {PARTS}",
        timed(lambda: shop.order({kit: 1}), rounds),
        timed(lambda: shop.order(pieces), rounds),
        2,
    )
    box = create_product(sku=f"{kit}-BOX", name="Box", kit=pieces, kit_kind="assembled", by=TESTER, now=NOW).product.id
    ref = create_work_order(
        product_id=box, warehouse_id=shop.warehouse_id, quantity=rounds * 2 + 10, by=TESTER, now=NOW
    )

    def bare() -> None:
        with transaction.atomic():
            ledger.move(
                [
                    ledger.Move(shop.products[sku], units, shop.bins["pick_face"], shop.bins["production"], "consume")
                    for sku, units in pieces
                ],
                by=TESTER,
                now=NOW,
            )

    line(
        f"one kit of {PARTS} assembled",
        timed(lambda: complete_kits(ref, 1, by=TESTER, now=NOW), rounds),
        timed(bare, rounds),
        10,
    )
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kits", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=30)
    chosen = parser.parse_args()
    print(as_table(measure(chosen.kits, chosen.rounds)))


if __name__ == "__main__":
    main()
