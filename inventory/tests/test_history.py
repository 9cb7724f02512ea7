"""Any past moment is the sum of the ledger up to it, with and without snapshots."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import pgtrigger
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from inventory.models import BinKind, StockMovement, StockSnapshot
from inventory.selectors.history import bin_at, level_at, stock_at
from inventory.services.ledger import Move, move
from inventory.services.snapshots import make_snapshots, rebuild_snapshots, wrong_snapshots
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor, make_products

pytestmark = pytest.mark.django_db

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
Queries = Callable[..., object]
Pile = dict[tuple[int, str, str], int]


def brute_force(product: int, at: datetime, real: set[int]) -> Pile:
    """Every row of the ledger up to then, summed one by one."""
    pile: Counter[tuple[int, str, str]] = Counter()
    for one in StockMovement.objects.filter(product_id=product, at__lte=at):
        if one.to_bin_id in real:
            pile[one.to_bin_id, one.lot, one.to_condition] += one.quantity
        if one.from_bin_id in real:
            pile[one.from_bin_id, one.lot, one.from_condition] -= one.quantity
    return {key: units for key, units in pile.items() if units}


def as_told(product: int, at: datetime) -> Pile:
    return {(row.bin_id, row.lot, row.condition): row.units for row in stock_at(product, at)}


steps = st.lists(
    st.tuples(
        st.integers(0, 5),  # from: supplier, customer or a shelf
        st.integers(0, 5),
        st.sampled_from(["", "L1", "L2"]),
        st.sampled_from(["sellable", "quarantined"]),
        st.integers(1, 9),
        st.integers(0, 3),  # minutes since the one before: several at the same moment too
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps, st.lists(st.floats(-0.1, 1.1), min_size=20, max_size=20), st.integers(1, 5))
def test_any_moment_is_the_sum_of_the_ledger_up_to_it_with_and_without_snapshots(
    floor: Floor, some: list[tuple[int, int, str, str, int, int]], fractions: list[float], every: int
) -> None:
    places = [floor.bins[BinKind.SUPPLIER], floor.bins[BinKind.CUSTOMER], *floor.shelves, floor.bins[BinKind.RETURNS]]
    real = {*floor.shelves, floor.bins[BinKind.RETURNS]}
    with transaction.atomic():
        product = make_products(1, start=StockMovement.objects.count() + 1000)[0]
        at = BEGAN
        rows = []
        for source, target, lot, condition, quantity, minutes in some:
            at += timedelta(minutes=minutes)
            if source == target:
                continue
            rows.append(
                StockMovement(
                    product_id=product,
                    warehouse_id=floor.warehouse_id,
                    quantity=quantity,
                    from_bin_id=places[source],
                    to_bin_id=places[target],
                    to_condition=condition,
                    lot=lot,
                    reason="move",
                    actor_kind="system",
                    actor_name="test",
                    at=at,
                )
            )
        StockMovement.objects.bulk_create(rows)
        moments = [BEGAN + (at - BEGAN) * fraction for fraction in fractions] + [BEGAN, at]
        expected = [brute_force(product, moment, real) for moment in moments]
        assert [as_told(product, moment) for moment in moments] == expected
        make_snapshots(now=at + timedelta(hours=1), every=every)
        assert [as_told(product, moment) for moment in moments] == expected
        assert wrong_snapshots() == []
        for moment, pile in zip(moments, expected, strict=True):
            for bin_id in real:
                told = {(row.bin_id, row.lot, row.condition): row.units for row in bin_at(bin_id, moment)}
                assert told == {key: units for key, units in pile.items() if key[0] == bin_id}
        transaction.set_rollback(True)


def walk(floor: Floor, product: int, count: int, minutes: int = 1) -> None:
    """Receive one unit, a minute after the other, before NOW."""
    for number in range(count):
        move(
            [Move(product, 1, floor.bins[BinKind.SUPPLIER], floor.shelves[number % 2], "receive")],
            by=TESTER,
            now=NOW - timedelta(days=1) + timedelta(minutes=minutes * number),
        )


def test_a_level_at_a_moment_counts_what_was_not_sellable(floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    later = NOW + timedelta(hours=1)
    move([Move(product, 2, floor.shelves[0], floor.shelves[0], "move", to_condition="damaged")], by=TESTER, now=later)
    assert level_at(product, NOW - timedelta(seconds=1)).on_hand == 0
    assert (level_at(product, NOW).on_hand, level_at(product, NOW).sellable) == (5, 5)
    then = level_at(product, later)
    assert (then.on_hand, then.sellable, then.unavailable["damaged"]) == (5, 3, 2)
    assert level_at(product, later, warehouse_ids=[0]).on_hand == 0


def test_a_snapshot_is_made_for_every_so_many_movements_and_none_of_the_last_quarter_of_an_hour(
    floor: Floor, product: int
) -> None:
    walk(floor, product, 20)
    last = NOW - timedelta(days=1) + timedelta(minutes=19)
    assert make_snapshots(now=last + timedelta(minutes=14), every=10) > 0
    assert StockSnapshot.objects.filter(product=product).count() == 1
    make_snapshots(now=NOW, every=10)
    assert StockSnapshot.objects.filter(product=product).count() == 2
    assert make_snapshots(now=NOW, every=10) == 0


def test_only_what_moved_lately_is_looked_at_when_asked_so(floor: Floor, product: int) -> None:
    walk(floor, product, 12)
    assert make_snapshots(now=NOW, since=NOW - timedelta(hours=3), every=10) == 0
    assert make_snapshots(now=NOW, since=NOW - timedelta(days=2), every=10) == 1


def test_a_moment_reads_one_statement_and_few_movements_however_long_the_ledger(
    floor: Floor, product: int, django_assert_num_queries: Queries
) -> None:
    walk(floor, product, 60)
    make_snapshots(now=NOW, every=10)
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert sum(row.units for row in stock_at(product, NOW)) == 60
    with pgtrigger.ignore("inventory.StockMovement:append_only"):  # what the snapshot covers may even be gone
        StockMovement.objects.filter(at__lt=NOW - timedelta(days=1, minutes=-30)).delete()
    assert sum(row.units for row in stock_at(product, NOW)) == 60


def test_a_wrong_snapshot_is_found_and_made_anew_with_those_after_it(floor: Floor, product: int) -> None:
    walk(floor, product, 45)
    make_snapshots(now=NOW, every=10)
    right = list(StockSnapshot.objects.order_by("id").values_list("product_id", "bin_id", "at", "contents"))
    second = StockSnapshot.objects.filter(product=product).order_by("at")[1]
    StockSnapshot.objects.filter(pk=second.pk).update(contents=[[floor.shelves[0], "", "sellable", 99]])
    wrong = wrong_snapshots()
    first = wrong[0]
    assert (first.thing_id, first.at, first.stored, first.expected) == (product, second.at, 99, 20)
    assert wrong_snapshots(since=NOW) == []
    rebuild_snapshots(wrong, now=NOW, every=10)
    assert wrong_snapshots() == []
    rows = StockSnapshot.objects.values_list("product_id", "bin_id", "at", "contents")
    assert sorted(map(str, rows)) == sorted(map(str, right))


def test_products_and_bins_of_other_warehouses_are_left_out(floor: Floor, product: int) -> None:
    far = build_floor("FAR")
    floor.receive(product, 3)
    far.receive(product, 4)
    assert sum(row.units for row in stock_at(product, NOW)) == 7
    assert sum(row.units for row in stock_at(product, NOW, warehouse_ids=[far.warehouse_id])) == 4
    assert [(row.product_id, row.units) for row in bin_at(far.shelves[0], NOW)] == [(product, 4)]
    assert bin_at(far.bins[BinKind.SUPPLIER], NOW) == []
