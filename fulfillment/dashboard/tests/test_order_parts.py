"""Where the parts of an order ship from, on a screen."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.accounts.roles import Role
from fulfillment.dashboard.tests.desk import action, person, signed_in
from fulfillment.dashboard.tests.device import Device
from orders.models import FulfillmentOrder
from orders.selectors.facts import OrderFact
from orders.tests.places import another_warehouse, set_facts
from orders.tests.shop import Shop
from orders.tests.test_routing import parts
from shipping.tests.floor import Floor, build_floor

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor(db: None) -> Floor:
    return build_floor({"MUG": 20, "LAMP": 20, "VASE": 0})


@pytest.fixture
def side(floor: Floor) -> Shop:
    return another_warehouse(floor.shop, {"MUG": 2})


@pytest.fixture
def client(db: None) -> Client:
    return signed_in(Role.SUPERVISOR)


def where(order: OrderFact) -> str:
    return reverse("dashboard:order_parts", args=[order.ref])


def change(client: Client, order: OrderFact, to: str, units: dict[int, int], part_id: int | None = None) -> Any:
    part = part_id or FulfillmentOrder.objects.get(order_ref=order.ref, status="allocated").pk
    names = {f"line_{line}": count for line, count in units.items()}
    return client.post(reverse("dashboard:change_part", args=[order.ref, part]), action(to=to, **names))


def test_each_way_says_what_it_does_before_it_is_taken(floor: Floor, side: Shop, client: Client) -> None:
    set_facts(side, handling_days=3)
    order = floor.order({"MUG": 3})
    text = client.get(where(order)).content.decode()

    assert "It can be picked and sent by itself." in text
    assert "Has 2 of 3 × MUG." in text
    assert "Later than promised: the customer is told." in text


def test_units_move_are_divided_and_joined_again(floor: Floor, side: Shop, client: Client) -> None:
    order = floor.order({"MUG": 3})
    line = order.lines[0].id
    here, there = floor.shop.warehouse_id, side.warehouse_id

    assert change(client, order, f"warehouse:{there}", {line: 2}).status_code == 302
    assert parts(order.ref) == {here: {"MUG": 1}, there: {"MUG": 2}}
    at_side = FulfillmentOrder.objects.get(warehouse_id=there).pk
    change(client, order, "own", {line: 1}, at_side)
    fresh = FulfillmentOrder.objects.filter(warehouse_id=there).exclude(pk=at_side).get()
    assert f"part:{at_side}" in client.get(where(order)).content.decode()
    change(client, order, f"part:{at_side}", {}, fresh.pk)
    assert FulfillmentOrder.objects.filter(warehouse_id=there, status="allocated").count() == 1


def test_what_cannot_be_done_is_said_beside_what_was_asked(floor: Floor, side: Shop, client: Client) -> None:
    order = floor.order({"MUG": 3})
    refused = change(client, order, f"warehouse:{side.warehouse_id}", {order.lines[0].id: 3})

    assert refused.status_code == 422
    assert "has not enough of it" in refused.content.decode()
    assert change(client, order, "", {}).status_code == 422


def test_a_warehouse_outside_ones_scope_is_no_way(floor: Floor, side: Shop) -> None:
    order = floor.order({"MUG": 2})
    narrow = Client()
    narrow.force_login(person(Role.SUPERVISOR, warehouse_ids=[floor.shop.warehouse_id]))

    assert f"warehouse:{side.warehouse_id}" not in narrow.get(where(order)).content.decode()
    refused = change(narrow, order, f"warehouse:{side.warehouse_id}", {order.lines[0].id: 1})
    assert refused.status_code == 404


def test_support_sees_the_parts_and_changes_none(floor: Floor, side: Shop) -> None:
    order, desk = floor.order({"MUG": 2}), signed_in(Role.SUPPORT)

    assert "Change it" not in desk.get(where(order)).content.decode()
    assert change(desk, order, "own", {order.lines[0].id: 1}).status_code == 403


def test_orders_of_one_buyer_go_together_and_the_bench_says_so(floor: Floor, client: Client) -> None:
    first, second = floor.order({"MUG": 1}), floor.order({"LAMP": 1})
    assert second.ref in client.get(where(first)).content.decode()

    done = client.post(reverse("dashboard:combine_orders", args=[first.ref]), action(refs=second.ref))
    assert done.status_code == 302
    assert "goes together with this one already" in client.get(where(first)).content.decode()

    floor.pick(first)
    bench = Device(signed_in(Role.PACKER), reverse("dashboard:pack"))
    assert f"Goes out together with {second.ref}" in bench.scan(floor.tote_of(first)).html
