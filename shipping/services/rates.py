"""What it costs to send something somewhere, and when it would arrive."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from inventory.selectors import warehouse_by_id
from orders.planning.last_orders import last_order
from orders.planning.promises import dates_of
from orders.selectors.calendars import Loads
from orders.selectors.channels import ChannelFact
from orders.services.promising import terms_of
from shipping.models import CarrierService
from shipping.planning.pricing import price_of
from shipping.selectors.tariffs import tariffs_of, zones


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
    channel: ChannelFact | None = None,
    weight_g: int,
    country: str,
    postal_code: str = "",
    value: Decimal = Decimal(0),
    arrive_by: date | None = None,
    now: datetime,
) -> list[RateFact]:
    """Every active service that carries the weight to that place, cheapest first; dates are ``channel``'s promise."""
    warehouse, loads = warehouse_by_id(warehouse_id), Loads(now=now)
    if arrive_by is not None:
        loads.read_ahead(warehouse_id, terms_of(warehouse, "", country), arrive_by)
    found = []
    services = list(CarrierService.objects.filter(active=True, max_weight_g__gte=weight_g).order_by("method"))
    tariffs, places = tariffs_of(services), zones()
    for service in services:
        price = price_of(
            tariffs[service.pk], places, country=country, postal_code=postal_code, weight_g=weight_g, value=value
        )
        if price is None:
            continue
        terms = terms_of(warehouse, service.method, country, channel=channel)
        load = loads.of(warehouse_id, terms)
        dates = dates_of(now, terms, load)
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
                last_order_at=last_order(terms, arrive_by, now=now, load=load) if arrive_by else None,
                to_free=price.missing,
            )
        )
    return sorted(found, key=lambda rate: (rate.price, rate.method))
