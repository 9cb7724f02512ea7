"""A third party's program hears of what it is asked to ship, and of nothing else."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.accounts.models import APIClient
from core.accounts.scopes import ALL_SCOPES
from core.accounts.services import issue_api_key
from core.outbox.services import run_due
from core.webhooks.models import WebhookDelivery
from orders.services.third_party import accept_request, cancel_request
from orders.tests.shop import NOW, TESTER, Shop, build_shop
from orders.tests.test_third_party import ask, foreign

pytestmark = pytest.mark.django_db
Call = Callable[..., Any]
REQUESTS = ["fulfillment_order.requested", "fulfillment_order.request_cancelled"]


def caller(scopes: list[str], **whose: Any) -> Call:
    _client, key = issue_api_key(name="k", scopes=scopes, now=timezone.now(), **whose)
    browser = Client(raise_request_exception=False, headers={"authorization": f"Bearer {key}"})

    def call(method: str, where: str, body: Any = None) -> Any:
        content = b"" if body is None else json.dumps(body).encode()
        return browser.generic(method, f"/api/v1/{where}", content, content_type="application/json")

    return call


def partner(warehouse_id: int, scopes: tuple[str, ...] = ("fulfillment:read", "fulfillment:write")) -> Call:
    return caller(list(scopes), warehouse_id=warehouse_id)


def subscribe(call: Call, *types: str) -> Any:
    return call("POST", "webhooks/", {"url": "https://partner.example.com/hook", "event_types": list(types)})


@pytest.fixture
def shop(db: None) -> Shop:
    return build_shop({"MUG": 10, "VASE": 0})


def told(endpoint_id: int) -> list[tuple[str, dict[str, Any]]]:
    """(type, data) of what is on its way to the endpoint."""
    rows = WebhookDelivery.objects.filter(endpoint=endpoint_id).order_by("pk")
    return [(row.type, json.loads(bytes(row.body))["data"]) for row in rows]


def test_a_partner_hears_of_its_own_requests_and_of_no_others(shop: Shop) -> None:
    place, other = foreign(shop, "PARTNER", {"VASE": 5}), foreign(shop, "RIVAL", {"MUG": 1})
    mine = subscribe(partner(place), *REQUESTS)
    rival = subscribe(partner(other), "fulfillment_order.*")
    assert (mine.status_code, rival.status_code) == (201, 201), mine.content
    house = subscribe(caller(["orders:read", "webhooks:write"]), *REQUESTS)
    row = ask(shop, 2)
    accept_request(row.pk, external_ref="", warehouse_id=place, by=TESTER, now=NOW)
    cancel_request(row.pk, by=TESTER, now=NOW)
    run_due(now=NOW + timedelta(minutes=1))

    data = {"order": row.order_ref, "fulfillment_order": row.pk}
    assert told(mine.json()["id"]) == [(REQUESTS[0], data), (REQUESTS[1], data)]
    assert told(rival.json()["id"]) == []
    assert told(house.json()["id"]) == told(mine.json()["id"])
    seen = partner(place)("GET", f"fulfillment-requests/{row.pk}/")
    assert seen.status_code == 200


@pytest.mark.parametrize(
    "type_", ["order.placed", "order.*", "parcel.shipped", "stock.low", "refund.*", "message.sent"]
)
def test_a_partner_may_not_hear_of_anything_else(shop: Shop, type_: str) -> None:
    program = partner(foreign(shop, "PARTNER", {"VASE": 5}))
    APIClient.objects.update(scopes=list(ALL_SCOPES))  # given more by hand
    refused = subscribe(program, REQUESTS[0], type_)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")


def test_partners_and_shops_do_not_meet_each_others_endpoints(shop: Shop) -> None:
    place, other = foreign(shop, "PARTNER", {"VASE": 5}), foreign(shop, "RIVAL", {"MUG": 1})
    owner = partner(place)
    own = subscribe(owner, *REQUESTS).json()["id"]
    scopes = ["orders:read", "webhooks:read", "webhooks:write"]
    shops = subscribe(caller(scopes, channel_id=shop.channel_id), "order.placed").json()["id"]
    one = f"webhooks/{own}/"
    for stranger in (partner(other), caller(scopes, channel_id=shop.channel_id)):
        for method, where in (("GET", one), ("DELETE", one), ("POST", f"{one}secret/"), ("GET", f"{one}deliveries/")):
            assert stranger(method, where).status_code == 404, (method, where)
    for method in ("GET", "DELETE"):
        assert owner(method, f"webhooks/{shops}/").status_code == 404
    assert [row["id"] for row in owner("GET", "webhooks/").json()["results"]] == [own]
    assert partner(place, ("fulfillment:read",))("DELETE", one).status_code == 403
    assert owner("POST", f"{one}secret/", {}).status_code == 201
    assert owner("DELETE", one).status_code == 204
