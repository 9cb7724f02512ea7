"""Parts of orders over REST."""

import pytest

from orders.tests.places import another_warehouse
from orders.tests.shop import Shop
from orders.tests.test_api import SCOPES, Call, caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(shop: Shop) -> Call:
    return caller(shop.channel_id, SCOPES)


def test_a_part_is_divided_moved_and_joined_again(shop: Shop, call: Call) -> None:
    another_warehouse(shop, {"MUG": 2})
    order = shop.order({"MUG": 3})
    base, line = f"orders/{order.ref}/fulfillment-orders/", order.lines[0].id
    (first,) = call("GET", base).json()["results"]
    assert (first["warehouse"], first["movable"], first["lines"]) == (
        "MAIN",
        True,
        [{"id": line, "sku": "MUG", "quantity": 3}],
    )

    body = {"lines": [{"id": line, "quantity": 2}]}
    done = call("POST", f"{base}{first['id']}/split/", body, idempotency_key="a", if_match='"1"')
    again = call("POST", f"{base}{first['id']}/split/", body, idempotency_key="a", if_match='"1"')
    assert (done.status_code, done["ETag"]) == (200, '"2"')
    assert done.json() == again.json()
    old, new = done.json()["results"]
    assert [one["lines"][0]["quantity"] for one in (old, new)] == [1, 2]

    moved = call("POST", f"{base}{new['id']}/move/", {"warehouse": "SIDE"}, idempotency_key="b")
    assert [(one["warehouse"], one["status"]) for one in moved.json()["results"]] == [
        ("MAIN", "allocated"),
        ("MAIN", "cancelled"),
        ("SIDE", "allocated"),
    ]
    there = moved.json()["results"][2]["id"]
    refused = call("POST", f"{base}{old['id']}/merge/", {"other": there}, idempotency_key="c")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_routable")

    call("POST", f"{base}{there}/move/", {"warehouse": "MAIN"}, idempotency_key="d")
    joined = call("GET", base).json()["results"]
    assert [one["lines"][0]["quantity"] for one in joined if one["movable"]] == [3]


def test_what_lacks_elsewhere_is_named(shop: Shop, call: Call) -> None:
    another_warehouse(shop, {"MUG": 2})
    order = shop.order({"MUG": 3})
    base = f"orders/{order.ref}/fulfillment-orders/"
    part = call("GET", base).json()["results"][0]["id"]

    refused = call("POST", f"{base}{part}/move/", {"warehouse": "SIDE"}, idempotency_key="a")
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["sku"] == "MUG"
    assert call("POST", f"{base}{part}/move/", {"warehouse": "NONE"}, idempotency_key="b").status_code == 404
    stale = call("POST", f"{base}{part}/move/", {"warehouse": "SIDE"}, idempotency_key="c", if_match='"9"')
    assert stale.status_code == 412


def test_another_channels_parts_do_not_exist(shop: Shop, call: Call) -> None:
    order = shop.order({"MUG": 3})
    part = call("GET", f"orders/{order.ref}/fulfillment-orders/").json()["results"][0]["id"]
    other = shop.order({"MUG": 1})
    wrong = f"orders/{other.ref}/fulfillment-orders/{part}/split/"
    line = {"lines": [{"id": order.lines[0].id, "quantity": 1}]}

    assert call("POST", wrong, line, idempotency_key="a").status_code == 404
    stranger = caller(shop.channel_id, ["orders:read"])
    assert stranger("POST", wrong, line, idempotency_key="b").status_code == 403


def test_orders_of_one_buyer_go_together(shop: Shop, call: Call) -> None:
    first, second = shop.order({"MUG": 1}), shop.order({"LAMP": 1})
    where = f"orders/{first.ref}/combine/"

    assert [(one["ref"], one["combined"]) for one in call("GET", where).json()["results"]] == [(second.ref, False)]
    done = call("POST", where, {"refs": [second.ref]}, idempotency_key="a")
    assert [(one["ref"], one["combined"]) for one in done.json()["results"]] == [(second.ref, True)]
