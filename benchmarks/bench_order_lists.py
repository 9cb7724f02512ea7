"""Lists and searches of orders: `python -m fulfillment.devtools.with_servers -- python -m benchmarks.bench_order_lists`

Measures every view, search and filter at each of ``--sizes`` and says how each grew from the first to the last. The
floor of a run is the newest fifty orders by their key, read bare at the same size.
"""

import argparse
import datetime
import time
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.order_rows import fill_orders  # noqa: E402
from inventory.models import Product, StockLevel, Warehouse  # noqa: E402
from inventory.services.places import create_warehouse  # noqa: E402
from orders.models import Channel, Order  # noqa: E402
from orders.selectors.lists import (  # noqa: E402
    VIEWS,
    WORK_VIEWS,
    OrderFilter,
    counts_by_view,
    home_figures,
    order_facts_page,
    orders_list,
)
from orders.selectors.news import came_since, newest_order  # noqa: E402

PRODUCTS = 2000
WAITING_AT_FIRST = 50
WAITING_LATER = 1
"""Percent that wait: of a small shop half, of a long history one in a hundred, which is ten thousand of a million."""


def furnish() -> tuple[int, list[int], list[int]]:
    """A warehouse, two channels and products that never run out; their ids."""
    call_command("migrate", verbosity=0)
    now = timezone.now()
    warehouse_id = create_warehouse(code="LISTS", name="Lists", country="GB", cut_off=datetime.time(16)).id
    place = Warehouse.objects.get(pk=warehouse_id)
    channels = [Channel.objects.create(code=code, name=code, warehouse=place).pk for code in ("lists-a", "lists-b")]
    rows = Product.objects.bulk_create(
        Product(sku=f"L-{number}", name=f"Article {number}", created_at=now) for number in range(PRODUCTS)
    )
    StockLevel.objects.bulk_create(
        StockLevel(product_id=row.pk, warehouse_id=warehouse_id, on_hand=1_000_000) for row in rows
    )
    return warehouse_id, channels, [row.pk for row in rows]


def questions(warehouse_id: int, channels: list[int], products: list[int]) -> dict[str, Callable[[], Any]]:
    """What people and programs ask, by name."""
    today = timezone.now().date()
    here: dict[str, Any] = {"warehouse_ids": (warehouse_id,), "today": today}
    middle = Order.objects.order_by("-placed_at", "-pk")[Order.objects.count() // 2]
    deep = (middle.placed_at, middle.pk)
    asked: dict[str, Callable[[], Any]] = {}
    for view in (*VIEWS, *WORK_VIEWS):
        asked[f"view {view}"] = lambda view=view: orders_list(OrderFilter(view=view, **here))  # type: ignore[misc]
    newest = newest_order()
    for view in ("all", "late", "address"):
        for missed in (0, 20, 100_000):
            asked[f"news of {view}, {missed:,} since"] = lambda view=view, missed=missed: came_since(  # type: ignore[misc]
                OrderFilter(view=view, **here), after=newest - missed, newest=newest
            )
    searches = {
        "number": middle.ref,
        "beginning of a number": middle.ref[:8],
        "e-mail": middle.email,
        "beginning of a name": middle.customer_name[:6],
        "whole name": middle.customer_name,
        "channel's number": middle.external_id,
        "SKU": "L-77",
        "PO number": Order.objects.exclude(purchase_order_number="").order_by("pk")[0].purchase_order_number,
        "tracking number": "9400111202555842332669",
        "nothing": "zzzzqqqq",
    }
    for name, text in searches.items():
        asked[f"search {name}"] = lambda text=text: orders_list(OrderFilter(search=text, **here))  # type: ignore[misc]
    asked |= {
        "page in the middle": lambda: orders_list(OrderFilter(**here), before=deep),
        "counts of the views": lambda: counts_by_view(OrderFilter(**here)),
        "newest id": newest_order,
        "figures of home": lambda: home_figures(today=today, warehouse_ids=(warehouse_id,)),
        "API newest": lambda: _api(OrderFilter(channel_id=channels[0])),
        "API status": lambda: _api(OrderFilter(channel_id=channels[0], status="confirmed")),
        "API fulfilled": lambda: _api(OrderFilter(channel_id=channels[0], fulfillment_status="fulfilled")),
        "API e-mail": lambda: _api(OrderFilter(channel_id=channels[0], email=middle.email)),
        "API product": lambda: _api(OrderFilter(channel_id=channels[0], product_id=products[7])),
        "list of a product": lambda: orders_list(OrderFilter(product_id=products[7], **here)),
        "short of a product": lambda: orders_list(OrderFilter(product_id=products[7], view="short", **here)),
        "API days": lambda: _api(
            OrderFilter(placed_after=middle.placed_at - datetime.timedelta(hours=1), placed_before=middle.placed_at)
        ),
    }
    return asked


def _api(filters: OrderFilter) -> Any:
    return order_facts_page(filters, value=None, pk=0, backwards=False, limit=50)


def bare() -> None:
    """The floor: fifty keys in the order of the list."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM orders_order ORDER BY placed_at DESC, id DESC LIMIT 50")
        cursor.fetchall()


def timed(act: Callable[[], Any], times: int) -> tuple[float, float, int]:
    """p50 and p95 in milliseconds, and the statements of one."""
    with CaptureQueriesContext(connection) as queries:
        act()
    took = []
    for _run in range(times):
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return took[len(took) // 2], took[min(len(took) - 1, int(len(took) * 0.95))], len(queries)


def main() -> None:
    """Print a line for each question at each size, then what grew."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sizes", default="1000,20000")
    arguments.add_argument("--times", type=int, default=20)
    given = arguments.parse_args()
    warehouse_id, channels, products = furnish()
    seen: dict[str, list[tuple[float, int]]] = {}
    for size in (int(one) for one in given.sizes.split(",")):
        more = size - Order.objects.count()
        fill_orders(
            more,
            warehouse_id=warehouse_id,
            channel_ids=channels,
            product_ids=products,
            lines=2,
            open_percent=WAITING_LATER if seen else WAITING_AT_FIRST,
            mixed=True,
            days=400,
            now=timezone.now(),
        )
        floor, _worst, _one = timed(bare, given.times)
        print(f"\n{size:,} orders; fifty keys bare: {floor:.2f} ms")
        for name, act in questions(warehouse_id, channels, products).items():
            p50, p95, statements = timed(act, given.times)
            seen.setdefault(name, []).append((p50, statements))
            print(
                f"  {name:<32} p50 {p50:>8.2f} ms   p95 {p95:>8.2f} ms   {p50 / floor:>6.1f} × the floor   {statements}"
            )
    print("\nGrowth from the first size to the last (p50), and statements where they changed:")
    for name, found in seen.items():
        counts = "" if found[0][1] == found[-1][1] else f"   statements {found[0][1]} -> {found[-1][1]}"
        print(f"  {name:<32} {found[-1][0] / found[0][0]:>6.1f} ×{counts}")


if __name__ == "__main__":
    main()
