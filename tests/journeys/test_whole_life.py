"""Whole lives of orders: asked for over REST, worked by the floor's services, told by mail over real SMTP."""

import uuid
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from orders.models import Channel
from orders.tests.shop import TESTER
from returns.services.receiving import receive_return
from tests.journeys.world import World

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def test_from_the_order_to_the_refund(world: World) -> None:
    # The shop places the order; everything it asks for is there.
    placed = world.place({"MUG": 2, "LAMP": 1})
    assert placed.status_code == 201, placed.content
    ref = placed.json()["ref"]
    assert (placed.json()["status"], placed.json()["fulfillment_status"]) == ("confirmed", "unfulfilled")
    assert [(line["allocated"], line["backordered"]) for line in placed.json()["lines"]] == [(2, 0), (1, 0)]
    assert world.status(ref) == ["allocated"]
    assert (world.stock("MUG")["allocated"], world.stock("MUG")["available"]) == (2, 8)
    assert world.mails() == {"order_confirmation": 1}

    # The floor: released, picked, packed, labelled, handed over.
    pick_list = world.release()
    assert world.status(ref) == ["released"]
    world.pick(pick_list, scans=3)
    assert world.status(ref) == ["picking"]
    world.pick(pick_list)
    assert world.status(ref) == ["picked"]
    parcel = world.pack(ref)
    number = world.label(parcel)
    assert world.status(ref) == ["packed"]
    assert world.read(f"shipments/{parcel}/")["status"] == "ready_for_pickup"
    assert (world.stock("MUG")["on_hand"], world.stock("MUG")["allocated"]) == (10, 2)
    assert world.mails() == {"order_confirmation": 1}
    assert world.hand_over(number) == "ok"
    assert world.hand_over(number) == "already"
    assert world.status(ref) == ["closed"]
    assert (world.stock("MUG")["on_hand"], world.stock("MUG")["allocated"]) == (8, 0)
    assert (world.order(ref)["status"], world.order(ref)["fulfillment_status"]) == ("completed", "fulfilled")
    assert world.mails() == {"order_confirmation": 1, "parcel_shipped": 1}

    # The carrier: late and unordered reports, twice.
    hours = timedelta(hours=1)
    assert world.track(parcel, ("in_transit", 2 * hours), ("picked_up", 3 * hours)) == "in_transit"
    assert world.track(parcel, ("delivered", hours / 2), ("out_for_delivery", hours)) == "delivered"
    assert world.track(parcel, ("delivered", hours / 2), ("in_transit", 2 * hours)) == "delivered"
    (shipment,) = world.read(f"orders/{ref}/shipments/")["results"]
    assert (shipment["status"], shipment["tracking_number"]) == ("delivered", number)
    assert shipment["delivered_at"]
    page = Client().get(urlsplit(placed.json()["tracking_url"]).path)
    assert page.status_code == 200
    assert number in page.content.decode()
    assert world.mails() == {"order_confirmation": 1, "parcel_shipped": 1, "parcel_delivered": 1}

    # The customer sends one mug back.
    line = world.line(ref, "MUG")["id"]
    body = {
        "order": ref,
        "items": [{"line": line, "quantity": 1, "reason": "no_longer_wanted"}],
        "resolution": "refund",
    }
    asked = world.call("POST", "returns/", body, key="return-1")
    assert asked.status_code == 201, asked.content
    rma = asked.json()["ref"]
    assert asked.json()["status"] == "approved"
    assert world.order(ref)["return_status"] == "none"  # nothing has come back yet
    received = receive_return(
        rma, action_id=uuid.uuid4(), warehouse_id=world.floor.warehouse_id, by=TESTER, now=timezone.now()
    )
    assert (received.outcome, received.units) == ("received", 1)
    # Back in the house, and not for sale.
    assert (world.stock("MUG")["on_hand"], world.stock("MUG")["available"]) == (9, 8)
    world.work_through()
    shown = world.read(f"returns/{rma}/")
    assert (shown["status"], shown["items"][0]["reception_status"]) == ("inspecting", "received")
    assert world.inspect().status == "passed"
    shown = world.read(f"returns/{rma}/")
    assert (shown["items"][0]["grade"], shown["items"][0]["disposition"]) == ("A", "restock")
    assert (shown["status"], shown["refund"]["status"], shown["refund"]["amount"]) == ("resolved", "requested", "2.50")
    assert (world.stock("MUG")["on_hand"], world.stock("MUG")["available"]) == (9, 9)
    assert (world.line(ref, "MUG")["returned"], world.order(ref)["return_status"]) == (1, "partially_returned")

    # The shop pays back and says so, twice.
    for key in ("outcome-1", "outcome-1", "outcome-2"):
        where = f"refunds/{shown['refund']['id']}/outcome/"
        outcome = world.call("POST", where, {"outcome": "succeeded"}, key=key)
        assert outcome.status_code in (200, 201), outcome.content
        assert outcome.json()["status"] == "succeeded"
    assert world.read(f"returns/{rma}/")["status"] == "closed"

    assert world.mails() == {
        "order_confirmation": 1,
        "parcel_shipped": 1,
        "parcel_delivered": 1,
        "return_approved": 1,
        "return_received": 1,
        "refund_issued": 1,
    }
    told = world.told(ref)
    steps = [
        "order.placed",
        "fulfillment_order.released",
        "fulfillment_order.picking",
        "fulfillment_order.picked",
        "fulfillment_order.packed",
        "parcel.label_purchased",
        "parcel.ready_for_pickup",
        "parcel.shipped",
        "order.completed",
        "parcel.in_transit",
        "parcel.delivered",
        "return.requested",
        "return.approved",
        "return.received",
        "inspection.queued",
        "inspection.passed",
        "return.resolved",
        "refund.requested",
        "refund.succeeded",
        "return.closed",
    ]
    assert {step: told.count(step) for step in steps} == dict.fromkeys(steps, 1)
    assert [step for step in told if step in steps] == steps
    assert told.count("message.sent") == 6
    world.assert_sound()


def test_a_backorder_is_filled_by_the_delivery_and_told_once(world: World) -> None:
    placed = world.place({"MUG": 1, "VASE": 3})
    ref = placed.json()["ref"]
    assert placed.status_code == 201
    assert [(line["allocated"], line["backordered"]) for line in placed.json()["lines"]] == [(1, 0), (0, 3)]
    assert world.stock("VASE")["backordered"] == 3
    assert world.mails() == {"order_confirmation": 1}

    # What is there goes first; the order stays open.
    first = world.ship(ref)
    assert (world.order(ref)["status"], world.order(ref)["fulfillment_status"]) == ("confirmed", "partially_fulfilled")

    # Two of three arrive: they are promised to this order, not sold to the next.
    arrived = {"sku": "VASE", "warehouse": "MAIN", "reason": "found", "delta": 2}
    assert world.call("POST", "stock/adjustments/", arrived, key="arrived").status_code == 201
    assert world.call("POST", "stock/adjustments/", arrived, key="arrived").headers["Idempotent-Replayed"] == "true"
    world.work_through()
    assert (world.line(ref, "VASE")["allocated"], world.line(ref, "VASE")["backordered"]) == (2, 1)
    assert (world.stock("VASE")["on_hand"], world.stock("VASE")["available"]) == (2, 0)
    assert world.place({"VASE": 1}).json()["lines"][0]["backordered"] == 1

    # The rest arrives, and one more for the next customer: the oldest order first.
    assert world.call("POST", "stock/adjustments/", arrived, key="rest").status_code == 201
    world.work_through()
    assert (world.line(ref, "VASE")["allocated"], world.line(ref, "VASE")["backordered"]) == (3, 0)
    assert world.stock("VASE")["backordered"] == 0
    assert "order.backorder_filled" in world.told(ref)

    # Both orders go out in the next wave.
    for pick_list in world.release_all():
        world.pick(pick_list)
    second = world.pack(ref)
    assert world.hand_over(world.label(second)) == "ok"
    assert (world.order(ref)["status"], world.order(ref)["fulfillment_status"]) == ("completed", "fulfilled")
    shipments = {one["ref"]: one["items"] for one in world.read(f"orders/{ref}/shipments/")["results"]}
    assert {parcel: [(item["sku"], item["quantity"]) for item in items] for parcel, items in shipments.items()} == {
        first: [("MUG", 1)],
        second: [("VASE", 3)],
    }
    # Two orders confirmed, two parcels told of; a new date may be told, but never twice.
    mails = world.mails()
    assert (mails["order_confirmation"], mails["parcel_shipped"]) == (2, 2)
    assert mails["order_backordered"] == 0
    assert world.told(ref).count("order.completed") == 1
    world.assert_sound()


def test_an_order_cancelled_before_the_pick_gives_everything_back_at_once(world: World) -> None:
    ref = world.place({"MUG": 4, "VASE": 1}).json()["ref"]
    assert (world.stock("MUG")["available"], world.stock("VASE")["backordered"]) == (6, 1)
    cancelled = world.call("POST", f"orders/{ref}/cancel/", {"reason": "changed my mind"}, key="c1")
    assert cancelled.status_code == 200, cancelled.content
    assert cancelled.json()["status"] == "cancelled"
    assert [(line["allocated"], line["cancelled"]) for line in cancelled.json()["lines"]] == [(0, 4), (0, 1)]
    assert (world.stock("MUG")["available"], world.stock("VASE")["backordered"]) == (10, 0)
    again = world.call("POST", f"orders/{ref}/cancel/", {"reason": "changed my mind"}, key="c2")
    assert (again.status_code, again.json()["code"]) == (409, "not_cancellable")
    assert world.mails() == {"order_cancelled": 1}, "Nobody is told of an order that is no more."
    assert world.read(f"returns/?order={ref}")["results"] == []
    world.assert_sound()


def test_an_order_cancelled_after_the_pick_goes_back_to_the_shelf_by_inspection(world: World) -> None:
    ref = world.place({"MUG": 2, "LAMP": 1}).json()["ref"]
    world.work_through()
    world.pick(world.release())
    assert world.status(ref) == ["picked"]
    assert world.call("POST", f"orders/{ref}/cancel/", {}, key="c1").json()["status"] == "cancelled"
    # Promised to nobody, but not for sale: it lies in a tote.
    assert (world.stock("MUG")["allocated"], world.stock("MUG")["available"], world.stock("MUG")["on_hand"]) == (
        0,
        8,
        10,
    )
    world.work_through()
    (put_back,) = world.read(f"returns/?order={ref}")["results"]
    assert (put_back["kind"], put_back["status"]) == ("put_back", "inspecting")
    for _item in put_back["items"]:
        assert world.inspect().status == "passed"
    world.work_through()
    assert world.read(f"returns/{put_back['ref']}/")["status"] == "closed"
    assert (world.stock("MUG")["available"], world.stock("LAMP")["available"]) == (10, 10)
    assert world.mails() == {"order_confirmation": 1, "order_cancelled": 1}
    world.assert_sound()


def test_an_order_cancelled_when_packed_never_leaves(world: World) -> None:
    ref = world.place({"MUG": 1}).json()["ref"]
    world.work_through()
    world.pick(world.release())
    parcel = world.pack(ref)
    number = world.label(parcel)
    assert world.call("POST", f"orders/{ref}/cancel/", {}, key="c1").json()["status"] == "cancelled"
    assert world.hand_over(number) not in ("ok", "already")
    world.work_through()
    assert world.read(f"shipments/{parcel}/")["status"] == "cancelled"
    assert world.inspect().status == "passed"
    assert (world.stock("MUG")["on_hand"], world.stock("MUG")["available"]) == (10, 10)
    assert world.mails() == {"order_confirmation": 1, "order_cancelled": 1}
    world.assert_sound()


def test_a_short_order_of_a_shop_that_rejects_writes_nothing(world: World) -> None:
    Channel.objects.update(shortage_policy="reject")
    refused = world.place({"MUG": 11, "LAMP": 1, "VASE": 2})
    assert refused.status_code == 409
    problem = refused.json()
    assert problem["code"] == "out_of_stock"
    assert [(error["sku"], error["available"]) for error in problem["errors"]] == [("MUG", 10), ("VASE", 0)]
    assert world.read("orders/")["results"] == []
    assert {sku: world.stock(sku)["allocated"] for sku in ("MUG", "LAMP")} == {"MUG": 0, "LAMP": 0}
    assert world.mails() == {}
    world.assert_sound()


def test_a_damaged_return_of_an_article_is_paid_and_never_sold_again(world: World) -> None:
    ref = world.place({"MUG": 1}).json()["ref"]
    parcel = world.ship(ref)
    world.track(parcel, ("delivered", timedelta(hours=1)))
    line = world.line(ref, "MUG")["id"]
    body = {"order": ref, "items": [{"line": line, "quantity": 1, "reason": "damaged", "comment": "Chipped"}]}
    rma = world.call("POST", "returns/", body, key="r1").json()["ref"]
    receive_return(rma, action_id=uuid.uuid4(), warehouse_id=world.floor.warehouse_id, by=TESTER, now=timezone.now())
    world.work_through()
    assert world.inspect(no=("damage",)).status == "failed"
    shown = world.read(f"returns/{rma}/")
    assert shown["items"][0]["disposition"] not in (None, "restock")
    assert world.stock("MUG")["available"] == 9
    assert shown["refund"]["status"] == "requested"
    where = f"refunds/{shown['refund']['id']}/outcome/"
    assert world.call("POST", where, {"outcome": "failed", "failure": "card expired"}).json()["status"] == "failed"
    world.work_through()
    world.assert_sound(cases=1)  # somebody has to look after the money
    assert world.call("POST", where, {"outcome": "succeeded"}).json()["status"] == "succeeded"
    assert world.mails()["refund_issued"] == 1
    world.assert_sound()
