"""What a product will sell in a day: levels by several methods, chosen by how well each would have done before.

A history is one number of units for each day, oldest first, zeros included. Everything here is plain arithmetic on it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean, pstdev

SEASON = 84
"""Days the weekday pattern is read from: twelve weeks."""
MEMORY = 168
"""Days of history a method looks at; older ones tell nothing about next week."""
HORIZON = 28
TRIALS = 3
"""Back-test windows of ``HORIZON`` days, one before the other, that decide on the methods."""
BEST = 3
"""Methods whose mean is the forecast: the winner of few trials alone is often luck."""
BULK = 0.9
"""A day above this quantile of the recent days is a bulk order: typical days are told without it."""
RECENT = 56

Level = Callable[[Sequence[float], Sequence[float]], float]
"""(history, weight of each day) → units on a day of weight 1."""


@dataclass(frozen=True, slots=True)
class Method:
    """A way to tell the level of demand. ``kind`` is a ``states.ForecastMethod``; ``weekly`` follows the weekdays."""

    kind: str
    label: str
    level: Level
    weekly: bool = False


@dataclass(frozen=True, slots=True)
class Forecast:
    """Units a day of one product, by the mean of ``methods``, the best of them first.

    ``mean`` is what stock is ordered by. ``typical`` is the likelier day: bulk orders are cut to size, so that single
    days come out closer and the sum too low. ``deviation`` is the standard deviation of the recent days' units. The
    two WAPE are over the trials: of the best method, and of the plain 28-day mean; None when nothing sold there.
    """

    methods: tuple[Method, ...]
    mean: float
    typical: float
    deviation: float
    wape: float | None
    baseline_wape: float | None
    days: int


def moving_average(window: int) -> Level:
    """The mean of the last ``window`` days."""

    def level(history: Sequence[float], weights: Sequence[float]) -> float:
        weight = sum(weights[-window:])
        return sum(history[-window:]) / weight if weight else 0.0

    return level


def smoothing(alpha: float) -> Level:
    """Simple exponential smoothing, begun with the mean of the first ten days."""

    def level(history: Sequence[float], weights: Sequence[float]) -> float:
        value = fmean(history[:10]) if history else 0.0
        for units, weight in zip(history, weights, strict=True):
            value += alpha * (units - weight * value)
        return value

    return level


def croston(alpha: float) -> Level:
    """Croston's method with Syntetos and Boylan's correction: the size of a sale over the days between two sales."""

    def level(history: Sequence[float], weights: Sequence[float]) -> float:
        size = gap = 0.0
        since = 1
        for units in history:
            if units > 0:
                size = size + alpha * (units - size) if gap else float(units)
                gap = gap + alpha * (since - gap) if gap else float(since)
                since = 1
            else:
                since += 1
        return (1 - alpha / 2) * size / gap if gap else 0.0

    return level


def tsb(alpha: float, beta: float) -> Level:
    """Teunter, Syntetos and Babai: the size of a sale times its chance, which fades while nothing sells."""

    def level(history: Sequence[float], weights: Sequence[float]) -> float:
        sales = [units for units in history if units > 0]
        if not sales:
            return 0.0
        size, chance = fmean(sales[:5]), len(sales) / len(history)
        for units in history:
            if units > 0:
                size += alpha * (units - size)
            chance += beta * ((units > 0) - chance)
        return size * chance

    return level


BASELINE = Method("moving_average", "28-day mean", moving_average(28))
METHODS: tuple[Method, ...] = (
    BASELINE,
    *(Method("moving_average", f"{days}-day mean", moving_average(days)) for days in (14, 56)),
    *(Method("smoothing", f"smoothing, alpha {alpha}", smoothing(alpha)) for alpha in (0.05, 0.1, 0.2)),
    Method("croston", "Croston-SBA, alpha 0.1", croston(0.1)),
    Method("tsb", "TSB, alpha 0.1, beta 0.05", tsb(0.1, 0.05)),
    *(Method("weekday", f"weekdays, {days}-day mean", moving_average(days), weekly=True) for days in (14, 28, 56)),
    *(
        Method("weekday", f"weekdays, smoothing, alpha {alpha}", smoothing(alpha), weekly=True)
        for alpha in (0.05, 0.1, 0.2)
    ),
)


def without_bulk(history: Sequence[float]) -> list[float]:
    """The history with every day cut to the ``BULK`` quantile of the recent days; as it is when most sold nothing."""
    recent = sorted(history[-RECENT:])
    most = recent[int(BULK * (len(recent) - 1))] if recent else 0
    return [min(units, most) for units in history] if most > 0 else list(history)


def weekday_pattern(days: Sequence[date], histories: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """How much each weekday (Monday first) sells of an average day, read from all the products together.

    Without their bulk orders, lest one of them makes a pattern. All 1 with fewer than four weeks to read from, and 1
    for a weekday that does not occur.
    """
    if len(days) < HORIZON:
        return (1.0,) * 7
    recent, count = days[-SEASON:], [0] * 7
    totals = [0.0] * 7
    for day in recent:
        count[day.weekday()] += 1
    for history in histories:
        for day, units in zip(recent, without_bulk(history)[-SEASON:], strict=True):
            totals[day.weekday()] += units
    mean = sum(totals) / len(recent)
    if not mean:
        return (1.0,) * 7
    return tuple(total / n / mean if n else 1.0 for total, n in zip(totals, count, strict=True))


def predict(
    methods: Sequence[Method],
    history: Sequence[float],
    past: Sequence[date],
    ahead: Sequence[date],
    pattern: Sequence[float],
) -> list[float]:
    """Units on each day of ``ahead``, from the history of the days ``past``: the mean of the methods, never below 0."""
    history, past = history[-MEMORY:], past[-MEMORY:]
    weights = [pattern[day.weekday()] for day in past]
    flat = [1.0] * len(past)
    # Smoothing may swing below nothing where one weekday sells it all.
    seasonal = [max(0.0, method.level(history, weights)) for method in methods if method.weekly]
    level = [method.level(history, flat) for method in methods if not method.weekly]
    base = sum(level)
    return [(base + sum(seasonal) * pattern[day.weekday()]) / len(methods) for day in ahead]


def choose(
    history: Sequence[float], days: Sequence[date], pattern: Sequence[float], candidates: Sequence[Method] = METHODS
) -> Forecast:
    """The methods with the least absolute error over the trial windows at the end of the history, and their forecast.

    With less than two horizons of history there is nothing to try on: then it is the 28-day mean.
    """
    errors = [0.0] * len(candidates)
    demand = baseline = 0.0
    for trial in range(1, TRIALS + 1):
        start = len(history) - trial * HORIZON
        if start < HORIZON:
            break
        known, past = history[max(0, start - MEMORY) : start], days[max(0, start - MEMORY) : start]
        actual, ahead = history[start : start + HORIZON], days[start : start + HORIZON]
        demand += sum(actual)
        baseline += absolute_error(predict([BASELINE], known, past, ahead, pattern), actual)
        typical = without_bulk(known)
        for at, method in enumerate(candidates):
            errors[at] += absolute_error(predict([method], typical, past, ahead, pattern), actual)
    order = sorted(range(len(candidates)), key=lambda at: errors[at])
    best = tuple(candidates[at] for at in order[:BEST]) if demand else (BASELINE,)
    week = days[-7:]
    return Forecast(
        methods=best,
        mean=fmean(predict(best, history, days, week, pattern)) if week else 0.0,
        typical=fmean(predict(best, without_bulk(history), days, week, pattern)) if week else 0.0,
        deviation=pstdev(history[-RECENT:]) if history else 0.0,
        wape=errors[order[0]] / demand if demand else None,
        baseline_wape=baseline / demand if demand else None,
        days=len(history),
    )


def absolute_error(predicted: Sequence[float], actual: Sequence[float]) -> float:
    """The sum of the days' absolute errors."""
    return sum(abs(one - other) for one, other in zip(predicted, actual, strict=True))
