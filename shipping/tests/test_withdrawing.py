"""Orders that change their mind while the floor works on them."""

from datetime import timedelta

from core.attention.selectors import open_cases
from core.outbox.facts import EventFact
from core.outbox.models import Delivery, Event
from core.outbox.routes import installed_routes
from core.outbox.services import run_due
from orders.services.cancellation import cancel_order
from orders.services.editing import OrderChanges, edit_order
from orders.services.line_changes import LineChange
from shipping import handlers
from shipping.models import LabelRequest, Parcel, ParcelItem, PickLine, PickList
from shipping.services.clearing import clear_cases
from shipping.services.labels import purchase_label
from shipping.services.packing import pack_all
from shipping.tests.books import assert_floor_balances
from shipping.tests.floor import NOW, TESTER, Floor


def follow(floor: Floor) -> None:
    """Run the handlers of every event of cancelled orders and unwanted labels, twice, as the outbox may."""
    for _time in range(2):
        for row in Event.objects.filter(
            type__in=["order.cancelled", "order.lines_cancelled", "label_request.void_wanted"]
        ).order_by("pk"):
            fact = EventFact(
                row.pk, row.type, row.subject_type, row.subject_id, row.timeline, row.data, row.at, "system", "x"
            )
            handle = handlers.give_label_back if row.subject_type == "label_request" else handlers.withdraw
            handle(fact, now=NOW)


def test_a_cancelled_order_leaves_its_list_and_frees_its_plan(floor: Floor) -> None:
    order = floor.order({"ART01": 2})
    (pick_list,) = floor.release()
    cancel_order(order.ref, reason="changed mind", by=TESTER, now=NOW)
    follow(floor)
    assert PickLine.objects.get().status == "cancelled"
    assert PickList.objects.get(pk=pick_list).status == "cancelled"
    assert_floor_balances(floor)


def test_other_orders_of_the_cart_go_on(floor: Floor) -> None:
    gone, kept = floor.order({"ART01": 1}), floor.order({"ART02": 1})
    (pick_list,) = floor.release(method="cluster", orders_per_list=2)
    cancel_order(gone.ref, reason="", by=TESTER, now=NOW)
    follow(floor)
    floor.claim()
    floor.walk(pick_list)
    assert floor.status_of(kept) == "picked"
    assert_floor_balances(floor)


def test_units_already_in_the_tote_leave_it_by_inspection(floor: Floor) -> None:
    order = floor.order({"ART01": 1, "ART02": 1})
    (pick_list,) = floor.release()
    floor.claim()
    for _scan in range(2):
        floor.scan(pick_list, floor.right_code(pick_list))
    cancel_order(order.ref, reason="", by=TESTER, now=NOW)
    follow(floor)
    assert PickList.objects.get(pk=pick_list).status == "completed"
    (event,) = Event.objects.filter(type="order.cancelled")
    assert [row[2] for row in event.data["put_back"]] == [1]
    assert_floor_balances(floor)


def test_one_line_less_shrinks_the_list(floor: Floor) -> None:
    order = floor.order({"ART01": 5, "ART02": 1})
    (pick_list,) = floor.release()
    line = next(one for one in order.lines if one.sku == "ART01")
    cancel_order(order.ref, reason="", lines=[(line.id, 3)], by=TESTER, now=NOW)
    follow(floor)
    assert PickLine.objects.get(product__sku="ART01").quantity == 2
    floor.claim()
    floor.walk(pick_list)
    assert_floor_balances(floor)


def test_a_cancelled_parcel_gives_its_label_back(floor: Floor) -> None:
    order = floor.order({"ART01": 1})
    floor.pick(order)
    parcel = pack_all(floor.fulfillment_order(order), by=TESTER, now=NOW)
    purchase_label(parcel.ref, by=TESTER, now=NOW)
    cancel_order(order.ref, reason="", by=TESTER, now=NOW)
    follow(floor)
    assert Parcel.objects.get(pk=parcel.id).status == "cancelled"
    assert LabelRequest.objects.get().status == "voided"
    assert floor.hand_over(Parcel.objects.get(pk=parcel.id)).refused
    assert_floor_balances(floor)


def test_a_box_that_loses_part_of_its_content_needs_another_label(floor: Floor) -> None:
    order = floor.order({"ART01": 1, "ART02": 1})
    floor.pick(order)
    parcel = pack_all(floor.fulfillment_order(order), by=TESTER, now=NOW)
    purchase_label(parcel.ref, by=TESTER, now=NOW)
    line = next(one for one in order.lines if one.sku == "ART01")
    cancel_order(order.ref, reason="", lines=[(line.id, 1)], by=TESTER, now=NOW)
    follow(floor)
    assert list(ParcelItem.objects.values_list("product__sku", flat=True)) == ["ART02"]
    assert Parcel.objects.get(pk=parcel.id).status == "packed"
    assert len(open_cases("unpack")) == 1
    purchase_label(parcel.ref, by=TESTER, now=NOW)
    assert floor.hand_over(Parcel.objects.get(pk=parcel.id)).verdict == "ok"
    assert_floor_balances(floor)


def test_no_label_is_bought_by_itself_for_a_box_that_is_to_be_opened_first(floor: Floor) -> None:
    order = floor.order({"ART01": 1, "ART02": 1})
    floor.pick(order)
    parcel = pack_all(floor.fulfillment_order(order), by=TESTER, now=NOW)
    purchase_label(parcel.ref, by=TESTER, now=NOW)
    edit_order(order.ref, OrderChanges(lines=[LineChange(0, id=order.lines[0].id)]), by=TESTER, now=NOW)
    later = NOW + timedelta(minutes=10)
    for _time in range(3):
        run_due(now=later)
    clear_cases(by=TESTER, now=later)
    assert LabelRequest.objects.get().status == "voided"
    assert len(open_cases("unpack")) == 1, "nobody has opened the box yet"
    purchase_label(parcel.ref, by=TESTER, now=later + timedelta(minutes=1))
    clear_cases(by=TESTER, now=later + timedelta(minutes=1))
    assert open_cases("unpack") == []


def test_the_routes_of_shipping_are_installed(floor: Floor) -> None:
    routes = installed_routes()
    for event, handler in {
        "order.cancelled": "shipping.handlers.withdraw",
        "order.backordered": "shipping.handlers.withdraw",
        "parcel.packed": "shipping.handlers.buy_missing_label",
        "parcel.shipped": "shipping.notifications.send_parcel_shipped",
        "parcel.delivered": "shipping.notifications.send_parcel_delivered",
        "carrier_notice.received": "shipping.handlers.read_carrier_notice",
    }.items():
        assert handler in [route.handler for route in routes[event]]
    floor.ship(floor.order({"ART01": 1}))
    assert Delivery.objects.filter(handler="shipping.notifications.send_parcel_shipped").count() == 1
    packed = Event.objects.get(type="parcel.packed")
    fact = EventFact(packed.pk, packed.type, "parcel", packed.subject_id, "", packed.data, NOW, "system", "x")
    handlers.buy_missing_label(fact, now=NOW)  # it has one: nothing happens
    assert LabelRequest.objects.count() == 1
