"""How long stock lasts, and how much of it is more than anybody will ask for."""

from math import ceil

OVERSTOCK_DAYS = 120
"""Stock that lasts longer than this is overstock."""
DEAD_DAYS = 90
"""Stock of which nothing left for this long is dead."""


def days_of_cover(units: int, daily_mean: float) -> float | None:
    """Days until ``units`` are gone at that pace; None when nothing sells. Nothing in stock lasts 0 days."""
    if units <= 0:
        return 0.0
    return units / daily_mean if daily_mean > 0 else None


def excess(units: int, daily_mean: float, *, keep_days: float = OVERSTOCK_DAYS) -> int:
    """Units beyond what ``keep_days`` ask for; never below zero."""
    return max(0, units - ceil(daily_mean * keep_days))


def hours_until_empty(units: int, daily_mean: float) -> float | None:
    """Hours until a pick face is empty at that pace; None when nothing sells, 0 when it is empty."""
    cover = days_of_cover(units, daily_mean)
    return None if cover is None else cover * 24
