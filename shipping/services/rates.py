"""What it costs to send something somewhere, and when it would arrive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from inventory.selectors import warehouse_by_id
from orders.planning.promises import Calendar, Transit, promise, transit_of
from orders.services.calendars import calendar_of
from shipping.models import CarrierService
from shipping.planning.pricing import price_of
from shipping.selectors.tariffs import tariffs_of, zones

MOMENT = timedelta(minutes=1)
LONGEST_AHEAD = 120


@dataclass(frozen=True, slots=True)
class RateFact:
    """A service a shop may offer. ``last_order_at`` is the newest moment an order still arrives by the day asked for.

    ``price`` is 0 from ``free_from`` on; ``to_free`` is what the goods lack to it (None: nothing is ever free).
    """

    method: str
    name: str
    carrier: str
    service: str
    price: Decimal
    free_from: Decimal | None
    ship_by: date
    deliver_from: date
    deliver_to: date
    last_order_at: datetime | None
    to_free: Decimal | None = None


def rates_for(
    warehouse_id: int,
    *,
    weight_g: int,
    country: str,
    postal_code: str = "",
    value: Decimal = Decimal(0),
    arrive_by: date | None = None,
    now: datetime,
) -> list[RateFact]:
    """Every active service that carries the weight to that place, cheapest first."""
    warehouse = warehouse_by_id(warehouse_id)
    calendar = calendar_of(warehouse)
    found = []
    services = list(CarrierService.objects.filter(active=True, max_weight_g__gte=weight_g).order_by("method"))
    tariffs, places = tariffs_of(services), zones()
    for service in services:
        price = price_of(
            tariffs[service.pk], places, country=country, postal_code=postal_code, weight_g=weight_g, value=value
        )
        if price is None:
            continue
        transit = transit_of(service.method, origin=warehouse.country, destination=country)
        dates = promise(now, calendar, transit)
        found.append(
            RateFact(
                method=service.method,
                name=service.name,
                carrier=service.carrier,
                service=service.service,
                price=price.price,
                free_from=price.free_from,
                ship_by=dates.ship_by,
                deliver_from=dates.deliver_from,
                deliver_to=dates.deliver_to,
                last_order_at=last_order(calendar, transit, arrive_by, now=now) if arrive_by else None,
                to_free=price.missing,
            )
        )
    return sorted(found, key=lambda rate: (rate.price, rate.method))


def last_order(calendar: Calendar, transit: Transit, arrive_by: date, *, now: datetime) -> datetime | None:
    """The cut-off of the last day from today on whose orders arrive by that day at the latest; None when it is too
    late."""
    zone = ZoneInfo(calendar.time_zone)
    today = now.astimezone(zone).date()
    days: Sequence[date] = [
        arrive_by - timedelta(days=back) for back in range(min((arrive_by - today).days, LONGEST_AHEAD) + 1)
    ]
    for day in days:
        if not calendar.works_on(day):
            continue
        cut_off = datetime.combine(day, calendar.cut_off or time(0), zone)
        if cut_off - MOMENT >= now and promise(cut_off - MOMENT, calendar, transit).deliver_to <= arrive_by:
            return cut_off
    return None
