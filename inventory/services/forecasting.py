"""Forecast what every product sells, night after night, some hundred products in a transaction."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.kernel.commands import command
from inventory.models import DemandForecast, Product
from inventory.models.product import KitKind
from inventory.planning.forecast import Forecast, choose, weekday_pattern
from inventory.selectors.demand import daily_units, days_between
from inventory.selectors.places import warehouse_by_id

CHUNK = 500
WINDOW_DAYS = 252
"""Days of demand read: what the methods remember, and the trial windows before today."""
PATTERN_PRODUCTS = 200


def forecast_warehouse(warehouse_id: int, *, now: datetime) -> int:
    """Forecast every product of a warehouse from its demand up to yesterday; returns how many have a forecast.

    Holds the history of one chunk of products in memory, and commits each chunk. Safe to run twice at once.
    """
    zone = ZoneInfo(warehouse_by_id(warehouse_id).time_zone)
    today = now.astimezone(zone).date()
    days = days_between(today - timedelta(days=WINDOW_DAYS), today)
    first_day, pattern = _calendar(warehouse_id, days)
    last_id = written = 0
    while products := _chunk(last_id):
        last_id = products[-1][0]
        written += _forecast_some(warehouse_id, products, days, first_day, pattern, zone=zone, now=now)
    return written


def _chunk(last_id: int) -> list[tuple[int, datetime]]:
    rows = Product.objects.filter(pk__gt=last_id, active=True).exclude(kit_kind=KitKind.VIRTUAL)
    return list(rows.order_by("pk").values_list("pk", "created_at")[:CHUNK])


def _calendar(warehouse_id: int, days: Sequence[date]) -> tuple[date, tuple[float, ...]]:
    """The first day the best sellers sold, and the weekday pattern of them."""
    best = (
        DemandForecast.objects.filter(warehouse_id=warehouse_id)
        .order_by("-daily_mean")
        .values_list("product_id", flat=True)[:PATTERN_PRODUCTS]
    )
    product_ids = list(best) or [product_id for product_id, _created in _chunk(0)]
    demand = daily_units(days[0], days[-1] + timedelta(days=1), warehouse_id=warehouse_id, product_ids=product_ids)
    first_day = min((day for units in demand.values() for day in units), default=days[-1])
    since = [day for day in days if day >= first_day]
    return first_day, weekday_pattern(since, [[float(units.get(day, 0)) for day in since] for units in demand.values()])


@command
def _forecast_some(
    warehouse_id: int,
    products: Sequence[tuple[int, datetime]],
    days: Sequence[date],
    first_day: date,
    pattern: tuple[float, ...],
    *,
    zone: ZoneInfo,
    now: datetime,
) -> int:
    demand = daily_units(
        days[0], days[-1] + timedelta(days=1), warehouse_id=warehouse_id, product_ids=[pk for pk, _created in products]
    )
    known = set(
        DemandForecast.objects.filter(
            warehouse_id=warehouse_id, product_id__in=[pk for pk, _created in products]
        ).values_list("product_id", flat=True)
    )
    rows = []
    for product_id, created_at in products:
        units = demand.get(product_id, {})
        if not units and product_id not in known:
            continue
        # A product's days count from when it could be sold, or else its first weeks would water down its mean.
        began = min([max(first_day, created_at.astimezone(zone).date()), *units])
        since = [day for day in days if day >= began]
        forecast = choose([float(units.get(day, 0)) for day in since], since, pattern)
        rows.append(_row(product_id, warehouse_id, forecast, now))
    DemandForecast.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["product", "warehouse"],
        update_fields=["method", "daily_mean", "daily_deviation", "wape", "baseline_wape", "days", "computed_at"],
    )
    return len(rows)


def _row(product_id: int, warehouse_id: int, forecast: Forecast, now: datetime) -> DemandForecast:
    return DemandForecast(
        product_id=product_id,
        warehouse_id=warehouse_id,
        method=forecast.methods[0].kind,
        daily_mean=forecast.mean,
        daily_deviation=forecast.deviation,
        wape=forecast.wape,
        baseline_wape=forecast.baseline_wape,
        days=forecast.days,
        computed_at=now,
    )
