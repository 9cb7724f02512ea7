"""Until when to order: a page for everybody, in four languages, which any cache may keep."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from fulfillment.portal.deadlines import forget_deadlines
from inventory.models import Warehouse
from orders.models import Channel, Season
from orders.selectors.calendars import forget_book
from orders.tests.shop import NOW
from shipping.tests.floor import Floor


@pytest.fixture(autouse=True)
def _fresh() -> None:
    forget_deadlines()


@pytest.fixture
def page(floor: Floor) -> str:
    """The page of the floor's channel, some weeks before the end of a season."""
    Season.objects.create(name="Christmas", since=date(2026, 12, 1), until=date(2026, 12, 24), more_transit_days=1)
    forget_book()
    return f"/last-orders/{Channel.objects.get(pk=floor.shop.channel_id).code}"


def test_the_next_season_is_what_people_order_for(client: Client, page: str) -> None:
    with time_machine.travel(NOW, tick=False):
        response = client.get(page)
    text = response.content.decode()
    assert response.status_code == 200
    assert "Order in time for Thursday 24 December" in text
    assert "United Kingdom" in text
    assert "Thu 17 Dec, 15:00" in text  # four days and one more on the road, to arrive on the 24th


def test_any_day_can_be_asked_for(client: Client, page: str) -> None:
    with time_machine.travel(NOW, tick=False):
        assert "Monday 14 December" in client.get(page, {"by": "2026-12-14"}).content.decode()
        assert "It is too late" in client.get(page, {"by": "2026-11-23"}).content.decode()
        for nonsense in ("yesterday", "1999-01-01", "9999-12-31", "%00"):
            assert "Thursday 24 December" in client.get(page, {"by": nonsense}).content.decode()


@pytest.mark.parametrize("language", ["en", "th", "sv", "ja"])
def test_it_reads_in_four_languages_and_may_be_kept_by_caches(client: Client, page: str, language: str) -> None:
    with time_machine.travel(NOW, tick=False):
        response = client.get(page, {"lang": language})
    assert f'lang="{language}"' in response.content.decode()
    assert response["Cache-Control"] == "public, max-age=300"
    assert "Accept-Language" in response["Vary"]
    assert not response.cookies
    assert "<script" not in response.content.decode()


def test_a_minute_of_visits_costs_one_look(
    client: Client, page: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get(page)
    with django_assert_num_queries(0):
        client.get(page)


def test_a_shop_that_is_none_has_no_page(client: Client, page: str) -> None:
    assert client.get("/last-orders/nobody").status_code == 404
    Channel.objects.update(active=False)
    assert client.get(page).status_code == 404


def test_the_clock_is_named_as_it_stands_on_the_day(client: Client, page: str) -> None:
    Warehouse.objects.update(time_zone="Europe/Stockholm")
    with time_machine.travel(datetime(2026, 8, 3, 9, tzinfo=UTC), tick=False):
        assert "(CET)" in client.get(page).content.decode()
    Warehouse.objects.update(time_zone="Asia/Bangkok")
    forget_deadlines()
    with time_machine.travel(NOW, tick=False):
        assert "(UTC+7)" in client.get(page).content.decode()
