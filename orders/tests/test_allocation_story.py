"""The allocation page's facts: what the shop's books say, told in sentences."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.services.products import create_supplier
from inventory.services.purchasing import create_purchase_order
from orders.models import FulfillmentOrder, Order
from orders.selectors.allocation_story import allocation_story, story_json
from orders.selectors.orders import access_order
from orders.services.holds import place_hold
from orders.services.third_party import reject_request
from orders.tests.shop import NOW, TESTER, Shop
from orders.tests.test_third_party import ask, foreign


def told(ref: str) -> dict[str, Any]:
    return story_json(allocation_story(ref, now=NOW))


def test_an_order_that_is_all_here_is_ready_to_pick(shop: Shop) -> None:
    order = shop.order({"MUG": 2})
    found = told(order.ref)
    assert found["verdict"] == "Ready to pick"
    assert [one["good"] for one in found["lines"][0]["candidates"]] == [True]
    assert found["lines"][0]["reasons"] == []


def test_a_hold_is_the_verdict_and_its_release_helps(shop: Shop) -> None:
    order = shop.order({"MUG": 2})
    place_hold(order.ref, type="address", reason="?", by=TESTER, now=NOW)
    found = told(order.ref)
    assert found["verdict"] == "Held: address."
    assert found["helps"][0] == {"code": "release_hold", "text": "Release the hold: address"}


def test_a_hold_by_hand_is_said_to_be_of_staff(shop: Shop) -> None:
    order = shop.order({"MUG": 2})
    place_hold(order.ref, type="operator", reason="?", by=TESTER, now=NOW)
    assert told(order.ref)["verdict"] == "Held: staff."


def test_a_single_unit_waits(shop: Shop) -> None:
    (line,) = told(shop.order({"VASE": 1}).ref)["lines"]
    assert line["text"] == "Nothing here, 1 waits"
    assert line["reasons"][0]["text"] == "1 unit waits: none are here, and none are on their way."


def test_the_warehouses_a_rule_left_it_are_said(shop: Shop) -> None:
    side = foreign(shop, "SIDE", {"MUG": 9}, kind="own")
    order = shop.order({"MUG": 2})
    assert told(order.ref)["ship_from"] == []
    assert access_order(order.ref).ship_from == ()
    Order.objects.filter(pk=order.id).update(ship_from=[side])
    assert told(order.ref)["ship_from"] == ["SIDE"]
    assert access_order(order.ref).ship_from == (side,)


def test_what_waits_for_a_purchase_order_says_which_when_and_who_is_ahead(shop: Shop) -> None:
    first = shop.order({"VASE": 12}, placed_at=NOW.replace(hour=1))
    order = shop.order({"MUG": 1, "LAMP": 1, "VASE": 1})
    buy(shop, "VASE", 40, date(2027, 5, 12))
    found = told(order.ref)
    assert found["verdict"].startswith("2 of 3 lines are here. 1 unit wait")
    assert "due 12 May: 40 coming, 12 ahead in line" in found["verdict"]
    assert told(first.ref)["lines"][0]["reasons"][0]["units"] == 12


def test_what_others_hold_is_named(shop: Shop) -> None:
    holder = shop.order({"LAMP": 3})
    order = shop.order({"LAMP": 1})
    story = allocation_story(order.ref, now=NOW)
    assert story.explanation.lines[0].reasons[0].code == "promised"
    assert list(story.promised_to.values()) == [[(holder.ref, 3)]]


def test_the_third_party_that_declined_is_said(shop: Shop) -> None:
    foreign(shop, "PARTNER", {"VASE": 5})
    row = ask(shop)
    assert "was asked to ship it" in told(row.order_ref)["verdict"]
    reject_request(row.pk, reason="No", by=TESTER, now=NOW)
    found = told(row.order_ref)
    assert found["lines"][0]["reasons"][0]["code"] == "declined"
    assert "fulfillment_order.rejected" in [one["code"] for one in found["attempts"]]


def test_on_the_floor_it_says_how_far_it_is(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    shop.pick(FulfillmentOrder.objects.get(order_ref=order.ref).pk)
    assert told(order.ref)["verdict"] == "Picked, waiting for a packer."


@pytest.mark.parametrize("skus", [["MUG"], ["MUG", "LAMP", "VASE"]])
def test_the_statements_do_not_grow_with_the_lines(shop: Shop, skus: list[str]) -> None:
    order = shop.order(dict.fromkeys(skus, 2))
    with CaptureQueriesContext(connection) as seen:
        allocation_story(order.ref, now=NOW)
    assert len(seen) <= 20


def buy(shop: Shop, sku: str, units: int, day: date) -> None:
    """A purchase order that is on its way."""
    supplier_id = create_supplier(code="KILN", name="Kiln")
    create_purchase_order(
        supplier_id=supplier_id,
        warehouse_id=shop.warehouse_id,
        lines=[(shop.products[sku], units)],
        expected_on=day,
        by=TESTER,
        now=NOW,
    )
