"""The partner's API: its own warehouse's requests, answered and shipped, each once."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from core.accounts.models import APIClient
from core.accounts.scopes import ALL_SCOPES
from core.accounts.services import issue_api_key
from core.kernel.errors import Invalid
from orders.models import FulfillmentOrder
from orders.services.allocation import fill_backorder
from orders.services.editing import OrderChanges, edit_order
from orders.services.holds import place_hold, release_hold
from orders.services.intake import place_order
from orders.services.requests import LineRequest
from orders.services.third_party import request_third_parties
from orders.tests.shop import NOW, TESTER, Shop, build_shop, request_for
from orders.tests.test_third_party import ask, foreign
from shipping.models import Parcel

pytestmark = pytest.mark.django_db
BOTH = ["fulfillment:read", "fulfillment:write"]


class Partner:
    """A program of a third party."""

    def __init__(self, warehouse_id: int | None, scopes: list[str] = BOTH) -> None:
        _client, key = issue_api_key(name="partner", scopes=scopes, warehouse_id=warehouse_id, now=datetime.now(UTC))
        self.headers = {"authorization": f"Bearer {key}"}
        self.browser = Client(raise_request_exception=False)

    def get(self, where: str) -> Any:
        return self.browser.get(f"/api/v1/fulfillment-requests/{where}", headers=self.headers)

    def post(self, where: str, body: Any, key: str = "", tag: str = "") -> Any:
        headers = {**self.headers, **({"idempotency-key": key} if key else {}), **({"if-match": tag} if tag else {})}
        return self.browser.post(
            f"/api/v1/fulfillment-requests/{where}",
            json.dumps(body),
            content_type="application/json",
            headers=headers,
        )


@pytest.fixture
def shop() -> Shop:
    return build_shop({"MUG": 10, "VASE": 0})


@pytest.fixture
def place(shop: Shop) -> int:
    return foreign(shop, "PARTNER", {"VASE": 5})


@pytest.fixture
def row(shop: Shop, place: int) -> FulfillmentOrder:
    return ask(shop, 3)


def test_a_request_is_seen_accepted_and_shipped(place: int, row: FulfillmentOrder) -> None:
    partner = Partner(place)
    (seen,) = partner.get("").json()["results"]
    assert (seen["id"], seen["status"], seen["released"]) == (row.pk, "requested", False)
    assert seen["items"][0]["quantity"] == 3
    assert seen["shipping_address"]["city"] == "Leeds"
    accepted = partner.post(f"{row.pk}/accept/", {"reference": "P-1"}).json()
    assert (accepted["status"], accepted["released"], accepted["reference"]) == ("accepted", True, "P-1")
    line = seen["items"][0]["line"]
    sent = {"parcels": [{"carrier": "pp", "tracking_number": "T1", "items": [{"line": line, "quantity": 1}]}]}
    answer = partner.post(f"{row.pk}/ship/", sent, key="k1")
    assert answer.status_code == 200, answer.content
    assert answer.json()["items"][0]["shipped"] == 1
    again = partner.post(f"{row.pk}/ship/", sent, key="k1")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert partner.post(f"{row.pk}/ship/", sent).json()["items"][0]["shipped"] == 1
    rest = {"parcels": [{"carrier": "pp", "tracking_number": "T2", "tracking_url": "https://pp.example/T2"}]}
    assert partner.post(f"{row.pk}/ship/", rest).status_code == 200
    assert partner.get("").json()["results"] == []


def test_who_answers_a_request_as_it_was_is_told_so(shop: Shop, place: int, row: FulfillmentOrder) -> None:
    partner = Partner(place)
    seen = partner.get(f"{row.pk}/")
    assert seen["ETag"] == f'"{seen.json()["version"]}"'
    hold = place_hold(row.order_ref, type="operator", reason="Ask them", by=TESTER, now=NOW)
    release_hold(row.order_ref, hold.id, by=TESTER, now=NOW)
    request_third_parties(by=TESTER, now=NOW)
    edit_order(row.order_ref, OrderChanges(note="Wrap it twice"), by=TESTER, now=NOW)
    for act, body in (("accept", {"reference": "P-1"}), ("reject", {"reason": "No vases"})):
        stale = partner.post(f"{row.pk}/{act}/", body, tag=seen["ETag"])
        assert (act, stale.status_code, stale.json()["code"]) == (act, 412, "stale_version")

    now = partner.get(f"{row.pk}/")
    assert now.json()["status"] == "requested"
    accepted = partner.post(f"{row.pk}/accept/", {"reference": "P-1"}, tag=now["ETag"])
    assert accepted.status_code == 200, accepted.content
    sent = {"parcels": [{"carrier": "pp", "tracking_number": "T1"}]}
    assert partner.post(f"{row.pk}/ship/", sent, tag=now["ETag"]).status_code == 412
    assert not Parcel.objects.exists()
    assert partner.post(f"{row.pk}/ship/", sent, tag=accepted["ETag"]).status_code == 200


def test_what_the_buyer_wants_travels_to_the_third_party_while_it_is_at_work(shop: Shop, place: int) -> None:
    vase = LineRequest("VASE", 1, Decimal("9.00"), note="Deep letters", properties={"engraving": "Ada", "_id": 7})
    gift = {"is_gift": True, "message": "Happy birthday", "hide_prices": True}
    wanted = replace(request_for({}, note="Ring twice", gift=gift, purchase_order_number="PO 7"), lines=(vase,))
    order = place_order(shop.channel_id, wanted, by=TESTER, now=NOW)
    fill_backorder(order.id, shop.products["VASE"], place, by=TESTER, now=NOW)
    request_third_parties(by=TESTER, now=NOW)
    partner = Partner(place)
    (seen,) = partner.get("").json()["results"]
    assert (seen["items"][0]["properties"]["engraving"], seen["items"][0]["note"]) == ("Ada", "Deep letters")
    assert (seen["buyer_note"], seen["gift"], seen["purchase_order_number"]) == ("Ring twice", gift, "PO 7")
    partner.post(f"{seen['id']}/reject/", {"reason": "Sold out"})
    gone = partner.get(f"{seen['id']}/").json()
    assert (gone["buyer_note"], gone["gift"]) == ("", {})
    assert not any(one["properties"] or one["note"] for one in gone["items"])


def test_what_is_declined_is_gone(place: int, row: FulfillmentOrder) -> None:
    partner = Partner(place)
    assert partner.post(f"{row.pk}/reject/", {"reason": "Sold out"}).json()["status"] == "rejected"
    assert partner.post(f"{row.pk}/accept/", {}).status_code == 409
    assert partner.get("").json()["results"] == []


def test_a_stranger_finds_nothing(shop: Shop, row: FulfillmentOrder) -> None:
    stranger = Partner(foreign(shop, "OTHER", {"MUG": 1}))
    assert stranger.get("").json()["results"] == []
    assert stranger.get(f"{row.pk}/").status_code == 404
    for act, body in (
        ("accept", {}),
        ("reject", {"reason": "x"}),
        ("ship", {"parcels": [{"carrier": "pp", "tracking_number": "T"}]}),
    ):
        assert stranger.post(f"{row.pk}/{act}/", body).status_code == 404, act


def test_a_key_without_a_warehouse_or_scope_is_refused(place: int, row: FulfillmentOrder) -> None:
    assert Partner(None).get("").status_code == 403
    assert Partner(place, ["fulfillment:read"]).post(f"{row.pk}/accept/", {}).status_code == 403


def test_a_wrong_body_names_the_field(place: int, row: FulfillmentOrder) -> None:
    partner = Partner(place)
    refused = partner.post(f"{row.pk}/ship/", {"parcels": [{"carrier": "pp"}]})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/parcels/0/tracking_number"
    assert partner.post(f"{row.pk}/reject/", {}).status_code == 400


def test_an_address_is_told_only_while_the_work_is_open(shop: Shop, place: int, row: FulfillmentOrder) -> None:
    partner = Partner(place)
    assert partner.get(f"{row.pk}/").json()["shipping_address"]["line1"] == "12 Mill Lane"
    declined = partner.post(f"{row.pk}/reject/", {"reason": "Sold out"}).json()
    assert declined["shipping_address"] == {}
    assert partner.get(f"{row.pk}/").json()["shipping_address"] == {}
    assert "Byron" not in partner.get(f"{row.pk}/").content.decode()


def test_what_was_sent_tells_its_address_no_more(place: int, row: FulfillmentOrder) -> None:
    partner = Partner(place)
    partner.post(f"{row.pk}/accept/", {})
    parcels = {"parcels": [{"carrier": "pp", "tracking_number": "T1"}]}
    assert partner.post(f"{row.pk}/ship/", parcels).status_code == 200
    assert partner.get(f"{row.pk}/").json()["shipping_address"] == {}


def test_a_third_partys_key_opens_nothing_but_requests(place: int, row: FulfillmentOrder) -> None:
    with pytest.raises(Invalid):
        Partner(place, [*BOTH, "orders:read"])
    # A key that was given more by hand still gets nothing more.
    APIClient.objects.all().delete()
    partner = Partner(place)
    APIClient.objects.update(scopes=list(ALL_SCOPES))
    paths = (
        "orders/",
        f"orders/{row.order_ref}/",
        f"orders/{row.order_ref}/timeline/",
        f"customers/{row.order.customer_id}/",
        f"customers/{row.order.customer_id}/data/",
        "customers/?email=ada@example.com",
        "shipments/",
        "returns/",
        "products/",
        "stock/",
    )
    for path in paths:
        answer = partner.browser.get(f"/api/v1/{path}", headers=partner.headers)
        assert answer.status_code == 403, path
    assert partner.get("").status_code == 200
    assert not {"email", "customer", "totals", "unit_price"} & set(partner.get(f"{row.pk}/").json())
