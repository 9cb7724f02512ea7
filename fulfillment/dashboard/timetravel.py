"""The time machine's half of the product page: moments, steps between them, the chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.http import urlencode

from fulfillment.dashboard.desk import text_in
from inventory.selectors.ledger import MovementRow

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 720.0, 140.0, 48.0, 12.0, 20.0


def moment_in(request: HttpRequest, name: str, zone: ZoneInfo, *, now: datetime) -> datetime | None:
    """The moment a query parameter names, in the warehouse's own time when it names no zone.

    None without one, for what is no time, and for the future: then the page shows now.
    """
    text = text_in(request, name, limit=40)
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=zone) if at.tzinfo is None else at
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if datetime(1970, 1, 1, tzinfo=UTC) <= at <= now else None


def link_to(at: datetime | None, **more: str) -> str:
    """The same page as of a moment, or as of now."""
    query = ({"at": at.astimezone(UTC).isoformat()} if at else {}) | more
    return f"?{urlencode(query)}" if query else "?"


def for_input(at: datetime, zone: ZoneInfo) -> str:
    """A moment as a date-time box holds it: to the second, rounded up so that what happened then is still in it."""
    if at.microsecond:
        at += timedelta(seconds=1)
    return at.astimezone(zone).replace(tzinfo=None, microsecond=0).isoformat()


@dataclass(frozen=True, slots=True)
class Mark:
    """One event on the chart: its column, where the line is then, and the page as of it."""

    x: str
    y: str
    hit_x: str
    hit_width: str
    url: str
    balance: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Chart:
    """A step chart in SVG units; every figure is text, so that no locale puts a comma into it."""

    path: str
    marks: tuple[Mark, ...]
    top: int
    bottom: int
    top_y: str
    bottom_y: str
    left: str
    right: str
    first: datetime
    last: datetime


def chart_of(movements: Sequence[MovementRow], *, until: datetime) -> Chart | None:
    """The balance over a page of the ledger (latest first) up to ``until``; None for fewer than two movements."""
    rows = [row for row in reversed(movements) if row.balance is not None]
    if len(rows) < 2:
        return None
    first, last = rows[0].at, max(until, rows[-1].at)
    before = int(rows[0].balance or 0) - rows[0].effect
    balances = [before, *(int(row.balance or 0) for row in rows)]
    low, high = min(0, *balances), max(1, *balances)
    span = max((last - first).total_seconds(), 1.0)

    def x_of(at: datetime) -> float:
        return LEFT + (WIDTH - LEFT - 8) * (at - first).total_seconds() / span

    def y_of(balance: int) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - balance) / (high - low)

    steps = [f"M{_text(LEFT)} {_text(y_of(before))}"]
    for row in rows:
        steps.append(f"H{_text(x_of(row.at))}V{_text(y_of(int(row.balance or 0)))}")
    steps.append(f"H{_text(WIDTH - 8)}")
    places = [x_of(row.at) for row in rows]
    marks = []
    for number, row in enumerate(rows):
        begin = (places[number - 1] + places[number]) / 2 if number else LEFT
        end = (places[number] + places[number + 1]) / 2 if number + 1 < len(rows) else WIDTH
        y = _text(y_of(int(row.balance or 0)))
        width = _text(max(end - begin, 0.5))
        marks.append(
            Mark(_text(places[number]), y, _text(begin), width, link_to(row.at), int(row.balance or 0), row.at)
        )
    return Chart(
        path="".join(steps),
        marks=tuple(marks),
        top=high,
        bottom=low,
        top_y=_text(y_of(high)),
        bottom_y=_text(y_of(low)),
        left=_text(LEFT),
        right=_text(WIDTH - 8),
        first=first,
        last=last,
    )


def _text(number: float) -> str:
    return f"{number:.1f}"


@dataclass(frozen=True, slots=True)
class Lying:
    """Units of a lot in a bin, now or then, as the page lists them."""

    bin_name: str
    bin_code: str
    lot: str
    condition: str
    quantity: int
    to_pick: int
    expires_on: Any
    recalled: bool
