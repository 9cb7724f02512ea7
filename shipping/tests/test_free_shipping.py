"""Setting the threshold, and what it is learned from."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.kernel.errors import Invalid, NotFound, StaleVersion
from inventory.tests.threads import together
from orders.selectors.values import value_steps
from orders.services.cancellation import cancel_order
from orders.services.intake import place_order
from orders.tests.shop import request_for
from shipping.models import CarrierService, LabelRequest, RateBand
from shipping.selectors.costs import free_from_history, label_cost
from shipping.services.free_shipping import set_free_from
from shipping.tests.floor import NOW, TESTER, Floor, build_floor


@pytest.fixture
def floor(db: None) -> Floor:
    return build_floor({"ART01": 500})


def steps(floor: Floor, method: str = "standard", days: int = 90) -> list[tuple[int, int]]:
    found = value_steps(
        floor.shop.channel_id, method, "GBP", since=NOW - timedelta(days=days), until=NOW + timedelta(seconds=1)
    )
    return [(one.value, one.orders) for one in found]


def test_orders_are_counted_by_value_and_only_those_that_tell_something(floor: Floor) -> None:
    asked: list[tuple[int, dict[str, Any]]] = [
        (4, {}),
        (4, {}),
        (5, {"shipping_method": "express"}),
        (6, {"currency": "EUR"}),
        (7, {"placed_at": NOW - timedelta(days=91)}),
        (9, {}),
    ]
    for units, more in asked:
        place_order(floor.shop.channel_id, request_for({"ART01": units}, **more), by=TESTER, now=NOW)
    gone = place_order(floor.shop.channel_id, request_for({"ART01": 8}), by=TESTER, now=NOW)
    cancel_order(gone.ref, reason="", by=TESTER, now=NOW)
    assert steps(floor) == [(10, 2), (22, 1)]
    assert steps(floor, "express") == [(12, 1)]
    assert steps(floor, days=120) == [(10, 2), (17, 1), (22, 1)]


def test_what_labels_really_cost_is_averaged_over_orders(floor: Floor) -> None:
    service = CarrierService.objects.get()
    since = NOW - timedelta(days=90)
    assert label_cost(floor.shop.channel_id, service.pk, "GBP", since=since).average is None
    for cost in ("3.00", "4.00"):
        parcel = floor.ship(floor.order({"ART01": 1}))
        LabelRequest.objects.filter(parcel=parcel).update(cost=Decimal(cost), currency="GBP")
    found = label_cost(floor.shop.channel_id, service.pk, "GBP", since=since)
    assert (found.average, found.orders) == (Decimal("3.50"), 2)
    assert label_cost(floor.shop.channel_id, service.pk, "GBP", since=NOW + timedelta(days=1)).average is None


def test_it_is_set_for_a_service_or_one_of_its_bands_and_told(floor: Floor) -> None:
    service = CarrierService.objects.get()
    band = RateBand.objects.create(service=service, weight_to_g=1000, price=5)
    set_free_from(service.pk, Decimal(50), expected=None, shown={"change": "-5.00"}, by=TESTER, now=NOW)
    set_free_from(service.pk, Decimal(90), band_id=band.pk, expected=None, by=TESTER, now=NOW)
    set_free_from(service.pk, None, expected=Decimal(50), by=TESTER, now=NOW)
    service.refresh_from_db()
    band.refresh_from_db()
    assert (service.free_from, band.free_from) == (None, Decimal(90))
    told = [(one.data["before"], one.data["after"], one.actor_name) for one in free_from_history(service.pk)]
    assert told == [("50.00", None, "tester"), (None, "90", "tester"), (None, "50", "tester")]


def test_what_somebody_else_set_since_is_not_overwritten(floor: Floor) -> None:
    service = CarrierService.objects.get()
    set_free_from(service.pk, Decimal(50), expected=None, by=TESTER, now=NOW)
    with pytest.raises(StaleVersion):
        set_free_from(service.pk, Decimal(60), expected=None, by=TESTER, now=NOW)
    for wrong in (Decimal(0), Decimal(-1), Decimal(10) ** 9):
        with pytest.raises(Invalid):
            set_free_from(service.pk, wrong, expected=Decimal(50), by=TESTER, now=NOW)
    with pytest.raises(NotFound):
        set_free_from(10**6, Decimal(60), expected=None, by=TESTER, now=NOW)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_saw_the_same_one_is_told_to_look_again() -> None:
    build_floor({"ART01": 1})
    service = CarrierService.objects.get()
    ended = together(
        lambda value: set_free_from(service.pk, Decimal(value), expected=None, by=TESTER, now=NOW), [40, 50, 60]
    )
    assert sorted(type(one).__name__ for one in ended) == ["NoneType", "StaleVersion", "StaleVersion"]
    assert len(free_from_history(service.pk)) == 1
