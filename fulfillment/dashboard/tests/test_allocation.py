"""The allocation page: the verdict first, the act that helps one press away, the same text as the API."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.accounts.roles import Role
from fulfillment.dashboard.tests.desk import Day, action, signed_in
from inventory.selectors.places import warehouse_by_code
from orders.models import Channel, FulfillmentOrder, Order
from orders.selectors.allocation_story import allocation_story
from orders.services.holds import place_hold
from orders.tests.test_third_party import foreign
from shipping.tests.floor import NOW, TESTER

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_the_page_says_why_and_names_the_places(day: Day) -> None:
    page = signed_in().get(reverse("dashboard:order_allocation", args=[day.fresh.ref])).content.decode()
    assert "Ready to pick" in page
    assert "Taken for this order" in page


def test_it_says_what_the_api_says(day: Day) -> None:
    page = signed_in().get(reverse("dashboard:order_allocation", args=[day.short.ref])).content.decode()
    assert allocation_story(day.short.ref, now=NOW).verdict in page


def test_a_hold_can_be_released_from_here(day: Day) -> None:
    place_hold(day.fresh.ref, type="address", reason="?", by=TESTER, now=NOW)
    page = signed_in().get(reverse("dashboard:order_allocation", args=[day.fresh.ref])).content.decode()
    assert "Held: address." in page
    assert "Release the hold: address" in page


def test_the_warehouses_a_rule_left_the_order_are_said_here_and_on_its_page(day: Day) -> None:
    north = foreign(day.floor.shop, "NORTH", {"VASE": 9}, kind="own")
    urls = [reverse(f"dashboard:{name}", args=[day.short.ref]) for name in ("order", "order_allocation")]
    for url in urls:
        assert "A rule left it" not in signed_in().get(url).content.decode()
    Order.objects.filter(pk=day.short.id).update(ship_from=[north])
    name = warehouse_by_code("NORTH").name
    for url in urls:
        assert f"A rule left it to ship from {name} only." in signed_in().get(url).content.decode()
    narrow = signed_in(Role.SUPERVISOR, warehouse_ids=[day.floor.warehouse_id])
    assert "A rule left it to ship from other warehouses only." in narrow.get(urls[0]).content.decode()


def test_what_waits_is_taken_from_another_warehouse_with_one_press(day: Day) -> None:
    shop = day.floor.shop
    other = foreign(shop, "NORTH", {"VASE": 9}, kind="own")
    client = signed_in()
    url = reverse("dashboard:order_allocation", args=[day.short.ref])
    assert "Take it from NORTH" in client.get(url).content.decode()
    form = action(code="fill", product_id=shop.products["VASE"], warehouse_id=other)
    answer = client.post(reverse("dashboard:unblock_order", args=[day.short.ref]), form, follow=True)
    assert "Ready to pick" in answer.content.decode()
    assert FulfillmentOrder.objects.get(order_ref=day.short.ref).warehouse_id == other


def test_what_cannot_be_done_any_more_is_said(day: Day) -> None:
    form = action(code="fill", product_id=day.floor.shop.products["VASE"], warehouse_id=day.floor.warehouse_id)
    answer = signed_in().post(reverse("dashboard:unblock_order", args=[day.short.ref]), form)
    assert answer.status_code == 422
    assert "Somebody else was quicker" in answer.content.decode()


@pytest.mark.parametrize("code", ["", "drop_table", "count"])
def test_an_incomplete_form_is_refused(day: Day, code: str) -> None:
    answer = signed_in().post(reverse("dashboard:unblock_order", args=[day.short.ref]), action(code=code))
    assert answer.status_code == 422


def test_the_part_of_another_order_is_not_found(day: Day) -> None:
    part = FulfillmentOrder.objects.get(order_ref=day.waiting.ref)
    form = action(code="reroute", part_id=part.pk, warehouse_id=1)
    answer = signed_in().post(reverse("dashboard:unblock_order", args=[day.fresh.ref]), form)
    assert answer.status_code == 404


def test_support_reads_it_without_the_acts_of_a_supervisor(day: Day) -> None:
    foreign(day.floor.shop, "NORTH", {"VASE": 9}, kind="own")
    page = signed_in(Role.SUPPORT).get(reverse("dashboard:order_allocation", args=[day.short.ref]))
    assert "Take it from NORTH" not in page.content.decode()


def test_the_statements_stay_the_same(day: Day) -> None:
    client = signed_in()
    counts = []
    for ref in (day.fresh.ref, day.shipped.ref):
        url = reverse("dashboard:order_allocation", args=[ref])
        client.get(url)
        with CaptureQueriesContext(connection) as seen:
            client.get(url)
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert max(counts) <= 28


def test_what_is_here_goes_ahead_of_an_order_that_ships_complete(day: Day) -> None:
    Channel.objects.update(ship_policy="complete")
    order = day.floor.order({"LAMP": 1, "VASE": 1})
    client, url = signed_in(), reverse("dashboard:order_allocation", args=[order.ref])
    assert "Ship what is here" in client.get(url).content.decode()
    client.post(reverse("dashboard:unblock_order", args=[order.ref]), action(code="ship_partial"))
    assert FulfillmentOrder.objects.get(order_ref=order.ref).status == "allocated"
    assert "Ship what is here" not in client.get(url).content.decode()
