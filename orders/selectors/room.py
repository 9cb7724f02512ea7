"""How full the days of warehouses are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db import connection

from orders.states import OPEN_FULFILLMENT_ORDER


@dataclass(frozen=True, slots=True)
class AskedDay:
    """A day of a warehouse, on which it can send ``capacity`` shipments; ``today`` is its today."""

    warehouse_id: int
    day: date
    capacity: int
    today: date
    time_zone: str


# Today also by what left already, and by what should have left before; counted no further than the capacity.
_TAKEN = """
SELECT asked.place, asked.day, (SELECT count(*) FROM (
    SELECT 1 FROM orders_fulfillmentorder
    WHERE warehouse_id = asked.place AND status = ANY (%(open)s) AND ship_by BETWEEN asked.low AND asked.day
    LIMIT asked.capacity) promised)
+ (SELECT count(*) FROM (
    SELECT 1 FROM orders_fulfillmentorder
    WHERE status = 'closed' AND closed_at >= asked.midnight AND warehouse_id = asked.place
    LIMIT asked.capacity) gone)
FROM unnest(%(places)s::bigint[], %(days)s::date[], %(lows)s::date[], %(midnights)s::timestamptz[],
            %(capacities)s::int[]) AS asked (place, day, low, midnight, capacity)
"""


def room_on(asked: Iterable[AskedDay]) -> dict[tuple[int, date], int]:
    """{(warehouse_id, day): shipments it can still take on that day}; never below zero. One statement, no locks."""
    days = list(asked)
    if not days:
        return {}
    capacity = {(one.warehouse_id, one.day): one.capacity for one in days}
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKEN,
            {
                "open": sorted(OPEN_FULFILLMENT_ORDER),
                "places": [one.warehouse_id for one in days],
                "days": [one.day for one in days],
                "lows": [date.min if one.day == one.today else one.day for one in days],
                "midnights": [_midnight(one) if one.day == one.today else None for one in days],
                "capacities": [one.capacity for one in days],
            },
        )
        return {(place, day): max(capacity[place, day] - taken, 0) for place, day, taken in cursor.fetchall()}


def _midnight(one: AskedDay) -> datetime:
    return datetime.combine(one.today, time(0), ZoneInfo(one.time_zone))
