"""The threshold helper against figures worked out by hand."""

from decimal import Decimal

import pytest

from shipping.planning.threshold import Step, bars, candidates, effect_of, picture, suggest

# Ten orders: 4 of 20.00, 3 of 40.50, 2 of 55.00, 1 of 100.00; each paid 5.00 for sending.
STEPS = [
    Step(20, 4, Decimal("80.00"), Decimal("20.00")),
    Step(40, 3, Decimal("121.50"), Decimal("15.00")),
    Step(55, 2, Decimal("110.00"), Decimal("10.00")),
    Step(100, 1, Decimal("100.00"), Decimal("5.00")),
]


def test_the_picture_counts_sums_and_averages() -> None:
    seen = picture(STEPS)
    assert (seen.orders, seen.goods, seen.shipping) == (10, Decimal("411.50"), Decimal("50.00"))
    assert (seen.average, seen.median) == (Decimal("41.15"), 40)
    assert picture([]).average == 0


def test_free_from_fifty_costs_what_three_buyers_paid() -> None:
    found = effect_of(Decimal(50), STEPS, current=None, price=Decimal(5), cost=Decimal(4), margin=Decimal("0.4"))
    assert (found.free_orders, found.share) == (3, Decimal("0.300"))
    assert found.lost == Decimal("15.00")  # 2 × 5 + 1 × 5
    assert found.carried == Decimal("12.00")  # 3 parcels at 4.00
    assert found.margin_before == Decimal("174.60")  # 0.4 × 411.50 + 50.00 − 10 × 4.00
    assert (found.margin_after, found.change) == (Decimal("159.60"), Decimal("-15.00"))
    assert (found.near, found.near_missing) == (3, Decimal("9.50"))  # the three of 40.50
    assert found.uplift == Decimal("3.75")  # 15.00 / 0.4 / 10
    assert found.uplift_percent == Decimal("9.1")  # of 41.15
    # All three filling up would bring 0.4 × 28.50 − 15.00 < 0: it can never pay by itself.
    assert found.needed_share is None


def test_a_wide_margin_pays_for_itself_when_enough_buyers_fill_up() -> None:
    steps = [Step(40, 10, Decimal("400.00"), Decimal("30.00")), Step(60, 2, Decimal("120.00"), Decimal("6.00"))]
    found = effect_of(Decimal(50), steps, current=None, price=Decimal(3), cost=Decimal(3), margin=Decimal("0.6"))
    # Lost 6.00; ten who fill up bring 0.6 × 100.00 − 30.00 = 30.00: a fifth of them is enough.
    assert (found.lost, found.near, found.needed_share) == (Decimal("6.00"), 10, Decimal("0.200"))


def test_a_higher_threshold_brings_income_back() -> None:
    steps = [Step(55, 4, Decimal("220.00"), Decimal("0.00")), Step(80, 1, Decimal("80.00"), Decimal("0.00"))]
    found = effect_of(Decimal(60), steps, current=Decimal(50), price=Decimal(5), cost=Decimal(4), margin=Decimal("0.4"))
    assert (found.gained, found.lost, found.change) == (Decimal("20.00"), Decimal("0.00"), Decimal("20.00"))
    assert (found.needed_share, found.uplift) == (Decimal("0.000"), Decimal("0.00"))


def test_without_orders_nothing_is_divided_by_nothing() -> None:
    found = effect_of(Decimal(50), [], current=None, price=Decimal(5), cost=Decimal(4), margin=Decimal(0))
    assert found.change == found.uplift == found.uplift_percent == Decimal(0)


def test_a_threshold_with_cents_is_refused() -> None:
    with pytest.raises(ValueError, match="whole"):
        effect_of(Decimal("49.99"), STEPS, current=None, price=Decimal(5), cost=Decimal(4), margin=Decimal("0.4"))


@pytest.mark.parametrize(
    ("average", "percent", "wanted"),
    [("41.15", 15, 50), ("41.15", 0, 45), ("40.00", 0, 40), ("87", 15, 110), ("180", 15, 250), ("1234", 30, 1700)],
)
def test_the_suggestion_is_the_average_plus_a_percentage_as_a_round_figure(
    average: str, percent: int, wanted: int
) -> None:
    assert suggest(Decimal(average), Decimal(percent)) == wanted


def test_candidates_hold_what_counts_now() -> None:
    found = candidates(Decimal("41.15"), Decimal(50), Decimal(35))
    assert Decimal(35) in found and Decimal(50) in found and found == sorted(set(found))


def test_every_order_is_in_one_bar() -> None:
    found = bars(STEPS)
    assert sum(orders for _low, _high, orders in found) == 10
    assert [low for low, _high, _orders in found] == [
        number * (found[0][1] - found[0][0]) for number in range(len(found))
    ]
    assert bars([]) == []
