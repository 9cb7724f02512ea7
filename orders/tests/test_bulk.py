"""Many orders in one request, each with a fate of its own."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Order
from orders.services.bulk import place_orders
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance, lines_of, request_for
from orders.tests.test_api import Call, body, call, caller, statements

__all__ = ["call"]
pytestmark = pytest.mark.django_db


def test_each_order_has_its_own_fate(shop: Shop, call: Call) -> None:
    first = call("POST", "orders/", body("1")).json()
    answer = call(
        "POST",
        "orders/bulk/",
        {
            "orders": [
                body("1"),
                body("2"),
                body("3", [{"sku": "NOPE", "quantity": 1}]),
                body("4", [{"sku": "MUG", "quantity": 0}]),
                body("2"),
                "nonsense",
                body("5", [{"sku": "VASE", "quantity": 1}]),
            ]
        },
        idempotency_key="k",
    )

    assert answer.status_code == 200, answer.content
    results = answer.json()["results"]
    assert [(one["external_id"], one["status"]) for one in results] == [
        ("1", "duplicate"),
        ("2", "created"),
        ("3", "rejected"),
        ("4", "rejected"),
        ("2", "duplicate"),
        ("", "rejected"),
        ("5", "created"),
    ]
    assert results[0]["ref"] == first["ref"]
    assert results[4]["ref"] == results[1]["ref"]
    assert results[2]["errors"][0]["pointer"] == "/lines/0/sku"
    assert results[3]["errors"][0]["pointer"] == "/lines/0/quantity"
    assert Order.objects.count() == 3
    again = call("POST", "orders/bulk/", {"orders": [body("9")]}, idempotency_key="k")
    assert again.status_code == 422
    assert_books_balance(shop)


def test_five_hundred_orders_are_read_however_much_each_says(shop: Shop, call: Call) -> None:
    # Eleven thousand values and more: what one order may never have.
    lines = [{"sku": "NOPE", "quantity": 1, "note": "?"} for _line in range(5)]

    answer = call("POST", "orders/bulk/", {"orders": [body(str(number), lines) for number in range(500)]})

    assert answer.status_code == 200, answer.content[:300]
    assert [one["code"] for one in answer.json()["results"]] == ["invalid"] * 500


def test_stock_is_shared_out_in_their_order(shop: Shop) -> None:
    fates = place_orders(shop.channel_id, [request_for({"LAMP": 2}) for _ in range(3)], by=TESTER, now=NOW)

    assert [lines_of(fate.ref)["LAMP"]["allocated"] for fate in fates] == [2, 1, 0]
    assert_books_balance(shop)


def test_a_channel_that_rejects_takes_what_can_be_sent_whole(strict_shop: Shop) -> None:
    wanted = [request_for({"LAMP": n}) for n in (2, 2, 1)]
    fates = place_orders(strict_shop.channel_id, wanted, by=TESTER, now=NOW)

    assert [fate.status for fate in fates] == ["created", "rejected", "created"]
    assert fates[1].errors[0]["available"] == 1
    assert_books_balance(strict_shop)


def test_a_hundred_and_fifty_orders_take_a_few_statements(shop: Shop) -> None:
    wanted = [request_for({"MUG": 1, "VASE": 1}, email=f"b{n % 40}@example.com") for n in range(150)]
    shop.order({"MUG": 1}, external_id="first")
    with CaptureQueriesContext(connection) as queries:
        fates = place_orders(shop.channel_id, wanted, by=TESTER, now=NOW)

    assert {fate.status for fate in fates} == {"created"}
    assert len(statements(queries)) <= 2 * 6
    assert Order.objects.count() == 151
    assert_books_balance(shop)


@pytest.mark.parametrize("content", [{}, {"orders": []}, {"orders": {}}, {"orders": [1] * 501}, {"orders": [], "x": 1}])
def test_a_body_that_is_no_list_of_orders_is_refused(shop: Shop, call: Call, content: object) -> None:
    assert call("POST", "orders/bulk/", content).status_code == 400


def test_a_key_without_a_channel_places_nothing(shop: Shop) -> None:
    assert caller(None)("POST", "orders/bulk/", {"orders": [body("1")]}).status_code == 403
