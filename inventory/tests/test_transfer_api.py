"""Transfers over REST."""

import pytest

from inventory.tests.conftest import Floor, build_floor, make_products
from inventory.tests.test_api import SCOPES, Call, caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(db: None) -> Call:
    return caller(*SCOPES)


def body(**over: object) -> dict[str, object]:
    return {"source": "MAIN", "target": "FAR", "lines": [{"sku": "p-001", "quantity": 5}], **over}


def test_a_transfer_is_asked_for_sent_and_closed(call: Call, floor: Floor, product: int) -> None:
    build_floor("FAR")
    floor.receive(product, 8)
    made = call("POST", "transfers/", body(expected_on="2026-12-01"))
    assert made.status_code == 201, made.content
    ref = made.json()["ref"]
    assert (made.json()["status"], made.json()["lines"][0]["sku"]) == ("ordered", "P-001")
    part = call(
        "POST",
        f"transfers/{ref}/ship/",
        {"lines": [{"sku": "P-001", "bin": "A-01-1", "quantity": 2}], "complete": False},
    )
    assert part.status_code == 200, part.content
    rest = call("POST", f"transfers/{ref}/ship/", {})
    assert rest.status_code == 200, rest.content
    assert (rest.json()["status"], rest.json()["in_transit"]) == ("in_transit", 5)
    closed = call("POST", f"transfers/{ref}/close/", {})
    assert (closed.json()["status"], closed.json()["lost"]) == ("closed", 5)
    assert call("GET", f"transfers/{ref}/").json() == closed.json()
    listed = call("GET", "transfers/?warehouse=FAR").json()["results"]
    assert [row["ref"] for row in listed] == [ref]
    assert call("GET", "transfers/?status=ordered").json()["results"] == []


def test_the_same_key_ships_once(call: Call, floor: Floor, product: int) -> None:
    build_floor("FAR")
    floor.receive(product, 5)
    ref = call("POST", "transfers/", body()).json()["ref"]
    lines = {"lines": [{"sku": "P-001", "bin": "A-01-1", "quantity": 2}], "complete": False}
    key = {"idempotency_key": "load-1-0123456789"}
    assert call("POST", f"transfers/{ref}/ship/", lines, **key).json()["shipped"] == 2
    assert call("POST", f"transfers/{ref}/ship/", lines, **key).json()["shipped"] == 2
    assert call("GET", f"transfers/{ref}/").json()["shipped"] == 2


def test_a_refusal_points_at_the_field(call: Call, floor: Floor) -> None:
    build_floor("FAR")
    make_products(1)
    answers = {
        "/lines/0/sku": call("POST", "transfers/", body(lines=[{"sku": "NO", "quantity": 1}])),
        "/target": call("POST", "transfers/", body(target="NOWHERE")),
        "/lines/0/quantity": call("POST", "transfers/", body()),
    }
    for pointer, answer in answers.items():
        assert answer.status_code in (400, 409), answer.content
        assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_cancelled_transfer_cannot_be_sent(call: Call, floor: Floor, product: int) -> None:
    build_floor("FAR")
    floor.receive(product, 5)
    ref = call("POST", "transfers/", body()).json()["ref"]
    assert call("POST", f"transfers/{ref}/cancel/", {}).json()["status"] == "cancelled"
    assert call("POST", f"transfers/{ref}/ship/", {}).status_code == 409
    assert call("GET", "transfers/TRF-NOTHING/").status_code == 404


def test_reading_alone_may_not_send(floor: Floor) -> None:
    assert caller("stock:read")("POST", "transfers/", body()).status_code == 403
