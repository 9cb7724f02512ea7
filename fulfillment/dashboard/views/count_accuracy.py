"""How right the books are, zone by zone and week by week."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from fulfillment.dashboard.access import current_warehouse, requires
from inventory.selectors.accuracy import Accuracy, accuracy, zone_totals

STEPS = {"week": (12, 7), "month": (12, 31), "day": (14, 1)}
BAR, GAP, HEIGHT = 14, 4, 48


@require_GET
@requires("count.approve")
def count_accuracy(request: HttpRequest) -> HttpResponse:
    """``?step=day|week|month``: counts, exact ones and variances of each zone; each figure opens its counts."""
    warehouse, now = current_warehouse(request), timezone.now()
    step = request.GET.get("step", "week")
    step = step if step in STEPS else "week"
    many, days = STEPS[step]
    rows = accuracy(warehouse.id, since=now - timedelta(days=many * days), time_zone=warehouse.time_zone, step=step)
    periods = sorted({row.begins_on for row in rows})
    zones = [
        _zone(total, [row for row in rows if row.zone == total.zone], periods, step) for total in zone_totals(rows)
    ]
    counted, exact = sum(row.counted for row in rows), sum(row.exact for row in rows)
    context = {
        "step": step,
        "zones": zones,
        "periods": periods,
        "counted": counted,
        "exact": exact,
        "percent": exact * 100 // counted if counted else None,
        "units": sum(row.units for row in rows),
        "net": sum(row.net_units for row in rows),
        "value": sum((row.value for row in rows), start=0),
        "width": len(periods) * (BAR + GAP),
        "height": HEIGHT,
        "as_of": now,
    }
    return render(request, "dashboard/counts/accuracy.html", context)


def _zone(total: Accuracy, rows: list[Accuracy], periods: list[date], step: str) -> dict[str, Any]:
    by_period = {row.begins_on: row for row in rows}
    cells = [
        {"row": by_period[one], "url": _link(total.zone, one, _end(one, step))} if one in by_period else None
        for one in periods
    ]
    bars = []
    for number, one in enumerate(periods):
        row = by_period.get(one)
        if row:
            tall = max(2, row.percent * HEIGHT // 100)
            bars.append({"x": number * (BAR + GAP), "y": HEIGHT - tall, "w": BAR, "h": tall, "row": row})
    first, last = periods[0], _end(periods[-1], step)
    return {
        "zone": total.zone or "–",
        "total": total,
        "cells": cells,
        "bars": bars,
        "url": _link(total.zone, first, last),
        "off_url": _link(total.zone, first, last, off="1"),
    }


def _end(begins_on: date, step: str) -> date:
    """The last day of the period."""
    if step == "month":
        return (begins_on.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return begins_on + timedelta(days=6 if step == "week" else 0)


def _link(zone: str, since: date, until: date, **more: str) -> str:
    query = {"view": "done", "zone": zone or "-", "since": since.isoformat(), "until": until.isoformat(), **more}
    return f"{reverse('dashboard:counts')}?{urlencode(query)}"
