"""What a change would do, over REST."""

import pytest

from orders.models import Order
from orders.tests.shop import Shop
from orders.tests.test_api import Call, body, caller


@pytest.fixture
def call(shop: Shop) -> Call:
    return caller(shop.channel_id)


def test_a_preview_tells_before_and_after_and_the_version_to_change(shop: Shop, call: Call) -> None:
    order = call("POST", "orders/", body()).json()
    line = order["lines"][0]
    change = {"lines": [{"id": line["id"], "quantity": 1}, {"sku": "VASE", "quantity": 2, "unit_price": "4.00"}]}

    shown = call("POST", f"orders/{order['ref']}/edit-preview/", change, idempotency_key="p1")

    assert shown.status_code == 200, shown.content
    found = shown.json()
    assert (found["lines"][0]["quantity_before"], found["lines"][0]["quantity"]) == (2, 1)
    assert (found["lines"][-1]["id"], found["lines"][-1]["backordered"]) == (None, 2)
    assert (found["total_before"], found["total"]) == ("5.00", "10.50")
    assert Order.objects.get().version == 1
    again = call("POST", f"orders/{order['ref']}/edit-preview/", change, idempotency_key="p1")
    assert (again.content, again["Idempotent-Replayed"]) == (shown.content, "true")
    assert call("PATCH", f"orders/{order['ref']}/", change, if_match=shown["ETag"]).status_code == 200
    assert call("PATCH", f"orders/{order['ref']}/", change, if_match=shown["ETag"]).status_code == 412


def test_a_preview_is_refused_like_the_change(shop: Shop, call: Call) -> None:
    order = call("POST", "orders/", body()).json()
    where = f"orders/{order['ref']}/edit-preview/"
    assert call("POST", where, {"lines": [{"sku": "NOPE", "quantity": 1}]}).status_code == 400
    assert call("POST", where, {"note": "x"}, if_match='"9"').status_code == 412
    assert call("POST", "orders/ORD-00000000/edit-preview/", {"note": "x"}).status_code == 404


def test_a_wrong_engraving_is_put_right_and_a_new_line_says_what_is_wanted_of_it(shop: Shop, call: Call) -> None:
    wanted = [{"sku": "MUG", "quantity": 2, "unit_price": "2.50", "note": "Deep", "properties": {"engraving": "Ana"}}]
    order = call("POST", "orders/", body(lines=wanted)).json()
    line = order["lines"][0]
    right = {"id": line["id"], "quantity": 2, "properties": {"engraving": "Anna"}}
    fresh = {"sku": "LAMP", "quantity": 1, "unit_price": "4.00", "properties": {"colour": "red"}}

    answer = call("PATCH", f"orders/{order['ref']}/", {"lines": [right, fresh]})

    assert answer.status_code == 200, answer.content
    first, second = answer.json()["lines"]
    assert (first["properties"], first["note"]) == ({"engraving": "Anna"}, "Deep")
    assert second["properties"] == {"colour": "red"}
    same = call("PATCH", f"orders/{order['ref']}/", {"lines": [{"id": line["id"], "quantity": 2, "note": ""}]})
    assert (same.json()["lines"][0]["note"], same.json()["lines"][0]["properties"]) == ("", {"engraving": "Anna"})
