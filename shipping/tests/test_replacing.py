"""What got lost is sent again: at no charge, by the fastest way, and never twice."""

import threading
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.db import connection

from core.attention.selectors import cases_of
from core.attention.services import open_case
from core.kernel.errors import Invalid, NotFound
from core.outbox.services import run_due
from inventory.services.products import update_product
from inventory.tests.threads import together
from orders.errors import AlreadyReplaced
from orders.selectors.facts import OrderFact
from orders.selectors.orders import order_by_id
from orders.selectors.timeline import story
from orders.services import replacing
from orders.services.cancellation import cancel_order
from orders.services.editing import OrderChanges, edit_order
from orders.services.forgetting import erase_customer
from orders.services.line_changes import LineChange
from orders.services.payments import record_payment
from shipping.errors import NotReplaceable
from shipping.models import CarrierService, Parcel, RateBand, ShippingZone
from shipping.selectors.tariffs import fastest_method
from shipping.services.replacing import replace_lines, replace_parcel
from shipping.services.tracking import mark_lost
from shipping.tests.books import assert_floor_balances
from shipping.tests.floor import NOW, TESTER, Floor, build_floor

pytestmark = pytest.mark.slow


@pytest.fixture
def floor(db: None) -> Floor:
    return ready(build_floor({"ART01": 40, "ART02": 40}))


def ready(floor: Floor) -> Floor:
    CarrierService.objects.filter(method="standard").update(transit_days_min=2, transit_days_max=4)
    for method, days, cost in (("express", 1, "8.00"), ("courier", 1, "6.00")):
        CarrierService.objects.create(
            method=method,
            carrier="own_delivery",
            service=method,
            name=method.title(),
            cost=Decimal(cost),
            transit_days_min=1,
            transit_days_max=days,
        )
    return floor


def lost(floor: Floor, lines: dict[str, int]) -> Parcel:
    parcel = floor.ship(floor.order(lines))
    mark_lost(parcel.pk, by=TESTER, now=NOW)
    return parcel


def replacements(order_ref: str) -> list[tuple[str, int]]:
    """(external id, units) of an order's replacements."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.external_id, sum(l.quantity) FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id"
            " JOIN orders_order first ON first.id = o.replaces_id WHERE first.ref = %s AND o.kind = 'replacement'"
            " GROUP BY o.id ORDER BY o.id",
            [order_ref],
        )
        return [(external_id, int(units)) for external_id, units in cursor.fetchall()]


def test_a_lost_parcel_is_sent_again_at_no_charge_by_the_fastest_way(floor: Floor) -> None:
    parcel = lost(floor, {"ART01": 2, "ART02": 1})
    open_case(
        kind="delivery_problem",
        dedupe_key=f"delivery:{parcel.pk}",
        summary="x",
        subject_type="parcel",
        subject_id=parcel.pk,
        timeline=parcel.order_ref,
        now=NOW,
    )
    placed = replace_parcel(parcel.ref, reason="lost", by=TESTER, now=NOW)
    found, first = order_by_id(placed.id), order_by_id(parcel.order_id)
    assert (found.kind, found.replaces_id) == ("replacement", first.id)
    assert found.total == Decimal(0)
    assert found.shipping_method == "courier"  # as fast as express, and cheaper for us
    assert found.shipping_address == first.shipping_address
    assert {line.sku: (line.quantity, line.allocated) for line in found.lines} == {"ART01": (2, 2), "ART02": (1, 1)}
    assert found.external_id == f"{parcel.ref}-R1"
    assert [case.closed_at for case in cases_of(parcel.order_ref)] == [NOW]
    assert f"Sent again: {placed.ref}" in [entry.sentence for entry in story(parcel.order_ref)]
    assert floor.ship(placed).status == "shipped"
    assert_floor_balances(floor)


def test_the_buyer_hears_of_it_and_is_not_thanked_for_an_order(floor: Floor) -> None:
    parcel = lost(floor, {"ART01": 2})
    run_due(now=NOW, raise_errors=True)
    mail.outbox.clear()
    replace_parcel(parcel.ref, reason="lost", by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)
    (message,) = mail.outbox
    assert message.subject.startswith("We send it again: your order X-")
    assert "2 × Article ART01" in str(message.body) and "at no charge" in str(message.body)


def test_no_unit_of_a_parcel_is_sent_again_twice(floor: Floor) -> None:
    parcel = lost(floor, {"ART01": 3})
    (line,) = order_by_id(parcel.order_id).lines
    first = replace_parcel(parcel.ref, {line.id: 2}, reason="damaged", by=TESTER, now=NOW)
    with pytest.raises(AlreadyReplaced, match=r"sent again already with .* 1 more can be") as refusal:
        replace_parcel(parcel.ref, reason="lost", by=TESTER, now=NOW)
    assert refusal.value.extra == {"ref": first.ref, "left": 1}
    replace_parcel(parcel.ref, {line.id: 1}, reason="lost", by=TESTER, now=NOW)
    with pytest.raises(AlreadyReplaced):
        replace_lines(parcel.order_ref, {line.id: 1}, reason="lost", by=TESTER, now=NOW)
    assert replacements(parcel.order_ref) == [(f"{parcel.ref}-R1", 2), (f"{parcel.ref}-R2", 1)]


def test_a_cancelled_replacement_may_be_made_again(floor: Floor) -> None:
    parcel = lost(floor, {"ART01": 1})
    cancel_order(replace_parcel(parcel.ref, reason="lost", by=TESTER, now=NOW).ref, reason="", by=TESTER, now=NOW)
    assert replace_parcel(parcel.ref, reason="lost", by=TESTER, now=NOW).external_id == f"{parcel.ref}-R2"


def test_a_replacement_that_gets_lost_is_sent_again_too(floor: Floor) -> None:
    parcel = lost(floor, {"ART01": 1})
    again = floor.ship(replace_parcel(parcel.ref, reason="lost", by=TESTER, now=NOW))
    third = replace_parcel(again.ref, reason="lost", by=TESTER, now=NOW)
    assert order_by_id(third.id).replaces_id == again.order_id


def test_of_one_parcel_only_its_own_units_are_sent_again(floor: Floor) -> None:
    one, other = floor.order({"ART01": 1}), floor.order({"ART01": 1})
    parcel = floor.ship(one)
    (foreign,) = order_by_id(other.id).lines
    (mine,) = order_by_id(one.id).lines
    with pytest.raises(Invalid, match="Say how many units"):
        replace_parcel(parcel.ref, {foreign.id: 1}, reason="lost", by=TESTER, now=NOW)
    with pytest.raises(AlreadyReplaced, match="Only 1"):
        replace_parcel(parcel.ref, {mine.id: 2}, reason="lost", by=TESTER, now=NOW)
    with pytest.raises(Invalid, match="no such reason"):
        replace_parcel(parcel.ref, reason="mood", by=TESTER, now=NOW)
    with pytest.raises(NotFound):
        replace_parcel("SHP-NOBODY", reason="lost", by=TESTER, now=NOW)


def test_a_parcel_in_the_house_is_not_sent_again(floor: Floor) -> None:
    order = floor.order({"ART01": 1})
    floor.pick(order)
    with pytest.raises(NotReplaceable):
        replace_parcel(floor.pack(order).ref, reason="lost", by=TESTER, now=NOW)


def test_what_is_not_in_stock_is_backordered(floor: Floor) -> None:
    parcel = lost(floor, {"ART02": 30})
    placed = replace_parcel(parcel.ref, reason="lost", by=TESTER, now=NOW)
    assert [(line.allocated, line.backordered) for line in order_by_id(placed.id).lines] == [(10, 20)]


def test_the_fastest_way_is_one_that_goes_there_and_carries_it(floor: Floor) -> None:
    far = ShippingZone.objects.create(code="far", name="Far", countries=["JP"])
    courier = CarrierService.objects.get(method="courier")
    RateBand.objects.create(service=courier, zone=far, weight_to_g=100, price=Decimal(5))
    assert fastest_method(country="GB", weight_g=1000) == "courier"
    assert fastest_method(country="JP", weight_g=100) == "courier"
    assert fastest_method(country="JP", weight_g=101) == "express"
    update_product("ART01", changes={"weight_g": 200}, by=TESTER, now=NOW)
    parcel = lost(floor, {"ART01": 1})
    Order = apps.get_model("orders", "Order")
    Order.objects.filter(ref=parcel.order_ref).update(shipping_address={"country": "JP"})
    placed = replace_parcel(parcel.ref, reason="lost", by=TESTER, now=NOW)
    assert order_by_id(placed.id).shipping_method == "express"


def test_what_was_paid_back_is_not_sent_again_for_nothing(floor: Floor) -> None:
    parcel = lost(floor, {"ART01": 1})
    record_payment(parcel.order_ref, "refunded", by=TESTER, now=NOW)
    with pytest.raises(Invalid, match="was given back"):
        replace_parcel(parcel.ref, reason="lost", by=TESTER, now=NOW)
    assert replacements(parcel.order_ref) == []


def test_a_replacement_is_not_edited_to_more_than_it_replaces(floor: Floor) -> None:
    parcel = lost(floor, {"ART01": 2})
    placed = replace_parcel(parcel.ref, reason="lost", by=TESTER, now=NOW)
    (line,) = placed.lines
    with pytest.raises(Invalid, match="no more than it replaces"):
        edit_order(placed.ref, OrderChanges(lines=[LineChange(id=line.id, quantity=3)]), by=TESTER, now=NOW)
    edit_order(placed.ref, OrderChanges(lines=[LineChange(id=line.id, quantity=1)]), by=TESTER, now=NOW)
    assert replace_parcel(parcel.ref, {order_by_id(parcel.order_id).lines[0].id: 1}, reason="lost", by=TESTER, now=NOW)


@pytest.mark.parametrize("sku", ["ART01", "ART02"])
def test_a_replacement_gets_no_further_lines(floor: Floor, sku: str) -> None:
    parcel = lost(floor, {"ART01": 2})
    placed = replace_parcel(parcel.ref, reason="lost", by=TESTER, now=NOW)
    with pytest.raises(Invalid, match="no more than it replaces"):
        edit_order(placed.ref, OrderChanges(lines=[LineChange(1, sku=sku)]), by=TESTER, now=NOW)
    assert [line.quantity for line in order_by_id(placed.id).lines] == [2]


def test_nothing_is_sent_again_to_nobody(floor: Floor) -> None:
    parcel = lost(floor, {"ART01": 1})
    erase_customer(order_by_id(parcel.order_id).customer_id, by=TESTER, now=NOW)
    with pytest.raises(Invalid, match="data were erased"):
        replace_parcel(parcel.ref, reason="lost", by=TESTER, now=NOW)


@pytest.mark.parametrize("change", [{"changes": {"ships": False}}, {"kit": [("ART02", 1)], "changes": {}}])
def test_an_article_that_became_something_else_is_not_sent_again(floor: Floor, change: dict[str, Any]) -> None:
    parcel = lost(floor, {"ART01": 40})
    update_product("ART01", by=TESTER, now=NOW, **change)
    with pytest.raises(Invalid, match="not sent as it was"):
        replace_parcel(parcel.ref, reason="lost", by=TESTER, now=NOW)
    assert replacements(parcel.order_ref) == []


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_colleagues_at_once_send_a_parcel_again_once() -> None:
    floor = ready(build_floor({"ART01": 40}))
    parcel = lost(floor, {"ART01": 2})
    ended = together(lambda _n: replace_parcel(parcel.ref, reason="lost", by=TESTER, now=NOW), range(6))
    assert [type(one).__name__ for one in ended].count("OrderFact") == 1
    assert [type(one).__name__ for one in ended].count("AlreadyReplaced") == 5
    assert replacements(parcel.order_ref) == [(f"{parcel.ref}-R1", 2)]
    assert_floor_balances(floor)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_orders_lock_both_would_count_the_parcel_as_not_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    floor = ready(build_floor({"ART01": 40}))
    parcel = lost(floor, {"ART01": 2})
    both_have_counted = threading.Barrier(2)
    count = replacing._refuse_twice

    def lock_nothing(ref: str, **scope: object) -> object:
        return order_row(ref)

    def order_row(ref: str) -> object:
        return apps.get_model("orders", "Order").objects.get(ref=ref)

    def count_and_wait(*args: object, **more: object) -> None:
        count(*args, **more)  # type: ignore[arg-type]
        both_have_counted.wait(timeout=10)

    monkeypatch.setattr(replacing, "lock_order", lock_nothing)
    monkeypatch.setattr(replacing, "_refuse_twice", count_and_wait)

    def replace(_colleague: int) -> OrderFact:
        return replace_parcel(parcel.ref, reason="lost", by=TESTER, now=NOW)

    ended = together(replace, range(2))
    # Only the number of the replacement, unique for ever, tells the second one apart: nothing else stood in its way.
    assert sorted(type(one).__name__ for one in ended) == ["DuplicateExternalId", "OrderFact"]
