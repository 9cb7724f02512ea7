"""Parts of orders are divided, joined and moved before the floor begins."""

from datetime import timedelta

import pytest

from core.kernel.errors import DomainError, Invalid, NotFound, StaleVersion
from core.outbox.models import Event
from inventory.events import STOCK_REPLENISHED
from orders.errors import NotRoutable, OrderClosed
from orders.models import Allocation, FulfillmentOrder, Order, Promise
from orders.selectors.combining import combinable, companions
from orders.services.cancellation import cancel_order
from orders.services.combining import combine
from orders.services.editing import OrderChanges, edit_order
from orders.services.splitting import merge, reroute, split
from orders.tests.places import another_warehouse, set_facts
from orders.tests.shop import ADDRESS, NOW, TESTER, Shop, assert_books_balance
from orders.tests.test_kits import make_kit
from orders.tests.test_routing import parts


@pytest.fixture
def side(shop: Shop) -> Shop:
    """A second warehouse with two mugs and five vases; the first has ten mugs and three lamps."""
    return another_warehouse(shop, {"MUG": 2, "VASE": 5})


def part_of(ref: str) -> FulfillmentOrder:
    """The only open part of an order."""
    return FulfillmentOrder.objects.get(order_ref=ref, status__in=["open", "scheduled", "allocated"])


def content(fulfillment_order_id: int) -> dict[str, int]:
    rows = Allocation.objects.filter(fulfillment_order=fulfillment_order_id, status="allocated")
    found: dict[str, int] = {}
    for sku, units in rows.values_list("order_line__sku", "quantity"):
        found[sku] = found.get(sku, 0) + units
    return found


def test_units_go_to_a_part_of_their_own(shop: Shop) -> None:
    order = shop.order({"MUG": 3, "LAMP": 1})
    first = part_of(order.ref)
    mug, _lamp = order.lines

    done = split(first.pk, {mug.id: 2}, expected_version=1, by=TESTER, now=NOW)

    assert (content(first.pk), content(done.fulfillment_order_id)) == ({"MUG": 1, "LAMP": 1}, {"MUG": 2})
    assert done.version == Order.objects.get().version == 2
    assert Event.objects.get(type="order.routed").data["cause"] == "split"
    assert_books_balance(shop)


def test_parts_of_one_warehouse_are_joined_and_leave_by_the_earlier_day(shop: Shop) -> None:
    order = shop.order({"MUG": 3})
    first = part_of(order.ref)
    second = split(first.pk, {order.lines[0].id: 2}, by=TESTER, now=NOW).fulfillment_order_id
    FulfillmentOrder.objects.filter(pk=second).update(ship_by=NOW.date() - timedelta(days=1), priority=3)

    done = merge([second, first.pk], by=TESTER, now=NOW)

    assert done.fulfillment_order_id == first.pk
    assert content(first.pk) == {"MUG": 3}
    first.refresh_from_db()
    assert (first.ship_by, first.priority) == (NOW.date() - timedelta(days=1), 3)
    assert FulfillmentOrder.objects.get(pk=second).status == "cancelled"
    assert_books_balance(shop)


def test_a_part_ships_from_another_warehouse_and_stock_follows(shop: Shop, side: Shop) -> None:
    order = shop.order({"MUG": 2})
    assert parts(order.ref) == {shop.warehouse_id: {"MUG": 2}}

    done = reroute(part_of(order.ref).pk, side.warehouse_id, by=TESTER, now=NOW)

    assert parts(order.ref) == {side.warehouse_id: {"MUG": 2}}
    assert part_of(order.ref).pk == done.fulfillment_order_id
    assert (shop.available("MUG"), side.available("MUG")) == (10, 0)
    assert Event.objects.filter(type=STOCK_REPLENISHED, data__warehouse_id=shop.warehouse_id).exists()
    for one in (shop, side):
        assert_books_balance(one)


def test_some_units_move_and_join_what_the_order_has_there(shop: Shop, side: Shop) -> None:
    order = shop.order({"LAMP": 1, "VASE": 1, "MUG": 2})
    mug = next(line for line in order.lines if line.sku == "MUG")
    at_home = FulfillmentOrder.objects.get(warehouse_id=shop.warehouse_id)

    reroute(at_home.pk, side.warehouse_id, {mug.id: 1}, by=TESTER, now=NOW)

    assert parts(order.ref) == {shop.warehouse_id: {"LAMP": 1, "MUG": 1}, side.warehouse_id: {"VASE": 1, "MUG": 1}}
    assert FulfillmentOrder.objects.count() == 2


def test_without_stock_there_nothing_moves_and_it_says_what_lacks(shop: Shop, side: Shop) -> None:
    order = shop.order({"MUG": 3})

    with pytest.raises(NotRoutable, match=r"Side has not enough of it: MUG \(3 wanted, 2 available\)"):
        reroute(part_of(order.ref).pk, side.warehouse_id, by=TESTER, now=NOW)

    assert parts(order.ref) == {shop.warehouse_id: {"MUG": 3}}
    assert not Event.objects.filter(type="order.routed", data__cause="moved").exists()
    for one in (shop, side):
        assert_books_balance(one)


def test_a_later_day_there_renews_the_promise_once(shop: Shop, side: Shop) -> None:
    set_facts(side, handling_days=3)
    order = shop.order({"MUG": 1})
    before = Promise.objects.get()

    reroute(part_of(order.ref).pk, side.warehouse_id, by=TESTER, now=NOW)

    last = Promise.objects.order_by("-version").first()
    assert last is not None and last.version == 2 and last.ship_by > before.ship_by
    assert part_of(order.ref).ship_by == last.ship_by
    assert Event.objects.filter(type="promise.changed").count() == 1


def test_an_order_that_ships_complete_stays_held_back_after_a_move(shop: Shop, side: Shop) -> None:
    order = shop.order({"MUG": 1, "LAMP": 4}, ship_complete=True)
    mug = next(line for line in order.lines if line.sku == "MUG")

    reroute(part_of(order.ref).pk, side.warehouse_id, {mug.id: 1}, by=TESTER, now=NOW)

    assert set(FulfillmentOrder.objects.values_list("status", flat=True)) == {"open"}


def test_a_part_that_moves_to_a_third_party_waits_for_its_answer(shop: Shop, side: Shop) -> None:
    set_facts(side, kind="third_party")
    order = shop.order({"MUG": 1})

    reroute(part_of(order.ref).pk, side.warehouse_id, by=TESTER, now=NOW)

    assert part_of(order.ref).status == "open"


def test_a_kit_travels_whole(shop: Shop, side: Shop) -> None:
    make_kit(shop, "PAIR", [("MUG", 2), ("LAMP", 1)])
    order = shop.order({"PAIR": 2})
    mug, lamp = order.lines
    first = part_of(order.ref)

    with pytest.raises(NotRoutable):
        split(first.pk, {mug.id: 2}, by=TESTER, now=NOW)
    with pytest.raises(NotRoutable):
        split(first.pk, {mug.id: 1, lamp.id: 1}, by=TESTER, now=NOW)

    done = split(first.pk, {mug.id: 2, lamp.id: 1}, by=TESTER, now=NOW)
    assert content(done.fulfillment_order_id) == content(first.pk) == {"MUG": 2, "LAMP": 1}


def refusals(shop: Shop, side: Shop) -> list[tuple[type[DomainError], str]]:
    order, other = shop.order({"MUG": 2}), shop.order({"MUG": 1})
    part, line = part_of(order.ref).pk, order.lines[0].id
    said = []

    def refused(work: object) -> None:
        with pytest.raises(DomainError) as error:
            work()  # type: ignore[operator]
        said.append((type(error.value), error.value.detail))

    refused(lambda: split(part, {line: 2}, by=TESTER, now=NOW))
    refused(lambda: split(part, {line: 3}, by=TESTER, now=NOW))
    refused(lambda: split(part, {}, by=TESTER, now=NOW))
    refused(lambda: split(part, {line: 1}, expected_version=7, by=TESTER, now=NOW))
    refused(lambda: split(part, {line: 1}, channel_id=shop.channel_id + 1, by=TESTER, now=NOW))
    refused(lambda: merge([part], by=TESTER, now=NOW))
    refused(lambda: merge([part, part_of(other.ref).pk], by=TESTER, now=NOW))
    refused(lambda: reroute(part, shop.warehouse_id, by=TESTER, now=NOW))
    refused(lambda: reroute(part, 0, by=TESTER, now=NOW))
    FulfillmentOrder.objects.filter(pk=part).update(request_status="requested")
    refused(lambda: reroute(part, side.warehouse_id, by=TESTER, now=NOW))
    FulfillmentOrder.objects.filter(pk=part).update(request_status="")
    set_facts(side, active=False)
    refused(lambda: reroute(part, side.warehouse_id, by=TESTER, now=NOW))
    shop.pick(part)
    refused(lambda: split(part, {line: 1}, by=TESTER, now=NOW))
    cancel_order(other.ref, reason="", by=TESTER, now=NOW)
    refused(lambda: split(FulfillmentOrder.objects.get(order_ref=other.ref).pk, {1: 1}, by=TESTER, now=NOW))
    return said


def test_what_cannot_be_done_is_said_in_a_sentence_and_changes_nothing(shop: Shop, side: Shop) -> None:
    said = refusals(shop, side)

    assert [kind for kind, _sentence in said] == [
        NotRoutable,
        Invalid,
        Invalid,
        StaleVersion,
        NotFound,
        NotRoutable,
        NotRoutable,
        NotRoutable,
        NotFound,
        NotRoutable,
        NotRoutable,
        NotRoutable,
        OrderClosed,
    ]
    assert all(sentence.endswith(".") for _kind, sentence in said)
    for one in (shop, side):
        assert_books_balance(one)


def test_what_is_moved_far_away_leaves_earlier_for_its_delivery_window(shop: Shop) -> None:
    far = another_warehouse(shop, {"MUG": 5}, country="DE")
    first = NOW.date() + timedelta(days=21)
    order = shop.order({"MUG": 1}, deliver_not_before=first)
    before = part_of(order.ref)
    reroute(before.pk, far.warehouse_id, by=TESTER, now=NOW)
    after = part_of(order.ref)
    assert (after.status, after.release_on) == ("scheduled", after.ship_by)
    assert after.ship_by < before.ship_by
    assert Promise.objects.order_by("-version")[0].deliver_from >= first
    reroute(after.pk, shop.warehouse_id, by=TESTER, now=NOW)
    assert part_of(order.ref).release_on == before.release_on


def test_what_may_leave_only_later_is_not_late_at_once_because_it_was_combined(shop: Shop) -> None:
    now_one, later = shop.order({"MUG": 1}), shop.order({"LAMP": 1}, deliver_not_before=NOW.date() + timedelta(days=14))
    day = part_of(later.ref).ship_by
    combine([now_one.ref, later.ref], by=TESTER, now=NOW)
    assert part_of(now_one.ref).ship_by == NOW.date()
    assert (part_of(later.ref).status, part_of(later.ref).ship_by) == ("scheduled", day)


def test_an_order_that_goes_elsewhere_by_now_is_not_named_to_those_it_went_with(shop: Shop) -> None:
    first, second, third = (shop.order({"MUG": 1}) for _nth in range(3))
    combine([first.ref, second.ref, third.ref], by=TESTER, now=NOW)
    edit_order(second.ref, OrderChanges(shipping_address={**ADDRESS, "line1": "9 Mill Lane"}), by=TESTER, now=NOW)
    part = FulfillmentOrder.objects.get(order=first.id).pk
    moved = FulfillmentOrder.objects.get(order=second.id).pk
    assert companions([part, moved]) == {part: (third.ref,)}


def test_orders_of_one_buyer_to_one_address_go_together(shop: Shop) -> None:
    first, second = shop.order({"MUG": 1}), shop.order({"LAMP": 1})
    elsewhere = shop.order({"MUG": 1}, shipping_address={**ADDRESS, "line1": "1 Other Street"})
    shop.order({"MUG": 1}, email="bob@example.com")
    FulfillmentOrder.objects.filter(order_ref=first.ref).update(ship_by=NOW.date() - timedelta(days=1))
    FulfillmentOrder.objects.filter(order_ref=second.ref).update(priority=5)

    assert [one.ref for one in combinable(first.ref)] == [second.ref]
    done = combine([first.ref, second.ref], by=TESTER, now=NOW)
    combine([second.ref, first.ref], by=TESTER, now=NOW)

    assert set(done.refs) == {first.ref, second.ref}
    days = FulfillmentOrder.objects.filter(order_ref__in=done.refs).values_list("ship_by", "priority")
    assert set(days) == {(NOW.date() - timedelta(days=1), 5)}
    assert [one.combined for one in combinable(first.ref)] == [True]
    shipment = part_of(first.ref).pk
    assert companions([shipment, part_of(elsewhere.ref).pk]) == {shipment: (second.ref,)}
    assert Event.objects.filter(type="order.combined").count() == 2
    (moved,) = Event.objects.filter(type="fulfillment_order.rescheduled")
    assert (moved.timeline, moved.data["was"]) == (second.ref, NOW.date().isoformat())
    with pytest.raises(NotRoutable):
        combine([first.ref, elsewhere.ref], by=TESTER, now=NOW)
