"""The tracking page: the answer first, the truth always."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from fulfillment.portal.following import masked_address
from fulfillment.portal.tests.conftest import Deliver, tracking_url
from orders.selectors.facts import OrderFact
from orders.services.cancellation import cancel_order
from orders.tests.shop import NOW, TESTER
from shipping.tests.floor import Floor


def shown(client: Client, order: OrderFact, **query: str) -> str:
    response = client.get(tracking_url(order), query)
    assert response.status_code == 200
    return response.content.decode()


def test_before_it_ships_the_expected_day_is_said(client: Client, order: OrderFact) -> None:
    assert order.promise is not None
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        page = shown(client, order)
    assert "Expected" in page
    assert "We have your order and are getting it ready." in page
    assert 'aria-current="step"' in page


def test_a_late_order_says_so_first(client: Client, order: OrderFact) -> None:
    assert order.promise is not None
    with time_machine.travel(order.promise.deliver_to + timedelta(days=3), tick=False):
        page = shown(client, order)
    assert page.index("Your order is late") < page.index("<h1")
    assert "Was due" in page


def test_on_its_way_with_carrier_number_and_content(client: Client, order: OrderFact, deliver: Deliver) -> None:
    parcel = deliver(order, "picked_up", "in_transit")
    page = shown(client, order)
    assert "Your parcel is on its way to you." in page
    assert parcel.tracking_number in page
    assert "Article MUG" in page
    assert "Said in_transit" in page


def test_three_events_are_shown_and_the_rest_on_demand(client: Client, order: OrderFact, deliver: Deliver) -> None:
    deliver(order, "picked_up", "in_transit", "in_transit", "in_transit", "out_for_delivery")
    page = shown(client, order)
    newest, _details, older = page.partition("Show what happened before")
    assert newest.count('class="timeline-what"') == 3
    assert older.count('class="timeline-what"') >= 3
    assert "Today" in page


def test_what_is_delivered_says_the_day_it_came(client: Client, order: OrderFact, deliver: Deliver) -> None:
    deliver(order, "in_transit", "delivered", days_ago=2)
    page = shown(client, order)
    assert "Delivered" in page
    assert "Everything has arrived." in page
    assert "Send something back" in page


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("delivery_failed", "The carrier could not deliver your parcel."),
        ("return_to_sender", "Your parcel is coming back to us"),
        ("ready_for_collection", "Your parcel waits for you at the pick-up point."),
    ],
)
def test_trouble_is_named(client: Client, order: OrderFact, deliver: Deliver, status: str, words: str) -> None:
    deliver(order, "in_transit", status)
    assert words in shown(client, order)


def test_what_waits_for_stock_is_named(client: Client, floor: Floor) -> None:
    page = shown(client, floor.order({"MUG": 1, "VASE": 2}))
    assert "Waiting for stock" in page
    assert "Article VASE" in page


def test_a_cancelled_order_promises_nothing(client: Client, order: OrderFact) -> None:
    cancel_order(order.ref, reason="Changed my mind", by=TESTER, now=timezone.now())
    page = shown(client, order)
    assert "This order was cancelled" in page
    assert "aria-current" not in page.partition("<main")[2]


def test_the_page_shows_no_whole_address_name_or_mail(client: Client, order: OrderFact, deliver: Deliver) -> None:
    deliver(order, "in_transit")
    page = shown(client, order)
    for secret in ("Ada Byron", "12 Mill Lane", "LS1 4AP", "ada@example.com"):
        assert secret not in page
    assert "Leeds" in page


def test_an_address_is_masked() -> None:
    lines = masked_address({"name": "Ada Augusta Byron", "postal_code": "LS1 4AP", "city": "Leeds", "line1": "12 Mill"})
    assert lines == ["A. A. B.", "LS••••• Leeds"]
    assert masked_address({}) == []


def test_the_page_is_kept_by_no_cache_and_indexed_by_nobody(client: Client, order: OrderFact) -> None:
    response = client.get(tracking_url(order))
    assert "no-store" in response["Cache-Control"]
    assert "noindex" in response["X-Robots-Tag"]
    assert "<script" not in response.content.decode()
    assert "//" not in response.content.decode().replace("http://www.w3.org", "").partition("<body")[2]


@pytest.mark.parametrize("token", ["nonsense", "ORD-7K3M9Q2X.forged", "%00", "🤷"])
def test_an_unknown_link_is_met_with_calm_and_the_look_up(client: Client, db: None, token: str) -> None:
    response = client.get(f"/t/{token}")
    assert response.status_code in (400, 404)
    if response.status_code == 404:
        assert "We cannot open this link" in response.content.decode()
        assert 'name="order"' in response.content.decode()


def test_a_token_of_the_return_portal_does_not_open_the_tracking_page(client: Client, order: OrderFact) -> None:
    token = tracking_url(order).removeprefix("/t/")
    assert client.get(f"/r/{token}").status_code == 404


def test_the_language_is_the_orders_until_somebody_chooses_another(client: Client, order: OrderFact) -> None:
    response = client.get(tracking_url(order), {"lang": "sv"})
    assert response["Content-Language"] == "sv"
    assert client.get(tracking_url(order))["Content-Language"] == "sv", "the choice is kept"
    assert client.get(tracking_url(order), {"lang": "xx"})["Content-Language"] == "sv"


def test_the_page_asks_the_database_a_fixed_number_of_times(
    client: Client, order: OrderFact, deliver: Deliver, django_assert_max_num_queries: Any
) -> None:
    deliver(order, "picked_up", "in_transit", "delivered")
    with django_assert_max_num_queries(13):
        shown(client, order)
