"""Whether parts of an order may go to the floor."""

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from orders.errors import WorkStopped
from orders.models import FulfillmentOrder, Hold, Order, OrderLine
from orders.planning.readiness import Part, verdicts
from orders.selectors.work import releasable
from orders.services import fulfilment
from orders.services.ahead import ship_what_is_here
from orders.services.allocation import allocate_backorders
from orders.services.cancellation import cancel_order
from orders.services.giveup import give_up_allocations
from orders.services.holds import place_hold
from orders.services.readiness import release_scheduled, settle_readiness
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance

TODAY = NOW.date()
parts = st.lists(st.builds(Part, taken_on=st.booleans(), later=st.booleans()), max_size=5)


def settle(ref: str) -> list[str]:
    with transaction.atomic():
        settle_readiness(Order.objects.get(ref=ref), by=TESTER, now=NOW)
    return list(FulfillmentOrder.objects.order_by("pk").values_list("status", flat=True))


def complete(ref: str) -> None:
    Order.objects.filter(ref=ref).update(ship_policy="complete")


def set_warehouses(column: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE inventory_warehouse SET {column} = %s", [value])


@given(parts, st.booleans(), st.booleans())
def test_an_order_that_ships_together_goes_whole_or_not_at_all(
    some: list[Part], together: bool, something_waits: bool
) -> None:
    found = verdicts(some, together=together, something_waits=something_waits)

    assert len(found) == len(some)
    if together:
        assert len({one == "allocated" for one in found}) <= 1
        assert not (something_waits and "allocated" in found)
    for part, verdict in zip(some, found, strict=True):
        assert verdict != "allocated" or (part.taken_on and not part.later)
        if not together:
            assert (verdict == "allocated") == (part.taken_on and not part.later)


def test_a_part_order_goes_ahead_of_what_is_missing(shop: Shop) -> None:
    order = shop.order({"MUG": 2, "VASE": 1})

    assert settle(order.ref) == ["allocated"]


def test_an_order_that_ships_complete_waits_until_its_last_unit_came(shop: Shop) -> None:
    order = shop.order({"MUG": 2, "VASE": 1})
    complete(order.ref)
    assert settle(order.ref) == ["open"]
    assert not releasable(shop.warehouse_id)

    shop.receive("VASE", 1)
    allocate_backorders(shop.products["VASE"], shop.warehouse_id, by=TESTER, now=NOW)

    assert [row.units for row in releasable(shop.warehouse_id)] == [3]
    assert_books_balance(shop)


def test_cancelling_what_was_missing_lets_the_rest_go(shop: Shop) -> None:
    order = shop.order({"MUG": 2, "VASE": 1})
    complete(order.ref)
    settle(order.ref)
    vase = next(line.id for line in order.lines if line.sku == "VASE")

    cancel_order(order.ref, reason="", lines=[(vase, 1)], by=TESTER, now=NOW)

    assert FulfillmentOrder.objects.get().status == "allocated"


def test_losing_a_promised_unit_holds_back_what_ships_complete(shop: Shop) -> None:
    order = shop.order({"MUG": 2, "LAMP": 1})
    complete(order.ref)
    with transaction.atomic():
        give_up_allocations(
            shop.products["LAMP"], shop.warehouse_id, 1, by=TESTER, now=NOW, reason="lost", before_stock=list
        )

    assert FulfillmentOrder.objects.get().status == "open"


def test_a_scheduled_part_goes_on_its_day_in_its_warehouse(shop: Shop) -> None:
    order = shop.order({"MUG": 2})
    FulfillmentOrder.objects.update(release_on=TODAY + timedelta(days=1))
    set_warehouses("time_zone", "Pacific/Auckland")
    assert settle(order.ref) == ["scheduled"]

    # At nine in the morning UTC it is ten in the evening in Auckland, three hours later the next day.
    assert release_scheduled(by=TESTER, now=NOW + timedelta(hours=1)) == 0
    assert release_scheduled(by=TESTER, now=NOW + timedelta(hours=3)) == 1
    assert FulfillmentOrder.objects.get().status == "allocated"
    assert release_scheduled(by=TESTER, now=NOW + timedelta(hours=3)) == 0


def test_an_order_that_ships_complete_waits_for_its_scheduled_part(shop: Shop) -> None:
    order = shop.order({"MUG": 2, "LAMP": 1})
    complete(order.ref)
    first = FulfillmentOrder.objects.get()
    later = FulfillmentOrder.objects.create(
        order_id=first.order_id,
        order_ref=order.ref,
        warehouse_id=shop.warehouse_id,
        status="allocated",
        ship_by=date(2026, 12, 1),
        release_on=TODAY + timedelta(days=1),
        created_at=NOW,
    )
    first.allocations.filter(product_id=shop.products["LAMP"]).update(fulfillment_order=later)

    assert settle(order.ref) == ["open", "scheduled"]
    assert release_scheduled(by=TESTER, now=NOW + timedelta(days=1)) == 1
    assert set(FulfillmentOrder.objects.values_list("status", flat=True)) == {"allocated"}


@pytest.mark.parametrize(("answer", "status"), [("", "open"), ("requested", "open"), ("accepted", "allocated")])
def test_a_third_party_is_not_worked_for_before_it_takes_the_order_on(shop: Shop, answer: str, status: str) -> None:
    order = shop.order({"MUG": 2})
    set_warehouses("kind", "third_party")
    FulfillmentOrder.objects.update(request_status=answer)

    assert settle(order.ref) == [status]


def picked_without_the_lamp(shop: Shop) -> FulfillmentOrder:
    """An order that ships complete, all of which was there until somebody stood before the shelf of the lamps."""
    order = shop.order({"MUG": 2, "LAMP": 1}, ship_complete=True)
    part = FulfillmentOrder.objects.get(order__ref=order.ref)
    with transaction.atomic():
        fulfilment.lock_for_work([part.pk])
        fulfilment.mark_released([part.pk], by=TESTER, now=NOW)
        lamp = part.allocations.get(order_line__sku="LAMP")
        fulfilment.record_short(lamp.pk, 1, reason="not_found", by=TESTER, now=NOW)
        fulfilment.mark_picking(part.pk, by=TESTER, now=NOW)
        mugs = part.allocations.get(order_line__sku="MUG", status="allocated")
        shop.move("MUG", 2, shop.bins["pick_face"], shop.totes[0], "pick")
        fulfilment.record_picked([(mugs.pk, 2, shop.totes[0])], by=TESTER, now=NOW)
        fulfilment.mark_picked(part.pk, by=TESTER, now=NOW)
    part.refresh_from_db()
    return part


def open_holds() -> list[str]:
    assert Order.objects.get().open_holds == Hold.objects.filter(released_at=None).count()
    return list(Hold.objects.filter(released_at=None).values_list("code", flat=True))


def test_what_was_picked_short_of_an_order_that_ships_complete_waits_at_the_bench(shop: Shop) -> None:
    part = picked_without_the_lamp(shop)
    assert (part.status, open_holds()) == ("picked", ["incomplete"])
    with pytest.raises(WorkStopped):
        shop.pack(part.pk)

    allocate_backorders(shop.products["LAMP"], shop.warehouse_id, by=TESTER, now=NOW)

    assert open_holds() == []
    shop.pack(part.pk)
    shop.ship(part.pk)
    assert_books_balance(shop)


def test_what_waits_at_the_bench_goes_on_when_the_rest_is_cancelled(shop: Shop) -> None:
    part = picked_without_the_lamp(shop)
    lamp = OrderLine.objects.get(sku="LAMP")

    cancel_order(part.order_ref, reason="", lines=[(lamp.pk, 1)], by=TESTER, now=NOW)

    assert open_holds() == []
    shop.pack(part.pk)


def test_what_waits_at_the_bench_goes_on_when_the_desk_sends_what_is_here(shop: Shop) -> None:
    part = picked_without_the_lamp(shop)

    ship_what_is_here(part.order_ref, by=TESTER, now=NOW)

    assert open_holds() == []
    shop.pack(part.pk)


def test_a_hold_that_a_person_placed_is_not_let_go_with_it(shop: Shop) -> None:
    part = picked_without_the_lamp(shop)
    place_hold(part.order_ref, type="operator", reason="look", by=TESTER, now=NOW)

    ship_what_is_here(part.order_ref, by=TESTER, now=NOW)

    assert open_holds() == [""]
