"""Products and stock over REST, as API.md promises them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.accounts.services import issue_api_key
from inventory.models import Product, Reservation, StockMovement
from inventory.tests.conftest import Floor, make_products

pytestmark = pytest.mark.django_db

Call = Callable[..., Any]
SCOPES = ["stock:read", "stock:write", "products:read", "products:write"]


def caller(*scopes: str, channel_id: int | None = None) -> Call:
    _client, key = issue_api_key(
        name="shop", scopes=scopes, channel_id=channel_id, requests_per_minute=None, now=timezone.now()
    )

    def send(method: str, where: str, body: Any = None, **headers: str) -> Any:
        return Client().generic(
            method,
            where if where.startswith("http") else f"/api/v1/{where}",
            b"" if body is None else json.dumps(body).encode(),
            content_type="application/json",
            headers={"authorization": f"Bearer {key}", **{k.replace("_", "-"): v for k, v in headers.items()}},
        )

    return send


@pytest.fixture
def call(db: None) -> Call:
    return caller(*SCOPES)


def test_a_product_is_created_read_and_changed(call: Call) -> None:
    answer = call(
        "POST",
        "products/",
        {
            "sku": "MUG/red",
            "name": "Red mug",
            "barcodes": ["5012345678900"],
            "weight_g": 350,
            "customs": {"hs_code": "691110", "origin_country": "GB"},
            "attributes": {"colour": "red"},
        },
    )
    assert answer.status_code == 201, answer.content
    read = call("GET", "products/mug/RED/")
    assert read.json() == answer.json()
    assert read["ETag"] == '"1"'
    changed = call("PATCH", "products/MUG/red/", {"name": "Mug, red"}, if_match='"1"')
    assert (changed.json()["name"], changed.json()["version"]) == ("Mug, red", 2)
    assert changed.json()["customs"] == {"hs_code": "691110", "origin_country": "GB"}
    assert call("PATCH", "products/MUG/red/", {"name": "x"}, if_match='"1"').status_code == 412


def test_a_sku_is_unique_whatever_its_case_and_a_barcode_belongs_to_one(call: Call) -> None:
    call("POST", "products/", {"sku": "straße", "name": "A", "barcodes": ["1"]})
    for body in ({"sku": "STRAßE", "name": "B"}, {"sku": "other", "name": "B", "barcodes": ["1"]}):
        answer = call("POST", "products/", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "duplicate_product")
    assert Product.objects.count() == 1


def test_a_kit_names_its_parts_and_may_not_hold_itself(call: Call) -> None:
    make_products(2)
    answer = call("POST", "products/", {"sku": "SET", "name": "Set", "kit": [{"sku": "p-001", "quantity": 2}]})
    assert answer.json()["kit"] == [{"sku": "P-001", "quantity": 2}]
    refused = call("PATCH", "products/SET/", {"kit": [{"sku": "SET", "quantity": 1}]})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/kit/0"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"sku": "X"},
        {"sku": "", "name": "n"},
        {"sku": "X\u0000", "name": "n"},
        {"sku": "X", "name": "n", "version": 3},
        {"sku": "X", "name": "n", "weight_g": -1},
        {"sku": "X", "name": "n", "weight_g": 10**12},
        {"sku": "X", "name": "n", "barcodes": [""]},
        {"sku": "X", "name": "n", "customs": {"origin_country": "Atlantis"}},
        {"sku": "X", "name": "n", "image_url": "javascript:alert(1)"},
        {"sku": "X" * 65, "name": "n"},
        [],
        "text",
    ],
)
def test_a_product_that_cannot_be_is_refused(call: Call, body: Any) -> None:
    assert call("POST", "products/", body).status_code == 400
    assert not Product.objects.exists()


@pytest.mark.parametrize("sku", ["NONE", "%F0%9F%8E%81", "%ED%A0%80", "..%2f..", "x" * 500])
def test_an_unknown_product_is_not_found(call: Call, sku: str) -> None:
    assert call("GET", f"products/{sku}/").status_code == 404


def test_products_come_in_pages_newest_first(call: Call) -> None:
    make_products(5)
    first = call("GET", "products/?limit=2").json()
    assert [row["sku"] for row in first["results"]] == ["P-005", "P-004"]
    second = call("GET", first["next"]).json()
    assert [row["sku"] for row in second["results"]] == ["P-003", "P-002"]
    assert call("GET", second["previous"]).json()["results"] == first["results"]


def test_stock_is_listed_by_product_and_warehouse(call: Call, floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    floor.allocate(product, 2)
    answer = call("GET", "stock/?sku=p-001&warehouse=MAIN")
    assert answer.json()["results"] == [
        {
            "sku": "P-001",
            "warehouse": "MAIN",
            "on_hand": 5,
            "allocated": 2,
            "reserved": 0,
            "unavailable": {"quality_control": 0, "quarantined": 0, "damaged": 0, "safety_stock": 0},
            "available": 3,
            "incoming": 0,
            "backordered": 0,
        }
    ]
    assert call("GET", "stock/?sku=none").json()["results"] == []
    assert call("GET", "stock/?colour=red").status_code == 400


def test_a_delta_answers_with_the_movement_and_the_new_level(call: Call, floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    answer = call("POST", "stock/adjustments/", {"sku": "P-001", "warehouse": "MAIN", "reason": "lost", "delta": -2})
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert body["movement"]["from"]["bin"] == "A-01-1"
    assert body["movement"]["on_hand_change"] == -2
    assert (body["level"]["on_hand"], body["level"]["available"]) == (3, 3)


def test_a_count_is_taken_only_against_the_quantity_expected(call: Call, floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    shelf = {"sku": "P-001", "warehouse": "MAIN", "bin": "A-01-1", "reason": "recount"}
    stale = call("POST", "stock/adjustments/", {**shelf, "quantity": 7, "expected_quantity": 4})
    assert (stale.status_code, stale.json()["code"], stale.json()["quantity"]) == (409, "stale_quantity", 5)
    counted = call("POST", "stock/adjustments/", {**shelf, "quantity": 7, "expected_quantity": 5})
    assert counted.json()["level"]["on_hand"] == 7
    same = call("POST", "stock/adjustments/", {**shelf, "quantity": 7, "expected_quantity": 7})
    assert (same.status_code, same.json()["movement"]) == (201, None)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"delta": 0},
        {"delta": 1, "quantity": 3, "expected_quantity": 2},
        {"quantity": 3},
        {"expected_quantity": 3},
        {"delta": 1, "reason": "magic"},
        {"delta": 1, "warehouse": "MOON"},
        {"delta": 1, "sku": "NONE"},
        {"delta": 1, "lines": []},
        {"delta": -6},
    ],
)
def test_an_adjustment_that_makes_no_sense_is_refused(
    call: Call, floor: Floor, product: int, change: dict[str, Any]
) -> None:
    floor.receive(product, 5)
    answer = call("POST", "stock/adjustments/", {"sku": "P-001", "warehouse": "MAIN", "reason": "other", **change})
    assert answer.status_code == 400
    assert floor.level(product).on_hand == 5


def test_the_same_adjustment_sent_twice_with_one_key_happens_once(call: Call, floor: Floor, product: int) -> None:
    body = {"sku": "P-001", "warehouse": "MAIN", "reason": "found", "delta": 3}
    first, again = (call("POST", "stock/adjustments/", body, idempotency_key="a") for _repeat in range(2))
    assert first.content == again.content
    assert again["Idempotent-Replayed"] == "true"
    assert floor.level(product).on_hand == 3


def test_the_ledger_is_paged_and_filtered(call: Call, floor: Floor) -> None:
    one, other = make_products(2)
    for _unit in range(3):
        floor.receive(one, 1)
        floor.receive(other, 1)
    page = call("GET", "stock/movements/?sku=P-001&limit=2").json()
    assert [row["sku"] for row in page["results"]] == ["P-001", "P-001"]
    assert len(call("GET", page["next"]).json()["results"]) == 1
    assert len(call("GET", "stock/movements/?since=2026-11-21T08:59:59Z").json()["results"]) == 6
    assert call("GET", "stock/movements/?since=2026-11-21T09:00:01Z").json()["results"] == []
    assert call("GET", "stock/movements/?since=yesterday").status_code == 400


def test_a_cart_is_held_and_let_go(call: Call, floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    answer = call("POST", "stock/reservations/", {"items": [{"sku": "P-001", "quantity": 4}], "expires_in_s": 60})
    assert answer.status_code == 201, answer.content
    assert floor.level(product).available == 1
    held = answer.json()["id"]
    assert [call("DELETE", f"stock/reservations/{held}/").status_code for _twice in range(2)] == [204, 204]
    assert floor.level(product).available == 5


def test_a_short_cart_is_refused_naming_what_is_available(call: Call, floor: Floor, product: int) -> None:
    floor.receive(product, 3)
    answer = call("POST", "stock/reservations/", {"items": [{"sku": "P-001", "quantity": 4}]})
    assert (answer.status_code, answer.json()["code"]) == (409, "out_of_stock")
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["sku"], error["available"]) == ("/items/0/quantity", "P-001", 3)
    assert not Reservation.objects.exists()


def test_another_channel_does_not_find_the_hold(floor: Floor, product: int) -> None:
    floor.receive(product, 3)
    mine, theirs = caller(*SCOPES, channel_id=1), caller(*SCOPES, channel_id=2)
    held = mine("POST", "stock/reservations/", {"items": [{"sku": "P-001", "quantity": 1}]}).json()["id"]
    assert theirs("DELETE", f"stock/reservations/{held}/").status_code == 404
    assert floor.level(product).reserved == 1


def test_each_address_asks_for_its_scope(floor: Floor, product: int) -> None:
    reader = caller("stock:read", "products:read")
    assert reader("GET", "stock/").status_code == 200
    body = {"sku": "P-001", "warehouse": "MAIN", "reason": "found", "delta": 3}
    assert reader("POST", "stock/adjustments/", body).status_code == 403
    assert reader("POST", "products/", {"sku": "X", "name": "x"}).status_code == 403
    assert reader("PATCH", "products/P-001/", {"name": "x"}).status_code == 403
    assert Client().get("/api/v1/stock/").status_code == 401
    assert not StockMovement.objects.exists()
