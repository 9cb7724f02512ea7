"""The demand forecast, and how good it would have been on a real retailer's year."""

import gzip
import random
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from inventory.planning.backtest import backtest
from inventory.planning.forecast import (
    BASELINE,
    METHODS,
    choose,
    croston,
    moving_average,
    predict,
    smoothing,
    tsb,
    weekday_pattern,
    without_bulk,
)
from inventory.planning.sales_file import read_history

RETAILER = Path(__file__).parent / "data" / "online_retail_daily.csv.gz"
EVEN = (1.0,) * 7
MONDAY = date(2026, 1, 5)


def days(count: int) -> list[date]:
    return [MONDAY + timedelta(days=number) for number in range(count)]


def ones(history: list[float]) -> list[float]:
    return [1.0] * len(history)


def test_every_level_of_steady_demand_is_that_demand() -> None:
    steady = [6.0] * 120
    for method in METHODS:
        level = method.level(steady, ones(steady))
        assert level == pytest.approx(6.0 if method.kind != "croston" else 5.7), method.label


def test_levels_by_hand() -> None:
    assert moving_average(3)([9, 1, 2, 3], [1, 1, 1, 1]) == 2
    assert smoothing(0.5)([4] * 10 + [8], [1] * 11) == 6
    # A sale of 10 every fifth day: 2 a day, less Syntetos and Boylan's half alpha.
    lumpy = [0.0, 0, 0, 0, 10] * 20
    assert croston(0.1)(lumpy, ones(lumpy)) == pytest.approx(2 * 0.95)
    assert tsb(0.1, 0.05)(lumpy, ones(lumpy)) == pytest.approx(2, rel=0.15)


def test_a_product_nobody_buys_any_more_fades_by_tsb_and_not_by_croston() -> None:
    ended = [0.0, 0, 0, 0, 10] * 20 + [0.0] * 60
    assert tsb(0.1, 0.05)(ended, ones(ended)) < 0.2
    assert croston(0.1)(ended, ones(ended)) == pytest.approx(1.9)


def test_one_huge_order_does_not_make_a_typical_day() -> None:
    history = [5.0] * 60
    history[-3] = 5000.0
    assert max(without_bulk(history)) == 5
    assert without_bulk([0.0] * 59 + [7.0]) == [0.0] * 59 + [7.0]


def test_the_weekday_pattern_is_read_from_all_products_together() -> None:
    calendar = days(84)
    busy_thursdays = [3.0 if day.weekday() == 3 else 1.0 for day in calendar]
    pattern = weekday_pattern(calendar, [busy_thursdays, [2 * units for units in busy_thursdays]])
    assert pattern[3] == pytest.approx(3 * pattern[0])
    assert sum(pattern) == pytest.approx(7)
    assert weekday_pattern(calendar[:20], [busy_thursdays[:20]]) == EVEN


def test_the_methods_follow_the_demand() -> None:
    calendar = days(168)
    weekly = [30.0 if day.weekday() == 0 else 1.0 for day in calendar]
    pattern = weekday_pattern(calendar, [[min(units, 30.0) for units in weekly]])
    chosen = choose(weekly, calendar, pattern)
    assert chosen.mean == pytest.approx(36 / 7, rel=0.15)
    assert chosen.wape is not None and chosen.baseline_wape is not None
    rng = random.Random(7)
    rising = [rng.uniform(0.9, 1.1) * (5 if at < 120 else 20) for at in range(168)]
    assert choose(rising, calendar, EVEN).mean == pytest.approx(20, rel=0.1)


def test_a_short_history_is_told_by_its_plain_mean() -> None:
    forecast = choose([2.0, 4.0], days(2), EVEN)
    assert (forecast.methods, forecast.mean, forecast.wape) == ((BASELINE,), 3.0, None)
    nothing = choose([], [], EVEN)
    assert (nothing.mean, nothing.deviation, nothing.days) == (0, 0, 0)


@given(st.lists(st.integers(0, 500), max_size=120), st.lists(st.floats(0, 7), min_size=7, max_size=7))
def test_no_forecast_is_below_nothing_or_above_the_most_ever_sold_in_a_day(units: list[int], raw: list[float]) -> None:
    calendar = days(len(units) + 7)
    history = [float(one) for one in units]
    for method in METHODS:
        pattern = EVEN if method.weekly is False else tuple(raw)
        ahead = predict([method], history, calendar[: len(units)], calendar[len(units) :], pattern)
        assert min(ahead) >= -1e-9
        if not method.weekly:
            assert max(ahead) <= max([0.0, *history]) + 1e-6


def test_the_forecast_beats_the_28_day_mean_on_the_retailers_last_28_days() -> None:
    with gzip.open(RETAILER, "rt", encoding="utf-8") as lines:
        history = read_history(lines)
    assert (len(history.days), len(history.units)) == (305, 200)
    report = backtest(history.days, history.units)
    assert report.baseline.fixed_wape == pytest.approx(0.807, abs=0.001)
    assert report.typical.fixed_wape < 0.93 * report.baseline.fixed_wape
    assert report.typical.rolling_wape < 0.93 * report.baseline.rolling_wape
    # What stock is ordered by errs less too, and is no further off in sum.
    assert report.expected.fixed_wape < report.baseline.fixed_wape
    assert abs(report.expected.fixed_bias - 1) < abs(report.baseline.fixed_bias - 1)
    assert len(report.chosen) > 5


def test_nothing_of_the_test_days_is_known_to_a_fixed_forecast() -> None:
    calendar = days(140)
    rng = random.Random(1)
    histories = {f"P{number}": [float(rng.randint(0, 9)) for _day in calendar] for number in range(5)}
    other_end = {
        sku: [*history[:112], *[units * 7 + 1 for units in history[112:]]] for sku, history in histories.items()
    }
    one, other = backtest(calendar, histories), backtest(calendar, other_end)
    assert one.chosen == other.chosen
    assert one.typical.fixed_bias * one.demand == pytest.approx(other.typical.fixed_bias * other.demand)


def test_a_sale_cancelled_the_same_day_was_no_demand(tmp_path: Path) -> None:
    lines = [
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n",
        "1,23843,PAPER CRAFT,80995,2011-12-09 09:15:00,2.08,16446,United Kingdom\n",
        "C2,23843,PAPER CRAFT,-80995,2011-12-09 09:27:00,2.08,16446,United Kingdom\n",
        "3,85123a,HEART,6,2011-12-09 10:00:00,2.55,1,United Kingdom\n",
        "4,85123A,HEART,2,2011-12-08 10:00:00,2.55,1,United Kingdom\n",
        "C5,85123A,HEART,-2,2011-12-09 10:00:00,2.55,1,United Kingdom\n",
        "6,POST,POSTAGE,1,2011-12-09 10:00:00,18,1,France\n",
    ]
    history = read_history(lines)
    assert history.units == {"85123A": [2, 6]}


@pytest.mark.django_db
def test_the_command_shows_both_figures() -> None:
    told = StringIO()
    call_command("backtest_forecast", file=RETAILER, stdout=told)
    assert "Headline: WAPE 0.736 against 0.807" in told.getvalue()


@pytest.mark.django_db
def test_the_command_says_when_there_is_too_little_to_test_on(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="too short"):
        call_command("backtest_forecast")
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(CommandError, match="columns"):
        call_command("backtest_forecast", file=wrong)
