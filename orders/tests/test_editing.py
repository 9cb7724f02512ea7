"""Orders are changed before and after the floor has them; what a change would do is shown first."""

from decimal import Decimal

import pytest
from django.db import transaction

from core.kernel.errors import StaleVersion
from core.outbox.models import Event
from core.outbox.services import run_due
from orders import ports
from orders.errors import NotEditable, OutOfStock, WorkStopped
from orders.models import Allocation, FulfillmentOrder, Hold, Order, OrderLine
from orders.selectors.order_page import order_page
from orders.services.cancellation import cancel_order
from orders.services.edit_preview import preview_cancel, preview_edit
from orders.services.editing import OrderChanges, edit_order
from orders.services.fulfilment import lock_for_work, mark_released
from orders.services.line_changes import LineChange
from orders.tests.shop import ADDRESS, NOW, TESTER, Shop, assert_books_balance, lines_of

ABROAD = {**ADDRESS, "country": "SE", "city": "Lund", "postal_code": "223 50"}


def line_id(ref: str, sku: str) -> int:
    return OrderLine.objects.get(order__ref=ref, sku=sku).pk


def release(shop: Shop) -> int:
    with transaction.atomic():
        (work,) = lock_for_work([FulfillmentOrder.objects.get().pk])
        mark_released([work.id], by=TESTER, now=NOW)
    return work.id


def test_a_preview_says_what_comes_of_lines_money_promise_and_shipments_and_writes_nothing(shop: Shop) -> None:
    order = shop.order({"MUG": 4})
    changes = OrderChanges(
        shipping_address=ABROAD,
        lines=[
            LineChange(1, id=line_id(order.ref, "MUG")),
            LineChange(5, sku="LAMP", unit_price=Decimal("3.00")),
        ],
    )
    events = Event.objects.count()

    shown = preview_edit(order.ref, changes, by=TESTER, now=NOW)

    mug, lamp = shown.lines
    assert (mug.before, mug.after, mug.allocated_after) == (4, 1, 1)
    assert (lamp.id, lamp.after, lamp.allocated_after, lamp.waiting_after) == (0, 5, 3, 2)
    assert (shown.total_before, shown.total_after) == (Decimal("10.00"), Decimal("17.50"))
    assert shown.promise_moves and not shown.stops_floor
    assert [(one.units_before, one.units_after) for one in shown.shipments] == [(4, 4)]
    assert Event.objects.count() == events
    assert lines_of(order.ref) == {"MUG": lines_of(order.ref)["MUG"]}
    assert (shop.available("MUG"), shop.available("LAMP")) == (6, 3)
    assert_books_balance(shop)

    done = edit_order(order.ref, changes, expected_version=shown.version, by=TESTER, now=NOW)
    assert done.total == shown.total_after
    assert done.promise is not None and shown.promise_after is not None
    assert done.promise.deliver_to == shown.promise_after.deliver_to
    assert_books_balance(shop)


def test_a_preview_is_refused_like_the_change(strict_shop: Shop) -> None:
    order = strict_shop.order({"MUG": 1})
    with pytest.raises(OutOfStock):
        preview_edit(order.ref, OrderChanges(lines=[LineChange(2, sku="VASE")]), by=TESTER, now=NOW)
    with pytest.raises(StaleVersion):
        preview_edit(order.ref, OrderChanges(note="x"), expected_version=99, by=TESTER, now=NOW)
    assert order_page(order.ref).order.version == order.version


def test_the_preview_of_a_cancellation_names_what_is_put_back(shop: Shop) -> None:
    order = shop.order({"MUG": 3})
    shop.pick(FulfillmentOrder.objects.get().pk)

    shown = preview_cancel(order.ref, lines=[(line_id(order.ref, "MUG"), 2)], by=TESTER, now=NOW)

    assert (shown.put_back, shown.stops_floor, shown.lines[0].after) == (2, True, 1)
    assert lines_of(order.ref)["MUG"]["cancelled"] == 0
    assert Allocation.objects.get().status == "picked"
    assert_books_balance(shop)


def test_a_change_of_released_work_stops_it_until_the_floor_has_followed(shop: Shop) -> None:
    order = shop.order({"MUG": 3})
    work = release(shop)

    edit_order(order.ref, OrderChanges(lines=[LineChange(1, id=line_id(order.ref, "MUG"))]), by=TESTER, now=NOW)

    assert Hold.objects.get(released_at=None).code == "edit"
    with pytest.raises(WorkStopped), transaction.atomic():
        lock_for_work([work])
    run_due(now=NOW, raise_errors=True)
    assert not Hold.objects.filter(released_at=None).exists()
    with transaction.atomic():
        (after,) = lock_for_work([work])
    assert after.units == 1
    assert_books_balance(shop)


def test_what_is_added_after_picking_began_leaves_by_itself(shop: Shop) -> None:
    order = shop.order({"MUG": 1})
    shop.pick(FulfillmentOrder.objects.get().pk)

    edit_order(order.ref, OrderChanges(lines=[LineChange(2, sku="LAMP")]), by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)

    first, second = FulfillmentOrder.objects.order_by("pk")
    assert (first.status, second.status) == ("picked", "allocated")
    assert Allocation.objects.get(fulfillment_order=second).quantity == 2
    assert not Hold.objects.filter(released_at=None).exists()
    assert_books_balance(shop)


def test_fewer_units_than_were_picked_are_put_back(shop: Shop) -> None:
    order = shop.order({"MUG": 3})
    shop.pick(FulfillmentOrder.objects.get().pk)

    edit_order(order.ref, OrderChanges(lines=[LineChange(2, id=line_id(order.ref, "MUG"))]), by=TESTER, now=NOW)

    assert Event.objects.get(type="order.lines_cancelled").data["put_back"]
    assert lines_of(order.ref)["MUG"]["cancelled"] == 1
    assert_books_balance(shop)


def test_a_bought_label_keeps_its_address_and_says_so(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    order = shop.order({"MUG": 1})
    monkeypatch.setattr(ports, "labelled_parcels", [lambda order_id: ["SHP-1"]])

    with pytest.raises(NotEditable, match="SHP-1"):
        edit_order(order.ref, OrderChanges(shipping_address=ABROAD), by=TESTER, now=NOW)
    edit_order(order.ref, OrderChanges(note="Ring twice"), by=TESTER, now=NOW)

    assert Order.objects.get().shipping_address["country"] == "GB"


def test_what_is_wanted_of_a_line_stays_once_its_label_is_bought_or_it_has_left(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = shop.order({"MUG": 2, "LAMP": 1})
    mug, lamp = order.lines
    other = OrderChanges(lines=[LineChange(2, id=mug.id, note="Deep letters")])
    cancel_order(order.ref, reason="", lines=[(lamp.id, 1)], by=TESTER, now=NOW)
    with pytest.raises(NotEditable, match="has left or was cancelled"):
        edit_order(order.ref, OrderChanges(lines=[LineChange(0, id=lamp.id, note="x")]), by=TESTER, now=NOW)
    with monkeypatch.context() as patch:
        patch.setattr(ports, "labelled_parcels", [lambda order_id: ["SHP-1"]])
        with pytest.raises(NotEditable, match="SHP-1"):
            edit_order(order.ref, other, by=TESTER, now=NOW)
        edit_order(order.ref, OrderChanges(lines=[LineChange(2, id=mug.id, note="")]), by=TESTER, now=NOW)
    edit_order(order.ref, other, by=TESTER, now=NOW)
    assert OrderLine.objects.get(pk=mug.id).note == "Deep letters"


def test_a_part_that_has_left_does_not_keep_the_rest_from_being_changed(shop: Shop) -> None:
    order = shop.order({"MUG": 1, "VASE": 2})
    shop.fulfil(FulfillmentOrder.objects.get().pk)

    edit_order(order.ref, OrderChanges(lines=[LineChange(1, id=line_id(order.ref, "VASE"))]), by=TESTER, now=NOW)

    assert lines_of(order.ref)["VASE"]["backordered"] == 1


def test_what_another_line_gives_up_can_be_had_by_a_new_one(strict_shop: Shop) -> None:
    order = strict_shop.order({"LAMP": 3})
    change = [LineChange(0, id=line_id(order.ref, "LAMP")), LineChange(3, sku="LAMP", unit_price=Decimal("9.00"))]

    done = edit_order(order.ref, OrderChanges(lines=change), by=TESTER, now=NOW)

    assert done.goods_total == Decimal("27.00")
    assert strict_shop.available("LAMP") == 0
    assert_books_balance(strict_shop)
