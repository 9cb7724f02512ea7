"""What storefronts ask: what can be sold, from when, and what changed."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inventory import ports
from inventory.api import availability
from inventory.models import PurchaseOrder, PurchaseOrderLine, Supplier
from inventory.services.holding import expire_due
from inventory.services.products import create_product
from inventory.services.safety import set_safety_stock
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor, make_products
from inventory.tests.test_api import SCOPES, Call, call, caller
from inventory.tests.threads import together

__all__ = ["call"]

pytestmark = pytest.mark.django_db
CHANNEL = 7


@pytest.fixture
def buffered(monkeypatch: pytest.MonkeyPatch) -> Call:
    """A key of a channel that leaves two units of everything to the others."""
    monkeypatch.setattr(ports, "units_kept", lambda channel, products: dict.fromkeys(products, 2))
    monkeypatch.setattr(ports, "buffer_mark", lambda channel: "2")
    return caller(*SCOPES, channel_id=CHANNEL)


def make_kit() -> int:
    made = create_product(sku="SET", name="Set", kit=[("P-001", 2)], kit_kind="virtual", by=TESTER, now=NOW)
    return made.product.id


def test_a_channel_sees_what_is_available_without_its_buffer(
    call: Call, buffered: Call, floor: Floor, product: int
) -> None:
    floor.receive(product, 7)
    set_safety_stock(product, floor.warehouse_id, 1, by=TESTER, now=NOW)
    make_kit()
    for url, name in (("stock/", "available"), ("stock/?sku=P-001", "available")):
        assert call("GET", url).json()["results"][0][name] == 6
        assert buffered("GET", url).json()["results"][0][name] == 4
    assert call("GET", "stock/?sku=set").json()["results"][0]["available"] == 3
    assert buffered("GET", "stock/?sku=set").json()["results"][0]["available"] == 2
    unavailable = call("GET", "stock/").json()["results"][0]["unavailable"]
    assert unavailable["safety_stock"] == 1


def test_a_product_that_was_never_stocked_has_zeros_where_it_is_awaited(call: Call, floor: Floor, product: int) -> None:
    build_floor("OTHER")
    rows = call("GET", "stock/?sku=P-001").json()["results"]
    assert [(row["warehouse"], row["on_hand"], row["available"]) for row in rows] == [("OTHER", 0, 0), ("MAIN", 0, 0)]
    first = call("GET", "stock/?sku=P-001&limit=1").json()
    assert call("GET", first["next"]).json()["results"] == rows[1:]
    assert call("GET", "stock/?sku=P-001&warehouse=MAIN").json()["results"] == rows[1:]


def test_kits_are_listed_by_what_there_are_components_for(call: Call, floor: Floor, product: int) -> None:
    build_floor("OTHER")
    floor.receive(product, 5)
    make_kit()
    create_product(sku="BOX", name="Box", kit=[("P-001", 5)], kit_kind="virtual", by=TESTER, now=NOW)
    rows = call("GET", "stock/?kits=true").json()["results"]
    assert [(row["sku"], row["warehouse"], row["available"]) for row in rows] == [
        ("BOX", "OTHER", 0),
        ("BOX", "MAIN", 1),
        ("SET", "OTHER", 0),
        ("SET", "MAIN", 2),
    ]
    page = call("GET", "stock/?kits=true&limit=3").json()
    last = call("GET", page["next"]).json()
    assert page["results"] + last["results"] == rows
    assert call("GET", last["previous"]).json()["results"] == rows[:3]
    assert call("GET", "stock/?kits=true&warehouse=MAIN").json()["results"] == [rows[1], rows[3]]


def test_a_thousand_articles_are_answered_at_once(call: Call, floor: Floor) -> None:
    products = make_products(40)
    for one in products[:3]:
        floor.receive(one, 5)
    make_kit()

    def ask(skus: list[str]) -> tuple[Any, int]:
        with CaptureQueriesContext(connection) as queries:
            answer = call("POST", "stock/availability/", {"skus": skus, "quantity": 2})
        assert answer.status_code == 200, answer.content
        return answer.json(), len(queries)

    one, few = ask(["P-001"])
    many, more = ask(["set", "NONE", *(f"p-{number:03}" for number in range(1, 41))])
    assert more == few
    assert one["results"] == [{"sku": "P-001", "warehouse": "MAIN", "available": 5, "enough": True}]
    assert many["unknown"] == ["NONE"]
    assert many["results"][0] == {"sku": "SET", "warehouse": "MAIN", "available": 2, "enough": True}
    assert [row["enough"] for row in many["results"][1:5]] == [True, True, True, False]
    assert len(many["results"]) == 41
    thousand = {"skus": [f"X{number}" for number in range(1000)]}
    assert call("POST", "stock/availability/", thousand).status_code == 200
    refused: list[dict[str, Any]] = [{"skus": []}, {"skus": ["X"] * 1001}, {"skus": ["P-001"], "warehouse": "MOON"}, {}]
    for body in refused:
        assert call("POST", "stock/availability/", body).status_code == 400


def test_the_first_day_a_quantity_can_be_promised(call: Call, floor: Floor, product: int) -> None:
    floor.receive(product, 2)
    supplier = Supplier.objects.create(code="S", name="Supplier")
    today = timezone.now().date()
    for number, days in enumerate((3, -2)):
        order = PurchaseOrder.objects.create(
            ref=f"PO-{number}",
            supplier=supplier,
            warehouse_id=floor.warehouse_id,
            status="ordered",
            expected_on=today + timedelta(days=days),
            created_at=NOW,
        )
        PurchaseOrderLine.objects.create(purchase_order=order, product_id=product, quantity=5)
    (row,) = call("GET", "stock/promisable/?sku=p-001&warehouse=MAIN&quantity=6").json()["results"]
    soon = (today + timedelta(days=3)).isoformat()
    assert row["promisable"] == [{"from": today.isoformat(), "quantity": 2}, {"from": soon, "quantity": 7}]
    assert (row["late"], row["first_day"]) == (5, soon)
    (row,) = call("GET", "stock/promisable/?sku=P-001&quantity=8").json()["results"]
    assert row["first_day"] is None
    assert call("GET", "stock/promisable/?sku=NONE").json() == {"results": []}
    assert call("GET", "stock/promisable/").status_code == 400


def test_safety_stock_is_set_over_the_api(call: Call, floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    answer = call("POST", "stock/safety/", {"sku": "p-001", "warehouse": "MAIN", "units": 3})
    assert (answer.status_code, answer.json()) == (
        200,
        {"sku": "P-001", "warehouse": "MAIN", "safety_stock": 3, "available": 2},
    )
    for sku, warehouse, units in (("NONE", "MAIN", 3), ("P-001", "MOON", 3), ("P-001", "MAIN", -1)):
        body = {"sku": sku, "warehouse": warehouse, "units": units}
        assert call("POST", "stock/safety/", body).status_code == 400
    assert caller("stock:read")("POST", "stock/safety/", {}).status_code == 403


def test_many_counts_have_a_fate_each_and_are_harmless_to_repeat(call: Call, floor: Floor) -> None:
    one, other, third = make_products(3)
    for product in (one, other, third):
        floor.receive(product, 5)
    items = [
        {"sku": "P-001", "warehouse": "MAIN", "quantity": 8, "expected_quantity": 5},
        {"sku": "P-002", "warehouse": "MAIN", "bin": "A-01-1", "quantity": 1, "expected_quantity": 4},
        {"sku": "P-003", "warehouse": "MAIN", "quantity": 5, "expected_quantity": 5},
        {"sku": "NONE", "warehouse": "MAIN", "quantity": 5, "expected_quantity": 5},
        {"sku": "P-003", "warehouse": "MAIN", "bin": "Z-99", "quantity": 5, "expected_quantity": 5},
    ]
    first = call("POST", "stock/adjustments/bulk/", {"items": items}, idempotency_key="k")
    assert first.status_code == 200, first.content
    fates = first.json()["results"]
    assert [fate["status"] for fate in fates] == ["adjusted", "stale", "same", "refused", "refused"]
    assert (fates[0]["quantity"], fates[0]["delta"], fates[1]["quantity"]) == (8, 3, 5)
    assert [floor.level(product).on_hand for product in (one, other, third)] == [8, 5, 5]
    assert call("POST", "stock/adjustments/bulk/", {"items": items}, idempotency_key="k").content == first.content
    again = call("POST", "stock/adjustments/bulk/", {"items": items}).json()["results"]
    assert [fate["status"] for fate in again] == ["same", "stale", "same", "refused", "refused"]


def test_a_cart_can_be_looked_at_and_kept_for_longer(call: Call, floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    body = {"items": [{"sku": "P-001", "quantity": 4}], "expires_in_s": 60}
    held = call("POST", "stock/reservations/", body).json()["id"]
    before = call("GET", f"stock/reservations/{held}/").json()
    assert (before["open"], before["items"], before["warehouse"]) == (True, body["items"], "MAIN")
    longer = call("POST", f"stock/reservations/{held}/extend/", {"expires_in_s": 3600})
    assert longer.status_code == 200
    assert longer.json()["expires_at"] > before["expires_at"]
    assert expire_due(by=TESTER, now=timezone.now() + timedelta(minutes=30)) == 0
    assert expire_due(by=TESTER, now=timezone.now() + timedelta(minutes=90)) == 1
    assert call("GET", f"stock/reservations/{held}/").json()["open"] is False
    refused = call("POST", f"stock/reservations/{held}/extend/", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "reservation_closed")
    other = caller(*SCOPES, channel_id=1)
    assert other("GET", f"stock/reservations/{held}/").status_code == 404
    assert other("POST", f"stock/reservations/{held}/extend/", {}).status_code == 404


def test_a_cart_leaves_its_channels_buffer(buffered: Call, floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    short = buffered("POST", "stock/reservations/", {"items": [{"sku": "P-001", "quantity": 4}]})
    assert (short.status_code, short.json()["errors"][0]["available"]) == (409, 3)
    assert buffered("POST", "stock/reservations/", {"items": [{"sku": "P-001", "quantity": 3}]}).status_code == 201


@pytest.mark.parametrize(
    "query", ["since=x", "since=1.2", "since=1.99999999999999999999.", "limit=0", "limit=1001", "wait_s=21"]
)
def test_a_question_for_changes_that_makes_no_sense_is_refused(call: Call, query: str) -> None:
    assert call("GET", f"stock/changes/?{query}").status_code == 400


@pytest.fixture
def shop_floor(transactional_db: None) -> Floor:
    return build_floor()


@pytest.mark.alone
def test_a_storefront_follows_the_feed(shop_floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    call = caller(*SCOPES)
    one, other = make_products(2)
    make_kit()
    shop_floor.receive(one, 5)
    shop_floor.receive(other, 5)
    first = call("GET", "stock/changes/?limit=1").json()
    assert [row["sku"] for row in first["results"]] == ["P-001", "SET"]
    assert (first["more"], first["results"][1]["available"], first["results"][1]["kit"]) == (True, 2, True)
    second = call("GET", f"stock/changes/?since={first['cursor']}").json()
    assert ([row["sku"] for row in second["results"]], second["more"]) == (["P-002"], False)
    quiet = call("GET", f"stock/changes/?since={second['cursor']}").json()
    assert quiet["results"] == []
    shop_floor.allocate(one, 3)
    changed = call("GET", f"stock/changes/?since={quiet['cursor']}&wait_s=5").json()["results"]
    assert [(row["sku"], row["available"], row["on_hand"]) for row in changed] == [("P-001", 2, 5), ("SET", 1, 0)]


@pytest.mark.alone
def test_a_channel_whose_buffer_changed_is_told_everything_again(
    shop_floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = caller(*SCOPES, channel_id=CHANNEL)
    (product,) = make_products(1)
    shop_floor.receive(product, 5)
    first = call("GET", "stock/changes/").json()
    assert first["results"][0]["available"] == 5
    monkeypatch.setattr(ports, "units_kept", lambda channel, products: dict.fromkeys(products, 2))
    monkeypatch.setattr(ports, "buffer_mark", lambda channel: "a2")
    again = call("GET", f"stock/changes/?since={first['cursor']}").json()
    assert again["results"][0]["available"] == 3
    assert call("GET", f"stock/changes/?since={again['cursor']}").json()["results"] == []


def test_a_cart_is_held_where_there_is_enough_beyond_the_buffer(buffered: Call, floor: Floor, product: int) -> None:
    other = build_floor("OTHER")
    floor.receive(product, 3)
    other.receive(product, 5)
    held = buffered("POST", "stock/reservations/", {"items": [{"sku": "P-001", "quantity": 2}]})
    assert (held.status_code, held.json()["warehouse"]) == (201, "OTHER")


@pytest.mark.alone
def test_a_storefront_that_waits_hears_of_a_sale_within_a_second(shop_floor: Floor) -> None:
    call = caller(*SCOPES)
    (product,) = make_products(1)
    shop_floor.receive(product, 5)
    cursor = call("GET", "stock/changes/").json()["cursor"]
    sold_at: list[float] = []

    def sell(_buyer: int) -> None:
        time.sleep(0.6)
        shop_floor.allocate(product, 1)
        sold_at.append(time.monotonic())

    buyer = threading.Thread(target=lambda: together(sell, [0]))
    buyer.start()
    told = call("GET", f"stock/changes/?since={cursor}&wait_s=20").json()
    heard_at = time.monotonic()
    buyer.join(timeout=10)
    assert [row["available"] for row in told["results"]] == [4]
    assert heard_at - sold_at[0] < 1


@pytest.mark.alone
def test_waiting_ends_and_never_takes_all_threads(shop_floor: Floor) -> None:
    call = caller(*SCOPES)
    cursor = call("GET", "stock/changes/").json()["cursor"]
    start = time.monotonic()
    assert call("GET", f"stock/changes/?since={cursor}&wait_s=1").json()["results"] == []
    assert 1 <= time.monotonic() - start < 5
    assert availability._waiting.acquire(blocking=False)
    try:
        start = time.monotonic()
        assert call("GET", f"stock/changes/?since={cursor}&wait_s=20").json()["results"] == []
        assert time.monotonic() - start < 5
    finally:
        availability._waiting.release()
