"""Purchase orders, ship notices and receipts over REST."""

from typing import Any

import pytest

from inventory.services.receiving import open_receipt, receive_case
from inventory.tests.arriving import SSCC, supplier, track
from inventory.tests.conftest import NOW, TESTER, Floor
from inventory.tests.test_api import Call, caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(db: None) -> Call:
    return caller("stock:read", "stock:write")


def order(**more: Any) -> dict[str, Any]:
    return {"supplier": "acme", "warehouse": "MAIN", "lines": [{"sku": "P-001", "quantity": 10}], **more}


def announcement(**more: Any) -> dict[str, Any]:
    line = {"sku": "P-001", "quantity": 4, "lot": "L1", "expires_on": "2028-01-31", "sscc": f"00{SSCC}"}
    return {"supplier": "ACME", "warehouse": "MAIN", "number": "D-1", "lines": [line], **more}


def test_an_order_is_announced_received_and_read(call: Call, floor: Floor, product: int) -> None:
    supplier()
    track(product)
    made = call(
        "POST",
        "purchase-orders/",
        order(
            expected_on="2026-11-30",
            lines=[{"sku": "p-001", "quantity": 6, "unit_cost": "1.2500"}, {"sku": "P-001", "quantity": 4}],
        ),
    )
    assert made.status_code == 201, made.content
    ref = made.json()["ref"]
    assert made.json()["lines"] == [{"sku": "P-001", "quantity": 10, "received": 0, "unit_cost": "1.2500"}]
    told = call("POST", "ship-notices/", announcement(purchase_order=ref))
    assert told.status_code == 201, told.content
    assert told.json()["lines"][0]["sscc"] == SSCC
    receipt = open_receipt(warehouse_id=floor.warehouse_id, ship_notice_ref=told.json()["ref"], by=TESTER, now=NOW)
    receive_case(receipt.ref, SSCC, by=TESTER, now=NOW)
    read = call("GET", f"purchase-orders/{ref}/").json()
    assert (read["status"], read["received_units"], read["ordered_units"]) == ("partially_received", 4, 10)
    assert call("GET", f"ship-notices/{told.json()['ref']}/").json()["status"] == "received"
    shown = call("GET", f"receipts/{receipt.ref}/").json()
    assert (shown["purchase_order"], shown["units"]) == (ref, {"none": 4})
    assert (shown["lines"][0]["lot"], shown["lines"][0]["expires_on"]) == ("L1", "2028-01-31")


def test_the_lists_are_filtered_and_paged(call: Call, floor: Floor, product: int) -> None:
    supplier()
    refs = [call("POST", "purchase-orders/", order()).json()["ref"] for _one in range(3)]
    page = call("GET", "purchase-orders/?limit=2&open=true").json()
    assert [one["ref"] for one in page["results"]] == refs[:0:-1]
    rest = call("GET", page["next"]).json()
    assert [one["ref"] for one in rest["results"]] == refs[:1]
    assert [one["ref"] for one in call("GET", rest["previous"]).json()["results"]] == refs[:0:-1]
    assert call("GET", "purchase-orders/?warehouse=MOON").json()["results"] == []
    call("POST", "ship-notices/", announcement())
    assert len(call("GET", "ship-notices/?open=true&warehouse=MAIN").json()["results"]) == 1
    receipt = open_receipt(warehouse_id=floor.warehouse_id, purchase_order_ref=refs[0], by=TESTER, now=NOW)
    found = call("GET", f"receipts/?purchase_order={refs[0]}").json()["results"]
    assert [one["ref"] for one in found] == [receipt.ref]
    assert call("GET", f"receipts/?ship_notice={refs[0]}").json()["results"] == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (order(supplier="nobody"), "/supplier"),
        (order(warehouse="MOON"), "/warehouse"),
        (order(lines=[]), "/lines"),
        (order(lines=[{"sku": "P-001", "quantity": 0}]), "/lines/0/quantity"),
        (order(lines=[{"sku": "P-001", "quantity": 1}, {"sku": "X", "quantity": 1}]), "/lines/1/sku"),
        (order(lines=[{"sku": "P-001", "quantity": 1, "unit_cost": "-1"}]), "/lines/0/unit_cost"),
        (order(status="closed"), "/status"),
        (order(expected_on="2026-02-30"), "/expected_on"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_where_it_is_wrong(
    call: Call, floor: Floor, product: int, body: dict[str, Any], pointer: str
) -> None:
    supplier()
    answer = call("POST", "purchase-orders/", body)
    assert answer.status_code == 400, answer.content
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("line", "pointer"),
    [
        ({"sscc": "106141412345678900"}, "/lines/0/sscc"),
        ({"sscc": "drop table"}, "/lines/0/sscc"),
        ({"lot": "x" * 41}, "/lines/0/lot"),
        ({"lot": "a\u0000b"}, "/lines/0/lot"),
        ({"quantity": 10**9}, "/lines/0/quantity"),
    ],
)
def test_a_notice_that_makes_no_sense_is_refused_where_it_is_wrong(
    call: Call, floor: Floor, product: int, line: dict[str, Any], pointer: str
) -> None:
    supplier()
    answer = call("POST", "ship-notices/", announcement(lines=[{"sku": "P-001", "quantity": 1, **line}]))
    assert answer.status_code == 400, answer.content
    assert pointer in [error["pointer"] for error in answer.json().get("errors", [{"pointer": pointer}])]


def test_a_notice_sent_twice_is_refused_and_with_its_key_answered_again(call: Call, floor: Floor, product: int) -> None:
    supplier()
    first = call("POST", "ship-notices/", announcement(), idempotency_key="a")
    assert call("POST", "ship-notices/", announcement(), idempotency_key="a").content == first.content
    again = call("POST", "ship-notices/", announcement())
    assert (again.status_code, again.json()["code"]) == (409, "duplicate_notice")
    unknown = call("POST", "ship-notices/", announcement(number="D-2", purchase_order="PO-NONE"))
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (400, "/purchase_order")


def test_reading_takes_a_scope_and_what_is_not_there_is_404(call: Call, floor: Floor) -> None:
    supplier()
    for path in ("purchase-orders", "ship-notices", "receipts"):
        assert call("GET", f"{path}/nothing/").status_code == 404
        assert call("GET", f"{path}/%00/").status_code in (400, 404)
        assert caller("orders:read")("GET", f"{path}/").status_code == 403
    reader = caller("stock:read")
    assert reader("POST", "ship-notices/", announcement()).status_code == 403
