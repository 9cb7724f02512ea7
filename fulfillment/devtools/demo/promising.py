"""What the demo's promises rest on: carriers' days, a season, closed days, an early service, a day with little room."""

from datetime import date, datetime, time, timedelta

from core.attention.selectors import counts_by_kind
from core.kernel.actors import system
from inventory.models import Warehouse
from orders.models import CapacityDay, Season, ServiceCutOff, TransitTime
from orders.planning.promises import local_day
from orders.selectors.calendars import forget_book
from orders.services.watching import watch_backorders
from shipping.services.watching import watch_cut_offs

NEAR = timedelta(weeks=8)
TRANSIT: tuple[tuple[str, str, int, int, list[int]], ...] = (
    # method, destination, fewest, most, weekdays
    ("standard", "GB", 2, 4, [0, 1, 2, 3, 4, 5]),
    ("standard", "", 4, 8, []),
    ("standard", "SE", 4, 7, []),
    ("standard", "JP", 6, 10, []),
    ("express", "GB", 1, 1, [0, 1, 2, 3, 4, 5]),
    ("express", "", 2, 4, []),
)


def seed_promises(warehouse_id: int, *, now: datetime) -> None:
    """Seasons, transit times, cut-offs and capacity, around the day the demo starts. Safe to run again."""
    warehouse = Warehouse.objects.get(pk=warehouse_id)
    today = local_day(now, warehouse.time_zone)
    for method, destination, fewest, most, weekdays in TRANSIT:
        TransitTime.objects.get_or_create(
            method=method,
            origin="",
            destination=destination,
            defaults={"fewest": fewest, "most": most, "working_weekdays": weekdays},
        )
    name, since, until = _season(today)
    Season.objects.get_or_create(
        name=name, warehouse=warehouse, defaults={"since": since, "until": until, "more_transit_days": 1}
    )
    ServiceCutOff.objects.get_or_create(warehouse=warehouse, method="express", defaults={"cut_off": time(14, 0)})
    CapacityDay.objects.get_or_create(
        warehouse=warehouse, day=_working_day(today + timedelta(days=8)), defaults={"shipments": 150}
    )
    Warehouse.objects.filter(pk=warehouse_id, daily_capacity=None).update(
        daily_capacity=1000, closed_days=sorted({*warehouse.closed_days, *_holidays(until)})
    )
    forget_book()


def foresee_late(warehouse_id: int, *, now: datetime) -> int:
    """Look once at what will be late, as the workers do every few minutes; the open cases of it."""
    watch_backorders(warehouse_id, by=system("promise watch"), now=now)
    watch_cut_offs(warehouse_id, by=system("cut-off watch"), now=now)
    return counts_by_kind(warehouse_ids=[warehouse_id]).get("will_be_late", 0)


def _season(today: date) -> tuple[str, date, date]:
    """Christmas when it is near, else a sale that begins next week."""
    eve = date(today.year, 12, 24)
    if timedelta(0) <= eve - today <= NEAR:
        return "Christmas", max(today, eve - timedelta(weeks=3)), eve
    return "Sale", today + timedelta(days=7), today + timedelta(days=28)


def _holidays(until: date) -> list[date]:
    """The days after the season on which nobody works."""
    return [until + timedelta(days=1), until + timedelta(days=2), date(until.year + 1, 1, 1)]


def _working_day(day: date) -> date:
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day
