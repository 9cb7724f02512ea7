"""Whatever moves while a bin is counted: after a right count is posted, the books are the shelf."""

import itertools
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.kernel.actors import Actor
from inventory import ports
from inventory.models import BinStock, CountPlan, CountTask
from inventory.services.checking import check_stock
from inventory.services.count_posting import approve_count
from inventory.services.counting import begin_count, enter_count, finish_count, request_count
from inventory.services.ledger import Move, move
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor, make_products

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
COUNTERS = [Actor(kind="staff", id=number, name=f"counter {number}") for number in range(1, 4)]
RUNS = itertools.count(1)
PRODUCTS = 3

Step = tuple[str, int, int]
# In and out are movements the books know; "enter" is the counter at a product, with what lies there now.
STEPS = st.lists(
    st.tuples(st.sampled_from(["in", "out", "enter", "enter"]), st.integers(0, PRODUCTS - 1), st.integers(1, 4)),
    max_size=14,
)
SHELF = st.lists(st.integers(0, 8), min_size=PRODUCTS, max_size=PRODUCTS)
HIDDEN = st.lists(st.integers(-4, 3), min_size=PRODUCTS, max_size=PRODUCTS)


@pytest.fixture(autouse=True)
def _nobody_above() -> Iterator[None]:
    before = list(ports.extra_checks)
    ports.extra_checks[:] = []
    yield
    ports.extra_checks[:] = before


class Walk:
    """A bin whose ``shelf`` is known, whatever the books say of it."""

    def __init__(self, floor: Floor, first: int, books: list[int], hidden: list[int]) -> None:
        self.floor, self.products = floor, make_products(PRODUCTS, start=first)
        self.clock = NOW
        self.shelf: dict[int, int] = {}
        for product, units, off in zip(self.products, books, hidden, strict=True):
            if units:
                floor.receive(product, units)
            self.shelf[product] = max(units + off, 0)

    def tick(self) -> None:
        self.clock += timedelta(seconds=1)

    def step(self, ref: str, counter: Actor, step: Step) -> None:
        what, number, units = step
        product = self.products[number]
        self.tick()
        here, there = self.floor.shelves[0], self.floor.shelves[1]
        if what == "enter":
            enter_count(ref, product_id=product, counted=self.shelf[product], by=counter, now=self.clock)
        elif what == "in":
            self.floor.receive(product, units, there)
            self.move(product, units, there, here)
            self.shelf[product] += units
        else:
            # A picker takes what lies there, and the books only know what they know.
            units = min(units, self.shelf[product], self.booked(product))
            if units:
                self.move(product, units, here, there)
                self.shelf[product] -= units

    def move(self, product: int, units: int, source: int, target: int) -> None:
        with transaction.atomic():
            move([Move(product, units, source, target, "move")], by=TESTER, now=self.clock)

    def booked(self, product: int) -> int:
        rows = BinStock.objects.filter(product_id=product, bin_id=self.floor.shelves[0])
        return sum(rows.values_list("quantity", flat=True))

    def round(self, ref: str, counter: Actor, steps: list[Step]) -> str:
        """One person counts while the steps happen; what is asked again is answered with what lies there then."""
        begin_count(ref, by=counter, now=self.clock)
        for step in steps:
            self.step(ref, counter, step)
        for _ask in range(10):
            self.tick()
            done = finish_count(ref, by=counter, now=self.clock)
            if done.done:
                return done.status
            for product, lot in (*done.missing, *done.doubtful):
                self.tick()
                enter_count(ref, product_id=product, lot=lot, counted=self.shelf[product], by=counter, now=self.clock)
        raise AssertionError("The count never ended.")


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(books=SHELF, hidden=HIDDEN, first=STEPS, second=STEPS, waiting=STEPS, tolerance=st.integers(0, 6))
def test_after_a_right_count_the_books_are_the_shelf(
    books: list[int], hidden: list[int], first: list[Step], second: list[Step], waiting: list[Step], tolerance: int
) -> None:
    run = next(RUNS)
    floor = build_floor(f"LAW{run}")
    CountPlan.objects.create(warehouse_id=floor.warehouse_id, tolerance_units=tolerance, tolerance_value=1000)
    walk = Walk(floor, run * PRODUCTS, books, hidden)
    ref = request_count(floor.shelves[0], cause="request", by=TESTER, now=NOW)
    entered = {number for what, number, _units in first if what == "enter"}
    status = walk.round(ref, COUNTERS[0], first)
    if status == "investigating":
        entered = {number for what, number, _units in second if what == "enter"}
        status = walk.round(ref, COUNTERS[1], second)
    moves = [step for step in waiting if step[0] != "enter"]
    if status == "counted":
        for step in moves:
            walk.step(ref, COUNTERS[1], step)
        walk.tick()
        approve_count(ref, by=COUNTERS[2], now=walk.clock)
    task = CountTask.objects.get(ref=ref)
    assert task.status == "approved"
    seen = set(task.lines.filter(round=task.round).values_list("product_id", flat=True))
    for number, product in enumerate(walk.products):
        assert number not in entered or product in seen
        if product in seen:
            assert walk.booked(product) == walk.shelf[product]
    assert check_stock(by=TESTER, now=walk.clock) == []
