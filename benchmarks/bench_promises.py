"""Promises: `python -m fulfillment.devtools.with_servers -- python -m benchmarks.bench_promises --orders 10000`

Promises computed a second, beside the cheapest thing that could be called one (a moment turned into the warehouse's day
and counted on); and the watcher over so many open orders due today, beside one statement that only reads them.
"""

import argparse
import datetime
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.order_rows import fill_orders  # noqa: E402
from core.kernel.actors import system  # noqa: E402
from inventory.models import Product, Warehouse  # noqa: E402
from inventory.selectors import warehouse_by_id  # noqa: E402
from inventory.services.places import create_warehouse  # noqa: E402
from orders.models import Channel, FulfillmentOrder  # noqa: E402
from orders.planning.promises import Calendar, SeasonDays, Terms, Transit, dates_of  # noqa: E402
from orders.selectors.calendars import Loads  # noqa: E402
from orders.services.promising import promised  # noqa: E402
from shipping.services.watching import foresee, watch_cut_offs  # noqa: E402

BENCH = system("bench")
START = datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC)
_READ = """
SELECT count(*), sum(allocation.quantity) FROM orders_fulfillmentorder part
JOIN orders_order placed ON placed.id = part.order_id
JOIN orders_allocation allocation ON allocation.fulfillment_order_id = part.id
WHERE part.warehouse_id = %s AND part.status = 'allocated' AND part.ship_by <= %s AND placed.open_holds = 0
"""


def rate(act: Callable[[int], object], count: int) -> float:
    """How often a second, of so many."""
    began = time.perf_counter()
    for number in range(count):
        act(number)
    return count / (time.perf_counter() - began)


def least(number: int) -> datetime.date:
    """The floor: a moment in the warehouse's time, and some days more."""
    moment = START + datetime.timedelta(minutes=number)
    day = moment.astimezone(ZoneInfo("Europe/London")).date()
    for _ in range(5):
        day += datetime.timedelta(days=1)
    return day


def pure(count: int) -> None:
    """Promises with nothing configured, and with everything."""
    floor = rate(least, count)
    calendar, transit = Calendar("Europe/London", datetime.time(15)), Transit(2, 4)
    plain = Terms(calendar, transit)
    season = SeasonDays("Christmas", START.date(), START.date() + datetime.timedelta(days=30), 1, 1)
    full = Terms(calendar, transit, (season,), capacity=100)
    print(f"floor      {floor:>12,.0f} a second")
    for name, terms in (("plain", plain), ("configured", full)):
        found = rate(
            lambda n, terms=terms: dates_of(  # type: ignore[misc]
                START + datetime.timedelta(minutes=n), terms, lambda day, most: most if day.weekday() == 0 else 0
            ),
            count,
        )
        print(f"{name:<10} {found:>12,.0f} promises a second   {floor / found:>5.1f} × the floor")


def timed(act: Callable[[], object]) -> tuple[float, int]:
    """Milliseconds and statements."""
    with CaptureQueriesContext(connection) as queries:
        began = time.perf_counter()
        act()
        return (time.perf_counter() - began) * 1000, len(queries)


def watcher(orders: int) -> None:
    """The watcher over open orders due today, and a promise against a full day."""
    call_command("migrate", verbosity=0)
    now = timezone.now()
    warehouse_id = create_warehouse(
        code="PROMISES", name="Promises", country="GB", cut_off=datetime.time(15), working_weekdays=range(7)
    ).id
    channel = Channel.objects.create(code="promises", name="Promises", warehouse=Warehouse.objects.get(pk=warehouse_id))
    products = Product.objects.bulk_create(
        Product(sku=f"P-{n}", name=f"Article {n}", created_at=now) for n in range(100)
    )
    fill_orders(
        orders,
        warehouse_id=warehouse_id,
        channel_ids=[channel.pk],
        product_ids=[row.pk for row in products],
        lines=2,
        now=now,
    )
    FulfillmentOrder.objects.filter(warehouse_id=warehouse_id).update(ship_by=now.date())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE orders_fulfillmentorder")
        cursor.execute("VACUUM ANALYZE orders_allocation")
        began = time.perf_counter()
        for _ in range(3):
            cursor.execute(_READ, [warehouse_id, now.date()])
        floor = (time.perf_counter() - began) * 1000 / 3
    warehouse = warehouse_by_id(warehouse_id)
    print(f"{orders:,} open orders due today; reading them alone {floor:,.0f} ms")
    for name, act in (
        ("foresee", lambda: foresee(warehouse, now=now)),
        ("watch, first", lambda: watch_cut_offs(warehouse_id, by=BENCH, now=now)),
        ("watch, again", lambda: watch_cut_offs(warehouse_id, by=BENCH, now=now)),
    ):
        took, asked = timed(act)
        print(f"{name:<14} {took:>8,.0f} ms ({asked} statements)   {took / floor:>6.1f} × the floor")
    Warehouse.objects.filter(pk=warehouse_id).update(daily_capacity=max(orders // 2, 1))
    bounded = warehouse_by_id(warehouse_id)
    took, asked = timed(lambda: promised(bounded, "standard", "GB", ready_at=now, loads=Loads(now=now)))
    print(f"promise against a full day {took:,.1f} ms ({asked} statements)")


def main() -> None:
    """Print one line for each figure and its ratio to the floor."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--promises", type=int, default=20_000)
    arguments.add_argument("--orders", type=int, default=2000)
    given = arguments.parse_args()
    pure(given.promises)
    watcher(given.orders)


if __name__ == "__main__":
    main()
