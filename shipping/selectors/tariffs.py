"""Prices as planning sees them."""

from collections.abc import Iterable

from shipping.models import CarrierService, RateBand, ShippingZone
from shipping.planning.pricing import FREE, Band, Tariff, Zone, price_of


def zones() -> list[Zone]:
    """Every zone. One statement."""
    return [
        Zone(row.pk, row.code, row.name, frozenset(one.upper() for one in row.countries), tuple(row.postal_prefixes))
        for row in ShippingZone.objects.order_by("pk")
    ]


def tariffs_of(services: Iterable[CarrierService]) -> dict[int, Tariff]:
    """The tariff of each service already read, by its id. One statement."""
    rows = list(services)
    bands: dict[int, list[Band]] = {}
    for band in RateBand.objects.filter(service__in=[row.pk for row in rows]).order_by("pk"):
        bands.setdefault(band.service_id, []).append(
            Band(band.zone_id, band.weight_to_g, band.price, band.cost, band.free_from)
        )
    return {
        row.pk: Tariff(row.method, row.price, row.cost, row.free_from, tuple(bands.get(row.pk, ()))) for row in rows
    }


def tariffs_by_method() -> dict[str, Tariff]:
    """The tariff of every active service, by shipping method. Two statements."""
    rows = list(CarrierService.objects.filter(active=True).order_by("method"))
    found = tariffs_of(rows)
    return {row.method: found[row.pk] for row in rows}


def fastest_method(*, country: str, postal_code: str = "", weight_g: int = 0) -> str:
    """The active method that arrives there soonest, of equals the one that costs the shop least; "" without any.

    Three statements.
    """
    rows = list(CarrierService.objects.filter(active=True, max_weight_g__gte=weight_g))
    tariffs, places = tariffs_of(rows), zones()
    found = sorted(
        (
            row
            for row in rows
            if price_of(
                tariffs[row.pk], places, country=country, postal_code=postal_code, weight_g=weight_g, value=FREE
            )
        ),
        key=lambda row: (
            row.transit_days_max,
            row.transit_days_min,
            row.price if row.cost is None else row.cost,
            row.method,
        ),
    )
    return found[0].method if found else ""
