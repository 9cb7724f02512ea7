"""What sending costs the customer: flat prices, bands of weight, zones, and free from a value of goods on."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

FREE = Decimal("0.00")
_NOT_IN_CODES = re.compile(r"[^0-9A-Z]")


@dataclass(frozen=True, slots=True)
class Zone:
    """Countries (ISO codes), or the parts of them whose postal codes begin with one of the ``prefixes``."""

    id: int
    code: str
    name: str
    countries: frozenset[str]
    prefixes: tuple[str, ...] = ()

    def reach(self, country: str, postal_code: str) -> int | None:
        """How particularly the zone names the place: letters of its longest prefix that fits; None when not at all."""
        if country.upper() not in self.countries:
            return None
        if not self.prefixes:
            return 0
        code = tidy_code(postal_code)
        fitting = [len(tidy_code(one)) for one in self.prefixes if tidy_code(one) and code.startswith(tidy_code(one))]
        return max(fitting, default=None)


@dataclass(frozen=True, slots=True)
class Band:
    """A price up to a weight, in grams and included; without a zone wherever no band of a zone counts."""

    zone_id: int | None
    weight_to_g: int
    price: Decimal
    cost: Decimal | None = None
    free_from: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Tariff:
    """A service's flat price and its bands. A service with bands for a place has no flat price there."""

    method: str
    price: Decimal
    cost: Decimal | None = None
    free_from: Decimal | None = None
    bands: tuple[Band, ...] = ()


@dataclass(frozen=True, slots=True)
class Price:
    """What a parcel costs. ``full`` is the price without the free threshold; ``missing`` is what the goods lack to it.

    ``missing`` is None where nothing is ever free, 0 where it is free already. ``cost`` is what the shop pays, None
    when nobody said. ``zone`` is the code of the zone whose band counted.
    """

    price: Decimal
    full: Decimal
    free_from: Decimal | None
    missing: Decimal | None
    cost: Decimal | None
    zone: str = ""


def tidy_code(postal_code: str) -> str:
    """A postal code as codes are compared: capitals and digits only."""
    return _NOT_IN_CODES.sub("", postal_code.upper())


def zones_of(zones: Iterable[Zone], *, country: str, postal_code: str) -> list[Zone]:
    """The zones a place lies in, the most particular first; of equals, the one with the fewest countries, by code."""
    found = [(zone.reach(country, postal_code), zone) for zone in zones]
    inside = [(reach, bool(zone.prefixes), zone) for reach, zone in found if reach is not None]
    inside.sort(key=lambda one: (-one[0], not one[1], len(one[2].countries), one[2].code))
    return [zone for _reach, _part, zone in inside]


def price_of(
    tariff: Tariff, zones: Sequence[Zone], *, country: str, postal_code: str = "", weight_g: int, value: Decimal
) -> Price | None:
    """The price of ``weight_g`` grams of goods worth ``value`` to a place; None when the service does not go there.

    The bands of the most particular zone that has any count, else those without a zone, else the flat price. What is
    heavier than the last band is not carried. Free exactly from ``free_from`` on, the band's own before the service's.
    """
    found = _band(tariff, zones_of(zones, country=country, postal_code=postal_code), weight_g)
    if found is None:
        return None
    band, zone = found
    if band is None:
        full, cost, free_from = tariff.price, tariff.cost, tariff.free_from
    else:
        full = band.price
        cost = tariff.cost if band.cost is None else band.cost
        free_from = tariff.free_from if band.free_from is None else band.free_from
    free = free_from is not None and value >= free_from
    missing = None if free_from is None else max(free_from - value, FREE)
    return Price(FREE if free else full, full, free_from, missing, cost, zone)


def _band(tariff: Tariff, places: Sequence[Zone], weight_g: int) -> tuple[Band | None, str] | None:
    """(The band that counts or None for the flat price, the code of its zone); None when it is too heavy."""
    for zone_id, code in [*((zone.id, zone.code) for zone in places), (None, "")]:
        mine = sorted((one for one in tariff.bands if one.zone_id == zone_id), key=lambda one: one.weight_to_g)
        if mine:
            fitting = next((one for one in mine if weight_g <= one.weight_to_g), None)
            return None if fitting is None else (fitting, code)
    return None, ""
