"""Whatever changes of a part that a third party was asked for, it hears of."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from core.outbox.selectors import timeline
from core.outbox.services import run_due
from orders.models import FulfillmentOrder, Order, OrderLine, Promise
from orders.selectors.requests import open_requests
from orders.services.cancellation import cancel_order
from orders.services.combining import combine
from orders.services.editing import OrderChanges, edit_order
from orders.services.giveup import give_up_allocations
from orders.services.line_changes import LineChange
from orders.services.methods import change_method
from orders.services.overbooking import watch_capacity
from orders.services.preorders import move_release
from orders.services.third_party import accept_request, request_third_parties
from orders.tests.shop import ADDRESS, NOW, TESTER, Shop, assert_books_balance, lines_of
from orders.tests.test_third_party import ask, fill, foreign, types_of

LATER = NOW + timedelta(hours=1)
TAKEN_BACK = "fulfillment_order.request_cancelled"


@pytest.fixture
def partner(shop: Shop) -> int:
    """Vases lie with a third party alone."""
    return foreign(shop, "PARTNER", {"VASE": 5})


def lose(shop: Shop, place: int, units: int) -> None:
    with transaction.atomic():
        give_up_allocations(shop.products["VASE"], place, units, by=TESTER, now=LATER, reason="count")


def asked_for() -> list[tuple[int, int]]:
    """(the fulfilment order, units) of every open request."""
    return sorted((one.id, sum(item.quantity for item in one.items)) for one in open_requests())


@pytest.mark.parametrize("accepted", [False, True])
def test_of_units_lost_at_a_third_party_it_is_told_and_asked_for_the_rest(
    shop: Shop, partner: int, accepted: bool
) -> None:
    row = ask(shop, units=3)
    if accepted:
        accept_request(row.pk, by=TESTER, now=NOW)
    lose(shop, partner, 1)
    row.refresh_from_db()
    assert (row.status, row.request_status, row.requested_at) == ("open", "requested", LATER)
    assert (types_of(row.order_ref).count(TAKEN_BACK), asked_for()) == (1, [(row.pk, 2)])
    assert lines_of(row.order_ref)["VASE"]["backordered"] == 1


def test_a_request_of_which_all_is_lost_is_taken_back(shop: Shop, partner: int) -> None:
    row = ask(shop, units=3)
    lose(shop, partner, 3)
    row.refresh_from_db()
    assert (row.status, row.request_status) == ("cancelled", "")
    assert (types_of(row.order_ref).count(TAKEN_BACK), asked_for()) == (1, [])


def test_what_comes_later_is_asked_for_by_itself(shop: Shop, partner: int) -> None:
    row = ask(shop, units=7)
    other = foreign(shop, "SUPPLIER", {"VASE": 9}, kind="drop_ship")
    assert asked_for() == [(row.pk, 5)]
    fill(shop, row.order_id)
    accept_request(row.pk, by=TESTER, now=NOW)
    request_third_parties(by=TESTER, now=NOW)
    rest = FulfillmentOrder.objects.get(order=row.order_id, warehouse=other)
    assert asked_for() == [(row.pk, 5), (rest.pk, 2)]


def test_nothing_joins_a_part_that_was_asked_for(shop: Shop, partner: int) -> None:
    order = shop.order({"VASE": 2, "MUG": 12})
    fill(shop, order.id)
    request_third_parties(by=TESTER, now=NOW)
    row = FulfillmentOrder.objects.get(order=order.id, warehouse=partner)
    assert asked_for() == [(row.pk, 2)]
    line = next(one for one in order.lines if one.sku == "VASE")
    edit_order(order.ref, OrderChanges(lines=[LineChange(quantity=4, id=line.id)]), by=TESTER, now=LATER)
    request_third_parties(by=TESTER, now=LATER)
    (fresh,) = FulfillmentOrder.objects.filter(order=order.id, warehouse=partner).exclude(pk=row.pk)
    assert asked_for() == [(row.pk, 2), (fresh.pk, 2)]
    assert_books_balance(shop)


def test_of_another_address_it_hears_by_being_asked_anew(shop: Shop, partner: int) -> None:
    row = ask(shop)
    edit_order(row.order_ref, OrderChanges(note="Ring twice"), by=TESTER, now=LATER)
    run_due(now=LATER)
    assert types_of(row.order_ref).count(TAKEN_BACK) == 0
    changes = OrderChanges(shipping_address={**ADDRESS, "line1": "9 Mill Lane"})
    edit_order(row.order_ref, changes, by=TESTER, now=LATER)
    for _again in range(2):
        run_due(now=LATER)
    row.refresh_from_db()
    assert (row.request_status, row.requested_at) == ("requested", LATER)
    assert types_of(row.order_ref).count(TAKEN_BACK) == 1
    assert [one.address["line1"] for one in open_requests()] == ["9 Mill Lane"]


def test_of_another_gift_message_it_hears_by_being_asked_anew(shop: Shop, partner: int) -> None:
    row = ask(shop)
    edit_order(row.order_ref, OrderChanges(gift={"is_gift": True, "message": "Hello"}), by=TESTER, now=LATER)
    for _again in range(2):
        run_due(now=LATER)
    assert types_of(row.order_ref).count(TAKEN_BACK) == 1
    assert [one.gift["message"] for one in open_requests()] == ["Hello"]


def test_of_another_engraving_it_hears_by_being_asked_anew(shop: Shop, partner: int) -> None:
    row = ask(shop)
    line = OrderLine.objects.get(order=row.order_id)
    change = LineChange(line.quantity, id=line.pk, properties={"engraving": "Anna"})
    for _again in range(2):
        edit_order(row.order_ref, OrderChanges(lines=[change]), by=TESTER, now=LATER)
        run_due(now=LATER)
    assert types_of(row.order_ref).count(TAKEN_BACK) == 1
    assert [dict(one.items[0].properties) for one in open_requests()] == [{"engraving": "Anna"}]


def test_of_another_method_it_hears_by_being_asked_anew(shop: Shop, partner: int) -> None:
    row = ask(shop)
    accept_request(row.pk, by=TESTER, now=NOW)
    with transaction.atomic():
        change_method(row.order_ref, "express", upgraded_from="", by=TESTER, now=LATER)
    run_due(now=LATER)
    row.refresh_from_db()
    assert (row.status, row.request_status) == ("open", "requested")
    assert types_of(row.order_ref).count(TAKEN_BACK) == 1


def test_of_a_release_day_that_moves_it_hears_by_being_asked_anew(shop: Shop, partner: int) -> None:
    row = ask(shop)
    day = (NOW + timedelta(days=20)).date()
    move_release(row.order_id, shop.products["VASE"], day, by=TESTER, now=LATER)
    row.refresh_from_db()
    assert (row.release_on, row.request_status, row.requested_at) == (day, "requested", LATER)
    assert types_of(row.order_ref).count(TAKEN_BACK) == 1


def days_told(ref: str) -> list[tuple[str, str]]:
    """(the day it was, the day it is) of every part of the order that was put on another day."""
    found = [one.data for one in timeline(ref) if one.type == "fulfillment_order.rescheduled"]
    return [(one["was"], one["ship_by"]) for one in found]


def test_of_an_earlier_day_it_hears_by_being_asked_anew_when_orders_are_combined(shop: Shop, partner: int) -> None:
    first, second = ask(shop), ask(shop, units=1)
    tomorrow = first.ship_by + timedelta(days=1)
    FulfillmentOrder.objects.filter(pk=second.pk).update(ship_by=tomorrow)
    version = Order.objects.get(pk=second.order_id).version

    for _again in range(2):
        combine([first.order_ref, second.order_ref], by=TESTER, now=LATER)
        run_due(now=LATER, raise_errors=True)

    second.refresh_from_db()
    assert (second.ship_by, second.request_status, second.requested_at) == (first.ship_by, "requested", LATER)
    assert [types_of(one.order_ref).count(TAKEN_BACK) for one in (first, second)] == [0, 1]
    told = days_told(second.order_ref)
    assert (days_told(first.order_ref), told) == ([], [(tomorrow.isoformat(), first.ship_by.isoformat())])
    assert Order.objects.get(pk=second.order_id).version > version


def test_of_leaving_a_full_day_it_hears_by_being_asked_anew(shop: Shop, partner: int) -> None:
    first, second = ask(shop), ask(shop, units=1)
    full = first.ship_by
    assert full == second.ship_by > NOW.date()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_warehouse SET daily_capacity = 1 WHERE id = %s", [partner])
    # Another part of it leaves later still, so that the promise of the whole need not change.
    Promise.objects.update(ship_by=full + timedelta(days=30), deliver_to=full + timedelta(days=40))

    assert watch_capacity(partner, by=TESTER, now=LATER.replace(hour=23)) == 0, "too long ago"
    at = NOW + timedelta(minutes=30)
    assert watch_capacity(partner, by=TESTER, now=at) == 1
    run_due(now=at, raise_errors=True)

    second.refresh_from_db()
    assert (second.ship_by != full, second.request_status, second.requested_at) == (True, "requested", at)
    assert [types_of(one.order_ref).count(TAKEN_BACK) for one in (first, second)] == [0, 1]
    assert days_told(second.order_ref) == [(full.isoformat(), second.ship_by.isoformat())]


def test_of_a_sooner_day_it_hears_by_being_asked_anew_when_nothing_of_the_order_waits_any_more(
    shop: Shop, partner: int
) -> None:
    row = ask(shop, units=6)
    later = row.ship_by + timedelta(days=7)
    FulfillmentOrder.objects.filter(pk=row.pk).update(ship_by=later)
    Order.objects.update(ship_by=later + timedelta(days=7))
    Promise.objects.update(ship_by=later + timedelta(days=7), deliver_to=later + timedelta(days=9))
    (line,) = OrderLine.objects.filter(order=row.order_id)

    cancel_order(row.order_ref, reason="", lines=[(line.pk, 1)], by=TESTER, now=LATER)
    run_due(now=LATER, raise_errors=True)

    row.refresh_from_db()
    assert (row.ship_by < later, row.request_status, row.requested_at) == (True, "requested", LATER)
    assert days_told(row.order_ref) == [(later.isoformat(), row.ship_by.isoformat())]
    assert types_of(row.order_ref).count(TAKEN_BACK) == 1
