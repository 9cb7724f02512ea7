"""Who would get what comes is compared before it comes, and orders are filled by hand."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.accounts.roles import Role
from fulfillment.dashboard.tests.desk import signed_in
from orders.models import Channel, Order, OrderLine
from orders.tests.shop import NOW, Shop, build_shop


@pytest.fixture
def shop(db: None) -> Shop:
    return build_shop({"MUG": 10, "VASE": 0})


@pytest.fixture
def client(db: None) -> Client:
    return signed_in(Role.SUPERVISOR)


def backordered(order_ref: str) -> int:
    return OrderLine.objects.get(order__ref=order_ref, sku="VASE").backordered


def page_of(sku: str) -> str:
    return reverse("dashboard:backorder", args=[sku])


def test_what_is_waited_for_stands_with_what_is_on_its_way(shop: Shop, client: Client) -> None:
    shop.order({"VASE": 2})
    text = client.get(reverse("dashboard:backorders")).content.decode()
    assert "VASE" in text and "nothing ordered" in text and "Article MUG" not in text


def test_policies_stand_side_by_side(shop: Shop, client: Client) -> None:
    old = shop.order({"VASE": 4}, placed_at=NOW - timedelta(days=2))
    small = shop.order({"VASE": 1}, placed_at=NOW - timedelta(days=1))
    urgent = shop.order({"VASE": 3}, placed_at=NOW)
    Order.objects.filter(ref=urgent.ref).update(priority=5)

    page = client.get(page_of("VASE"), {"units": 3})

    gets = {row["order"].ref: (row["as_set"], [units for _word, units in row["gets"]]) for row in page.context["rows"]}
    # oldest, promise, completes, priority
    assert gets[old.ref] == (3, [3, 3, 2, 0])
    assert gets[small.ref] == (0, [0, 0, 1, 0])
    assert gets[urgent.ref] == (0, [0, 0, 0, 3])
    assert backordered(old.ref) == 4


def test_orders_are_filled_by_hand_whatever_the_policy(shop: Shop, client: Client) -> None:
    Channel.objects.update(fill_policy="manual")
    shop.order({"VASE": 2}, placed_at=NOW - timedelta(days=1))
    chosen = shop.order({"VASE": 2})
    shop.receive("VASE", 2)
    where = reverse("dashboard:fill_backorder", args=["VASE"])

    assert client.post(where, {}).status_code == 422
    assert client.post(where, {"as_set": "1"}).status_code == 422
    assert client.post(where, {"ref": chosen.ref}).status_code == 302
    assert backordered(chosen.ref) == 0
    assert client.post(where, {"ref": chosen.ref}).status_code == 422


def test_the_page_costs_the_same_however_many_wait(
    shop: Shop, client: Client, django_assert_max_num_queries: Any
) -> None:
    for _number in range(12):
        shop.order({"VASE": 1, "MUG": 1})
    client.get(page_of("VASE"))
    with django_assert_max_num_queries(20):
        client.get(page_of("VASE"))
    with django_assert_max_num_queries(16):
        client.get(reverse("dashboard:backorders"))
