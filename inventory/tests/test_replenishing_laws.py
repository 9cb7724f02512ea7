"""The laws of reordering, for all quantities."""

from datetime import date, timedelta
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.planning.cover import days_of_cover, excess, hours_until_empty
from inventory.planning.peak import Season, need
from inventory.planning.replenishing import Demand, Position, Rule, Terms, plan, safety_stock, whole_packs

demands = st.builds(Demand, st.floats(0, 500), st.floats(0, 500))
terms = st.builds(Terms, st.floats(0, 120), st.floats(0, 30), st.integers(1, 500), st.integers(1, 1000))
levels = st.floats(0.01, 0.999)
rules = st.builds(Rule, levels, st.integers(0, 60), st.none() | st.integers(0, 5000), st.none() | st.integers(0, 5000))
positions = st.builds(Position, st.integers(0, 10_000), st.integers(0, 2000), st.integers(0, 5000))
TODAY = date(2026, 11, 21)


@given(demands, terms, rules, positions)
def test_an_order_is_whole_packs_and_brings_the_position_up_to_its_limit(
    demand: Demand, offer: Terms, rule: Rule, position: Position
) -> None:
    found = plan(demand, offer, rule, position)
    assert min(found.safety_stock, found.reorder_point, found.quantity) >= 0
    assert found.up_to >= found.reorder_point
    assert found.quantity % offer.pack_size == 0
    if position.units >= found.reorder_point:
        assert found.quantity == 0
    else:
        assert found.quantity >= offer.minimum_quantity
        assert position.units + found.quantity >= found.up_to
        least = max(found.up_to - position.units, offer.minimum_quantity)
        assert found.quantity < least + offer.pack_size


@given(demands, terms, levels, levels)
def test_a_higher_service_level_never_keeps_less(demand: Demand, offer: Terms, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert safety_stock(demand, offer, low) <= safety_stock(demand, offer, high)


@given(demands, terms, st.floats(0, 60), rules, positions)
def test_a_slower_supplier_is_never_ordered_from_later(
    demand: Demand, offer: Terms, slower: float, rule: Rule, position: Position
) -> None:
    late = Terms(offer.lead_days + slower, offer.lead_deviation, offer.pack_size, offer.minimum_quantity)
    soon, later = plan(demand, offer, rule, position), plan(demand, late, rule, position)
    assert soon.safety_stock <= later.safety_stock
    assert soon.reorder_point <= later.reorder_point
    assert soon.quantity <= later.quantity


@given(demands, terms, rules, positions, st.integers(1, 1000))
def test_more_stock_never_orders_more(demand: Demand, offer: Terms, rule: Rule, position: Position, more: int) -> None:
    richer = Position(position.free + more, position.backordered, position.incoming)
    assert plan(demand, offer, rule, richer).quantity <= plan(demand, offer, rule, position).quantity


def test_the_figures_by_hand() -> None:
    demand, offer = Demand(4.2, 2.1), Terms(12, 2, 12, 24)
    kept = safety_stock(demand, offer, 0.95)
    assert kept == -(-1.6448536 * sqrt(12 * 2.1**2 + 4.2**2 * 2**2) // 1)
    found = plan(demand, offer, Rule(), Position(35))
    assert (found.reorder_point, found.up_to) == (51 + kept, 80 + kept)
    assert found.quantity == 72
    assert plan(demand, offer, Rule(reorder_point=30), Position(35)).quantity == 0
    assert plan(demand, offer, Rule(reorder_point=40, maximum=50), Position(35)).quantity == 24
    assert safety_stock(demand, offer, 0.5) == 0
    with pytest.raises(ValueError, match="between"):
        safety_stock(demand, offer, 1)
    assert whole_packs(0, offer) == 0


@given(st.integers(-5, 10_000), st.floats(0, 100))
def test_cover_and_excess_belong_together(units: int, mean: float) -> None:
    cover = days_of_cover(units, mean)
    if cover is not None and cover < 119:
        assert excess(units, mean) == 0
    assert 0 <= excess(units, mean) <= max(units, 0)
    assert (hours_until_empty(units, mean) is None) == (cover is None)


@given(demands, terms, positions, st.integers(-20, 200), st.integers(0, 60), st.floats(0.1, 10), levels)
def test_a_season_is_covered_by_what_is_there_and_what_is_ordered(
    demand: Demand, offer: Terms, position: Position, ahead: int, length: int, uplift: float, level: float
) -> None:
    starts = TODAY + timedelta(days=ahead)
    season = Season(starts, starts + timedelta(days=length), uplift)
    found = need(season, demand, offer, position, today=TODAY, service_level=level)
    assert found.quantity % offer.pack_size == 0
    if found.demand:
        assert found.at_start + found.quantity >= found.demand + found.safety_stock
    assert (found.order_by is None) == (found.quantity == 0)
    if found.order_by is not None:
        assert found.order_by + timedelta(days=offer.lead_days) <= starts + timedelta(days=1)
        assert found.late == (found.order_by < TODAY)


def test_a_slower_supplier_has_to_be_told_earlier() -> None:
    season = Season(date(2026, 12, 24), date(2026, 12, 31), 3)
    order_by = [need(season, Demand(2, 1), Terms(days), Position(0), today=TODAY).order_by for days in (5, 20, 40)]
    assert order_by == [date(2026, 12, 19), date(2026, 12, 4), date(2026, 11, 14)]
    assert need(season, Demand(2, 1), Terms(40), Position(0), today=TODAY).late
    assert need(season, Demand(2, 1), Terms(40), Position(900), today=TODAY).order_by is None
