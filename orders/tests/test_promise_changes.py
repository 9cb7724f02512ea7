"""A change of address or method gives the promise of all that is open, and the floor the days of it."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from django.core import mail

from core.kernel.actors import CUSTOMER, Actor
from core.messaging.models import Message
from core.outbox.models import Event
from core.outbox.services import run_due
from inventory.models import Product, Substitute
from orders.models import Channel, FulfillmentOrder, Order, Promise
from orders.selectors.facts import OrderFact
from orders.services.allocation import fill_backorder
from orders.services.calendar_keeping import set_service_cut_off
from orders.services.cancellation import cancel_order
from orders.services.choices import ask_choice, choose
from orders.services.editing import OrderChanges, edit_order
from orders.services.line_changes import LineChange
from orders.services.watching import renew_to_arrival
from orders.tests.places import another_warehouse
from orders.tests.shop import ADDRESS, NOW, TESTER, Shop

MOVED = OrderChanges(shipping_address={**ADDRESS, "line1": "14 Mill Lane"})
MONDAY = NOW.date()
CHRISTMAS_WEEK = date(2026, 12, 21)


def ship_by(ref: str) -> date:
    return Promise.objects.filter(order__ref=ref).order_by("-version")[0].ship_by


def test_what_waits_is_not_promised_sooner_than_it_comes_because_the_address_changed(shop: Shop) -> None:
    order = shop.order({"MUG": 1, "VASE": 1})
    assert renew_to_arrival(order.id, shop.warehouse_id, CHRISTMAS_WEEK, by=TESTER, now=NOW)
    said = ship_by(order.ref)
    assert said > CHRISTMAS_WEEK
    edit_order(order.ref, MOVED, by=TESTER, now=NOW)
    assert ship_by(order.ref) == said
    edit_order(order.ref, OrderChanges(shipping_method="express"), by=TESTER, now=NOW)
    last = Promise.objects.order_by("-version")[0]
    assert (last.reason, last.ship_by) == ("method_changed", said)


def waits_until_christmas(shop: Shop) -> tuple[OrderFact, date]:
    """An order of mugs that leave at once and a vase that is promised for Christmas week; and the day promised."""
    order = shop.order({"MUG": 2, "VASE": 1})
    assert renew_to_arrival(order.id, shop.warehouse_id, CHRISTMAS_WEEK, by=TESTER, now=NOW)
    return order, ship_by(order.ref)


def line_of(order: OrderFact, sku: str) -> int:
    return next(one.id for one in order.lines if one.sku == sku)


def comes(shop: Shop, order: OrderFact) -> None:
    shop.receive("VASE", 1)
    fill_backorder(order.id, shop.products["VASE"], shop.warehouse_id, by=TESTER, now=NOW)


def is_cancelled(shop: Shop, order: OrderFact) -> None:
    cancel_order(order.ref, reason="", lines=[(line_of(order, "VASE"), 1)], by=TESTER, now=NOW)


def is_edited_out(shop: Shop, order: OrderFact) -> None:
    edit_order(order.ref, OrderChanges(lines=[LineChange(0, id=line_of(order, "VASE"))]), by=TESTER, now=NOW)


def is_given_up(shop: Shop, order: OrderFact) -> None:
    ask_choice(order.id, asked_for=NOW, by=TESTER, now=NOW)
    choose(order.ref, "cancel", by=TESTER, now=NOW)


@pytest.mark.parametrize("what_waits", [comes, is_cancelled, is_edited_out, is_given_up])
def test_once_nothing_waits_the_promise_is_what_the_rest_leaves_by(
    shop: Shop, what_waits: Callable[[Shop, OrderFact], None]
) -> None:
    Channel.objects.update(choice_days=2)
    order, said = waits_until_christmas(shop)
    what_waits(shop, order)
    assert ship_by(order.ref) == Order.objects.get().ship_by == MONDAY < said
    assert not Event.objects.filter(type="promise.changed").order_by("-pk")[0].data["later"], "nobody is written to"


def test_while_something_waits_the_promise_stays(shop: Shop) -> None:
    order, said = waits_until_christmas(shop)
    cancel_order(order.ref, reason="", lines=[(line_of(order, "MUG"), 1)], by=TESTER, now=NOW)
    assert ship_by(order.ref) == said


def test_a_promise_that_is_late_does_not_become_later_because_something_is_cancelled(shop: Shop) -> None:
    order = shop.order({"MUG": 2, "VASE": 1})
    is_cancelled(shop, order)
    later = NOW + timedelta(days=3)
    cancel_order(order.ref, reason="", lines=[(line_of(order, "MUG"), 1)], by=TESTER, now=later)
    assert ship_by(order.ref) == MONDAY


def test_the_part_that_takes_longest_makes_the_promise_wherever_it_ships_from(shop: Shop) -> None:
    another_warehouse(shop, {"VASE": 5}, handling_days=3)
    order = shop.order({"MUG": 1, "VASE": 1})
    said = ship_by(order.ref)
    assert said == MONDAY + timedelta(days=3)
    edit_order(order.ref, MOVED, by=TESTER, now=NOW)
    assert ship_by(order.ref) == said == Order.objects.get().ship_by


@pytest.mark.parametrize(("method", "leaves"), [("express", MONDAY), ("economy", MONDAY + timedelta(days=1))])
def test_the_floor_hears_of_a_method_that_still_leaves_today(shop: Shop, method: str, leaves: date) -> None:
    set_service_cut_off(shop.warehouse_id, "express", time(18))
    afternoon = NOW.replace(hour=16)
    order = shop.order({"MUG": 1}, now=afternoon)
    assert FulfillmentOrder.objects.get().ship_by == MONDAY + timedelta(days=1)
    edit_order(order.ref, OrderChanges(shipping_method=method), by=TESTER, now=afternoon)
    assert (ship_by(order.ref), FulfillmentOrder.objects.get().ship_by) == (leaves, leaves)


def test_a_faster_method_does_not_bring_it_before_the_window(shop: Shop) -> None:
    first = MONDAY + timedelta(days=14)
    order = shop.order({"MUG": 1}, deliver_not_before=first)
    before = FulfillmentOrder.objects.get()
    edit_order(order.ref, OrderChanges(shipping_method="express"), by=TESTER, now=NOW)
    part, promise = FulfillmentOrder.objects.get(), Promise.objects.order_by("-version")[0]
    assert part.release_on == part.ship_by == promise.ship_by
    assert before.ship_by < part.ship_by
    assert (part.status, promise.deliver_from) == ("scheduled", first)
    edit_order(order.ref, OrderChanges(shipping_method="standard"), by=TESTER, now=NOW)
    assert FulfillmentOrder.objects.get().release_on == before.release_on


@pytest.mark.parametrize("who", [CUSTOMER, TESTER])
def test_what_is_sent_instead_is_promised_with_the_choice_and_the_buyer_told_once(shop: Shop, who: Actor) -> None:
    Channel.objects.update(choice_days=4)
    products = {one.sku: one for one in Product.objects.all()}
    Substitute.objects.create(product=products["VASE"], substitute=products["LAMP"])
    order = shop.order({"VASE": 1})
    assert ship_by(order.ref) == MONDAY
    ask_choice(order.id, asked_for=NOW, by=TESTER, now=NOW)
    wednesday = NOW + timedelta(days=2)

    choose(order.ref, "substitute", by=who, now=wednesday)

    part = FulfillmentOrder.objects.get(status="allocated")
    assert ship_by(order.ref) == Order.objects.get().ship_by == part.ship_by == wednesday.date()
    (changed,) = Event.objects.filter(type="promise.changed")
    assert (changed.data["reason"], changed.data["later"]) == ("edited", True)
    for _again in range(2):
        run_due(now=wednesday, raise_errors=True)
    assert [one.template for one in Message.objects.filter(template="order_delayed")] == ["order_delayed"]


def test_what_is_sent_instead_in_time_leaves_the_promise_as_it_is(shop: Shop) -> None:
    Channel.objects.update(choice_days=4)
    products = {one.sku: one for one in Product.objects.all()}
    Substitute.objects.create(product=products["VASE"], substitute=products["LAMP"])
    order = shop.order({"VASE": 1})
    ask_choice(order.id, asked_for=NOW, by=TESTER, now=NOW)
    choose(order.ref, "substitute", by=CUSTOMER, now=NOW)
    assert Promise.objects.count() == 1


def told_of_days(shop: Shop) -> int:
    """How often the buyer was written to about other days, when the outbox has done all, twice as it may."""
    for _again in range(2):
        run_due(now=NOW, raise_errors=True)
    return Message.objects.filter(template="order_delayed").count()


def test_who_was_told_a_late_day_is_told_once_that_all_of_it_came_sooner(shop: Shop) -> None:
    order, _said = waits_until_christmas(shop)
    assert told_of_days(shop) == 1
    comes(shop, order)
    assert told_of_days(shop) == 2
    assert "The items you were waiting for have come in" in str(mail.outbox[-1].body)
    assert "November" in str(mail.outbox[-1].subject)

    edit_order(order.ref, OrderChanges(lines=[LineChange(2, id=line_of(order, "VASE"))]), by=TESTER, now=NOW)
    assert renew_to_arrival(order.id, shop.warehouse_id, CHRISTMAS_WEEK, by=TESTER, now=NOW)
    assert told_of_days(shop) == 3
    comes(shop, order)
    assert told_of_days(shop) == 3, "such news comes once"


@pytest.mark.parametrize("what_waits", [is_cancelled, is_given_up])
def test_who_wants_no_more_of_it_is_not_written_to_about_the_sooner_day(
    shop: Shop, what_waits: Callable[[Shop, OrderFact], None]
) -> None:
    Channel.objects.update(choice_days=2)
    order, _said = waits_until_christmas(shop)
    what_waits(shop, order)
    assert ship_by(order.ref) == MONDAY
    assert told_of_days(shop) == 0


@pytest.mark.parametrize(("sooner_by", "told"), [(1, 0), (2, 0), (3, 1)])
def test_a_day_that_is_sooner_by_a_weekend_alone_is_no_news(shop: Shop, sooner_by: int, told: int) -> None:
    order, _said = waits_until_christmas(shop)
    comes(shop, order)
    newest, before = Promise.objects.order_by("-version")[:2]
    saturday = date(2026, 11, 28)
    Promise.objects.filter(pk=newest.pk).update(deliver_from=saturday, deliver_to=saturday)
    said = saturday + timedelta(days=sooner_by)
    Promise.objects.filter(pk=before.pk).update(deliver_from=said, deliver_to=said)
    assert told_of_days(shop) == told
