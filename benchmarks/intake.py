"""Orders in: one at a time, a hundred at a time, all after one article, and never short."""

import random
import uuid
from collections.abc import Callable
from statistics import median
from typing import Any

from benchmarks.floors import Floor, Pgbench
from benchmarks.house import ARTICLES, HOT
from benchmarks.load import Api, Measured, Step, run
from benchmarks.report import Result

BULK = 100
"""Orders of one bulk request: as many as the floor script writes in one transaction."""


def order_body(skus: list[tuple[str, int]]) -> dict[str, Any]:
    """An order as a storefront would place it."""
    number = uuid.uuid4().hex
    return {
        "external_id": number,
        "placed_at": "2026-01-05T10:00:00Z",
        "currency": "GBP",
        "customer": {
            "name": "Ada Archer",
            "email": f"buyer-{random.randrange(100_000)}@example.com",
            "locale": "en",
            "notify_by": ["email"],
        },
        "shipping_address": {
            "name": "Ada Archer",
            "line1": "1 Mill Lane",
            "city": "Leeds",
            "postal_code": "LS1 4AP",
            "country": "GB",
        },
        "lines": [{"sku": sku, "quantity": quantity, "unit_price": "10.00"} for sku, quantity in skus],
        "shipping_method": "standard",
        "payment_status": "paid",
    }


def three_lines() -> dict[str, Any]:
    """Three different articles, quantities 1, 2, 3: what the floor script writes too."""
    numbers = random.sample(range(1, ARTICLES + 1), 3)
    return order_body([(f"SKU-{number:05}", quantity) for quantity, number in enumerate(numbers, start=1)])


def placing(base_url: str, key: str, body: Callable[[], dict[str, Any]]) -> Callable[[int], Step]:
    """A client that places orders; refusals are counted by their code."""

    def make(_number: int) -> Step:
        api = Api(base_url, key)

        def step() -> str:
            status, answer = api.call("POST", "/api/v1/orders/", body(), idempotency_key=uuid.uuid4().hex)
            return "ok" if status == 201 else f"{status} {answer.get('code', '')}"

        return step

    return make


def measure_intake(floor: Pgbench, base_url: str, key: str, *, rounds: int, seconds: float) -> list[Result]:
    """Intake at 1 and 8 clients beside the floor's nine round trips."""
    results = []
    for clients in (1, 8):
        floors: list[Floor] = []
        ours: list[Measured] = []
        for _round in range(rounds):
            floors.append(floor.run("intake", clients=clients, seconds=seconds))
            ours.append(run(placing(base_url, key, three_lines), clients=clients, seconds=seconds))
        ratio = median(one.rate / beside.rate for one, beside in zip(ours, floors, strict=True))
        failed = sum(sum(one.outcomes.values()) - one.succeeded for one in ours)
        p50, p99 = median(one.percentile(50) for one in ours), median(one.percentile(99) for one in ours)
        by_rate = clients == 8
        results.append(
            Result(
                f"intake, {clients} client{'s' * (clients > 1)}",
                f"{median(one.rate for one in ours):,.0f} orders/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms",
                f"{median(one.rate for one in floors):,.0f} orders/s, p50 {median(one.p50 for one in floors):.1f} ms",
                ratio,
                "ratio ≥ 0.06" if by_rate else "p50 ≤ 12 ms, p99 ≤ 30 ms",
                (ratio >= 0.06 if by_rate else p50 <= 12 and p99 <= 30) and not failed,
                f"{failed} failed" if failed else "none failed",
            )
        )
    return results


def bulk_placing(base_url: str, key: str) -> Callable[[int], Step]:
    """A client that places a hundred orders a request; it counts as well done when every one of them was created."""

    def make(_number: int) -> Step:
        api = Api(base_url, key)

        def step() -> str:
            body = {"orders": [three_lines() for _ in range(BULK)]}
            status, answer = api.call("POST", "/api/v1/orders/bulk/", body, idempotency_key=uuid.uuid4().hex)
            if status != 200:
                return f"{status} {answer.get('code', '')}"
            return "ok" if all(fate["status"] == "created" for fate in answer["results"]) else "refused"

        return step

    return make


def measure_bulk(floor: Pgbench, base_url: str, key: str, *, rounds: int, seconds: float) -> Result:
    """Orders a second, a hundred a request, beside the floor's hundred a transaction; 8 clients each."""
    floors: list[Floor] = []
    ours: list[Measured] = []
    for _round in range(rounds):
        floors.append(floor.run("intake_bulk100", clients=8, seconds=seconds))
        ours.append(run(bulk_placing(base_url, key), clients=8, seconds=seconds))
    ratio = median(one.rate / beside.rate for one, beside in zip(ours, floors, strict=True))
    failed = sum(sum(one.outcomes.values()) - one.succeeded for one in ours)
    p50 = median(one.percentile(50) for one in ours)
    return Result(
        f"bulk intake, {BULK} a request, 8 clients",
        f"{median(one.rate for one in ours) * BULK:,.0f} orders/s, a request p50 {p50:,.0f} ms",
        f"{median(one.rate for one in floors) * BULK:,.0f} orders/s",
        ratio,
        "ratio ≥ 0.25",
        ratio >= 0.25 and not failed,
        f"{failed} requests failed" if failed else "every order created",
    )


def measure_hot(base_url: str, key: str, *, stock: int, restock: Callable[[int], None]) -> Result:
    """Twice as many attempts as there is stock of one article, on a channel that rejects."""
    restock(stock)
    clients = 8
    seen = run(placing(base_url, key, lambda: order_body([(HOT, 1)])), clients=clients, each=stock * 2 // clients)
    refused = seen.outcomes["409 out_of_stock"]
    others = sum(seen.outcomes.values()) - seen.succeeded - refused
    return Result(
        "hot article, attempts twice the stock",
        f"{seen.attempts_rate:,.0f} attempts/s",
        must="exact, ≥ 250 attempts/s",
        met=seen.succeeded == stock and not others and seen.attempts_rate >= 250,
        note=f"{stock:,} in stock, {seen.succeeded:,} sold, {refused:,} refused, {others} other answers",
    )


def measure_never_short(
    floor: Pgbench, base_url: str, key: str, *, restock: Callable[[int], None], rounds: int, seconds: float
) -> Result:
    """Everybody buys one article that never runs out: the ceiling of a single row."""
    restock(1_000_000)
    floors: list[Floor] = []
    ours: list[Measured] = []
    for _round in range(rounds):
        floors.append(floor.run("hot", clients=8, seconds=seconds))
        ours.append(run(placing(base_url, key, lambda: order_body([(HOT, 1)])), clients=8, seconds=seconds))
    ratio = median(one.rate / beside.rate for one, beside in zip(ours, floors, strict=True))
    return Result(
        "hot article, never short, 8 clients",
        f"{median(one.rate for one in ours):,.0f} orders/s",
        f"{median(one.rate for one in floors):,.0f} orders/s",
        ratio,
        "ratio ≥ 0.12",
        ratio >= 0.12,
    )
