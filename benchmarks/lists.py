"""Reading at 100,000 orders: the newest fifty, a search, and that neither grows with history."""

import itertools
import random
from collections.abc import Callable
from statistics import median

from django.db import connection

from benchmarks.floors import Pgbench
from benchmarks.load import Api, Measured, Step, run
from benchmarks.report import Result
from orders.models import Order, OrderLine

SIZES = (1_000, 100_000)


def grow_to(size: int) -> None:
    """Copy one placed order until there are ``size`` copies; three in a hundred are open, the rest completed."""
    start = Order.objects.filter(external_id__startswith="bulk-").count()
    missing = size - start
    template = Order.objects.filter(lines__isnull=False).order_by("pk").values_list("pk", flat=True)[0]
    made = {
        "ref": "'ORD-B' || lpad(n::text, 9, '0')",
        "external_id": "'bulk-' || n",
        "placed_at": "timestamptz '2026-01-05 10:00Z' - n * interval '1 minute'",
        "email": "'buyer-' || n || '@example.com'",
        "status": "CASE WHEN n %% 100 < 3 THEN 'confirmed' ELSE 'completed' END",
        "fulfillment_status": "CASE WHEN n %% 100 < 3 THEN 'unfulfilled' ELSE 'fulfilled' END",
    }
    columns = [str(field.column) for field in Order._meta.concrete_fields if field.column != "id"]
    lines = [str(field.column) for field in OrderLine._meta.concrete_fields if field.column not in ("id", "order_id")]
    # A copy holds no stock: its units count as cancelled, so that the books still balance.
    counters = {"allocated": "0", "backordered": "0", "shipped": "0", "returned": "0", "cancelled": "l.quantity"}
    copied = ", ".join(counters.get(column, f"l.{column}") for column in lines)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(
            f"INSERT INTO orders_order ({', '.join(columns)}) SELECT {', '.join(made.get(c, c) for c in columns)}"
            " FROM orders_order, generate_series(%s, %s) AS n WHERE id = %s",
            [start + 1, start + missing, template],
        )
        cursor.execute(
            f"INSERT INTO orders_orderline (order_id, {', '.join(lines)}) SELECT o.id, {copied}"
            " FROM orders_order o, orders_orderline l WHERE l.order_id = %s AND o.external_id LIKE 'bulk-%%'"
            " AND NOT EXISTS (SELECT FROM orders_orderline x WHERE x.order_id = o.id)",
            [template],
        )
        cursor.execute("VACUUM ANALYZE orders_order")
        cursor.execute("VACUUM ANALYZE orders_orderline")


def measure_lists(floor: Pgbench, base_url: str, key: str, *, rounds: int, seconds: float) -> list[Result]:
    """p50 and p95 of the newest fifty by status, and of a look-up by e-mail, at each size."""
    seen: dict[tuple[str, int], list[Measured]] = {}
    for size in SIZES:
        grow_to(size)
        for _round in range(rounds):
            newest = run(_asking(base_url, key, "newest", size), clients=1, seconds=seconds)
            found = run(_asking(base_url, key, "search", size), clients=1, seconds=seconds)
            seen.setdefault(("newest", size), []).append(newest)
            seen.setdefault(("search", size), []).append(found)
    beside = floor.run("list50", clients=1, seconds=seconds)
    results = []
    for what, size in itertools.product(("newest", "search"), SIZES):
        p50 = median(one.percentile(50) for one in seen[what, size])
        p95 = median(one.percentile(95) for one in seen[what, size])
        failed = sum(sum(one.outcomes.values()) - one.succeeded for one in seen[what, size])
        title = "newest 50 of a status with lines" if what == "newest" else "orders of an e-mail address"
        results.append(
            Result(
                f"{title}, {size:,} orders",
                f"p50 {p50:.1f} ms, p95 {p95:.1f} ms",
                f"p50 {beside.p50:.2f} ms" if what == "newest" else "",
                must="p50 ≤ 20 ms, p95 ≤ 35 ms" if what == "newest" else "",
                met=(p50 <= 20 and p95 <= 35 and not failed) if what == "newest" else None,
            )
        )
    grown = median(one.percentile(50) for one in seen["newest", SIZES[1]]) / median(
        one.percentile(50) for one in seen["newest", SIZES[0]]
    )
    results.append(Result("newest 50: 100,000 over 1,000 orders", f"{grown:.2f}×", must="≤ 1.3×", met=grown <= 1.3))
    return results


def _asking(base_url: str, key: str, what: str, size: int) -> Callable[[int], Step]:
    def make(_number: int) -> Step:
        api = Api(base_url, key)

        def step() -> str:
            if what == "newest":
                path = "/api/v1/orders/?status=completed&limit=50"
            else:
                path = f"/api/v1/orders/?email=buyer-{random.randrange(1, size // 2)}%40example.com"
            status, answer = api.call("GET", path)
            return "ok" if status == 200 and answer["results"] else f"{status}"

        return step

    return make
