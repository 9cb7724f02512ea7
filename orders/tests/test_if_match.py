"""Who acts on an order as it was, not as it is, is told so, and nothing happens."""

from typing import Any

import pytest

from core.outbox.models import Event
from orders.models import FulfillmentOrder, Order
from orders.services.holds import place_hold
from orders.tests.places import another_warehouse
from orders.tests.shop import NOW, TESTER, Shop
from orders.tests.test_api import Call, caller

pytestmark = pytest.mark.django_db

ACTS = (
    "", "edit-preview/", "cancel/", "holds/", "holds/{hold}/release/", "payment/", "combine/",
    "fulfillment-orders/{part}/split/", "fulfillment-orders/{part}/merge/", "fulfillment-orders/{part}/move/",
)  # fmt: skip


def test_a_hold_is_answered_with_the_version_its_order_has_by_then(shop: Shop) -> None:
    call: Call = caller(shop.channel_id)
    ref = shop.order({"MUG": 1}).ref
    held = call("POST", f"orders/{ref}/holds/", {"type": "fraud"})
    assert held["ETag"] == call("GET", f"orders/{ref}/")["ETag"]
    let_go = call("POST", f"orders/{ref}/holds/{held.json()['id']}/release/", {}, if_match=held["ETag"])
    assert (let_go.status_code, let_go["ETag"]) == (200, call("GET", f"orders/{ref}/")["ETag"])


def test_two_who_change_a_customer_do_not_undo_each_other(shop: Shop) -> None:
    call: Call = caller(shop.channel_id, ["customers:read", "customers:write"])
    where = f"customers/{shop.order({'MUG': 1}).customer_id}/"
    seen = call("GET", where)
    assert seen["ETag"] == f'"{seen.json()["version"]}"'
    first = call("PATCH", where, {"notify_by": []}, if_match=seen["ETag"])
    second = call("PATCH", where, {"notify_by": ["email"]}, if_match=seen["ETag"])
    erased = call("POST", f"{where}erase/", {}, if_match=seen["ETag"])
    assert [one.status_code for one in (first, second, erased)] == [200, 412, 412]
    assert call("GET", where).json()["notify_by"] == []
    assert call("PATCH", where, {"tags": ["vip"]}, if_match=first["ETag"]).status_code == 200


@pytest.mark.parametrize("act", ACTS)
def test_every_act_on_an_order_refuses_a_version_that_is_past(shop: Shop, act: str) -> None:
    call: Call = caller(shop.channel_id)
    another_warehouse(shop, {"MUG": 10})
    companion, order = shop.order({"LAMP": 1}), shop.order({"MUG": 4})
    hold = place_hold(order.ref, type="operator", reason="Ask them", by=TESTER, now=NOW)
    line = {"id": order.lines[0].id, "quantity": 1}
    part = FulfillmentOrder.objects.get(order=order.id).pk
    where = f"orders/{order.ref}/fulfillment-orders/{part}/split/"
    split = call("POST", where, {"lines": [line]}).json()["results"]
    bodies: dict[str, Any] = {
        "": {"note": "Ring twice"},
        "edit-preview/": {"note": "Ring twice"},
        "cancel/": {"lines": [line]},
        "holds/": {"type": "fraud"},
        "payment/": {"payment_status": "failed"},
        "combine/": {"refs": [companion.ref]},
        "fulfillment-orders/{part}/split/": {"lines": [line]},
        "fulfillment-orders/{part}/merge/": {"other": split[1]["id"]},
        "fulfillment-orders/{part}/move/": {"warehouse": "SIDE"},
    }
    path, body = f"orders/{order.ref}/" + act.format(hold=hold.id, part=part), bodies.get(act, {})
    method, version = "POST" if act else "PATCH", Order.objects.get(pk=order.id).version
    told = Event.objects.count()

    stale = call(method, path, body, if_match=f'"{version - 1}"')
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    assert call(method, path, body, if_match="7").status_code == 400
    assert (Order.objects.get(pk=order.id).version, Event.objects.count()) == (version, told)

    done = call(method, path, body, if_match=f'"{version}"', idempotency_key="once")
    assert done.status_code in (200, 201), done.content
    again = call(method, path, body, if_match=f'"{version}"', idempotency_key="once")
    assert method == "PATCH" or (again.content, again["Idempotent-Replayed"]) == (done.content, "true")
