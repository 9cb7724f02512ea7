"""Who wins an upgrade, and that no budget is ever overspent."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shipping.planning.upgrades import Budget, Candidate, Spent, choose, has_room, lot_of, may_win

BUDGET = Budget(1, 7, "standard", "express", orders=2, money=Decimal(12), min_value=Decimal(20))
ORDER = Candidate("ORD-1", 7, "standard", Decimal(20), is_first=True)
COSTS = {"express": Decimal(5)}


def winner(order: Candidate = ORDER, budget: Budget = BUDGET, spent: Spent | None = None) -> Budget | None:
    return choose([budget], order, spent={budget.id: spent or Spent()}, costs=COSTS)


def test_an_order_wins_that_is_worth_it_while_there_is_room() -> None:
    assert winner() == BUDGET
    assert winner(spent=Spent(1, Decimal(7))) == BUDGET
    assert winner(spent=Spent(2, Decimal(7))) is None
    assert winner(spent=Spent(1, Decimal("7.01"))) is None


def test_only_the_orders_it_is_for_win() -> None:
    assert winner(Candidate("ORD-1", 8, "standard", Decimal(20), True)) is None
    assert winner(Candidate("ORD-1", 7, "pickup", Decimal(20), True)) is None
    assert winner(Candidate("ORD-1", 7, "standard", Decimal("19.99"), True)) is None
    first_only = Budget(1, 7, "standard", "express", orders=2, first_orders=True)
    assert winner(budget=first_only) == first_only
    assert winner(Candidate("ORD-1", 7, "standard", Decimal(20), False), first_only) is None


def test_a_method_nobody_offers_is_not_given() -> None:
    assert choose([BUDGET], ORDER, spent={}, costs={}) is None


def test_one_in_ten_means_about_a_tenth_and_always_the_same_ones() -> None:
    tenth = Budget(1, 7, "standard", "express", orders=10**6, one_in=10)
    refs = [f"ORD-{number:06}" for number in range(5000)]
    won = [ref for ref in refs if may_win(tenth, Candidate(ref, 7, "standard", Decimal(1), False))]
    assert 400 < len(won) < 600
    assert [lot_of(ref) for ref in refs[:5]] == [lot_of(ref) for ref in refs[:5]]


budgets = st.lists(
    st.builds(
        Budget,
        id=st.integers(1, 4),
        channel_id=st.integers(1, 2),
        from_method=st.just("standard"),
        to_method=st.sampled_from(["express", "courier"]),
        orders=st.integers(0, 5),
        money=st.none() | st.decimals(0, 30, places=2),
        min_value=st.decimals(0, 50, places=2),
        first_orders=st.booleans(),
        one_in=st.integers(1, 3),
    ),
    max_size=4,
    unique_by=lambda one: one.id,
)
candidates = st.lists(
    st.builds(
        Candidate,
        ref=st.text("0123456789", min_size=4, max_size=6),
        channel_id=st.integers(1, 2),
        method=st.sampled_from(["standard", "express"]),
        value=st.decimals(0, 60, places=2),
        is_first=st.booleans(),
    ),
    max_size=40,
)


@given(budgets, candidates, st.decimals(0, 9, places=2), st.decimals(0, 9, places=2))
def test_no_budget_is_overspent_whoever_comes(
    given_budgets: list[Budget], orders: list[Candidate], express: Decimal, courier: Decimal
) -> None:
    costs = {"express": express, "courier": courier}
    spent: dict[int, Spent] = {}
    for order in orders:
        won = choose(given_budgets, order, spent=spent, costs=costs)
        if won is not None:
            assert may_win(won, order) and has_room(won, spent.get(won.id, Spent()), costs[won.to_method])
            before = spent.get(won.id, Spent())
            spent[won.id] = Spent(before.orders + 1, before.money + costs[won.to_method])
    for budget in given_budgets:
        gone = spent.get(budget.id, Spent())
        assert gone.orders <= budget.orders
        assert budget.money is None or gone.money <= budget.money
