"""How right the books were, by zone and over time: what the counts say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The approved counts of a zone in a period that begins on ``begins_on``.

    ``exact`` of ``counted`` bins were as the books had them. ``net_units`` sets surplus against shortage, ``units``
    does not; ``value`` is that of ``units`` at cost.
    """

    zone: str
    begins_on: date
    counted: int
    exact: int
    net_units: int
    units: int
    value: Decimal

    @property
    def percent(self) -> int:
        """Exact bins in a hundred, rounded down: 100 is every one."""
        return self.exact * 100 // self.counted if self.counted else 0


_ACCURACY = """
SELECT coalesce(zone.code, ''), date_trunc(%(step)s, task.counted_at AT TIME ZONE %(zone)s)::date,
       count(*), count(*) FILTER (WHERE task.variance_units = 0),
       coalesce(sum(line.net), 0), sum(task.variance_units), sum(task.variance_value)
FROM inventory_counttask task
JOIN inventory_bin bin ON bin.id = task.bin_id
LEFT JOIN inventory_zone zone ON zone.id = bin.zone_id
LEFT JOIN LATERAL (
    SELECT sum(counted - book) AS net FROM inventory_countline line
    WHERE line.task_id = task.id AND line.round = task.round
) line ON true
WHERE task.warehouse_id = %(warehouse)s AND task.status IN ('approved') AND task.counted_at >= %(since)s
GROUP BY 1, 2
ORDER BY 1, 2
"""


def accuracy(warehouse_id: int, *, since: datetime, time_zone: str, step: str = "week") -> list[Accuracy]:
    """By zone, then by ``step`` (day, week or month) of the warehouse's calendar; one query."""
    if step not in ("day", "week", "month"):
        raise ValueError(step)
    with connection.cursor() as cursor:
        cursor.execute(_ACCURACY, {"warehouse": warehouse_id, "since": since, "zone": time_zone, "step": step})
        return [
            Accuracy(zone, begins_on, counted, exact, int(net), int(units or 0), Decimal(value or 0))
            for zone, begins_on, counted, exact, net, units, value in cursor.fetchall()
        ]


def zone_totals(rows: Sequence[Accuracy]) -> list[Accuracy]:
    """Each zone over all its periods, the least exact first."""
    totals: dict[str, Accuracy] = {}
    for row in rows:
        known = totals.get(row.zone)
        totals[row.zone] = (
            row
            if known is None
            else Accuracy(
                zone=row.zone,
                begins_on=min(known.begins_on, row.begins_on),
                counted=known.counted + row.counted,
                exact=known.exact + row.exact,
                net_units=known.net_units + row.net_units,
                units=known.units + row.units,
                value=known.value + row.value,
            )
        )
    return sorted(totals.values(), key=lambda one: (one.percent, one.zone))
