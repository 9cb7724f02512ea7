"""Everything the floor, the shop and the office can do to stock, at once; afterwards the books are proved.

Each part has races of its own with their controls; this is about what the parts do to one another.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db.models import F

from core.kernel import commands
from core.kernel.commands import TryAgain
from core.kernel.errors import DomainError
from core.kernel.prepared import Prepared
from core.outbox.models import Delivery
from core.outbox.services import run_due
from inventory.models import BinStock, StockLevel
from inventory.selectors.changes import START, changes
from inventory.services import ledger, reservation
from inventory.services.checking import check_stock
from inventory.tests.threads import together
from orders.tests.shop import assert_books_balance
from shipping.tests.books import assert_floor_balances
from tests.concurrency.stock_acts import ACTS, ADAM, Storm, photograph, prepare

pytestmark = [pytest.mark.alone, pytest.mark.django_db(transaction=True)]

THREADS = 8
SECONDS = 10.0


@pytest.fixture
def storm() -> Storm:
    return prepare()


class Retries(dict[str, int]):
    """The table of what is retried, which counts how often it was asked for each reason."""

    def __init__(self) -> None:
        super().__init__(commands.RETRYABLE)
        self.asked: Counter[str] = Counter()

    def get(self, code: str, default: int = 0) -> int:  # type: ignore[override]
        self.asked[code] += 1
        return super().get(code, default)


def rage(storm: Storm, *, seconds: float, seed: int, every_act: bool = False) -> None:
    """Everybody does something at random for a while, and one follows the feed until all is told.

    With ``every_act`` a slow machine goes on until each act was done once.
    """
    ends = time.monotonic() + seconds
    over = threading.Event()
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

    def follow(_number: int) -> None:
        place = START
        while True:
            last = over.is_set()
            page = changes(place, limit=5)
            storm.told.update({(row.product_id, row.warehouse_id): row.available for row in page.rows})
            place = page.upto
            if last and not page.more:
                return
            if not page.more:
                time.sleep(0.02)

    follower = threading.Thread(target=lambda: together(follow, [0]))
    follower.start()
    try:
        together(act, range(THREADS))
    finally:
        over.set()
        follower.join(timeout=30)


def assert_true_at_last(storm: Storm) -> None:
    """What the storm left is what the books, the orders and the feed say it is."""
    run_due(now=storm.now + timedelta(hours=1), limit=5000, raise_errors=True)
    photograph(storm, random.Random(0))
    levels = {(row.product_id, row.warehouse_id): row for row in StockLevel.objects.all()}
    assert all(row.free >= 0 and min(row.on_hand, row.allocated, row.reserved) >= 0 for row in levels.values())
    assert not BinStock.objects.filter(quantity__lt=F("to_pick")).exists()
    assert check_stock(by=ADAM, now=storm.now) == []
    assert_books_balance(storm.floor.shop)
    assert_floor_balances(storm.floor)
    assert not Delivery.objects.filter(status="dead").exists()


def test_a_storm_of_everything_leaves_the_books_true(
    storm: Storm, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    retries = Retries()
    monkeypatch.setattr(commands, "RETRYABLE", retries)
    rage(storm, seconds=SECONDS, seed=1, every_act=True)

    acts = storm.done.total() + storm.refused.total()
    record_property("storm", f"{acts} acts, {dict(storm.refused)} refused, {dict(retries.asked)} started afresh")
    assert storm.wrong == []
    assert set(ACTS) == {one for one in ACTS if storm.done[one.__name__]}
    assert retries.asked[commands.DEADLOCK] <= max(5, acts // 50)
    assert retries.asked.total() == retries.asked[commands.DEADLOCK]
    told = {(row.product_id, row.warehouse_id): row.available for row in StockLevel.objects.all()}
    assert storm.told == told
    assert_true_at_last(storm)


def test_without_the_lock_on_the_levels_the_same_storm_falsifies_the_books(
    storm: Storm, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, careless = "ORDER BY level.id FOR NO KEY UPDATE OF level", "ORDER BY level.id"
    assert lock in reservation._TAKE_WHAT_THERE_IS
    monkeypatch.setattr(reservation, "_TAKE_WHAT_THERE_IS", reservation._TAKE_WHAT_THERE_IS.replace(lock, careless))
    for module, name in ((ledger, "_CHANGE_LEVELS"), (reservation, "_SHIFT")):
        right: Prepared = getattr(module, name)
        assert lock in right.sql
        wrong = Prepared(f"{right.name}_careless", right.sql.replace(lock, careless), **right.types)
        monkeypatch.setattr(module, name, wrong)
    for attempt in range(5):
        rage(storm, seconds=2, seed=100 * attempt)
        with suppress(Exception):
            if check_stock(by=ADAM, now=storm.now):
                return
    pytest.fail("Nothing went wrong without the lock.")
