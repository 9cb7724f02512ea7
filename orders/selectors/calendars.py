"""What decides when orders leave, as facts: the calendar tables, and what is promised already for a day."""

import json
import time
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from orders.planning.calendars import Book, CutOffRow, SeasonRow, TransitRow
from orders.planning.promises import ONE_DAY, Load, PromiseDates, SeasonDays, Terms
from orders.states import OPEN_FULFILLMENT_ORDER

KEPT_SECONDS = 15.0
"""How long a process keeps what it read: a change elsewhere is heard of that late, here at once (``forget_book``)."""
LOOKED_AHEAD = 60
"""Working days one statement may walk in search of room."""

# Rows are few and change a few times a year, so all are read at once.
_BOOK = """
SELECT (SELECT coalesce(json_agg(json_build_array(warehouse_id, method, cut_off)), '[]') FROM orders_servicecutoff)::text,
       (SELECT coalesce(json_agg(json_build_array(method, origin, destination, fewest, most, working_weekdays,
                                                  closed_days)), '[]') FROM orders_transittime)::text,
       (SELECT coalesce(json_agg(json_build_array(name, since, until, more_handling_days, more_transit_days, cut_off,
                                                  method, destination, warehouse_id) ORDER BY since, id), '[]')
        FROM orders_season)::text,
       (SELECT coalesce(json_agg(json_build_array(warehouse_id, day, shipments)), '[]') FROM orders_capacityday)::text
"""  # noqa: E501
_OPEN = ", ".join(f"'{status}'" for status in sorted(OPEN_FULFILLMENT_ORDER))
# The walk stops at the first day with room. Each day is counted up to its capacity; today also by what left already
# and by what should have left before.
_COUNT = f"""
(SELECT count(*) FROM (
    SELECT 1 FROM orders_fulfillmentorder
    WHERE warehouse_id = %(warehouse)s AND status IN ({_OPEN}) AND order_id <> %(without)s
        AND ship_by BETWEEN asked.lows[{{at}}] AND asked.days[{{at}}]
    LIMIT asked.capacities[{{at}}]) promised)
+ CASE WHEN asked.days[{{at}}] = %(today)s THEN (SELECT count(*) FROM (
    SELECT 1 FROM orders_fulfillmentorder
    WHERE status = 'closed' AND closed_at >= %(midnight)s AND warehouse_id = %(warehouse)s
    LIMIT asked.capacities[{{at}}]) gone) ELSE 0 END
"""  # noqa: S608  the states are ours
_WALK = f"""
WITH RECURSIVE asked AS MATERIALIZED (
    SELECT %(days)s::date[] AS days, %(lows)s::date[] AS lows, %(capacities)s::int[] AS capacities
), walk AS (
    SELECT 1 AS at, {_COUNT.format(at="1")} AS taken FROM asked
    UNION ALL
    SELECT walk.at + 1, {_COUNT.format(at="walk.at + 1")} FROM walk, asked
    WHERE walk.taken >= asked.capacities[walk.at] AND walk.at < cardinality(asked.days)
)
SELECT at, taken FROM walk
"""  # noqa: S608  the states are ours
_AHEAD = f"""
SELECT day, sum(shipments) FROM (
    SELECT greatest(ship_by, %(today)s) AS day, count(*) AS shipments FROM orders_fulfillmentorder
    WHERE warehouse_id = %(warehouse)s AND status IN ({_OPEN}) AND ship_by <= %(until)s AND order_id <> %(without)s
    GROUP BY 1
    UNION ALL
    SELECT %(today)s, count(*) FROM orders_fulfillmentorder
    WHERE status = 'closed' AND closed_at >= %(midnight)s AND warehouse_id = %(warehouse)s
) promised GROUP BY day
"""  # noqa: S608  the states are ours

_kept: tuple[float, Book] | None = None


def book() -> Book:
    """The calendar tables, at most ``KEPT_SECONDS`` old. One statement, or none while they are kept."""
    global _kept
    kept, moment = _kept, time.monotonic()
    if kept is None or moment - kept[0] > KEPT_SECONDS:
        kept = _kept = (moment, read_book())
    return kept[1]


def forget_book() -> None:
    """Read the calendar tables again when they are next asked for."""
    global _kept
    _kept = None


def read_book() -> Book:
    """The calendar tables as they are now. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_BOOK)
        cut_offs, transits, seasons, capacity = (json.loads(text) for text in cursor.fetchone())
    days: dict[int, dict[date, int]] = {}
    for warehouse_id, day, shipments in capacity:
        days.setdefault(warehouse_id, {})[date.fromisoformat(day)] = shipments
    return Book(
        cut_offs=tuple(CutOffRow(place, method, _clock(cut_off)) for place, method, cut_off in cut_offs),
        transits=tuple(_transit(*row) for row in transits),
        seasons=tuple(_season(*row) for row in seasons),
        capacity=days,
    )


def _transit(
    method: str, origin: str, destination: str, fewest: int, most: int, weekdays: list[int], closed: list[str]
) -> TransitRow:
    closed_days = tuple(date.fromisoformat(day) for day in closed)
    return TransitRow(method, origin, destination, fewest, most, tuple(weekdays), closed_days)


def _season(
    name: str,
    since: str,
    until: str,
    handling: int,
    transit: int,
    cut_off: str | None,
    method: str,
    destination: str,
    warehouse_id: int | None,
) -> SeasonRow:
    earlier = _clock(cut_off) if cut_off else None
    days = SeasonDays(name, date.fromisoformat(since), date.fromisoformat(until), handling, transit, earlier)
    return SeasonRow(days, method, destination, warehouse_id)


def _clock(text: str) -> Any:
    return datetime.fromisoformat(f"2000-01-01T{text}").time()


class Loads:
    """Shipments promised for the days of warehouses, read when they are asked for and kept for one piece of work.

    ``add`` counts what that work promises itself, ``without_order`` leaves an order's own parts out. Counts are not
    locked: two orders at once may both get the last place of a day, until ``overbooking`` puts it right.
    """

    def __init__(self, *, now: datetime, without_order: int = 0) -> None:
        self._now = now
        self._without = without_order
        self._known: dict[tuple[int, date], int] = {}
        self.told: dict[tuple[Any, ...], PromiseDates] = {}
        """What was promised where no capacity limits a day: whoever asks the same is told the same."""

    def of(self, warehouse_id: int, terms: Terms) -> Load:
        """The load of that warehouse, as ``planning.promises`` wants it. One statement for the first days asked for."""

        def load(day: date, capacity: int) -> int:
            if (warehouse_id, day) not in self._known:
                self._walk(warehouse_id, terms, day)
            return self._known.get((warehouse_id, day), 0)

        return load

    def read_ahead(self, warehouse_id: int, terms: Terms, until: date) -> None:
        """Read all days up to that one at once, for whoever asks for many. One statement, none without a capacity."""
        if terms.capacity is None and not terms.capacity_days:
            return
        midnight = self._midnight(terms)
        today = midnight.date()
        for ahead in range((until - today).days + 1):
            self._known.setdefault((warehouse_id, today + timedelta(days=ahead)), 0)
        values: Mapping[str, Any] = {
            "warehouse": warehouse_id,
            "without": self._without,
            "today": today,
            "midnight": midnight,
            "until": until,
        }
        with connection.cursor() as cursor:
            cursor.execute(_AHEAD, values)
            for day, taken in cursor.fetchall():
                self._known[warehouse_id, day] = int(taken)

    def add(self, warehouse_id: int, day: date) -> None:
        """One shipment more is promised for that day; matters only to days already counted."""
        if (warehouse_id, day) in self._known:
            self._known[warehouse_id, day] += 1

    def _walk(self, warehouse_id: int, terms: Terms, first: date) -> None:
        midnight = self._midnight(terms)
        days: list[tuple[date, int]] = []
        day = first
        while len(days) < LOOKED_AHEAD and day < first + timedelta(days=3 * LOOKED_AHEAD):
            capacity = terms.capacity_on(day)
            if capacity is None:
                break
            if terms.calendar.works_on(day) and capacity:
                days.append((day, capacity))
            day += ONE_DAY
        if not days:
            return
        values: Mapping[str, Any] = {
            "warehouse": warehouse_id,
            "without": self._without,
            "today": midnight.date(),
            "midnight": midnight,
            "days": [day for day, _capacity in days],
            "lows": [date.min if day == midnight.date() else day for day, _capacity in days],
            "capacities": [capacity for _day, capacity in days],
        }
        with connection.cursor() as cursor:
            cursor.execute(_WALK, values)
            for at, taken in cursor.fetchall():
                self._known[warehouse_id, days[at - 1][0]] = taken

    def _midnight(self, terms: Terms) -> datetime:
        zone = ZoneInfo(terms.calendar.time_zone)
        return datetime.combine(self._now.astimezone(zone).date(), datetime.min.time(), zone)
