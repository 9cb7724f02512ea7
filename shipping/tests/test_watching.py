"""Orders that will miss today's cut-off are found before they do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from core.attention.selectors import CaseFact, open_cases
from inventory.models import Warehouse
from inventory.selectors import warehouse_by_id
from orders.models import FulfillmentOrder, ServiceCutOff
from orders.selectors.calendars import forget_book
from orders.services.holds import place_hold
from shipping.services.watching import foresee, watch_cut_offs
from shipping.tests.floor import NOW, TESTER, Floor

CUT_OFF = datetime(2026, 11, 23, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _slow_floor(settings: Settings) -> None:
    """A unit takes six minutes to pick and six to pack."""
    settings.USUAL_PICKING_PACE, settings.USUAL_PACKING_PACE = 10, 10


def watched(floor: Floor, now: datetime) -> list[CaseFact]:
    watch_cut_offs(floor.warehouse_id, by=TESTER, now=now)
    return open_cases("will_be_late")


def test_an_order_that_cannot_be_packed_in_time_has_a_case_with_its_figures(floor: Floor) -> None:
    first, second = floor.order({"ART01": 3}), floor.order({"ART01": 3})
    assert not watched(floor, CUT_OFF - 3 * HOUR)
    (case,) = watched(floor, CUT_OFF - 50 * HOUR / 60)
    assert case.timeline == second.ref
    assert case.detail == {
        "cause": "floor",
        "ahead": 1,
        "pace": 10,
        "measured": False,
        "packed_at": "2026-11-23T15:05:00+00:00",
        "cut_off": "2026-11-23T15:00:00+00:00",
        "zone": "UTC",
        "stage": "release",
    }
    assert first.ref != second.ref


def test_the_case_closes_when_the_floor_catches_up(floor: Floor) -> None:
    order = floor.order({"ART01": 6})
    assert len(watched(floor, CUT_OFF - HOUR)) == 1
    assert len(watched(floor, CUT_OFF - HOUR)) == 1
    floor.shop.fulfil(floor.fulfillment_order(order))
    assert not watched(floor, CUT_OFF - HOUR)


def test_a_service_that_closes_earlier_is_missed_earlier(floor: Floor) -> None:
    floor.order({"ART01": 3})
    at = CUT_OFF - 3 * HOUR
    assert not watched(floor, at)
    ServiceCutOff.objects.create(warehouse_id=floor.warehouse_id, method="standard", cut_off="12:30")
    forget_book()
    assert len(watched(floor, at)) == 1


def test_what_is_held_or_due_tomorrow_is_in_nobodys_way(floor: Floor) -> None:
    held, tomorrow = floor.order({"ART01": 5}), floor.order({"ART01": 5})
    place_hold(held.ref, type="operator", reason="Ring first", by=TESTER, now=NOW)
    FulfillmentOrder.objects.filter(order_id=tomorrow.id).update(ship_by="2026-11-24")
    floor.order({"ART01": 2})
    assert not watched(floor, CUT_OFF - HOUR / 2)


def test_the_pace_is_what_people_did_of_late(floor: Floor) -> None:
    for _ in range(3):
        floor.shop.fulfil(floor.fulfillment_order(floor.order({"ART01": 2})))
    floor.order({"ART01": 2})
    day = foresee(warehouse_by_id(floor.warehouse_id), now=NOW + HOUR)
    assert day.packing.measured and day.packing.units_per_hour == 6.0
    assert [(one.stage, one.orders, one.units) for one in day.stages] == [
        ("release", 1, 2),
        ("pick", 0, 0),
        ("pack", 0, 0),
        ("hand_over", 0, 0),
    ]


def test_a_day_on_which_the_warehouse_is_closed_has_no_cut_off_to_miss(floor: Floor) -> None:
    floor.order({"ART01": 5})
    Warehouse.objects.filter(pk=floor.warehouse_id).update(closed_days=[NOW.date()])
    assert not watched(floor, CUT_OFF - HOUR / 2)
    assert foresee(warehouse_by_id(floor.warehouse_id), now=NOW).cut_off is None


@pytest.mark.parametrize("orders", [2, 5])
def test_a_look_at_the_day_takes_constant_statements(
    floor: Floor, django_assert_num_queries: DjangoAssertNumQueries, orders: int
) -> None:
    for _ in range(orders):
        floor.order({"ART01": 2})
    late: dict[str, Any] = {"by": TESTER, "now": CUT_OFF - HOUR / 60}
    watch_cut_offs(floor.warehouse_id, **late)
    # The warehouse, the work, what was done (two); the transaction and the cases.
    with django_assert_num_queries(7):
        watch_cut_offs(floor.warehouse_id, **late)
