"""Play a retailer's days: orders come in over the API while the floor works, and goods come back."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path

from django.db.models import Q
from django.utils import timezone

from core.attention.services import open_case
from core.outbox.models import Delivery
from core.outbox.selectors import dead_count
from fulfillment.devtools.demo.backdoor import BackDoor
from fulfillment.devtools.demo.catalogue import Article, late_delivery
from fulfillment.devtools.demo.floor import Floor
from fulfillment.devtools.demo.inbound import deliver_goods
from fulfillment.devtools.demo.invoices import SLICE, Cancellation, Goods, Invoice, Sale, read_invoices
from fulfillment.devtools.demo.promising import foresee_late
from fulfillment.devtools.demo.seed import SEEDER, WAREHOUSE
from fulfillment.devtools.demo.storefront import Storefront
from fulfillment.devtools.demo.waves import leave_a_wave
from inventory.models import Product, Warehouse
from orders.models import Channel
from returns.models import RefundInstruction

# Invoices that come in between two rounds of the floor: few in the slice, so that a cancellation meets orders half-way;
# more in a whole year, whose rounds each cost the same statements.
ROUND, ROUND_OF_A_YEAR, A_LOT = 20, 100, 2000
# Rounds in a row without any work after which the floor goes home.
QUIET_ROUNDS = 3

Say = Callable[[str], None]


def play(
    *, base_url: str, api_key: str, articles: dict[str, Article], csv: Path | None, today: date, say: Say
) -> Counter[str]:
    """Play the whole file; returns what was counted on the way. Memory does not grow with the file."""
    counts: Counter[str] = Counter()
    warehouse_id = Warehouse.objects.get(code=WAREHOUSE).pk
    shop = Storefront(base_url, api_key, counts)
    floor = Floor(warehouse_id, counts, timezone.now)
    back_door = BackDoor(warehouse_id, counts, timezone.now)
    invoices = read_invoices(csv or SLICE, last_day=today, counts=counts)
    began = told = time.monotonic()
    total = sum(1 for _ in read_invoices(csv or SLICE, last_day=today, counts=Counter()))
    seen, second_delivery_at = 0, total * 2 // 3
    per_round = ROUND_OF_A_YEAR if total > A_LOT else ROUND
    while chunk := list(islice(invoices, per_round)):
        for invoice in chunk:
            _take_in(invoice, shop, warehouse_id=warehouse_id)
        if seen < second_delivery_at <= seen + len(chunk):
            counts["units in the second delivery"] = _second_delivery(articles, warehouse_id=warehouse_id)
        seen += len(chunk)
        floor.shift(limit=per_round * 5 // 4)
        back_door.shift(limit=per_round)
        if time.monotonic() - told >= 1:
            told = time.monotonic()
            say(_progress(seen, total, told - began, counts))
    say(_progress(seen, total, time.monotonic() - began, counts))
    _finish(floor, back_door, shop, counts, say)
    counts["orders that will be late"] = foresee_late(warehouse_id, now=timezone.now())
    shop_id = Channel.objects.get(code="shop").pk
    counts["orders of this evening"] = leave_a_wave(warehouse_id, shop_id, by=SEEDER, now=timezone.now())
    counts["seconds"] = round(time.monotonic() - began)
    return counts


def _take_in(invoice: Invoice, shop: Storefront, *, warehouse_id: int) -> None:
    if isinstance(invoice, Sale):
        shop.place(invoice, now=timezone.now())
        return
    unmatched = shop.take_back(invoice)
    if unmatched:
        _open_unmatched_case(invoice, unmatched, warehouse_id=warehouse_id, now=timezone.now())


def _open_unmatched_case(
    cancellation: Cancellation, unmatched: Iterable[Goods], *, warehouse_id: int, now: datetime
) -> None:
    """Goods are said to come back that nobody here ever sold: a person has to look, and no stock is made of it."""
    lines = [{"sku": line.sku, "quantity": line.quantity} for line in unmatched]
    open_case(
        kind="return_without_sale",
        dedupe_key=f"return_without_sale:{cancellation.number}",
        summary=f"{cancellation.number} takes back goods that match no sale of this customer.",
        subject_type="invoice",
        warehouse_id=warehouse_id,
        detail={"invoice": cancellation.number, "lines": lines},
        fixes=[{"label": f"Look at {line['sku']}", "url": f"/stock?q={line['sku']}"} for line in lines[:3]],
        now=now,
    )


def _second_delivery(articles: dict[str, Article], *, warehouse_id: int) -> int:
    """What the supplier still owed arrives: the oldest backorders are filled by the workers."""
    owed = {sku: units for sku, article in articles.items() if (units := late_delivery(article)) > 0}
    ids = dict(Product.objects.filter(sku__in=owed).values_list("sku", "pk"))
    deliver_goods(
        {ids[sku]: units for sku, units in owed.items()}, warehouse_id=warehouse_id, by=SEEDER, now=timezone.now()
    )
    return sum(owed.values())


def _finish(floor: Floor, back_door: BackDoor, shop: Storefront, counts: Counter[str], say: Say) -> None:
    """Work on until nothing moves any more, every refund is paid and every effect has happened."""
    quiet = 0
    told = time.monotonic()
    while quiet < QUIET_ROUNDS:
        done = floor.shift(limit=200) + back_door.shift(limit=200)
        for refund_id in RefundInstruction.objects.filter(status="requested").values_list("pk", flat=True):
            shop.pay_refund(refund_id)
            done += 1
        waiting = effects_waiting()
        quiet = quiet + 1 if not done and not waiting else 0
        if time.monotonic() - told >= 2:
            told = time.monotonic()
            say(f"Finishing · work done in the last round: {done} · effects on their way: {waiting}")
        if not done:
            time.sleep(0.3)
    counts["dead letters"] = dead_count()


def effects_waiting() -> int:
    """Deliveries that are being acted on, due now, or to be tried again within half a minute."""
    soon = timezone.now() + timedelta(seconds=30)
    return Delivery.objects.filter(Q(status="claimed") | Q(status="due", due_at__lte=soon)).count()


def _progress(seen: int, total: int, seconds: float, counts: Counter[str]) -> str:
    return (
        f"{seen:,} of {total:,} sales and cancellations · {counts['orders']:,} orders · "
        f"{counts['parcels packed']:,} parcels packed · {seen / max(seconds, 0.001):,.1f} a second"
    )
