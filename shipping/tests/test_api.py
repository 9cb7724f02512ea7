"""Shipments over REST."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from core.accounts.services import issue_api_key
from core.outbox.models import Event
from orders.tests.shop import build_shop
from shipping.carriers.base import RawEvent
from shipping.models import CarrierAccount, CarrierNotice, CarrierService
from shipping.services.tracking import record_tracking_events
from shipping.tests.floor import NOW, TESTER, Floor

pytestmark = pytest.mark.django_db
Call = Callable[..., Any]


def caller(channel_id: int | None, scopes: list[str] | None = None) -> Call:
    _client, key = issue_api_key(
        name="shop",
        scopes=scopes if scopes is not None else ["shipments:read"],
        channel_id=channel_id,
        requests_per_minute=None,
        now=datetime.now(UTC),
    )
    browser = Client(raise_request_exception=False)

    def send(method: str, where: str, content: Any = None, **headers: str) -> Any:
        return browser.generic(
            method,
            f"/api/v1/{where}",
            b"" if content is None else json.dumps(content).encode(),
            content_type="application/json",
            headers={"authorization": f"Bearer {key}", **headers},
        )

    return send


def test_parcels_of_an_order_are_told_with_content_and_journey(floor: Floor) -> None:
    order = floor.order({"ART01": 2, "ART02": 1})
    parcel = floor.ship(order)
    event = RawEvent("1", "in_transit", NOW + timedelta(hours=1), "IT", "Sorted", "Leeds")
    record_tracking_events(parcel.pk, [event], by=TESTER, now=NOW)
    call = caller(floor.shop.channel_id)
    answer = call("GET", f"orders/{order.ref}/shipments/")
    assert answer.status_code == 200
    (told,) = answer.json()["results"]
    assert told["status"] == "in_transit"
    assert told["tracking_number"] == parcel.tracking_number
    assert [(item["sku"], item["quantity"]) for item in told["items"]] == [("ART01", 2), ("ART02", 1)]
    assert told["events"][0]["text"] == "Sorted"
    assert "/t/" in told["tracking_url"]
    assert call("GET", f"shipments/{parcel.ref}/").json() == told
    assert call("GET", "shipments/").json()["results"] == [told]
    assert call("GET", f"shipments/?tracking_number={parcel.tracking_number}&status=in_transit").json()["results"]
    assert call("GET", "shipments/?status=delivered").json()["results"] == []


def test_a_stranger_sees_nothing(floor: Floor) -> None:
    order = floor.order({"ART01": 1})
    parcel = floor.ship(order)
    call = caller(build_shop({}, code="OTHER").channel_id)
    assert call("GET", f"orders/{order.ref}/shipments/").status_code == 404
    assert call("GET", f"shipments/{parcel.ref}/").status_code == 404
    assert call("GET", "shipments/").json()["results"] == []
    assert caller(floor.shop.channel_id, ["orders:read"])("GET", "shipments/").status_code == 403


def test_a_page_of_parcels_takes_constant_statements(floor: Floor, django_assert_max_num_queries: Any) -> None:
    for number in range(1, 5):
        floor.ship(floor.order({f"ART{number:02}": 1}))
    call = caller(floor.shop.channel_id)
    with django_assert_max_num_queries(5):
        page = call("GET", "shipments/?limit=2").json()
    assert len(page["results"]) == 2 and page["next"]
    following = call("GET", page["next"].split("/api/v1/")[1]).json()
    assert {one["ref"] for one in following["results"]}.isdisjoint({one["ref"] for one in page["results"]})


@pytest.mark.parametrize("query", ["status=nonsense", "nonsense=1", "limit=0", "cursor=x", "order=a&order=b"])
def test_wrong_parameters_are_named(floor: Floor, query: str) -> None:
    assert caller(floor.shop.channel_id)("GET", f"shipments/?{query}").status_code == 400


def test_rates_are_told_with_promise_and_last_order_moment(floor: Floor) -> None:
    CarrierService.objects.create(
        method="express", carrier="own_delivery", service="express", name="Express", price="9.90", free_from="100"
    )
    call = caller(floor.shop.channel_id)
    answer = call(
        "POST",
        "shipping/rates/",
        {
            "items": [{"sku": "art01", "quantity": 3}],
            "destination": {"country": "GB"},
            "value": "20.00",
            "arrive_by": (datetime.now(UTC) + timedelta(days=20)).date().isoformat(),
        },
    )
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert body["weight_g"] == 600
    assert [(rate["method"], rate["price"]) for rate in body["rates"]] == [("standard", "0.00"), ("express", "9.90")]
    for rate in body["rates"]:
        assert rate["promise"]["ship_by"] <= rate["promise"]["deliver_from"] <= rate["promise"]["deliver_to"]
        assert rate["last_order_at"]
    by_weight = [
        call("POST", "shipping/rates/", {name: 500, "destination": {"country": "GB"}}).json()
        for name in ("weight", "weight_g")
    ]
    assert by_weight[0] == by_weight[1] and by_weight[0]["weight_g"] == 500
    both = call("POST", "shipping/rates/", {"weight": 500, "weight_g": 500, "destination": {"country": "GB"}})
    assert (both.status_code, both.json()["errors"][0]["pointer"]) == (400, "/weight_g")
    free = call("POST", "shipping/rates/", {"weight_g": 500, "destination": {"country": "GB"}, "value": "100.00"})
    assert {rate["price"] for rate in free.json()["rates"]} == {"0.00"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"weight_g": 5},
        {"destination": {"country": "GB"}},
        {"weight_g": 5, "items": [], "destination": {"country": "GB"}},
        {"weight_g": 0, "destination": {"country": "GB"}},
        {"weight_g": 5, "destination": {"country": "Narnia"}},
        {"items": [{"sku": "nothing", "quantity": 1}], "destination": {"country": "GB"}},
        {"weight_g": 5, "destination": {"country": "GB"}, "colour": "red"},
        [],
    ],
)
def test_rates_for_nonsense_are_refused(floor: Floor, body: Any) -> None:
    assert caller(floor.shop.channel_id)("POST", "shipping/rates/", body).status_code == 400


SECRET = base64.b64encode(b"shared with the carrier").decode()


def notice(body: bytes, *, message_id: str = "msg_1", secret: str = SECRET, carrier: str = "own_delivery") -> Any:
    at = str(int(datetime.now(UTC).timestamp()))
    mac = hmac.new(base64.b64decode(secret), f"{message_id}.{at}.".encode() + body, hashlib.sha256).digest()
    return Client(raise_request_exception=False).generic(
        "POST",
        f"/api/v1/carriers/{carrier}/tracking/",
        body,
        content_type="application/json",
        headers={
            "webhook-id": message_id,
            "webhook-timestamp": at,
            "webhook-signature": "v1," + base64.b64encode(mac).decode(),
        },
    )


def test_a_carriers_notice_is_stored_once_and_read_later() -> None:
    CarrierAccount.objects.create(carrier="own_delivery", webhook_secret=f"whsec_{SECRET}")
    body = json.dumps({"events": []}).encode()
    assert notice(body).status_code == 202
    assert notice(body).status_code == 200
    assert CarrierNotice.objects.count() == 1
    assert Event.objects.filter(type="carrier_notice.received").count() == 1


def test_a_notice_without_a_right_signature_leaves_no_trace() -> None:
    CarrierAccount.objects.create(carrier="own_delivery", webhook_secret=f"whsec_{SECRET}")
    body = json.dumps({"events": []}).encode()
    assert notice(body, secret=base64.b64encode(b"wrong").decode()).status_code == 401
    assert notice(body, carrier="easypost").status_code == 401
    assert notice(body, carrier="pigeons").status_code == 404
    assert notice(b'{"a": "\\u0000"}').status_code == 400
    assert notice(b"[]").status_code == 400
    bare = Client(raise_request_exception=False).post(
        "/api/v1/carriers/own_delivery/tracking/", body, content_type="application/json"
    )
    assert bare.status_code == 401
    assert CarrierNotice.objects.count() == 0
