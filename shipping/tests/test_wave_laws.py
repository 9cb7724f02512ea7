"""What holds for the walks of every wave, however its orders look."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shipping.planning.waves import BATCH, CLUSTER, DISCRETE, ZONE, Candidate, bin_visits, plan_walks, urgency

pytestmark = pytest.mark.slow

DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
METHODS = (DISCRETE, CLUSTER, BATCH, ZONE)
ZONE_OF = {number: number % 4 for number in range(12)}  # zone 0: bins outside every zone


@st.composite
def waves(draw: st.DrawFn, *, buyers: bool = True) -> list[Candidate]:
    """Up to thirty orders over twelve bins in three zones, some of the same buyer."""
    found = []
    for number in range(draw(st.integers(0, 30))):
        bins = draw(st.frozensets(st.integers(0, 11), max_size=4))
        found.append(
            Candidate(
                fulfillment_order_id=number,
                order_ref=f"ORD-{number}",
                ship_by=DAY + timedelta(days=draw(st.integers(0, 2))),
                service_rank=draw(st.integers(0, 2)),
                placed_at=NOW + timedelta(minutes=draw(st.integers(0, 5))),
                lines=draw(st.integers(1, 3)),
                priority=draw(st.integers(0, 1)),
                bins=bins,
                zones=frozenset(ZONE_OF[one] for one in bins),
                buyer=draw(st.sampled_from(["", "", "", "anna", "bo"])) if buyers else "",
            )
        )
    return found


@given(waves(), st.sampled_from(METHODS), st.integers(1, 6))
def test_every_order_is_on_exactly_one_walk_and_no_walk_is_too_long(
    orders: list[Candidate], method: str, size: int
) -> None:
    walks = plan_walks(orders, method=method, orders_per_walk=size)
    assert Counter(one.fulfillment_order_id for walk in walks for one in walk.orders) == Counter(
        one.fulfillment_order_id for one in orders
    )
    assert all(1 <= len(walk.orders) <= (1 if method == DISCRETE else size) for walk in walks)


@given(waves(buyers=False), st.sampled_from(METHODS), st.integers(1, 6))
def test_walks_come_in_the_order_of_priority_and_day_and_one_line_orders_lead_each_day(
    orders: list[Candidate], method: str, size: int
) -> None:
    walks = plan_walks(orders, method=method, orders_per_walk=size)
    lanes = [{(-one.priority, one.ship_by, one.lines != 1) for one in walk.orders} for walk in walks]
    assert all(len(lane) == 1 for lane in lanes)  # a walk never mixes days or priorities
    flat = [next(iter(lane)) for lane in lanes]
    assert flat == sorted(flat)


@given(waves(buyers=False), st.sampled_from([DISCRETE, CLUSTER]), st.integers(1, 6))
def test_on_carts_no_order_walks_before_a_more_urgent_one_of_its_lane(
    orders: list[Candidate], method: str, size: int
) -> None:
    walks = plan_walks(orders, method=method, orders_per_walk=size)
    for several in (False, True):
        lane = [one for walk in walks for one in walk.orders if (one.lines != 1) is several]
        assert lane == sorted(lane, key=urgency)


@given(waves(), st.sampled_from([BATCH, ZONE]), st.integers(1, 6))
def test_the_most_urgent_order_of_all_is_never_made_to_wait(orders: list[Candidate], method: str, size: int) -> None:
    walks = plan_walks(orders, method=method, orders_per_walk=size)
    if orders:
        first = min(orders, key=urgency)
        lane = [one for one in orders if (one.priority, one.ship_by) == (first.priority, first.ship_by)]
        ahead = next(place for place, walk in enumerate(walks) if first in walk.orders)
        # Only orders of one line of its own day, which are packed in seconds, may be on walks before it.
        assert all(one in lane and one.lines == 1 for walk in walks[:ahead] for one in walk.orders)


@given(waves(), st.integers(1, 6))
def test_a_walk_of_a_zone_stays_in_it(orders: list[Candidate], size: int) -> None:
    for walk in plan_walks(orders, method=ZONE, orders_per_walk=size):
        if walk.zone is not None:
            assert {one.zones for one in walk.orders} == {frozenset({walk.zone})}
    alone = [one for one in orders if not one.buyer and len(one.zones) == 1 and one.zones != {0}]
    placed = {
        one.fulfillment_order_id: walk.zone
        for walk in plan_walks(orders, method=ZONE, orders_per_walk=size)
        for one in walk.orders
    }
    assert all(placed[one.fulfillment_order_id] in one.zones for one in alone)


@settings(max_examples=300)
@given(waves(), st.integers(1, 6))
def test_a_batch_never_visits_more_bins_than_a_cluster(orders: list[Candidate], size: int) -> None:
    batch = plan_walks(orders, method=BATCH, orders_per_walk=size)
    cluster = plan_walks(orders, method=CLUSTER, orders_per_walk=size)
    assert bin_visits(walk.orders for walk in batch) <= bin_visits(walk.orders for walk in cluster)
    assert len(batch) <= len(cluster)


@given(waves(), st.sampled_from([CLUSTER, BATCH, ZONE]), st.integers(5, 30))
def test_a_buyers_orders_share_a_walk_that_has_room_for_them(orders: list[Candidate], method: str, size: int) -> None:
    walks = plan_walks(orders, method=method, orders_per_walk=size)
    for buyer in ("anna", "bo"):
        own = sum(one.buyer == buyer for one in orders)
        on = [walk for walk in walks if any(one.buyer == buyer for one in walk.orders)]
        assert len(on) <= -(-own // size)


@given(waves(), st.sampled_from(METHODS), st.integers(1, 6), st.randoms(use_true_random=False))
def test_the_walks_do_not_depend_on_the_order_of_reading(orders, method, size, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(orders)
    random.shuffle(shuffled)
    assert plan_walks(shuffled, method=method, orders_per_walk=size) == plan_walks(
        orders, method=method, orders_per_walk=size
    )


def test_orders_that_share_shelves_walk_together_in_a_batch() -> None:
    def order(number: int, *bins: int) -> Candidate:
        return Candidate(number, f"ORD-{number}", DAY, 0, NOW + timedelta(minutes=number), 2, bins=frozenset(bins))

    orders = [order(1, 1, 2), order(2, 8, 9), order(3, 1, 2), order(4, 8, 9)]
    walks = plan_walks(orders, method=BATCH, orders_per_walk=2)
    assert [[one.fulfillment_order_id for one in walk.orders] for walk in walks] == [[1, 3], [2, 4]]


def test_a_walk_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="one order"):
        plan_walks([], method=CLUSTER, orders_per_walk=0)
