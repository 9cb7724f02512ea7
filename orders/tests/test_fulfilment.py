"""What the floor does to orders."""

from datetime import timedelta

import pytest
from django.db import transaction

from inventory.services import ledger
from orders.errors import WorkStopped, WrongQuantity
from orders.models import Allocation, FulfillmentOrder, Order
from orders.selectors.work import releasable, stop_reasons, work_of
from orders.services import fulfilment
from orders.services.cancellation import cancel_order
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance, lines_of


def shipment_of(ref: str) -> int:
    return FulfillmentOrder.objects.get(order_ref=ref).pk


def test_an_order_is_picked_packed_and_shipped(shop: Shop) -> None:
    order = shop.order({"MUG": 2, "LAMP": 1})
    shipment = shipment_of(order.ref)

    shop.pick(shipment)
    assert FulfillmentOrder.objects.get(pk=shipment).status == "picked"
    assert {one.bin_id for one in work_of([shipment])[0].allocations} == {shop.totes[0]}
    shop.pack(shipment)
    assert FulfillmentOrder.objects.get(pk=shipment).status == "packed"
    shop.ship(shipment)

    row = Order.objects.get(pk=order.id)
    assert (row.status, row.fulfillment_status, row.completed_at) == ("completed", "fulfilled", NOW)
    assert FulfillmentOrder.objects.get(pk=shipment).status == "closed"
    assert lines_of(order.ref)["MUG"]["shipped"] == 2
    assert shop.available("MUG") == 8
    assert_books_balance(shop)


def test_an_order_with_a_backorder_stays_open_when_the_rest_has_shipped(shop: Shop) -> None:
    order = shop.order({"MUG": 1, "VASE": 1})
    shop.fulfil(shipment_of(order.ref))

    row = Order.objects.get(pk=order.id)
    assert (row.status, row.fulfillment_status) == ("confirmed", "partially_fulfilled")


def test_units_of_one_allocation_picked_from_two_places_join_in_the_tote(shop: Shop) -> None:
    order = shop.order({"MUG": 5})
    shipment = shipment_of(order.ref)
    allocation = Allocation.objects.get()
    with transaction.atomic():
        fulfilment.lock_for_work([shipment])
        fulfilment.mark_released([shipment], by=TESTER, now=NOW)
        fulfilment.mark_picking(shipment, by=TESTER, now=NOW)
        (first,) = fulfilment.record_picked([(allocation.pk, 1, shop.totes[0])], by=TESTER, now=NOW)
        (second,) = fulfilment.record_picked([(allocation.pk, 2, shop.totes[0])], by=TESTER, now=NOW)
        (last,) = fulfilment.record_picked([(allocation.pk, 2, shop.totes[0])], by=TESTER, now=NOW)

    assert first == second != allocation.pk == last
    assert sorted(Allocation.objects.values_list("quantity", "status")) == [(2, "picked"), (3, "picked")]
    assert_books_balance(shop)


def test_nobody_can_pick_more_than_was_allocated(shop: Shop) -> None:
    order = shop.order({"MUG": 2})
    with transaction.atomic():
        fulfilment.lock_for_work([shipment_of(order.ref)])
        with pytest.raises(WrongQuantity):
            fulfilment.record_picked([(Allocation.objects.get().pk, 3, shop.totes[0])], by=TESTER, now=NOW)


def test_only_packed_units_ship_and_only_once(shop: Shop) -> None:
    order = shop.order({"MUG": 2})
    shipment = shipment_of(order.ref)
    shop.pick(shipment)
    allocation = Allocation.objects.get().pk

    with pytest.raises(WrongQuantity), transaction.atomic():
        fulfilment.record_shipped(shipment, [(allocation, 2)], by=TESTER, now=NOW)
    shop.pack(shipment)
    shop.ship(shipment)
    with pytest.raises(WrongQuantity), transaction.atomic():
        fulfilment.record_shipped(shipment, [(allocation, 2)], by=TESTER, now=NOW)


def test_a_part_shipped_parcel_leaves_the_rest_open(shop: Shop) -> None:
    order = shop.order({"MUG": 3})
    shipment = shipment_of(order.ref)
    shop.pick(shipment)
    shop.pack(shipment)
    with transaction.atomic():
        (work,) = fulfilment.lock_for_work([shipment])
        fulfilment.record_shipped(shipment, [(work.allocations[0].id, 1)], by=TESTER, now=NOW)

    assert FulfillmentOrder.objects.get().status == "packed"
    assert Order.objects.get().fulfillment_status == "partially_fulfilled"
    assert_books_balance(shop)
    shop.ship(shipment)
    assert Order.objects.get().status == "completed"
    assert_books_balance(shop)


def test_a_short_pick_becomes_a_backorder_and_the_loss_is_nobodys_to_promise(shop: Shop) -> None:
    order = shop.order({"LAMP": 3})
    shipment = shipment_of(order.ref)
    allocation = Allocation.objects.get()
    with transaction.atomic():
        fulfilment.lock_for_work([shipment])
        fulfilment.mark_released([shipment], by=TESTER, now=NOW)
        fulfilment.mark_picking(shipment, by=TESTER, now=NOW)
        loss = ledger.Move(
            product_id=shop.products["LAMP"],
            quantity=2,
            from_bin_id=shop.bins["pick_face"],
            to_bin_id=shop.bins["adjustment"],
            reason="lost",
        )
        fulfilment.record_short(allocation.pk, 2, reason="not_found", loss=[loss], by=TESTER, now=NOW)

    assert lines_of(order.ref)["LAMP"] | {"backordered": 2, "allocated": 1} == lines_of(order.ref)["LAMP"]
    assert Order.objects.get().version == order.version + 1
    assert shop.available("LAMP") == 0
    assert_books_balance(shop)


def test_a_fulfilment_order_of_which_everything_was_short_is_over(shop: Shop) -> None:
    order = shop.order({"LAMP": 1})
    shipment = shipment_of(order.ref)
    with transaction.atomic():
        fulfilment.lock_for_work([shipment])
        fulfilment.mark_released([shipment], by=TESTER, now=NOW)
        fulfilment.mark_picking(shipment, by=TESTER, now=NOW)
        fulfilment.record_short(Allocation.objects.get().pk, 1, reason="not_found", by=TESTER, now=NOW)
        assert fulfilment.mark_picked(shipment, by=TESTER, now=NOW) == "cancelled"

    assert Order.objects.get().status == "confirmed"
    assert_books_balance(shop)


def test_an_open_hold_stops_the_floor_and_keeps_the_order_from_being_released(shop: Shop) -> None:
    free = shop.order({"MUG": 1})
    held = shop.order({"MUG": 1}, payment_status="pending")

    assert [one.order_ref for one in releasable(shop.warehouse_id)] == [free.ref]
    with transaction.atomic(), pytest.raises(WorkStopped) as stopped:
        fulfilment.lock_for_work([shipment_of(free.ref), shipment_of(held.ref)])
    assert list(stopped.value.stops) == [shipment_of(held.ref)]
    assert stop_reasons([shipment_of(free.ref)]) == {}


def test_the_most_urgent_is_released_first(shop: Shop) -> None:
    late = shop.order({"MUG": 1}, now=NOW + timedelta(days=2))
    soon = shop.order({"MUG": 2, "LAMP": 1}, now=NOW)

    found = releasable(shop.warehouse_id)
    assert [one.order_ref for one in found] == [soon.ref, late.ref]
    assert (found[0].lines, found[0].units) == (2, 3)


def test_no_more_comes_back_than_was_shipped(shop: Shop) -> None:
    order = shop.order({"MUG": 2})
    shop.fulfil(shipment_of(order.ref))
    line = order.lines[0].id
    with transaction.atomic():
        fulfilment.record_returned(line, 1, by=TESTER, now=NOW)
    assert Order.objects.get().return_status == "partially_returned"
    with transaction.atomic():
        fulfilment.record_returned(line, 1, by=TESTER, now=NOW)
    assert Order.objects.get().return_status == "returned"
    with transaction.atomic(), pytest.raises(WrongQuantity):
        fulfilment.record_returned(line, 1, by=TESTER, now=NOW)


def test_an_order_is_not_returned_while_something_of_it_is_still_to_come(shop: Shop) -> None:
    order = shop.order({"MUG": 1, "VASE": 1})
    shop.fulfil(shipment_of(order.ref))
    with transaction.atomic():
        fulfilment.record_returned(order.lines[0].id, 1, by=TESTER, now=NOW)
    assert Order.objects.get().return_status == "partially_returned"
    cancel_order(order.ref, reason="", lines=[(order.lines[1].id, 1)], by=TESTER, now=NOW)
    assert (Order.objects.get().status, Order.objects.get().return_status) == ("completed", "returned")
