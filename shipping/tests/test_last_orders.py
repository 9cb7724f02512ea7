"""Until when to order: what the table says is when orders begin to come too late."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from inventory.models import Warehouse
from inventory.selectors import warehouse_by_id
from orders.models import CapacityDay, Season, ServiceCutOff, TransitTime
from orders.selectors.calendars import forget_book
from orders.services.promising import promised
from shipping.models import CarrierService
from shipping.services.last_orders import last_orders
from shipping.services.rates import rates_for
from shipping.tests.floor import NOW, Floor
from shipping.tests.test_api import caller

A_MINUTE = timedelta(minutes=1)
CHRISTMAS_EVE = date(2026, 12, 24)


@pytest.fixture
def christmas(floor: Floor) -> Floor:
    """Two services, a season with another cut-off, carriers that differ by country, and a few full days."""
    CarrierService.objects.get_or_create(
        method="express", defaults={"carrier": "own_delivery", "service": "express", "name": "Express", "price": "9.90"}
    )
    Warehouse.objects.filter(pk=floor.warehouse_id).update(
        time_zone="Europe/London", daily_capacity=50, closed_days=[date(2026, 12, 21)]
    )
    ServiceCutOff.objects.create(warehouse_id=floor.warehouse_id, method="express", cut_off="12:00")
    TransitTime.objects.create(method="standard", destination="SE", fewest=3, most=6, closed_days=[date(2026, 12, 18)])
    TransitTime.objects.create(method="express", destination="JP", fewest=2, most=3, working_weekdays=[0, 2, 4])
    CapacityDay.objects.create(warehouse_id=floor.warehouse_id, day=date(2026, 12, 22), shipments=0)
    Season.objects.create(
        name="Christmas", since=date(2026, 12, 7), until=CHRISTMAS_EVE, more_transit_days=1, cut_off="11:00"
    )
    forget_book()
    return floor


def test_a_minute_before_arrives_and_at_the_moment_does_not(christmas: Floor) -> None:
    table = last_orders(christmas.warehouse_id, now=NOW)
    assert (table.arrive_by, table.occasion) == (CHRISTMAS_EVE, "Christmas")
    assert [country for country, _cells in table.rows] == ["GB", "JP", "SE"]
    warehouse = warehouse_by_id(christmas.warehouse_id)
    for country, cells in table.rows:
        for cell in cells:
            assert cell.last_order_at is not None
            before = promised(warehouse, cell.method, country, ready_at=cell.last_order_at - A_MINUTE)
            late = promised(warehouse, cell.method, country, ready_at=cell.last_order_at)
            assert before.deliver_to <= CHRISTMAS_EVE < late.deliver_to, cell


def test_rates_name_the_same_moment(christmas: Floor) -> None:
    table = last_orders(christmas.warehouse_id, arrive_by=CHRISTMAS_EVE, countries=["SE"], now=NOW)
    by_method = {cell.method: cell.last_order_at for cell in table.rows[0][1]}
    rates = rates_for(christmas.warehouse_id, weight_g=100, country="SE", arrive_by=CHRISTMAS_EVE, now=NOW)
    assert {rate.method: rate.last_order_at for rate in rates} == by_method


def test_when_it_is_too_late_there_is_no_moment(christmas: Floor) -> None:
    table = last_orders(christmas.warehouse_id, arrive_by=CHRISTMAS_EVE, now=datetime(2026, 12, 24, 12, tzinfo=UTC))
    assert not table.any_left


@pytest.mark.parametrize("countries", [["GB"], ["GB", "SE", "JP", "TH", "DE", "FR"]])
def test_the_table_takes_constant_statements(
    christmas: Floor, django_assert_num_queries: DjangoAssertNumQueries, countries: list[str]
) -> None:
    last_orders(christmas.warehouse_id, now=NOW)
    with django_assert_num_queries(5):
        last_orders(christmas.warehouse_id, countries=countries, arrive_by=CHRISTMAS_EVE, now=NOW)


def test_the_api_tells_the_table(christmas: Floor) -> None:
    call = caller(christmas.shop.channel_id)
    day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    answer = call("GET", f"shipping/last-order-dates/?arrive_by={day}&country=se,gb")
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    assert body["arrive_by"] == day
    assert {(row["country"], row["method"]) for row in body["results"]} == {
        (country, method) for country in ("SE", "GB") for method in ("standard", "express")
    }
    assert all(row["last_order_at"] for row in body["results"])


@pytest.mark.parametrize("query", ["arrive_by=1999-01-01", "arrive_by=soon", "country=Sweden", "countries=SE"])
def test_a_question_nobody_can_answer_is_refused(christmas: Floor, query: str) -> None:
    answer = caller(christmas.shop.channel_id)("GET", f"shipping/last-order-dates/?{query}")
    assert answer.status_code in (400, 422)
    ((pointer, detail),) = [(one["pointer"], one["detail"]) for one in answer.json()["errors"]]
    assert pointer == "/" + query.partition("=")[0] and detail.endswith(".")


def test_a_season_that_nobody_can_order_for_any_more_gives_way_to_the_next(christmas: Floor) -> None:
    Season.objects.create(name="Strike", since=date(2026, 11, 23), until=date(2026, 11, 24), more_transit_days=2)
    forget_book()
    assert last_orders(christmas.warehouse_id, now=NOW).occasion == "Christmas"
