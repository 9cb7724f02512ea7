"""What a wave costs whoever places an order meanwhile, and how much of that is waiting for its rows.

Intake alone; beside waves of the same goods; and, as the measure, beside waves of another warehouse and its goods: the
same work for the machine, and no row in common.
"""

import multiprocessing
import random
import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from benchmarks.load import Measured, Step, run
from core.kernel.actors import Actor
from orders.services.intake import place_order
from orders.services.requests import CustomerRequest, LineRequest, OrderRequest
from shipping.selectors.wave_candidates import WaveAsk
from shipping.services.waves import draft_wave, release_wave
from shipping.services.withdrawing import cancel_wave

BENCH = Actor(kind="staff", id=1, name="bench")
ADDRESS = {"name": "Ada Byron", "line1": "12 Mill Lane", "city": "Leeds", "postal_code": "LS1 4AP", "country": "GB"}


def measure_intake(
    channel_id: int, skus: Sequence[str], *, same: int, other: int, orders: int, seconds: float
) -> list[str]:
    """A line for intake alone, beside waves of warehouse ``same``, and beside those of ``other``."""
    seen = {
        "alone": _placed(channel_id, skus, seconds),
        "beside waves of its goods": _beside(same, orders, channel_id, skus, seconds),
        "beside waves elsewhere": _beside(other, orders, channel_id, skus, seconds),
    }
    alone = seen["alone"]
    return [
        f"intake {name:<26} {one.rate:>6,.0f} orders/s   p50 {one.percentile(50):>6.1f} ms   p99"
        f" {one.percentile(99):>6.1f} ms   {one.percentile(99) / alone.percentile(99):>4.1f} × the p99 alone"
        + (f"   {dict(one.outcomes)}" if one.succeeded < sum(one.outcomes.values()) else "")
        for name, one in seen.items()
    ]


def _placed(channel_id: int, skus: Sequence[str], seconds: float) -> Measured:
    connection.close()  # forks must not share one

    def make(_number: int) -> Step:
        def step() -> str:
            lines = tuple(
                LineRequest(sku=sku, quantity=1, unit_price=Decimal("2.50")) for sku in random.sample(skus, 3)
            )
            place_order(
                channel_id,
                OrderRequest(
                    external_id=uuid.uuid4().hex,
                    placed_at=timezone.now(),
                    currency="EUR",
                    customer=CustomerRequest(email=f"buyer-{random.randrange(10_000)}@bench.example", name="Ada Byron"),
                    shipping_address=ADDRESS,
                    lines=lines,
                ),
                by=BENCH,
                now=timezone.now(),
            )
            return "ok"

        return step

    return run(make, clients=1, seconds=seconds)


def _beside(warehouse_id: int, orders: int, channel_id: int, skus: Sequence[str], seconds: float) -> Measured:
    context = multiprocessing.get_context("fork")
    begun, enough = context.Event(), context.Event()
    connection.close()
    busy = context.Process(target=_release, args=(warehouse_id, orders, begun, enough))
    busy.start()
    begun.wait(120)
    try:
        return _placed(channel_id, skus, seconds)
    finally:
        enough.set()
        busy.join(300)


def _release(warehouse_id: int, orders: int, begun: Any, enough: Any) -> None:
    while not enough.is_set():
        now = timezone.now()
        wave = draft_wave(WaveAsk(warehouse_id, orders), by=BENCH, now=now)
        begun.set()
        release_wave(wave.id, by=BENCH, now=now)
        cancel_wave(wave.id, by=BENCH, now=now)
