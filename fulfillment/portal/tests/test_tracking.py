"""The tracking page: the answer first, the truth always."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from fulfillment.portal.following import masked_address
from fulfillment.portal.tests.conftest import Deliver, tracking_url
from inventory.services.products import create_product
from orders.selectors.facts import OrderFact
from orders.services.cancellation import cancel_order
from orders.services.holds import place_hold
from orders.tests.shop import ADDRESS, NOW, TESTER
from shipping.carriers.base import RawEvent
from shipping.models import Parcel
from shipping.services.replacing import replace_lines
from shipping.services.tracking import mark_lost, record_tracking_events
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
    with time_machine.travel(NOW + timedelta(hours=8), tick=False):
        deliver(order, "picked_up", "in_transit", "in_transit", "in_transit", "out_for_delivery", days_ago=0.25)
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


def test_a_van_of_yesterday_does_not_promise_today(client: Client, order: OrderFact, deliver: Deliver) -> None:
    with time_machine.travel(NOW + timedelta(hours=8), tick=False):
        deliver(order, "out_for_delivery", days_ago=0.1)
    with time_machine.travel(NOW + timedelta(days=1, hours=1), tick=False):
        page = shown(client, order)
    assert "Today" not in page and "delivery van" not in page
    assert "Your parcel is on its way to you." in page


def test_what_waits_as_a_whole_has_no_day(client: Client, floor: Floor) -> None:
    order = floor.order({"VASE": 1})
    together = floor.shop.order({"MUG": 1, "VASE": 1}, ship_complete=True)
    with time_machine.travel(NOW, tick=False):
        pages = [shown(client, one) for one in (order, together)]
    for page in pages:
        assert "We do not know the day yet" in page and "We are waiting for stock." in page
        assert "Wed 25 Nov" not in page


def test_an_order_that_is_not_paid_waits_for_the_payment(client: Client, floor: Floor) -> None:
    order = floor.shop.order({"MUG": 1}, payment_status="pending")
    with time_machine.travel(NOW, tick=False):
        page = shown(client, order)
    assert "We send it as soon as your payment has come." in page
    assert "We do not know the day yet" in page


@pytest.mark.parametrize(
    ("hold", "words"),
    [
        ({"type": "address"}, "We are not sure that your order would reach you"),
        ({"type": "stock"}, "We are waiting for stock."),
        ({"type": "fraud"}, "We are checking something in your order"),
        ({"type": "until_date", "release_at": NOW + timedelta(days=7)}, "It waits here until Monday 30 November"),
    ],
)
def test_a_held_order_says_what_it_waits_for(
    client: Client, order: OrderFact, hold: dict[str, Any], words: str
) -> None:
    place_hold(order.ref, **hold, reason="", by=TESTER, now=NOW)
    with time_machine.travel(NOW, tick=False):
        page = shown(client, order)
    assert words in page
    assert ("We do not know the day yet" in page) is (hold["type"] == "until_date")


def test_late_to_leave_is_by_the_clock_of_the_warehouse(client: Client, floor: Floor) -> None:
    order = floor.shop.order({"MUG": 1}, shipping_address={**ADDRESS, "country": "JP"})
    assert order.promise is not None
    # In Japan the day after has begun; where it leaves the last hours of the day are left.
    evening = datetime.combine(order.promise.ship_by, time(20), UTC)
    with time_machine.travel(evening, tick=False):
        assert "later than planned" not in shown(client, order)
    with time_machine.travel(evening + timedelta(hours=5), tick=False):
        assert "is leaving later than planned" in shown(client, order)


def test_a_lost_parcel_asks_for_a_word_until_it_is_sent_again(
    client: Client, order: OrderFact, deliver: Deliver
) -> None:
    parcel = deliver(order, "in_transit")
    mark_lost(parcel.id, by=TESTER, now=timezone.now())
    page = shown(client, order)
    assert "Please write to us, and we put it right." in page and "You do not have to do anything" not in page
    assert "Send something back" not in page

    again = replace_lines(order.ref, {order.lines[0].id: 1}, reason="lost", by=TESTER, now=timezone.now())
    page = shown(client, order)
    assert "We send it again" in page and "Please write to us" not in page
    assert tracking_url(again) in page


def test_a_packed_parcel_keeps_its_address(client: Client, floor: Floor, order: OrderFact) -> None:
    floor.pick(order)
    floor.pack(order)
    page = shown(client, order)
    assert "is packed and waits for the carrier" in page and "until it is packed we can change it" not in page


def test_an_order_of_which_nothing_ships_is_not_got_ready(client: Client, floor: Floor) -> None:
    create_product(sku="CARD", name="Gift card", ships=False, by=TESTER, now=NOW)
    page = shown(client, floor.order({"CARD": 1}))
    assert "Nothing of it has to be shipped." in page and "getting it ready" not in page


def test_kits_are_counted_as_they_were_bought(client: Client, floor: Floor) -> None:
    create_product(sku="SET", name="Set", kit=[("MUG", 2), ("LAMP", 1)], kit_kind="virtual", by=TESTER, now=NOW)
    order = floor.order({"SET": 1, "VASE": 1})
    floor.ship(order)
    with time_machine.travel(NOW, tick=False):
        assert "1 of 2 items have been sent." in shown(client, order)


def test_a_parcel_that_comes_back_is_not_on_its_way_beside_one_that_came(
    client: Client, floor: Floor, order: OrderFact
) -> None:
    first = floor.ship(order)
    record_tracking_events(first.pk, [RawEvent("1", "delivered", NOW + timedelta(hours=1))], by=TESTER, now=NOW)
    Parcel.objects.create(
        ref="SHP-SECOND",
        order_id=order.id,
        order_ref=order.ref,
        fulfillment_order_id=first.fulfillment_order_id,
        created_at=NOW,
        warehouse_id=floor.warehouse_id,
        channel_id=floor.shop.channel_id,
        status="return_to_sender",
        packed_at=NOW,
        shipped_at=NOW,
    )
    page = shown(client, order)
    assert "Your parcel is coming back to us" in page and "on its way to you" not in page
