"""Kits and work orders over REST."""

import pytest

from inventory.models import StockLevel
from inventory.services.products import create_product
from inventory.tests.conftest import NOW, TESTER, Floor
from inventory.tests.test_api import SCOPES, Call, caller


@pytest.fixture
def call(db: None) -> Call:
    return caller(*SCOPES)


@pytest.fixture
def kits(floor: Floor) -> dict[str, int]:
    ids = {}
    for sku, units in (("CANDLE", 9), ("CARD", 5)):
        ids[sku] = create_product(sku=sku, name=sku.title(), by=TESTER, now=NOW).product.id
        floor.receive(ids[sku], units)
    return ids


PARTS = [{"sku": "candle", "quantity": 2}, {"sku": "CARD", "quantity": 1}]


def test_a_kit_says_how_it_is_made(call: Call, kits: dict[str, int]) -> None:
    made = call("POST", "products/", {"sku": "SET", "name": "Set", "kit": PARTS})
    assert made.json()["kit_kind"] == "virtual"
    changed = call("PATCH", "products/SET/", {"kit_kind": "assembled"})
    assert (changed.json()["kit_kind"], len(changed.json()["kit"])) == ("assembled", 2)
    emptied = call("PATCH", "products/SET/", {"kit": []})
    assert (emptied.json()["kit_kind"], emptied.json()["kit"]) == ("none", [])
    for body in ({"kit_kind": "virtual"}, {"kit": PARTS, "kit_kind": "none"}):
        assert call("PATCH", "products/SET/", body).status_code == 400


def test_kits_in_kits_are_taken_and_loops_refused(call: Call, kits: dict[str, int]) -> None:
    call("POST", "products/", {"sku": "INNER", "name": "Inner", "kit": PARTS})
    outer = call("POST", "products/", {"sku": "OUTER", "name": "Outer", "kit": [{"sku": "INNER", "quantity": 2}]})
    assert outer.status_code == 201
    refused = call("PATCH", "products/INNER/", {"kit": [*PARTS, {"sku": "OUTER", "quantity": 1}]})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/kit/2"


def test_a_cart_holds_what_a_kit_is_made_of(call: Call, floor: Floor, kits: dict[str, int]) -> None:
    call("POST", "products/", {"sku": "SET", "name": "Set", "kit": PARTS})
    held = call(
        "POST", "stock/reservations/", {"items": [{"sku": "SET", "quantity": 2}, {"sku": "CARD", "quantity": 1}]}
    )
    assert held.status_code == 201, held.content
    assert floor.level(kits["CANDLE"]).reserved == 4
    assert floor.level(kits["CARD"]).reserved == 3
    short = call(
        "POST", "stock/reservations/", {"items": [{"sku": "CARD", "quantity": 1}, {"sku": "SET", "quantity": 3}]}
    )
    assert short.status_code == 409
    assert {error["pointer"] for error in short.json()["errors"]} >= {"/items/1/quantity"}


def test_a_work_order_is_ordered_done_and_listed(call: Call, floor: Floor, kits: dict[str, int]) -> None:
    call("POST", "products/", {"sku": "BOX", "name": "Box", "kit": PARTS, "kit_kind": "assembled"})
    body = {"sku": "BOX", "warehouse": "MAIN", "quantity": 3, "due_on": "2026-12-01"}
    made = call("POST", "work-orders/", body)
    assert made.status_code == 201, made.content
    ref = made.json()["ref"]
    assert (made.json()["status"], made.json()["can_make"]) == ("released", 3)
    assert [line["held"] for line in made.json()["lines"]] == [6, 3]

    done = call("POST", f"work-orders/{ref}/complete/", {"quantity": 2, "bin": "A-01-2"}, idempotency_key="once")
    again = call("POST", f"work-orders/{ref}/complete/", {"quantity": 2, "bin": "A-01-2"}, idempotency_key="once")
    assert done.status_code == again.status_code == 200
    assert (done.json()["completed"], done.json()["status"]) == (2, "in_progress")
    assert StockLevel.objects.get(product__sku="BOX").on_hand == 2
    assert call("POST", f"work-orders/{ref}/complete/", {"quantity": 2}).status_code == 400
    assert call("POST", f"work-orders/{ref}/complete/", {"quantity": 1, "bin": "NO"}).status_code == 400

    apart = call("POST", "work-orders/", {**body, "quantity": 1, "kind": "disassemble", "release": False})
    assert apart.json()["status"] == "draft"
    assert call("POST", f"work-orders/{apart.json()['ref']}/release/").json()["status"] == "released"
    assert call("POST", f"work-orders/{apart.json()['ref']}/cancel/").json()["status"] == "cancelled"
    listed = call("GET", "work-orders/?warehouse=MAIN").json()["results"]
    assert [one["ref"] for one in listed] == [apart.json()["ref"], ref]
    assert [one["ref"] for one in call("GET", "work-orders/?status=in_progress").json()["results"]] == [ref]
    assert call("GET", f"work-orders/{ref}/").json()["lines"][0]["moved"] == 4
    refused = call("POST", "work-orders/", {**body, "sku": "CARD"})
    assert refused.status_code == 400
