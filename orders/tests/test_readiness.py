"""Whether parts of an order may go to the floor."""

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from orders.models import FulfillmentOrder, Order
from orders.planning.readiness import Part, verdicts
from orders.selectors.work import releasable
from orders.services.allocation import allocate_backorders
from orders.services.cancellation import cancel_order
from orders.services.giveup import give_up_allocations
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
