"""Returns over REST."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.accounts.models import APIClient
from core.accounts.services import issue_api_key
from orders.selectors.facts import OrderFact
from orders.tests.shop import Shop, build_shop
from returns.models import Return
from returns.tests.goods import ask, inspect, inspection_of, line_of, received, shipped_order

pytestmark = pytest.mark.slow

Call = Callable[..., Any]
SCOPES = ["returns:read", "returns:write"]


@pytest.fixture
def key(shop: Shop) -> str:
    return key_for(shop.channel_id)


def key_for(channel_id: int, scopes: list[str] = SCOPES) -> str:
    client, key = issue_api_key(name="shop", scopes=scopes, requests_per_minute=None, now=timezone.now())
    APIClient.objects.filter(pk=client.pk).update(channel_id=channel_id)
    return key


@pytest.fixture
def call(key: str) -> Call:
    """``call("POST", "returns/", {...}, idempotency_key="k")`` -> the answer."""

    def send(method: str, where: str, body: Any = None, *, bearer: str = key, **headers: str) -> Any:
        raw = b"" if body is None else json.dumps(body).encode()
        return Client(raise_request_exception=False).generic(
            method,
            f"/api/v1/{where}",
            raw,
            content_type="application/json",
            headers={"authorization": f"Bearer {bearer}", **{k.replace("_", "-"): v for k, v in headers.items()}},
        )

    return send


@pytest.fixture
def order(shop: Shop) -> OrderFact:
    return shipped_order(shop, {"MUG": 3, "LAMP": 1}, placed_at=timezone.now() - timedelta(days=3))


def body_for(order: OrderFact, quantity: int = 1, **more: Any) -> dict[str, Any]:
    item = {"line": line_of(order, "MUG"), "quantity": quantity, "reason": "damaged", "comment": "Chipped"}
    return {"order": order.ref, "items": [item], **more}


def test_a_return_is_asked_for_and_approved(call: Call, order: OrderFact) -> None:
    answer = call("POST", "returns/", body_for(order, 2))
    assert answer.status_code == 201, answer.content
    rma = answer.json()
    assert (rma["status"], rma["resolution"], rma["order"]) == ("approved", "refund", order.ref)
    assert rma["items"][0] | {"quantity": 2, "reception_status": "awaiting", "grade": None} == rma["items"][0]
    assert answer["Location"] == f"/api/v1/returns/{rma['ref']}/"
    assert call("GET", f"returns/{rma['ref']}/").json() == rma


def test_the_same_request_twice_is_one_return(call: Call, order: OrderFact) -> None:
    first = call("POST", "returns/", body_for(order), idempotency_key="k1")
    again = call("POST", "returns/", body_for(order), idempotency_key="k1")
    assert again.content == first.content
    assert again["Idempotent-Replayed"] == "true"
    assert Return.objects.count() == 1
    assert call("POST", "returns/", body_for(order, 2), idempotency_key="k1").status_code == 422


def test_too_many_units_are_refused_naming_the_line(call: Call, order: OrderFact) -> None:
    answer = call("POST", "returns/", body_for(order, 4))
    assert (answer.status_code, answer.json()["code"]) == (409, "not_returnable")
    assert answer.json()["errors"][0]["pointer"] == "/items/0/quantity"
    assert answer.json()["errors"][0]["returnable"] == 3
    assert Return.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"items": []}, "/items"),
        ({"items": [{"line": 1, "quantity": 0}]}, "/items/0/quantity"),
        ({"items": [{"line": "1", "quantity": 1}]}, "/items/0/line"),
        ({"items": [{"line": 1, "quantity": 1, "reason": "bored"}]}, "/items/0/reason"),
        ({"items": [{"line": 1, "quantity": 1, "status": "received"}]}, "/items/0/status"),
        ({"items": [{"line": 1, "quantity": 1, "comment": "a\u0000b"}]}, None),
        ({"order": 7}, "/order"),
        ({"channel": 2}, "/channel"),
        ({"resolution": "gold"}, "/resolution"),
    ],
)
def test_input_that_cannot_be_accepted_is_a_400(
    call: Call, order: OrderFact, change: dict[str, Any], pointer: str | None
) -> None:
    answer = call("POST", "returns/", {**body_for(order), **change})
    assert answer.status_code == 400, answer.content
    if pointer:
        assert pointer in [error["pointer"] for error in answer.json()["errors"]]


def test_a_strangers_return_order_and_refund_are_not_found(call: Call, shop: Shop, order: OrderFact) -> None:
    other = build_shop({"CUP": 1}, code="OTHER")
    stranger = key_for(other.channel_id)
    rma = received(shop, order, {"MUG": 1})
    inspect(inspection_of(rma))
    refund = call("GET", f"returns/{rma.ref}/").json()["refund"]
    assert refund["status"] == "requested"
    asked = [
        ("GET", f"returns/{rma.ref}/", None),
        ("POST", f"returns/{rma.ref}/cancel/", {}),
        ("GET", f"returns/policy/?order={order.ref}", None),
        ("POST", "returns/", body_for(order)),
        ("GET", f"refunds/{refund['id']}/", None),
        ("POST", f"refunds/{refund['id']}/outcome/", {"outcome": "succeeded"}),
    ]
    for method, where, body in asked:
        answer = call(method, where, body, bearer=stranger)
        assert answer.status_code == 404, (method, where, answer.content)
        assert order.ref not in answer.content.decode()
    assert call("GET", "returns/", bearer=stranger).json()["results"] == []


def test_a_key_without_the_scope_is_refused(call: Call, shop: Shop, order: OrderFact) -> None:
    reader = key_for(shop.channel_id, ["returns:read"])
    assert call("POST", "returns/", body_for(order), bearer=reader).status_code == 403
    assert call("GET", "returns/", bearer=reader).status_code == 200


def test_lists_are_paged_newest_first_and_filtered(call: Call, order: OrderFact) -> None:
    refs = [ask(order, {"MUG": 1}, now=timezone.now() + timedelta(minutes=n)).ref for n in range(3)]
    first = call("GET", "returns/?limit=2").json()
    assert [row["ref"] for row in first["results"]] == [refs[2], refs[1]]
    rest = call("GET", "returns/?" + first["next"].split("?")[1]).json()
    assert [row["ref"] for row in rest["results"]] == [refs[0]]
    assert rest["next"] is None
    assert len(call("GET", f"returns/?order={order.ref}&status=approved").json()["results"]) == 3
    assert call("GET", "returns/?status=cancelled").json()["results"] == []
    assert call("GET", "returns/?colour=red").status_code == 400
    assert call("GET", "returns/?status=lost").status_code == 400


def test_a_page_of_returns_asks_the_database_a_fixed_number_of_times(
    call: Call, order: OrderFact, django_assert_max_num_queries: Any
) -> None:
    for number in range(3):
        ask(order, {"MUG": 1}, now=timezone.now() + timedelta(minutes=number))
    with django_assert_max_num_queries(5):
        assert len(call("GET", "returns/").json()["results"]) == 3


def test_the_policy_says_what_may_come_back_and_until_when(call: Call, order: OrderFact) -> None:
    ask(order, {"LAMP": 1}, now=timezone.now())
    answer = call("GET", f"returns/policy/?order={order.ref}").json()
    lines = {line["sku"]: line for line in answer["lines"]}
    assert (lines["MUG"]["returnable_quantity"], lines["MUG"]["code"]) == (3, "ok")
    assert lines["MUG"]["until"] > timezone.now().date().isoformat()
    assert (lines["LAMP"]["returnable"], lines["LAMP"]["code"]) == (False, "all_returned")
    assert answer["window_days"] == 30
    assert {reason["code"]: reason["postage_paid_by"] for reason in answer["reasons"]}["damaged"] == "shop"
    assert call("GET", "returns/policy/").status_code == 400


def test_a_return_is_cancelled_with_its_version(call: Call, order: OrderFact) -> None:
    rma = call("POST", "returns/", body_for(order)).json()
    stale = call("POST", f"returns/{rma['ref']}/cancel/", {}, if_match='"1"')
    assert stale.status_code == 412
    done = call("POST", f"returns/{rma['ref']}/cancel/", {}, if_match=f'"{rma["version"]}"')
    assert (done.status_code, done.json()["status"]) == (200, "cancelled")


def test_the_shop_reports_what_became_of_a_refund(call: Call, shop: Shop, order: OrderFact) -> None:
    rma = received(shop, order, {"MUG": 1})
    inspect(inspection_of(rma))
    refund = call("GET", f"returns/{rma.ref}/").json()["refund"]
    answer = call("POST", f"refunds/{refund['id']}/outcome/", {"outcome": "succeeded"})
    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    assert call("POST", f"refunds/{refund['id']}/outcome/", {"outcome": "succeeded"}).status_code == 200
    assert call("POST", f"refunds/{refund['id']}/outcome/", {"outcome": "failed"}).status_code == 409
    assert call("POST", f"refunds/{refund['id']}/outcome/", {"outcome": "maybe"}).status_code == 400
    assert call("GET", f"returns/{rma.ref}/").json()["status"] == "closed"


def test_an_outcome_told_of_a_refund_that_changed_since_is_refused(call: Call, shop: Shop, order: OrderFact) -> None:
    rma = received(shop, order, {"MUG": 1})
    inspect(inspection_of(rma))
    number = call("GET", f"returns/{rma.ref}/").json()["refund"]["id"]
    read = call("GET", f"refunds/{number}/")
    assert read["ETag"] == f'"{read.json()["version"]}"'
    where = f"refunds/{number}/outcome/"
    failed = call("POST", where, {"outcome": "failed"}, if_match=read["ETag"])
    assert (failed.status_code, failed["ETag"]) == (200, call("GET", f"refunds/{number}/")["ETag"])
    stale = call("POST", where, {"outcome": "succeeded"}, if_match=read["ETag"])
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    assert call("GET", f"refunds/{number}/").json() == failed.json()
    assert call("POST", where, {"outcome": "succeeded"}, if_match=failed["ETag"]).status_code == 200


def test_the_shop_reads_what_it_has_to_pay(call: Call, shop: Shop, order: OrderFact) -> None:
    rma = received(shop, order, {"MUG": 2})
    inspect(inspection_of(rma))
    (row,) = call("GET", "refunds/?status=requested").json()["results"]
    assert (row["return"], row["amount"], row["currency"]) == (rma.ref, "5.00", "GBP")
    call("POST", f"refunds/{row['id']}/outcome/", {"outcome": "succeeded"})
    assert call("GET", "refunds/?status=requested").json()["results"] == []
    assert len(call("GET", "refunds/").json()["results"]) == 1
    stranger = key_for(build_shop({}, code="OTHER").channel_id)
    assert call("GET", "refunds/", bearer=stranger).json()["results"] == []


@pytest.mark.parametrize("ref", ["RMA-NOPE", "%00", "x" * 300, "../orders", "🤷"])
def test_a_reference_nobody_gave_is_not_found(call: Call, ref: str) -> None:
    assert call("GET", f"returns/{ref}/").status_code in (400, 404)
