"""Everything that is done to orders, at once; afterwards every order is where what it holds says it is.

Each part has races of its own with their controls; this is about what the parts do to one another.
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db.models import Count, F

from core.kernel import commands
from core.kernel.commands import TryAgain
from core.kernel.errors import DomainError, NotFound
from core.outbox.models import Delivery
from core.outbox.services import run_due
from inventory.models import BinStock, StockLevel
from inventory.services.checking import check_stock
from inventory.tests.threads import together
from orders.models import Allocation, FulfillmentOrder, Order, OrderLine, ShortageChoice
from orders.services.line_changes import goods_total
from orders.services.readiness import release_scheduled
from orders.states import OPEN_ALLOCATION, OPEN_FULFILLMENT_ORDER
from shipping.models import Upgrade
from shipping.tests.books import assert_floor_balances
from tests.concurrency.order_acts import ACTS
from tests.concurrency.order_world import ADAM, BUDGET, Storm, prepare
from tests.concurrency.test_stock_storm import Retries

pytestmark = [pytest.mark.alone, pytest.mark.django_db(transaction=True)]

THREADS = 8
# What a handler's log says when the database had to refuse what a lock should have prevented.
BROKEN = "IntegrityError"
BEGUN = ("released", "picking", "picked", "packing", "packed")


@pytest.fixture
def storm() -> Storm:
    return prepare()


def rage(storm: Storm, *, seconds: float, seed: int, every_act: bool = False) -> None:
    """Everybody does something at random for a while; with ``every_act`` until each act was done once."""
    ends = time.monotonic() + seconds
    acts, weights = list(ACTS), list(ACTS.values())

    def act(number: int) -> None:
        dice = random.Random(seed + number)
        while time.monotonic() < ends or (every_act and len(storm.done) < len(ACTS) and time.monotonic() < ends + 90):
            (one,) = dice.choices(acts, weights)
            try:
                one(storm, dice)
                storm.done[one.__name__] += 1
            except DomainError as refusal:
                storm.refused[f"{one.__name__}: {refusal.code}"] += 1
            except TryAgain:
                storm.refused[f"{one.__name__}: given up"] += 1
            except Exception as error:
                storm.wrong.append(f"{one.__name__}: {type(error).__name__}: {error}")

    together(act, range(THREADS))


def contradictions(storm: Storm) -> list[str]:
    """What is not as it must be when nobody is at work any more, whatever was done before."""
    now = storm.now + timedelta(hours=1)  # what failed waits no longer to be tried again
    run_due(now=now, limit=20_000)
    release_scheduled(by=ADAM, now=now)
    found = [f"books: {one}" for one in check_stock(by=ADAM, now=now)]
    found += [f"line {one}" for one in _lines()]
    for order in Order.objects.all():
        found += [f"{order.ref} ({order.status}, {order.ship_policy}): {one}" for one in _order(order)]
    for part in FulfillmentOrder.objects.select_related("order", "warehouse").all():
        found += [f"{part.order_ref}/{part.pk} ({part.status}): {one}" for one in _part(part, now.date())]
    asked = ShortageChoice.objects.filter(status="asked").values("order").annotate(n=Count("pk")).filter(n__gt=1)
    found += [f"asked twice: {one}" for one in asked]
    presents = Upgrade.objects.filter(budget__isnull=False, order__upgraded_from=F("from_method"))
    given = presents.filter(order__shipping_method=F("to_method")).exclude(order__status="cancelled").count()
    found += [f"budget: {given}"] if given > BUDGET else []
    failed = Delivery.objects.exclude(last_error="").exclude(last_error__regex=r"\.errors\.|TryAgain")
    found += [f"failed: {one.handler}: {one.last_error}" for one in failed]
    found += [f"dead: {one.handler}: {one.last_error}" for one in Delivery.objects.filter(status="dead")]
    return found


def _lines() -> list[str]:
    held: Counter[tuple[int, bool]] = Counter()
    rows = Allocation.objects.exclude(status="released").values_list("order_line_id", "status", "quantity")
    for line_id, status, units in rows:
        held[line_id, False] += units
        held[line_id, True] += units if status == "shipped" else 0
    return [
        f"{line.pk}: {line.quantity} {line.allocated} {line.backordered} {line.cancelled} {line.shipped}"
        for line in OrderLine.objects.all()
        if line.quantity != line.allocated + line.backordered + line.cancelled
        or (line.ships and (line.allocated, line.shipped) != (held[line.pk, False], held[line.pk, True]))
    ]


def _order(order: Order) -> list[str]:
    lines = list(OrderLine.objects.filter(order=order))
    wants = [line for line in lines if line.ships and line.open_quantity]
    checks = {
        "open_holds": order.open_holds == order.holds.filter(released_at=None).count(),
        "goods_total": order.status == "cancelled" or order.goods_total == goods_total(order.pk),
        "confirmed without anything to do": order.status != "confirmed" or bool(wants),
        "over with something to do": order.status not in ("completed", "cancelled") or not wants,
        "still asked though nothing is missing": any(line.backordered for line in lines)
        or not ShortageChoice.objects.filter(order=order, status="asked").exists(),
    }
    return [words for words, right in checks.items() if not right]


def _part(part: FulfillmentOrder, today: date) -> list[str]:
    rows = list(Allocation.objects.filter(fulfillment_order=part).exclude(status="released"))
    held = [row for row in rows if row.status in OPEN_ALLOCATION]
    order, is_open, foreign = part.order, part.status in OPEN_FULFILLMENT_ORDER, part.warehouse.kind != "own"
    together = order.ship_policy == "complete"
    waits = OrderLine.objects.filter(order=order, backordered__gt=0).exists()
    checks = {
        "units of another warehouse": all(row.warehouse_id == part.warehouse_id for row in rows),
        "open but empty": not is_open or bool(held),
        "over but not empty": is_open or not held,
        "open part of an order that is over": not is_open or order.status == "confirmed",
        "may go though its order waits": part.status != "allocated" or not (together and waits),
        "may go before its day": part.status != "allocated" or part.release_on is None or part.release_on <= today,
        "scheduled for a day that has come": part.status != "scheduled"
        or (part.release_on is not None and part.release_on > today),
        "waits for nothing": part.status != "open" or foreign or together,
        "picked before the floor has it": part.status in (*BEGUN, "closed")
        or all(row.status != "picked" for row in rows),
        "nothing to pick but not picked": part.status not in ("released", "picking")
        or any(row.status == "allocated" for row in held),
        "something to pick but picked": part.status not in ("picked", "packing", "packed")
        or all(row.status == "picked" for row in held),
        "begun by a third party that did not accept": not (foreign and part.status == "released")
        or part.request_status == "accepted",
        "ours asked of a third party": foreign or not part.request_status,
        "open at one who declined": not is_open or part.request_status != "rejected",
    }
    return [words for words, right in checks.items() if not right]


def assert_true_at_last(storm: Storm) -> None:
    """What the storm left is what the books, the orders and the floor say it is."""
    mail.outbox.clear()
    found = contradictions(storm)
    assert not found, "\n".join(found)
    assert all(row.free >= 0 and min(row.allocated, row.reserved) >= 0 for row in StockLevel.objects.all())
    assert not BinStock.objects.filter(quantity__lt=F("to_pick")).exists()
    assert_floor_balances(storm.floor)


def survive(
    storm: Storm, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, *, seconds: float, seed: int
) -> str:
    """The storm and its proof; a sentence about what happened."""
    retries = Retries()
    monkeypatch.setattr(commands, "RETRYABLE", retries)
    rage(storm, seconds=seconds, seed=seed, every_act=True)
    acts = storm.done.total() + storm.refused.total()
    said = f"{acts} acts: {dict(storm.done)}; {dict(storm.refused)} refused; {dict(retries.asked)} started afresh"
    assert not storm.wrong, "\n".join(storm.wrong)
    assert BROKEN not in caplog.text
    assert set(ACTS) == {one for one in ACTS if storm.done[one.__name__]}
    assert retries.asked[commands.DEADLOCK] <= max(10, acts // 25)
    assert_true_at_last(storm)
    return said


def unlocked(queryset: Any, **by: Any) -> Any:
    """``lock_one`` without the lock."""
    row = queryset.filter(**by).first()
    if row is None:
        raise NotFound("There is no such row.")
    return row


def test_a_storm_of_everything_leaves_every_order_true(
    storm: Storm,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    record_property: Callable[[str, object], None],
) -> None:
    record_property("storm", survive(storm, monkeypatch, caplog, seconds=12, seed=1))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1000, 2000, 3000])
def test_a_long_storm_of_everything_leaves_every_order_true(
    storm: Storm,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    record_property: Callable[[str, object], None],
    seed: int,
) -> None:
    record_property("storm", survive(storm, monkeypatch, caplog, seconds=20, seed=seed))


def test_without_the_lock_on_the_order_the_same_storm_leaves_contradictions(
    storm: Storm, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("orders.services.") and hasattr(module, "lock_one"):
            monkeypatch.setattr(module, "lock_one", unlocked)
    for attempt in range(8):
        rage(storm, seconds=4, seed=100 * attempt)
        if storm.wrong or BROKEN in caplog.text:
            return  # the database's own constraints refused what the lock would have prevented
        with suppress(Exception):
            if contradictions(storm):
                return
    pytest.fail("Nothing went wrong without the lock.")
