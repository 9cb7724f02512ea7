"""An order that ships complete loses a unit while another of its parts is at the bench already."""

import threading

import pytest
from django.db import transaction

from inventory.tests.threads import together
from orders.errors import WorkStopped
from orders.models import FulfillmentOrder, Hold, Order, OrderLine
from orders.services import fulfilment, readiness
from orders.services.ahead import ship_what_is_here
from orders.services.allocation import allocate_backorders
from orders.services.cancellation import cancel_order
from orders.services.editing import OrderChanges, edit_order
from orders.services.giveup import give_up_allocations
from orders.services.holds import release_hold
from orders.services.line_changes import LineChange
from orders.services.third_party import accept_request, reject_request, request_third_parties, settle_requests
from orders.tests.places import another_warehouse
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance, build_shop


def in_two_places(shop: Shop) -> tuple[Shop, FulfillmentOrder, FulfillmentOrder]:
    """An order that ships complete: the mugs here, the vase in the other warehouse; (there, part here, part there)."""
    there = another_warehouse(shop, {"VASE": 1})
    shop.order({"MUG": 2, "VASE": 1}, ship_complete=True)
    here = FulfillmentOrder.objects.get(warehouse=shop.warehouse_id)
    return there, here, FulfillmentOrder.objects.get(warehouse=there.warehouse_id)


def pick_short(part: FulfillmentOrder) -> None:
    """All of a part is missing from its shelf."""
    with transaction.atomic():
        fulfilment.lock_for_work([part.pk])
        fulfilment.mark_released([part.pk], by=TESTER, now=NOW)
        for row in part.allocations.filter(status="allocated"):
            fulfilment.record_short(row.pk, row.quantity, reason="not_found", by=TESTER, now=NOW)
        fulfilment.mark_picked(part.pk, by=TESTER, now=NOW)


def lose_the_vase(there: Shop) -> None:
    with transaction.atomic():
        give_up_allocations(there.products["VASE"], there.warehouse_id, 1, by=TESTER, now=NOW, reason="lost")


def open_holds() -> list[str]:
    assert Order.objects.get().open_holds == Hold.objects.filter(released_at=None).count()
    return list(Hold.objects.filter(released_at=None).values_list("code", flat=True))


@pytest.mark.parametrize("packed", [False, True])
def test_a_part_at_the_bench_stops_when_another_is_picked_short(shop: Shop, packed: bool) -> None:
    there, here, other = in_two_places(shop)
    shop.pick(here.pk)
    if packed:
        shop.pack(here.pk)
    assert open_holds() == []

    pick_short(other)

    assert open_holds() == ["incomplete"]
    with pytest.raises(WorkStopped):
        shop.ship(here.pk) if packed else shop.pack(here.pk)
    allocate_backorders(shop.products["VASE"], there.warehouse_id, by=TESTER, now=NOW)
    assert open_holds() == []
    assert_books_balance(shop)


def test_a_part_at_the_bench_stops_when_a_count_loses_a_unit_of_another(shop: Shop) -> None:
    there, here, _other = in_two_places(shop)
    shop.pick(here.pk)

    lose_the_vase(there)

    assert open_holds() == ["incomplete"]


def test_a_part_that_is_still_being_picked_stops_when_it_is_picked(shop: Shop) -> None:
    there, here, _other = in_two_places(shop)
    with transaction.atomic():
        fulfilment.lock_for_work([here.pk])
        fulfilment.mark_released([here.pk], by=TESTER, now=NOW)
    lose_the_vase(there)
    assert open_holds() == []

    with transaction.atomic():
        fulfilment.lock_for_work([here.pk])
        fulfilment.mark_picking(here.pk, by=TESTER, now=NOW)
        (mugs,) = here.allocations.all()
        shop.move("MUG", 2, shop.bins["pick_face"], shop.totes[0], "pick")
        fulfilment.record_picked([(mugs.pk, 2, shop.totes[0])], by=TESTER, now=NOW)
        fulfilment.mark_picked(here.pk, by=TESTER, now=NOW)

    assert open_holds() == ["incomplete"]


@pytest.mark.parametrize("decision", ["ahead", "cancel", "let go"])
def test_it_goes_on_when_somebody_decides(shop: Shop, decision: str) -> None:
    _there, here, other = in_two_places(shop)
    shop.pick(here.pk)
    pick_short(other)
    ref = here.order_ref

    if decision == "ahead":
        ship_what_is_here(ref, by=TESTER, now=NOW)
    elif decision == "cancel":
        vase = OrderLine.objects.get(sku="VASE")
        cancel_order(ref, reason="", lines=[(vase.pk, 1)], by=TESTER, now=NOW)
    else:
        release_hold(ref, Hold.objects.get(released_at=None).pk, by=TESTER, now=NOW)

    assert open_holds() == []
    shop.pack(here.pk)
    shop.ship(here.pk)
    assert open_holds() == []


def test_what_may_ship_in_parts_is_not_stopped(shop: Shop) -> None:
    there = another_warehouse(shop, {"VASE": 1})
    shop.order({"MUG": 2, "VASE": 1})
    here = FulfillmentOrder.objects.get(warehouse=shop.warehouse_id)
    shop.pick(here.pk)

    lose_the_vase(there)

    assert open_holds() == []


def test_a_unit_added_that_is_not_there_stops_what_is_at_the_bench(shop: Shop) -> None:
    order = shop.order({"MUG": 1}, ship_complete=True)
    part = FulfillmentOrder.objects.get()
    shop.pick(part.pk)

    edit_order(order.ref, OrderChanges(lines=[LineChange(1, sku="VASE")]), by=TESTER, now=NOW)

    assert sorted(open_holds()) == ["edit", "incomplete"]


def test_a_third_party_at_work_stops_when_another_declines_its_part(shop: Shop) -> None:
    one = another_warehouse(shop, {"VASE": 1}, code="ONE", kind="third_party")
    order = shop.order({"MUG": 1, "VASE": 1}, ship_complete=True)
    request_third_parties(by=TESTER, now=NOW)
    asked = FulfillmentOrder.objects.get(warehouse=one.warehouse_id)
    accept_request(asked.pk, by=TESTER, now=NOW)
    asked.refresh_from_db()
    assert asked.status == "released"

    with transaction.atomic():
        give_up_allocations(shop.products["MUG"], shop.warehouse_id, 1, by=TESTER, now=NOW, reason="lost")

    assert open_holds() == ["incomplete"]
    settle_requests(order.ref, by=TESTER, now=NOW)
    asked.refresh_from_db()
    assert (asked.status, asked.request_status) == ("open", "")


def test_a_part_at_the_bench_stops_when_a_third_party_declines(shop: Shop) -> None:
    one = another_warehouse(shop, {"VASE": 1}, code="ONE", kind="third_party")
    shop.order({"MUG": 1, "VASE": 1}, ship_complete=True)
    request_third_parties(by=TESTER, now=NOW)
    asked = FulfillmentOrder.objects.get(warehouse=one.warehouse_id)
    accept_request(asked.pk, by=TESTER, now=NOW)
    shop.pick(FulfillmentOrder.objects.get(warehouse=shop.warehouse_id).pk)

    reject_request(asked.pk, reason="flood", by=TESTER, now=NOW)

    assert open_holds() == ["incomplete"]


def pack_while_a_unit_is_lost(shop: Shop, there: Shop, here: FulfillmentOrder) -> list[str]:
    """A packer begins while a count loses the vase; what became of either, the holds open at the end."""
    lost, packed = threading.Event(), threading.Event()

    def act(who: str) -> None:
        if who == "count":
            with transaction.atomic():
                give_up_allocations(there.products["VASE"], there.warehouse_id, 1, by=TESTER, now=NOW, reason="lost")
                lost.set()
                packed.wait(timeout=1)
            return
        lost.wait(timeout=10)
        try:
            shop.pack(here.pk)
        finally:
            packed.set()

    _counted, ended = together(act, ["count", "packer"])
    return [type(ended).__name__, *open_holds()]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_packer_who_meets_the_loss_is_stopped() -> None:
    shop = build_shop({"MUG": 10, "VASE": 0})
    there, here, _other = in_two_places(shop)
    shop.pick(here.pk)

    assert pack_while_a_unit_is_lost(shop, there, here) == ["WorkStopped", "incomplete"]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_hold_the_packer_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = build_shop({"MUG": 10, "VASE": 0})
    there, here, _other = in_two_places(shop)
    shop.pick(here.pk)
    monkeypatch.setattr(readiness, "_would_leave", lambda order: False)

    assert pack_while_a_unit_is_lost(shop, there, here) == ["NoneType"]
