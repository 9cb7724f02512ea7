"""The ledger, the past and lots over REST."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inventory.models import Lot, Product
from inventory.services.ledger import Move, move
from inventory.tests.conftest import TESTER, Floor, make_products
from inventory.tests.test_api import Call, caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(db: None) -> Call:
    return caller("stock:read", "stock:write", "products:read", "products:write")


NOON = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=2)


@pytest.fixture
def told(floor: Floor, product: int) -> Floor:
    """Seven came in, three went out an hour later, one broke after another hour."""
    supplier, customer, shelf = floor.bins["supplier"], floor.bins["customer"], floor.shelves[0]
    moves = [
        Move(product, 7, supplier, shelf, "receive", lot="L1", document="REC-AAAAAAA1"),
        Move(product, 3, shelf, customer, "ship", lot="L1", document="ORD-AAAAAAA1"),
        Move(product, 1, shelf, shelf, "damaged", to_condition="damaged", lot="L1"),
    ]
    for hours, one in enumerate(moves):
        move([one], by=TESTER, now=NOON + timedelta(hours=hours))
    Lot.objects.create(product_id=product, number="L1", expires_on=(NOON + timedelta(days=900)).date())
    return floor


def at(hours: float) -> str:
    return (NOON + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_the_stock_of_a_past_moment_is_told_with_what_cannot_be_known(told: Floor, call: Call) -> None:
    def then(hours: float) -> tuple[int, int]:
        (row,) = call("GET", f"stock/?sku=p-001&at={at(hours)}").json()["results"]
        assert "allocated" in row["unknown"]
        return row["on_hand"], row["unavailable"]["damaged"]

    assert [then(hours) for hours in (-1, 0, 0.9, 1, 2.5)] == [(0, 0), (7, 0), (7, 0), (4, 0), (4, 1)]
    (row,) = call("GET", f"stock/?sku=P-001&at={at(1)}&warehouse=MAIN").json()["results"]
    assert row["bins"] == [{"bin": "A-01-1", "lot": "L1", "condition": "sellable", "quantity": 4}]
    assert call("GET", f"stock/?at={at(1)}").json()["errors"][0]["pointer"] == "/sku"
    assert call("GET", "stock/?sku=P-001&at=2999-01-01T00:00:00Z").status_code == 400
    assert call("GET", f"stock/?sku=nothing&at={at(1)}").json()["results"] == []


def test_movements_of_a_product_come_by_time_with_balance_and_cause(told: Floor, call: Call) -> None:
    rows = call("GET", "stock/movements/?sku=P-001").json()["results"]
    assert [(row["on_hand_change"], row["balance"]) for row in rows] == [(0, 4), (-3, 4), (7, 7)]
    assert [row["cause"] for row in rows] == [
        None,
        {"kind": "order", "ref": "ORD-AAAAAAA1"},
        {"kind": "receipt", "ref": "REC-AAAAAAA1"},
    ]
    first = call("GET", "stock/movements/?sku=P-001&limit=1").json()
    second = call("GET", first["next"]).json()
    assert second["results"][0]["id"] == rows[1]["id"]
    assert second["results"][0]["balance"] == 4
    back = call("GET", call("GET", second["next"]).json()["previous"]).json()
    assert [row["balance"] for row in back["results"]] == [4]


@pytest.mark.parametrize(
    ("query", "reasons"),
    [
        ("until={1}", ["ship", "receive"]),
        ("since={1}&until={1}", ["ship"]),
        ("document=ORD-AAAAAAA1", ["ship"]),
        ("lot=L1", ["damaged", "ship", "receive"]),
        ("lot=L9", []),
        ("bin=A-01-1&warehouse=MAIN", ["damaged", "ship", "receive"]),
        ("bin=A-01-2&warehouse=MAIN", []),
        ("bin=LXXXX", []),
    ],
)
@pytest.mark.parametrize("sku", ["", "&sku=P-001"])
def test_movements_are_filtered(told: Floor, call: Call, query: str, reasons: list[str], sku: str) -> None:
    filled = query.replace("{1}", at(1))
    assert [row["reason"] for row in call("GET", f"stock/movements/?{filled}{sku}").json()["results"]] == reasons


def test_a_lot_is_traced_in_one_call(told: Floor, call: Call) -> None:
    answer = call("GET", "lots/P-001/L1/trace/").json()
    assert answer["units"] == {"arrived": 7, "here": 4, "delivered": 3, "returned": 0}
    assert answer["arrivals"][0]["receipt"] == "REC-AAAAAAA1"
    assert answer["delivered"][0]["order"] == "ORD-AAAAAAA1"
    assert [row["reason"] for row in answer["moves"]] == ["receive", "ship", "damaged"]
    assert call("GET", "lots/P-001/L9/trace/").status_code == 404


def test_lots_are_found_backward_from_an_order_and_by_number(told: Floor, call: Call) -> None:
    (row,) = call("GET", "lots/?order=ORD-AAAAAAA1").json()["results"]
    assert (row["sku"], row["number"], row["units"]) == ("P-001", "L1", 3)
    assert [row["sku"] for row in call("GET", "lots/?number=L1").json()["results"]] == ["P-001"]
    assert call("GET", "lots/").status_code == 400


def test_a_recall_sets_aside_and_names_the_orders_once(told: Floor, product: int, call: Call) -> None:
    answer = call("POST", "lots/P-001/L1/recall/", {"reason": "Glass"}, idempotency_key="r1")
    assert answer.status_code == 200, answer.content
    assert (answer.json()["set_aside"], answer.json()["orders"]) == (3, ["ORD-AAAAAAA1"])
    again = call("POST", "lots/P-001/L1/recall/", {"reason": "Glass"}, idempotency_key="r1")
    assert again.json() == answer.json()
    assert told.level(product).available == 0
    assert caller("stock:read")("POST", "lots/P-001/L1/recall/", {"reason": "x"}).status_code == 403


def test_how_a_product_is_fetched_and_when_it_stops_being_sold_is_set_over_the_api(call: Call) -> None:
    make_products(1)
    changed = call("PATCH", "products/P-001/", {"tracking": "lot", "removal": "fefo", "expiry_horizon_days": 30})
    assert changed.status_code == 200, changed.content
    row = Product.objects.get(sku="P-001")
    assert (row.tracking, row.removal, row.expiry_horizon_days) == ("lot", "fefo", 30)
    assert call("PATCH", "products/P-001/", {"removal": "any"}).status_code == 400
