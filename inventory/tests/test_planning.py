"""The laws of moves and pick plans, for any floor Hypothesis can think of."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime

import hypothesis.strategies as st
from hypothesis import given

from inventory.planning import (
    PICK_RANK,
    BinPlace,
    Candidate,
    Move,
    PickWant,
    changes_of_bins,
    changes_of_levels,
    choose_bins,
)

KINDS = ["pick_face", "bulk", "tote", "returns", "supplier", "customer", "adjustment"]
CONDITIONS = ["sellable", "quality_control", "quarantined", "damaged"]
PLACES = {number: BinPlace(number, 1, kind, kind) for number, kind in enumerate(KINDS)}
REAL = {number for number, place in PLACES.items() if not place.is_virtual}

moves = st.lists(
    st.builds(
        Move,
        product_id=st.integers(1, 3),
        quantity=st.integers(1, 50),
        from_bin_id=st.sampled_from(sorted(PLACES)),
        to_bin_id=st.sampled_from(sorted(PLACES)),
        reason=st.just("move"),
        from_condition=st.sampled_from(CONDITIONS),
        to_condition=st.sampled_from(CONDITIONS),
        lot=st.sampled_from(["", "L1"]),
    ),
    max_size=30,
)


@given(moves)
def test_what_goes_in_less_what_goes_out_is_the_change_of_each_bin(some: list[Move]) -> None:
    changes = changes_of_bins(some, PLACES)
    for key, change in changes.items():
        into = sum(
            one.quantity
            for one in some
            if (one.product_id, one.to_bin_id, one.lot, one.to_condition)
            == (key.product_id, key.bin_id, key.lot, key.condition)
        )
        out = sum(
            one.quantity
            for one in some
            if (one.product_id, one.from_bin_id, one.lot, one.from_condition)
            == (key.product_id, key.bin_id, key.lot, key.condition)
        )
        assert change.quantity == into - out
    assert {key.bin_id for key in changes} <= REAL
    assert list(changes) == sorted(changes)


@given(moves)
def test_the_changes_of_the_bins_sum_to_those_of_the_level(some: list[Move]) -> None:
    bins = changes_of_bins(some, PLACES)
    levels = changes_of_levels(bins, PLACES, {})
    on_hand: Counter[int] = Counter()
    unsellable: Counter[tuple[int, str]] = Counter()
    for key, change in bins.items():
        on_hand[key.product_id] += change.quantity
        if key.condition != "sellable":
            unsellable[key.product_id, key.condition] += change.quantity
    for product_id in (1, 2, 3):
        level = levels.get((product_id, 1))
        assert (level.quantity if level else 0) == on_hand[product_id]
        for condition in CONDITIONS[1:]:
            counted = level.unavailable.get(condition, 0) if level else 0
            assert counted == unsellable[product_id, condition]


@given(moves)
def test_on_hand_changes_by_what_crosses_the_border_of_the_warehouse(some: list[Move]) -> None:
    levels = changes_of_levels(changes_of_bins(some, PLACES), PLACES, {})
    for product_id in (1, 2, 3):
        crossing = sum(
            one.quantity * ((one.to_bin_id in REAL) - (one.from_bin_id in REAL))
            for one in some
            if one.product_id == product_id
        )
        level = levels.get((product_id, 1))
        assert (level.quantity if level else 0) == crossing


DAYS = {"": None, "L1": date(2027, 1, 1), "L2": date(2026, 12, 1), "L3": None}


def of_lot(
    product: int, number: int, kind: str, sequence: int, lot: str, free: int, removal: str = "fewest_bins"
) -> Candidate:
    day = DAYS[lot]
    age = datetime(2026, 1, 1 + len(lot) + int(lot[1:] or 0), tzinfo=UTC) if lot else None
    return Candidate(
        product,
        1,
        number,
        f"B{number}",
        f"L{number}",
        kind,
        sequence,
        lot,
        free,
        removal,
        expires_on=day,
        first_received_at=age,
    )


candidates = st.lists(
    st.builds(
        of_lot,
        st.integers(1, 2),
        st.integers(1, 8),
        st.sampled_from(["pick_face", "bulk", "receiving", "returns"]),
        st.integers(0, 5),
        st.sampled_from(sorted(DAYS)),
        st.integers(0, 20),
    ),
    max_size=12,
    unique_by=lambda one: (one.product_id, one.bin_id, one.lot),
)


def fetched_by(shelf: list[Candidate], removal: str) -> list[Candidate]:
    return [replace(one, removal=removal) for one in shelf]


wants = st.lists(
    st.builds(
        PickWant,
        key=st.integers(1, 99),
        product_id=st.integers(1, 3),
        warehouse_id=st.integers(1, 2),
        quantity=st.integers(1, 30),
    ),
    max_size=6,
    unique_by=lambda one: one.key,
)
avoided = st.sets(st.tuples(st.integers(1, 2), st.integers(1, 8)), max_size=3)


removals = st.sampled_from(["fewest_bins", "fefo", "fifo", "nearest"])


@given(wants, candidates, avoided, removals)
def test_picks_never_take_more_than_is_wanted_or_free_and_leave_nothing_wanted_lying(
    some: list[PickWant], shelf: list[Candidate], avoid: set[tuple[int, int]], removal: str
) -> None:
    shelf = fetched_by(shelf, removal)
    picks = choose_bins(some, shelf, avoid)
    by_want: Counter[int] = Counter()
    by_bin: Counter[tuple[int, int, str]] = Counter()
    products = {want.key: want for want in some}
    for pick in picks:
        want = products[pick.key]
        assert pick.quantity > 0
        assert want.warehouse_id == 1
        assert (want.product_id, pick.bin_id) not in avoid
        by_want[pick.key] += pick.quantity
        by_bin[want.product_id, pick.bin_id, pick.lot] += pick.quantity
    free = {(one.product_id, one.bin_id, one.lot): one.free for one in shelf}
    assert all(by_bin[key] <= free[key] for key in by_bin)
    for product_id in (1, 2, 3):
        wanted = sum(want.quantity for want in some if want.product_id == product_id and want.warehouse_id == 1)
        got = sum(by_want[want.key] for want in some if want.product_id == product_id)
        there = sum(one.free for one in shelf if one.product_id == product_id and (product_id, one.bin_id) not in avoid)
        assert got == min(wanted, there)


@given(candidates, st.integers(1, 40))
def test_a_want_that_one_bin_can_fill_visits_one_bin(shelf: list[Candidate], quantity: int) -> None:
    picks = choose_bins([PickWant(1, 1, 1, quantity)], shelf)
    if any(one.product_id == 1 and one.free >= quantity for one in shelf):
        assert len(picks) == 1


@given(candidates, st.integers(1, 60), avoided)
def test_by_expiry_no_unit_is_passed_over_that_expires_earlier_than_one_taken(
    shelf: list[Candidate], quantity: int, avoid: set[tuple[int, int]]
) -> None:
    picks = choose_bins([PickWant(1, 1, 1, quantity)], fetched_by(shelf, "fefo"), avoid)
    taken = Counter({(pick.bin_id, pick.lot): pick.quantity for pick in picks})
    last = max((DAYS[pick.lot] or date.max for pick in picks), default=date.min)
    for one in shelf:
        if one.product_id == 1 and (1, one.bin_id) not in avoid and (DAYS[one.lot] or date.max) < last:
            assert taken[one.bin_id, one.lot] == one.free


@given(candidates, st.integers(1, 60), st.sampled_from(["fifo", "nearest"]))
def test_by_age_and_along_the_walk_picks_come_in_that_order(
    shelf: list[Candidate], quantity: int, removal: str
) -> None:
    shelf = fetched_by(shelf, removal)
    by_place = {(one.bin_id, one.lot): one for one in shelf if one.product_id == 1}
    taken = [by_place[pick.bin_id, pick.lot] for pick in choose_bins([PickWant(1, 1, 1, quantity)], shelf)]
    if removal == "fifo":
        ages = [one.first_received_at or datetime.min.replace(tzinfo=UTC) for one in taken]
        assert ages == sorted(ages)
    else:
        walk = [(PICK_RANK[one.kind], one.pick_sequence) for one in taken]
        assert walk == sorted(walk)


def test_the_earliest_expiry_wins_over_one_bin_that_could_fill_it_all() -> None:
    shelf = [
        of_lot(1, 1, "pick_face", 1, "L1", 50, "fefo"),
        of_lot(1, 2, "bulk", 9, "L2", 3, "fefo"),
        of_lot(1, 3, "pick_face", 0, "", 50, "fefo"),
    ]
    assert [(pick.lot, pick.quantity) for pick in choose_bins([PickWant(1, 1, 1, 5)], shelf)] == [("L2", 3), ("L1", 2)]


def bin_at(number: int, kind: str, sequence: int, free: int) -> Candidate:
    return Candidate(1, 1, number, f"B{number}", f"L{number}", kind, sequence, "", free)


def test_pick_faces_come_before_bulk_and_the_walk_decides_among_them() -> None:
    shelf = [bin_at(1, "bulk", 1, 9), bin_at(2, "pick_face", 7, 9), bin_at(3, "pick_face", 5, 9)]
    assert [pick.bin_id for pick in choose_bins([PickWant(1, 1, 1, 4)], shelf)] == [3]


def test_receiving_and_returns_are_the_last_resort() -> None:
    shelf = [bin_at(1, "returns", 0, 9), bin_at(2, "receiving", 0, 9), bin_at(3, "bulk", 9, 3)]
    assert [pick.bin_id for pick in choose_bins([PickWant(1, 1, 1, 3)], shelf)] == [3]
    assert [pick.bin_id for pick in choose_bins([PickWant(1, 1, 1, 9)], shelf)] == [2]
