"""Nonsense sent to every address about orders, customers and third parties is refused by name; no fault of ours."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from core.accounts.services import issue_api_key
from inventory.services.checking import check_stock
from orders.tests.places import another_warehouse
from orders.tests.shop import NOW, TESTER, Shop, build_shop
from orders.tests.test_third_party import ask, foreign
from tests.hostile.conftest import STRINGS, Call
from tests.hostile.nonsense import NONSENSE, spoilt

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ADDRESS = {
    "name": "Ada", "company": "A Ltd", "line1": "12 Mill Lane", "line2": "Flat 1", "city": "Leeds", "region": "Yorks",
    "postal_code": "LS1 4AP", "country": "GB", "phone": "+44 113 496 0000", "instructions": "ring",
}  # fmt: skip
ORDER: dict[str, Any] = {
    "external_id": "N-1",
    "placed_at": "2026-11-21T09:00:00Z",
    "currency": "GBP",
    "customer": {"name": "Ada", "email": "ada@example.com", "phone": "", "locale": "en", "notify_by": ["email"]},
    "shipping_address": ADDRESS,
    "billing_address": {"line1": "1 Way", "city": "York", "country": "GB"},
    "lines": [
        {"external_id": "L", "sku": "MUG", "quantity": 2, "unit_price": "2.50", "note": "n", "properties": {"a": "b"}}
    ],
    "charges": [{"code": "discount", "description": "d", "amount": "-1.00"}],
    "shipping_method": "standard",
    "shipping_price": "4.95",
    "note": "n",
    "gift": {"is_gift": True, "message": "m", "hide_prices": True},
    "payment_status": "paid",
    "reservation_id": None,
    "tags": ["vip"],
    "purchase_order_number": "PO-1",
    "ship_complete": False,
    "deliver_not_before": "2026-12-01",
    "deliver_not_after": "2026-12-10",
    "pallet": False,
    "total": "8.95",
}
RATES = {
    "items": [{"sku": "MUG", "quantity": 2}],
    "destination": {"country": "GB", "postal_code": "LS1", "city": "Leeds", "region": "Y"},
    "value": "10.00",
    "arrive_by": "2026-12-24",
}


@pytest.fixture
def shop(db: None) -> Shop:
    return build_shop({"MUG": 5000, "VASE": 0})


@pytest.fixture
def faults(shop: Shop, call: Call) -> Iterator[Callable[..., Any]]:
    """Sends a body to an address; at the end no answer was a fault and the stock is right."""
    another_warehouse(shop, {"MUG": 50})
    wrong: list[Any] = []

    def send(where: str, body: Any, method: str = "POST") -> Any:
        answer = call(method, where, body)
        if answer.status_code >= 500:
            wrong.append((method, where, body, answer.content[:200]))
        return answer

    yield send
    assert wrong == []
    assert check_stock(by=TESTER, now=NOW) == []


@pytest.fixture
def placed(shop: Shop) -> dict[str, Any]:
    """An order with what its addresses are made of."""
    order = shop.order({"MUG": 6})
    return {"ref": order.ref, "line": order.lines[0].id, "customer": order.customer_id}


def part_of(faults: Callable[..., Any], ref: str) -> int:
    return int(faults(f"orders/{ref}/fulfillment-orders/", None, "GET").json()["results"][0]["id"])


def test_no_nonsense_in_an_order_is_a_fault_of_ours(faults: Callable[..., Any]) -> None:
    fates = [faults("orders/", body | {"external_id": f"N-{number}"} if number % 9 and isinstance(body, dict) else body)
             for number, body in enumerate(spoilt(ORDER))]  # fmt: skip
    assert {201, 400} <= {one.status_code for one in fates}


def test_no_nonsense_in_many_orders_is_a_fault_of_ours(faults: Callable[..., Any]) -> None:
    bodies = [body for number, body in enumerate(spoilt(ORDER)) if number % 3 == 0]
    for start in range(0, len(bodies), 100):
        assert faults("orders/bulk/", {"orders": bodies[start : start + 100]}).status_code in (200, 400)
    wrong: list[Any] = [{"orders": []}, {"orders": {}}, {"orders": [[]] * 501}, {"orders": [None, 1, "x", []]}, []]
    for body in wrong:
        faults("orders/bulk/", body)


def test_no_nonsense_in_a_change_is_a_fault_of_ours(faults: Callable[..., Any], placed: dict[str, Any]) -> None:
    change = {
        "shipping_address": ADDRESS,
        "billing_address": ADDRESS,
        "lines": [{"id": placed["line"], "quantity": 3}, {"sku": "MUG", "quantity": 1, "unit_price": "1.00"}],
        "shipping_method": "standard",
        "note": "n",
        "gift": {"is_gift": True, "message": "m", "hide_prices": False},
    }
    where = f"orders/{placed['ref']}/"
    for number, body in enumerate(spoilt(change)):
        faults(f"{where}edit-preview/", body)
        if number % 4 == 0:
            faults(where, body, "PATCH")


def test_no_nonsense_about_parts_is_a_fault_of_ours(faults: Callable[..., Any], placed: dict[str, Any]) -> None:
    ref, lines = placed["ref"], [{"id": placed["line"], "quantity": 1}]
    part = part_of(faults, ref)
    bodies = {"split": {"lines": lines}, "merge": {"other": part}, "move": {"warehouse": "SIDE", "lines": lines}}
    for act, good in bodies.items():
        for body in spoilt(good):
            faults(f"orders/{ref}/fulfillment-orders/{part}/{act}/", body)
        for far in (0, 2**31, 2**63, 10**30):
            assert faults(f"orders/{ref}/fulfillment-orders/{far}/{act}/", good).status_code == 404, (act, far)
    for body in spoilt({"refs": [ref]}):
        faults(f"orders/{ref}/combine/", body)
    faults(f"orders/{ref}/combine/", {"refs": [ref, ref]})


def test_no_nonsense_about_holds_payment_and_cancelling_is_a_fault_of_ours(
    faults: Callable[..., Any], placed: dict[str, Any]
) -> None:
    ref = placed["ref"]
    bodies = {
        "holds": {"type": "fraud", "reason": "r", "release_at": "2026-12-01T00:00:00Z"},
        "payment": {"payment_status": "paid"},
        "replacements": {"reason": "lost", "lines": [{"id": placed["line"], "quantity": 1}], "parcel": "SHP-1"},
        "cancel": {"reason": "r", "lines": [{"id": placed["line"], "quantity": 1}]},
    }
    for act, good in bodies.items():
        for body in spoilt(good):
            faults(f"orders/{ref}/{act}/", body)
    for far in (0, 2**31, 2**63, 10**30):
        assert faults(f"orders/{ref}/holds/{far}/release/", {}).status_code == 404


def test_no_nonsense_about_customers_is_a_fault_of_ours(faults: Callable[..., Any], placed: dict[str, Any]) -> None:
    where = f"customers/{placed['customer']}/"
    good = {"name": "Ada", "phone": "+44 113 496 0000", "locale": "sv", "notify_by": ["email", "sms"], "tags": ["vip"]}
    for body in spoilt(good):
        faults(where, body, "PATCH")
        faults(f"{where}erase/", body if body != {} else {"x": 1})
    for far in (0, 2**31, 2**63, 10**30):
        calls: tuple[tuple[str, str, Any], ...] = (
            ("", "GET", None),
            ("", "PATCH", good),
            ("data/", "GET", None),
            ("erase/", "POST", {}),
        )
        for path, method, body in calls:
            assert faults(f"customers/{far}/{path}", body, method).status_code == 404, (far, path)


def test_no_nonsense_about_rates_and_dates_is_a_fault_of_ours(faults: Callable[..., Any]) -> None:
    for body in spoilt(RATES):
        faults("shipping/rates/", body)
    for text in [str(one) for one in NONSENSE] + STRINGS[::5]:
        said = quote(text.encode("utf-8", "replace"), safe="")
        for name in ("arrive_by", "country"):
            faults(f"shipping/last-order-dates/?{name}={said}", None, "GET")
        faults(f"customers/?email={said}", None, "GET")
        faults("shipping/rates/", RATES | {"destination": {"country": "GB", "postal_code": text[:20]}})


def test_no_nonsense_from_a_third_party_is_a_fault_of_ours(shop: Shop) -> None:
    place = foreign(shop, "PARTNER", {"VASE": 5})
    row = ask(shop, 3)
    _client, key = issue_api_key(
        name="p",
        scopes=["fulfillment:read", "fulfillment:write"],
        warehouse_id=place,
        requests_per_minute=None,
        now=timezone.now(),
    )
    browser = Client(raise_request_exception=False, headers={"authorization": f"Bearer {key}"})
    requests = "/api/v1/fulfillment-requests/"
    (seen,) = browser.get(requests).json()["results"]
    parcel = {
        "carrier": "pp",
        "service": "s",
        "tracking_number": "T1",
        "tracking_url": "https://pp.example/T1",
        "items": [{"line": seen["items"][0]["line"], "quantity": 1}],
    }
    acts = {"ship": {"parcels": [parcel]}, "accept": {"reference": "P-1"}, "reject": {"reason": "r"}}
    wrong = []
    for pk in (row.pk, 0, 2**31, 2**63, 10**30):
        for act, good in acts.items():
            for body in spoilt(good) if pk == row.pk else [good]:
                content = json.dumps(body).encode()
                answer = browser.generic("POST", f"{requests}{pk}/{act}/", content, content_type="application/json")
                if answer.status_code >= 500 or (pk != row.pk and answer.status_code != 404):
                    wrong.append((pk, act, body, answer.status_code, answer.content[:200]))
    assert wrong == []
    for text in NONSENSE:
        said = quote(str(text).encode("utf-8", "replace"), safe="")
        assert browser.get(f"{requests}?status={said}").status_code in (400, 414)
