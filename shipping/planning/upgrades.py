"""Who is surprised with faster shipping: pure, so that the same order always draws the same lot."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be given away in a month: ``orders``, and ``money`` (what upgrades cost more; None: no limit)."""

    id: int
    channel_id: int
    from_method: str
    to_method: str
    orders: int
    money: Decimal | None = None
    min_value: Decimal = Decimal(0)
    first_orders: bool = False
    one_in: int = 1


@dataclass(frozen=True, slots=True)
class Spent:
    """What of a budget is gone this month."""

    orders: int = 0
    money: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An order that may win. ``is_first`` says whether it is its buyer's first."""

    ref: str
    channel_id: int
    method: str
    value: Decimal
    is_first: bool


def may_win(budget: Budget, order: Candidate) -> bool:
    """Whether the order is one of those the budget is for, and its lot is drawn; what is spent does not count here."""
    return (
        order.channel_id == budget.channel_id
        and order.method == budget.from_method
        and budget.from_method != budget.to_method
        and order.value >= budget.min_value
        and (order.is_first or not budget.first_orders)
        and lot_of(order.ref) % max(budget.one_in, 1) == 0
    )


def has_room(budget: Budget, spent: Spent, cost: Decimal) -> bool:
    """Whether one more upgrade that costs that much stays within the month's number and money."""
    if spent.orders >= budget.orders:
        return False
    return budget.money is None or spent.money + cost <= budget.money


def choose(
    budgets: Iterable[Budget], order: Candidate, *, spent: Mapping[int, Spent], costs: Mapping[str, Decimal]
) -> Budget | None:
    """The first budget, by id, that is for the order and has room; None when there is none.

    ``costs`` maps each method an order could go by to what it costs more; a method not named cannot be given.
    """
    for budget in sorted(budgets, key=lambda one: one.id):
        if budget.to_method not in costs or not may_win(budget, order):
            continue
        if has_room(budget, spent.get(budget.id, Spent()), costs[budget.to_method]):
            return budget
    return None


def lot_of(ref: str) -> int:
    """The lot an order draws: even over many, and always the same for one."""
    return zlib.crc32(ref.encode())
