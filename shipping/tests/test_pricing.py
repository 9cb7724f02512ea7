"""Prices: bands, zones and thresholds, and the laws they keep for any numbers."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipping.models import CarrierService, RateBand, ShippingZone
from shipping.planning.pricing import Band, Price, Tariff, Zone, price_of, zones_of
from shipping.services.rates import rates_for
from shipping.tests.floor import Floor

GB = Zone(1, "GB", "Great Britain", frozenset({"GB"}))
HIGHLANDS = Zone(2, "HIGH", "Highlands", frozenset({"GB"}), ("IV", "KW", "HS"))
INVERNESS = Zone(3, "INV", "Inverness", frozenset({"GB"}), ("IV1",))
EUROPE = Zone(4, "EU", "Europe", frozenset({"SE", "DE", "FR", "GB"}))
ZONES = (GB, HIGHLANDS, INVERNESS, EUROPE)


def band(zone: Zone | None, up_to: int, price: str, **more: Decimal) -> Band:
    return Band(zone.id if zone else None, up_to, Decimal(price), **more)


TARIFF = Tariff(
    "standard",
    Decimal("4.95"),
    cost=Decimal("3.10"),
    free_from=Decimal(50),
    bands=(
        band(GB, 1000, "3.95"),
        band(GB, 5000, "5.95"),
        band(HIGHLANDS, 1000, "9.95", cost=Decimal("8.00"), free_from=Decimal(90)),
        band(HIGHLANDS, 5000, "14.95"),
        band(None, 2000, "19.00"),
    ),
)


def told(country: str, code: str = "", *, weight: int = 500, value: str = "10") -> Price | None:
    return price_of(TARIFF, ZONES, country=country, postal_code=code, weight_g=weight, value=Decimal(value))


@pytest.mark.parametrize(
    ("country", "code", "weight", "price"),
    [
        ("GB", "LS1 4AP", 500, "3.95"),
        ("GB", "LS1 4AP", 1000, "3.95"),  # the band's own weight is in it
        ("GB", "LS1 4AP", 1001, "5.95"),
        ("GB", "iv2 3by", 1000, "9.95"),
        ("GB", "IV1 1AA", 3000, "14.95"),  # Inverness has no band of its own: the zone around it counts
        ("gb", "", 500, "3.95"),
        ("SE", "111 20", 500, "19.00"),  # Europe has no band: the one without a zone
        ("JP", "150-0001", 500, "19.00"),
    ],
)
def test_the_most_particular_zone_with_a_band_says_the_price(country: str, code: str, weight: int, price: str) -> None:
    found = told(country, code, weight=weight)
    assert found is not None and found.price == Decimal(price)


def test_what_is_heavier_than_the_last_band_is_not_carried() -> None:
    assert told("GB", "LS1", weight=5001) is None
    assert told("JP", weight=2001) is None


def test_without_bands_the_flat_price_counts_everywhere() -> None:
    flat = Tariff("express", Decimal("9.95"))
    found = price_of(flat, ZONES, country="TH", weight_g=29_000, value=Decimal(1000))
    assert found == Price(Decimal("9.95"), Decimal("9.95"), None, None, None)


def test_it_is_free_exactly_from_the_threshold_on_and_says_what_is_missing() -> None:
    below, at = told("GB", value="49.99"), told("GB", value="50.00")
    assert below is not None and (below.price, below.missing) == (Decimal("3.95"), Decimal("0.01"))
    assert at is not None and (at.price, at.missing, at.full) == (Decimal(0), Decimal(0), Decimal("3.95"))


def test_a_band_has_its_own_threshold_and_cost() -> None:
    found = told("GB", "KW1 1AA", value="60")
    assert found is not None
    assert (found.price, found.free_from, found.cost, found.zone) == (
        Decimal("9.95"),
        Decimal(90),
        Decimal("8.00"),
        "HIGH",
    )
    heavier = told("GB", "KW1 1AA", weight=2000, value="60")
    assert heavier is not None and (heavier.price, heavier.cost) == (Decimal(0), Decimal("3.10"))  # the service's


def test_zones_are_told_from_the_most_particular_to_the_widest() -> None:
    assert [zone.code for zone in zones_of(ZONES, country="GB", postal_code="IV1 1AA")] == ["INV", "HIGH", "GB", "EU"]
    assert [zone.code for zone in zones_of(ZONES, country="GB", postal_code="")] == ["GB", "EU"]


amounts = st.decimals(min_value=0, max_value=500, places=2)


@st.composite
def tariffs(draw: st.DrawFn, *, rising: bool) -> Tariff:
    bands = []
    for zone in [None, *ZONES]:
        weights = sorted(draw(st.sets(st.integers(100, 30_000), max_size=4)))
        prices = draw(st.lists(amounts, min_size=len(weights), max_size=len(weights)))
        prices = sorted(prices) if rising else prices
        bands += [Band(zone.id if zone else None, *row) for row in zip(weights, prices, strict=True)]
    return Tariff("any", draw(amounts), free_from=draw(st.none() | amounts), bands=tuple(draw(st.permutations(bands))))


places = st.sampled_from([("GB", "IV1 1AA"), ("GB", "IV2 3BY"), ("GB", "LS1"), ("SE", "111 20"), ("TH", "10110")])


@given(tariffs(rising=True), places, st.integers(1, 30_000), st.integers(0, 5_000), amounts)
def test_where_bands_rise_a_heavier_parcel_never_costs_less(
    tariff: Tariff, place: tuple[str, str], weight: int, more: int, value: Decimal
) -> None:
    light, heavy = (
        price_of(tariff, ZONES, country=place[0], postal_code=place[1], weight_g=grams, value=value)
        for grams in (weight, weight + more)
    )
    if light is None:
        assert heavy is None
    elif heavy is not None:
        assert heavy.full >= light.full
        assert heavy.price >= light.price


@given(tariffs(rising=False), places, st.integers(1, 30_000), amounts)
def test_free_means_the_threshold_is_reached_and_nothing_else(
    tariff: Tariff, place: tuple[str, str], weight: int, value: Decimal
) -> None:
    found = price_of(tariff, ZONES, country=place[0], postal_code=place[1], weight_g=weight, value=value)
    if found is None:
        return
    if found.free_from is None:
        assert found.missing is None and found.price == found.full
    else:
        assert (found.missing == 0) == (value >= found.free_from)
        assert found.price == (0 if value >= found.free_from else found.full)
        assert found.missing is not None
        topped = price_of(
            tariff, ZONES, country=place[0], postal_code=place[1], weight_g=weight, value=value + found.missing
        )
        assert topped is not None and topped.price == 0


@given(tariffs(rising=False), places, st.integers(1, 30_000))
def test_a_zone_without_bands_of_its_own_changes_no_price(tariff: Tariff, place: tuple[str, str], weight: int) -> None:
    stranger = Zone(99, "AAA", "No bands", frozenset({"GB", "SE", "TH"}), ("I", "L", "1"))
    plain, with_it = (
        price_of(tariff, zones, country=place[0], postal_code=place[1], weight_g=weight, value=Decimal(1))
        for zones in (ZONES, (*ZONES, stranger))
    )
    assert plain == with_it


@pytest.mark.parametrize("services", [1, 8])
def test_rates_take_the_same_statements_for_any_number_of_services(
    floor: Floor, services: int, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    zone = ShippingZone.objects.create(code="HIGH", name="Highlands", countries=["GB"], postal_prefixes=["IV"])
    for number in range(services):
        service = CarrierService.objects.create(
            method=f"m{number}", carrier="own_delivery", service="x", name=f"M{number}", price=Decimal(number)
        )
        RateBand.objects.create(service=service, zone=zone, weight_to_g=2000, price=Decimal(20 + number))
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        rates = rates_for(floor.warehouse_id, weight_g=500, country="GB", postal_code="IV2 3BY", now=now)
    assert [rate.price for rate in rates] == [Decimal(0), *(Decimal(20 + number) for number in range(services))]
    heavy = rates_for(floor.warehouse_id, weight_g=2500, country="GB", postal_code="IV2 3BY", now=now)
    assert [rate.method for rate in heavy] == ["standard"]
