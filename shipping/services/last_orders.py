"""Until when to order so that it arrives by a day, for each service and country."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from inventory.selectors import WarehouseFact, warehouse_by_id
from orders.planning.last_orders import last_order
from orders.planning.promises import local_day
from orders.selectors.calendars import Loads, book
from orders.selectors.channels import ChannelFact
from orders.services.promising import terms_of
from shipping.models import CarrierService
from shipping.planning.pricing import price_of
from shipping.selectors.tariffs import tariffs_of, zones

CHRISTMAS_EVE = (12, 24)
MOST_COUNTRIES = 60
MOST_SEASONS = 4
LIGHTEST_G = 1
"""What a country is asked for with: a service that takes nothing there at all does not go there."""


@dataclass(frozen=True, slots=True)
class LastOrder:
    """``last_order_at`` is the first moment that is too late; None when the day cannot be met any more.

    ``serves`` is false where the service does not go to that country.
    """

    country: str
    method: str
    name: str
    last_order_at: datetime | None
    serves: bool = True


@dataclass(frozen=True, slots=True)
class LastOrders:
    """A table of services (columns) by countries (rows) for one day."""

    warehouse: WarehouseFact
    arrive_by: date
    occasion: str
    services: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, tuple[LastOrder, ...]], ...]

    @property
    def any_left(self) -> bool:
        """Whether an order can still arrive by the day anywhere."""
        return any(one.last_order_at for _country, cells in self.rows for one in cells)


def last_orders(
    warehouse_id: int,
    *,
    channel: ChannelFact | None = None,
    arrive_by: date | None = None,
    countries: Sequence[str] = (),
    now: datetime,
) -> LastOrders:
    """The last moments for that day to those countries (default: all served).

    Without a day the end of the next season that can still be met, else the next Christmas Eve. As many statements
    whatever it is asked for: warehouse, services, bands, zones, and one for the load of its days.
    """
    warehouse = warehouse_by_id(warehouse_id)
    today = local_day(now, warehouse.time_zone)
    targets = [(arrive_by, "")] if arrive_by else next_targets(warehouse, today)
    services = list(CarrierService.objects.filter(active=True).order_by("transit_days_max", "price", "method"))
    tariffs, places = tariffs_of(services), zones()
    asked = list(dict.fromkeys(countries)) or served_countries(
        warehouse, (country for zone in places for country in zone.countries)
    )
    loads = Loads(now=now)
    loads.read_ahead(warehouse.id, terms_of(warehouse, "", ""), targets[-1][0])

    def cell(country: str, service: CarrierService, day: date) -> LastOrder:
        terms = terms_of(warehouse, service.method, country, channel=channel)
        price = price_of(tariffs[service.pk], places, country=country, weight_g=LIGHTEST_G, value=Decimal(0))
        moment = last_order(terms, day, now=now, load=loads.of(warehouse.id, terms)) if price else None
        return LastOrder(country, service.method, service.name, moment, price is not None)

    for day, occasion in targets:
        table = LastOrders(
            warehouse=warehouse,
            arrive_by=day,
            occasion=occasion,
            services=tuple((service.method, service.name) for service in services),
            rows=tuple(
                (country, tuple(cell(country, service, day) for service in services))
                for country in asked[:MOST_COUNTRIES]
            ),
        )
        if table.any_left:
            break
    return table


def next_targets(warehouse: WarehouseFact, today: date) -> list[tuple[date, str]]:
    """The days people order for next, with their names: the ends of the next seasons, then the next Christmas Eve."""
    month, day = CHRISTMAS_EVE
    this_year = date(today.year, month, day)
    eve = this_year if this_year >= today else date(today.year + 1, month, day)
    seasons = sorted(
        {
            (row.days.until, row.days.name)
            for row in book().seasons
            if row.days.until >= today and row.warehouse_id in (None, warehouse.id)
        }
    )
    last = [] if any(until == eve for until, _name in seasons) else [(eve, "")]
    return sorted([*seasons[:MOST_SEASONS], *last])


def served_countries(warehouse: WarehouseFact, zoned: Iterable[str]) -> list[str]:
    """Our own country first, then those with a transit time or a zone of their own, by code."""
    named = {row.destination for row in book().transits if row.destination} | {one.upper() for one in zoned}
    return [warehouse.country, *sorted(named - {warehouse.country, ""})]
