"""How good the forecast would have been: the last days of a history told from what was known before them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from inventory.planning.forecast import (
    BASELINE,
    HORIZON,
    Forecast,
    absolute_error,
    choose,
    predict,
    weekday_pattern,
    without_bulk,
)


@dataclass(frozen=True, slots=True)
class Score:
    """One way to forecast: ``wape`` is errors over demand, ``bias`` forecast over demand (1: neither way)."""

    name: str
    fixed_wape: float
    fixed_bias: float
    rolling_wape: float
    rolling_bias: float


@dataclass(frozen=True, slots=True)
class Report:
    """What the back-test found. ``chosen`` counts how often each method was the best of a product's trials."""

    products: int
    first_day: date
    last_day: date
    demand: float
    baseline: Score
    expected: Score
    typical: Score
    chosen: Counter[str]


def best_sellers(histories: Mapping[str, Sequence[float]], count: int = 200) -> list[str]:
    """The products that sold the most units over the whole history, the most first."""
    return sorted(histories, key=lambda sku: (-sum(histories[sku]), sku))[:count]


def backtest(days: Sequence[date], histories: Mapping[str, Sequence[float]], *, window: int = HORIZON) -> Report:
    """Forecast each of the last ``window`` days of every product and compare with what was sold.

    The weekday pattern, the level below which a day counts as typical and each product's methods are taken from the
    days before the window alone. *Fixed*: all days are forecast at once from what was known before the window.
    *Rolling*: each day from what was known the evening before, methods and pattern as chosen before the window.
    Raises ValueError with fewer than ``window`` days before the window, or without any demand in it.
    """
    start = len(days) - window
    if start < window:
        raise ValueError("The history is too short to test on.")
    known = {sku: list(history[:start]) for sku, history in histories.items()}
    pattern = weekday_pattern(days[:start], list(known.values()))
    chosen = {sku: choose(history, days[:start], pattern) for sku, history in known.items()}
    demand = float(sum(sum(history[start:]) for history in histories.values()))
    if not demand:
        raise ValueError("Nothing was sold in the days to test on.")

    def score(name: str, *, own: bool, cut: bool) -> Score:
        fixed = rolling = fixed_sum = rolling_sum = 0.0
        for sku, history in histories.items():
            methods = chosen[sku].methods if own else (BASELINE,)
            actual = history[start:]
            at_once = predict(methods, _seen(history[:start], cut), days[:start], days[start:], pattern)
            daily = [
                predict(methods, _seen(history[:at], cut), days[:at], days[at : at + 1], pattern)[0]
                for at in range(start, len(days))
            ]
            fixed += absolute_error(at_once, actual)
            rolling += absolute_error(daily, actual)
            fixed_sum += sum(at_once)
            rolling_sum += sum(daily)
        return Score(name, fixed / demand, fixed_sum / demand, rolling / demand, rolling_sum / demand)

    return Report(
        products=len(histories),
        first_day=days[start],
        last_day=days[-1],
        demand=demand,
        baseline=score("Plain 28-day mean", own=False, cut=False),
        expected=score("Chosen methods, expected units", own=True, cut=False),
        typical=score("Chosen methods, typical day", own=True, cut=True),
        chosen=Counter(_best(forecast) for forecast in chosen.values()),
    )


def _seen(history: Sequence[float], cut: bool) -> Sequence[float]:
    return without_bulk(history) if cut else history


def _best(forecast: Forecast) -> str:
    return forecast.methods[0].label
