"""New stock goes to those who wait as their channels want it, one transaction an order."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.services.products import create_product
from orders.models import Channel, Order
from orders.selectors.waiting import fill_rules, waited_for, waiting_for
from orders.services.allocation import allocate_backorders, fill_by_hand, fill_overlooked
from orders.services.intake import place_order
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance, lines_of, request_for


def got(ref: str) -> int:
    return lines_of(ref)["VASE"]["allocated"]


def fill(shop: Shop) -> int:
    return allocate_backorders(shop.products["VASE"], shop.warehouse_id, by=TESTER, now=NOW)


@pytest.fixture
def crowd(shop: Shop) -> list[str]:
    """A big old order, a small younger one, and the youngest, which is urgent."""
    placed = [shop.order({"VASE": units}, placed_at=NOW - timedelta(days=3 - n)) for n, units in enumerate((4, 2, 3))]
    Order.objects.filter(ref=placed[2].ref).update(priority=7)
    return [one.ref for one in placed]


@pytest.mark.parametrize(
    ("policy", "shares"),
    [
        ("oldest", [4, 1, 0]),
        ("promise", [4, 1, 0]),
        ("completes_an_order", [0, 2, 3]),
        ("priority", [2, 0, 3]),
        ("manual", [0, 0, 0]),
    ],
)
def test_each_policy_serves_its_own_first(shop: Shop, crowd: list[str], policy: str, shares: list[int]) -> None:
    Channel.objects.update(fill_policy=policy)
    shop.receive("VASE", 5)

    assert fill(shop) == sum(shares)
    assert [got(ref) for ref in crowd] == shares
    assert fill(shop) == 0
    assert_books_balance(shop)


def test_by_hand_the_orders_named_are_filled_in_that_order(shop: Shop, crowd: list[str]) -> None:
    Channel.objects.update(fill_policy="manual")
    shop.receive("VASE", 4)
    assert fill_overlooked(by=TESTER, now=NOW) == 0

    product, here = shop.products["VASE"], shop.warehouse_id
    assert fill_by_hand([crowd[2], crowd[1], "ORD-NONE"], product, here, by=TESTER, now=NOW) == 4
    assert [got(ref) for ref in crowd] == [0, 1, 3]
    assert_books_balance(shop)


def test_channels_share_by_age_and_keep_their_buffers(shop: Shop) -> None:
    other = Channel.objects.create(
        code="late", name="Late", warehouse_id=shop.warehouse_id, currency="GBP", fill_policy="priority", stock_buffer=2
    )

    def at_other(units: int, days: int, **more: Any) -> str:
        request = request_for({"VASE": units}, placed_at=NOW - timedelta(days=days), **more)
        return place_order(other.pk, request, by=TESTER, now=NOW).ref

    first = at_other(2, 9)
    second = shop.order({"VASE": 3}, placed_at=NOW - timedelta(days=8)).ref
    urgent = at_other(2, 1)
    Order.objects.filter(ref=urgent).update(priority=5)
    shop.receive("VASE", 4)

    assert fill(shop) == 4
    # Two units are the other channel's by age; it gives them to whom it wants first.
    assert (got(first), got(urgent), got(second)) == (0, 2, 2)
    assert_books_balance(shop)


def test_of_kits_only_whole_ones_are_given(shop: Shop) -> None:
    Channel.objects.update(fill_policy="completes_an_order")
    create_product(sku="SET", name="Set", kit=[("VASE", 2), ("MUG", 1)], by=TESTER, now=NOW)
    kits = shop.order({"SET": 2}, placed_at=NOW - timedelta(days=1))
    single = shop.order({"VASE": 2})
    shop.receive("VASE", 5)

    assert fill(shop) >= 4
    assert got(single.ref) == 2
    assert lines_of(kits.ref)["VASE"]["allocated"] == 2 * lines_of(kits.ref)["MUG"]["allocated"] == 2
    assert_books_balance(shop)


def test_ranking_asks_the_same_however_many_wait_and_reads_no_other_product(shop: Shop) -> None:
    for _number in range(9):
        shop.order({"VASE": 1})
    shop.order({"LAMP": 9})
    rules = fill_rules(shop.warehouse_id, shop.products["VASE"])
    with CaptureQueriesContext(connection) as queries:
        found = waiting_for(shop.products["VASE"], shop.warehouse_id, rules)
    assert (len(found), len(queries)) == (9, 2)
    assert sorted((one.units, one.orders) for one in waited_for(shop.warehouse_id)) == [(6, 1), (9, 9)]
