"""Who is asked to count what, and when."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from core.kernel.actors import Actor
from core.outbox.facts import EventFact
from inventory.handlers import count_after_short
from inventory.models import BinKind, CountPlan, CountTask, Product
from inventory.planning import PickWant
from inventory.planning.counting import (
    PlanBin,
    Tally,
    agree,
    bins_due,
    home_of,
    is_doubtful,
    spread,
    sums,
    within,
)
from inventory.planning.velocity import Moved, classes
from inventory.services.count_planning import make_todays_counts, request_zero_counts
from inventory.services.counting import begin_count, enter_count, finish_count, request_count
from inventory.services.ledger import Move, move
from inventory.services.picking import plan_picks
from inventory.services.velocity import compute_velocity
from inventory.tests.conftest import NOW, TESTER, Floor, make_products

EVERY = {"A": 30, "B": 90, "C": 180}
TODAY = date(2026, 11, 21)
ANN = Actor(kind="staff", id=7, name="ann")


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def test_bins_never_counted_come_first_then_the_longest_overdue_of_its_own_period() -> None:
    bins = [
        PlanBin(1, "C", days_ago(200), 10),
        PlanBin(2, "A", days_ago(60), 20),
        PlanBin(3, "A", days_ago(29), 30),
        PlanBin(4, "", None, 40),
        PlanBin(5, "A", None, 50),
        PlanBin(6, "A", None, 1, busy=True),
    ]
    assert bins_due(bins, EVERY, TODAY, most=10) == [5, 4, 2, 1]
    assert bins_due(bins, EVERY, TODAY, most=2) == [5, 4]
    assert bins_due(bins, EVERY | {"A": 0}, TODAY, most=10) == [4, 1]
    assert bins_due(bins, EVERY, TODAY, most=-3) == []


def test_classes_are_the_better_of_units_and_value() -> None:
    rows = [Moved(1, 900, 10.0), Moved(2, 80, 10.0), Moved(3, 15, 900.0), Moved(4, 5, 0.0), Moved(5, 0, 0.0)]
    assert classes(rows) == {1: "A", 2: "B", 3: "A", 4: "C", 5: "C"}
    assert classes([]) == {}


def test_missing_units_are_the_suspects_first_then_those_for_sale() -> None:
    book = {"sellable": 4, "quarantined": 3, "damaged": 1}
    assert spread(8, book, suspects=2) == {"sellable": 6, "quarantined": 1, "damaged": 1}
    assert spread(7, book, suspects=2) == {"sellable": 5, "quarantined": 1, "damaged": 1}
    assert spread(4, book, suspects=2) == {"sellable": 2, "quarantined": 1, "damaged": 1}
    assert spread(0, book, suspects=2) == {"sellable": 0, "quarantined": 0, "damaged": 0}
    assert spread(9, book) == {"sellable": 5, "quarantined": 3, "damaged": 1}
    assert spread(2, {}, home="quarantined") == {"quarantined": 2}


@pytest.mark.parametrize("suspects", range(4))
@pytest.mark.parametrize("total", range(12))
def test_what_is_spread_is_what_was_found(total: int, suspects: int) -> None:
    found = spread(total, {"sellable": 4, "quarantined": 3, "damaged": 1}, suspects=suspects)
    assert sum(found.values()) == total
    assert min(found.values()) >= 0


def test_surplus_is_of_the_condition_that_lies_there() -> None:
    assert home_of({"sellable": 1, "damaged": 5}, "bulk") == "sellable"
    assert home_of({"damaged": 5}, "bulk") == "damaged"
    assert home_of({}, "quarantine") == "quarantined"
    assert home_of({}, "returns") == "quality_control"
    assert home_of({"sellable": 1}, "bulk", "quarantined") == "quarantined"


def test_a_variance_is_judged_in_units_and_money() -> None:
    assert sums([Tally(5, 7, 2.5), Tally(3, 2, 1)]) == (3, 6.0)
    assert within(0, 99, tolerance_units=0, tolerance_value=0)
    assert within(2, 5, tolerance_units=2, tolerance_value=5)
    assert not within(3, 5, tolerance_units=2, tolerance_value=5)
    assert not within(2, 5.01, tolerance_units=2, tolerance_value=5)
    assert agree({(1, ""): -2, (2, ""): 0}, {(1, ""): -2})
    assert not agree({(1, ""): -2}, {})
    assert is_doubtful(-2, 2)
    assert not is_doubtful(-3, 2)
    assert not is_doubtful(0, 2)


@pytest.fixture
def plan(floor: Floor) -> CountPlan:
    return CountPlan.objects.create(warehouse_id=floor.warehouse_id, bins_per_day=2)


def fill(floor: Floor) -> list[int]:
    products = make_products(3)
    for product, shelf in zip(products, floor.shelves, strict=True):
        floor.receive(product, 2, shelf)
    return products


def pick(floor: Floor, product: int, units: int) -> None:
    with transaction.atomic():
        move([Move(product, units, floor.shelves[0], floor.bins[BinKind.PACKING], "pick")], by=TESTER, now=NOW)


@pytest.mark.slow
@pytest.mark.django_db
def test_the_plan_asks_for_so_many_bins_a_day_however_often_it_runs(floor: Floor, plan: CountPlan) -> None:
    products = fill(floor)
    Product.objects.filter(pk=products[2]).update(velocity="A")
    assert make_todays_counts(by=TESTER, now=NOW) == 2
    assert make_todays_counts(by=TESTER, now=NOW) == 0
    assert floor.shelves[2] in CountTask.objects.values_list("bin_id", flat=True)
    assert make_todays_counts(by=TESTER, now=NOW + timedelta(days=1)) == 1
    assert make_todays_counts(by=TESTER, now=NOW + timedelta(days=2)) == 0


@pytest.mark.django_db
def test_bins_with_open_picks_are_left_for_another_day(floor: Floor, plan: CountPlan) -> None:
    (product,) = make_products(1)
    floor.receive(product, 2)
    with transaction.atomic():
        plan_picks([PickWant(1, product, floor.warehouse_id, 1)])
    assert make_todays_counts(by=TESTER, now=NOW) == 0


@pytest.mark.django_db
def test_a_counted_bin_is_due_again_when_its_days_are_over(floor: Floor, plan: CountPlan) -> None:
    (product,) = make_products(1)
    floor.receive(product, 2)
    ref = request_count(floor.shelves[0], cause="request", by=ANN, now=NOW)
    begin_count(ref, by=ANN, now=NOW)
    enter_count(ref, product_id=product, counted=2, by=ANN, now=NOW)
    finish_count(ref, by=ANN, now=NOW)
    assert make_todays_counts(by=TESTER, now=NOW + timedelta(days=179)) == 0
    assert make_todays_counts(by=TESTER, now=NOW + timedelta(days=180)) == 1


@pytest.mark.django_db
def test_a_count_left_lying_goes_back_on_the_list(floor: Floor, plan: CountPlan) -> None:
    ref = request_count(floor.shelves[0], cause="request", by=ANN, now=NOW)
    begin_count(ref, by=ANN, now=NOW)
    make_todays_counts(by=TESTER, now=NOW + timedelta(hours=13))
    assert CountTask.objects.get(ref=ref).status == "requested"


@pytest.mark.django_db
def test_a_shelf_that_ran_dry_at_a_pick_is_counted_once(floor: Floor, product: int, plan: CountPlan) -> None:
    floor.receive(product, 3)
    since = NOW - timedelta(hours=1)
    pick(floor, product, 2)
    assert request_zero_counts(since=since, by=TESTER, now=NOW) == 0
    pick(floor, product, 1)
    assert request_zero_counts(since=since, by=TESTER, now=NOW) == 1
    assert request_zero_counts(since=since, by=TESTER, now=NOW) == 0
    task = CountTask.objects.get()
    assert (task.cause, task.product_id) == ("zero", product)
    begin_count(task.ref, by=ANN, now=NOW)
    finish_count(task.ref, by=ANN, now=NOW)
    assert request_zero_counts(since=since, by=TESTER, now=NOW) == 0


@pytest.mark.django_db
def test_a_plan_may_not_care_about_empty_shelves(floor: Floor, product: int, plan: CountPlan) -> None:
    CountPlan.objects.update(count_zero=False)
    floor.receive(product, 1)
    pick(floor, product, 1)
    assert request_zero_counts(since=NOW - timedelta(hours=1), by=TESTER, now=NOW) == 0


def short_event(floor: Floor, product: int) -> EventFact:
    data = {"product_id": product, "bin_id": floor.shelves[0], "quantity": 1, "reason": "not_found"}
    return EventFact(1, "pick_line.short", "pick_line", 1, "ORD-1", data, NOW, "staff", "picker")


@pytest.mark.django_db
def test_a_short_pick_has_its_bin_counted(floor: Floor, product: int, plan: CountPlan) -> None:
    for _twice in range(2):
        count_after_short(short_event(floor, product), now=NOW)
    assert CountTask.objects.get().cause == "short_pick"
    CountTask.objects.all().delete()
    CountPlan.objects.update(count_short=False)
    count_after_short(short_event(floor, product), now=NOW)
    assert not CountTask.objects.exists()


@pytest.mark.django_db
def test_velocity_is_what_was_shipped_in_ninety_days(floor: Floor) -> None:
    fast, slow, never = make_products(3)
    for product, units, days in ((fast, 90, 1), (slow, 5, 1), (never, 500, 91)):
        floor.receive(product, units)
        with transaction.atomic():
            move(
                [Move(product, units, floor.shelves[0], floor.bins[BinKind.CUSTOMER], "ship")],
                by=TESTER,
                now=NOW - timedelta(days=days),
            )
    assert compute_velocity(now=NOW) == 3
    assert dict(Product.objects.values_list("pk", "velocity")) == {fast: "A", slow: "B", never: "C"}
    assert compute_velocity(now=NOW) == 0
