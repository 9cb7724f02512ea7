"""Where free shipping should begin, and what that does to the margin before anybody decides.

Orders are told as ``Step``s: how many orders were worth at least ``value`` and less than the next whole unit of money,
so that a year of orders is a few hundred steps and every threshold in whole units is counted exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
NEAR = Decimal("0.20")
"""Orders this far below a threshold, as a share of it, are those that might be filled up."""


@dataclass(frozen=True, slots=True)
class Step:
    """``orders`` worth from ``value`` to below ``value + 1``: their goods, and what was paid for sending them."""

    value: int
    orders: int
    goods: Decimal
    shipping: Decimal


@dataclass(frozen=True, slots=True)
class Picture:
    """What the shop's orders look like now."""

    orders: int
    goods: Decimal
    shipping: Decimal
    average: Decimal
    median: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What a threshold would have done to the same orders, in money of the whole time looked at.

    ``lost`` is what customers paid for sending and would not; ``gained`` what is charged again where the threshold
    rises. ``carried`` is what the shop pays for parcels that go free. ``margin_before`` and ``margin_after`` are goods
    at the margin, and what customers pay for sending, less what sending costs. ``near`` orders lie just below; each
    lacks ``near_missing`` on average. ``uplift`` is by how much the average order has to grow for the margin to be as
    before, ``needed_share`` how many of the near ones would have to fill up to the threshold (None: not even all).
    """

    threshold: Decimal
    free_orders: int
    share: Decimal
    lost: Decimal
    gained: Decimal
    carried: Decimal
    margin_before: Decimal
    margin_after: Decimal
    near: int
    near_missing: Decimal
    uplift: Decimal
    uplift_percent: Decimal
    needed_share: Decimal | None

    @property
    def change(self) -> Decimal:
        """By how much the margin changes if nobody buys more."""
        return self.margin_after - self.margin_before

    @property
    def share_percent(self) -> Decimal:
        """How many of a hundred orders go free."""
        return (self.share * 100).quantize(Decimal("0.1"))


def picture(steps: Sequence[Step]) -> Picture:
    """Count, sums, average and median (of whole units) of the orders."""
    orders = sum(step.orders for step in steps)
    goods = sum((step.goods for step in steps), Decimal(0))
    shipping = sum((step.shipping for step in steps), Decimal(0))
    return Picture(orders, goods, shipping, _money(goods / orders) if orders else Decimal("0.00"), _median(steps))


def suggest(average: Decimal, percent: Decimal) -> Decimal:
    """The average order plus a percentage, rounded up to a figure people remember: 5s below 100, then 10s, 50s, …"""
    wanted = average * (100 + percent) / 100
    if wanted <= 0:
        return Decimal(0)
    unit = Decimal(5)
    while wanted >= unit * 20:
        unit *= 2 if str(unit.normalize().as_tuple().digits) == "(5,)" else 5
    return (wanted / unit).to_integral_value(ROUND_CEILING) * unit


def candidates(average: Decimal, suggested: Decimal, current: Decimal | None) -> list[Decimal]:
    """Thresholds worth a look, lowest first: around the average, the suggestion, and what counts now."""
    near = {suggest(average, Decimal(percent)) for percent in (-25, 0, 15, 30, 50, 100)}
    return sorted(one for one in near | {suggested} | ({current} if current is not None else set()) if one > 0)


def effect_of(
    threshold: Decimal,
    steps: Sequence[Step],
    *,
    current: Decimal | None,
    price: Decimal,
    cost: Decimal,
    margin: Decimal,
) -> Effect:
    """What free shipping from ``threshold`` (a whole number) on would do, everybody buying as before.

    ``price`` is what the service costs the customer below it, ``cost`` what a parcel costs the shop, ``margin`` what is
    left of a unit of goods (0.4 for 40 %). Raises ValueError for a threshold with cents.
    """
    if threshold != threshold.to_integral_value():
        raise ValueError("A threshold is a whole number.")
    seen = picture(steps)
    free = [step for step in steps if step.value >= threshold]
    free_orders = sum(step.orders for step in free)
    lost = sum((step.shipping for step in free), Decimal(0))
    charged = [step for step in steps if current is not None and current <= step.value < threshold]
    gained = sum((max(price * step.orders - step.shipping, Decimal(0)) for step in charged), Decimal(0))
    low = threshold * (1 - NEAR)
    near = [step for step in steps if low <= step.value < threshold]
    near_orders = sum(step.orders for step in near)
    missing = sum((threshold * step.orders - step.goods for step in near), Decimal(0))
    before = margin * seen.goods + seen.shipping - cost * seen.orders
    after = before - lost + gained
    deficit = max(lost - gained, Decimal(0))
    uplift = deficit / margin / seen.orders if margin > 0 and seen.orders else Decimal(0)
    # A buyer who fills up brings the margin on what was missing, and no longer pays for sending.
    filled_up = margin * missing - sum((step.shipping for step in near), Decimal(0))
    needed = deficit / filled_up if filled_up > 0 else None
    if not deficit:
        needed = Decimal(0)
    return Effect(
        threshold=threshold,
        free_orders=free_orders,
        share=_share(free_orders, seen.orders),
        lost=_money(lost),
        gained=_money(gained),
        carried=_money(cost * free_orders),
        margin_before=_money(before),
        margin_after=_money(after),
        near=near_orders,
        near_missing=_money(missing / near_orders) if near_orders else Decimal("0.00"),
        uplift=_money(uplift),
        uplift_percent=(100 * uplift / seen.average).quantize(Decimal("0.1")) if seen.average else Decimal(0),
        needed_share=needed.quantize(Decimal("0.001")) if needed is not None and needed <= 1 else None,
    )


def bars(steps: Sequence[Step], *, count: int = 12) -> list[tuple[int, int, int]]:
    """The distribution in at most ``count`` bars of equal width: (from, below, orders); the last takes all above."""
    if not steps:
        return []
    # What a few large orders are worth does not squeeze all others into the first bar.
    top = max(_quantile(steps, Decimal("0.97")) + 1, 1)
    width = max(int(suggest(Decimal(top) / count, Decimal(0))) if top > 5 * count else -(-top // count), 1)
    found = []
    for number in range(count):
        low = number * width
        high = low + width
        last = number == count - 1
        orders = sum(step.orders for step in steps if step.value >= low and (last or step.value < high))
        found.append((low, high, orders))
    while len(found) > 1 and not found[-1][2]:
        found.pop()
    return found


def _median(steps: Sequence[Step]) -> int:
    return _quantile(steps, Decimal("0.5"))


def _quantile(steps: Sequence[Step], share: Decimal) -> int:
    wanted = share * sum(step.orders for step in steps)
    seen = 0
    for step in sorted(steps, key=lambda one: one.value):
        seen += step.orders
        if seen >= wanted and seen:
            return step.value
    return 0


def _share(part: int, whole: int) -> Decimal:
    return (Decimal(part) / whole).quantize(Decimal("0.001")) if whole else Decimal("0.000")


def _money(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
