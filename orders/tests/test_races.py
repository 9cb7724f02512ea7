"""Many at once. Each race has a control that takes the guard away and shows that the race then happens."""

import random
import threading
from collections import Counter
from collections.abc import Sequence

import pytest
from django.db import connection, transaction

from inventory.services import reservation
from inventory.services.reservation import Want
from inventory.tests.threads import together
from orders.errors import DuplicateExternalId, NotCancellable, OutOfStock, WorkStopped
from orders.models import Allocation, FulfillmentOrder, Order
from orders.services import fulfilment
from orders.services.allocation import allocate_backorders
from orders.services.cancellation import cancel_order
from orders.services.holds import place_hold
from orders.tests.shop import NOW, TESTER, assert_books_balance, build_shop

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def named(ended: Sequence[object]) -> Counter[str]:
    return Counter(type(one).__name__ for one in ended)


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def test_64_buyers_of_a_hot_product_get_exactly_what_there_is() -> None:
    shop = build_shop({"HOT": 100}, policy="reject")

    def shopper(buyer: int) -> int:
        bought = 0
        for _ in range(2):
            try:
                shop.order({"HOT": 1}, email=f"buyer{buyer}@example.com")
                bought += 1
            except OutOfStock:
                pass
        return bought

    ended = together(shopper, range(64))

    assert named(ended) == {"int": 64}
    assert sum(one for one in ended if isinstance(one, int)) == 100 == Order.objects.count()
    assert shop.available("HOT") == 0
    assert_books_balance(shop)


def test_64_buyers_of_a_hot_product_that_may_be_backordered_are_all_taken_in() -> None:
    shop = build_shop({"HOT": 100})

    ended = together(lambda buyer: shop.order({"HOT": 1 + buyer % 5}, email=f"b{buyer}@example.com"), range(64))

    assert named(ended) == {"OrderFact": 64}
    assert sum(allocation.quantity for allocation in Allocation.objects.all()) == 100
    assert_books_balance(shop)


def test_without_the_guard_the_same_race_runs_into_the_constraint(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = build_shop({"HOT": 1}, policy="reject")
    everybody_has_read = threading.Barrier(8)

    def take_unguarded(wants: Sequence[Want]) -> None:
        everybody_has_read.wait(timeout=10)
        with connection.cursor() as cursor:
            for want in wants:
                cursor.execute(
                    "UPDATE inventory_stocklevel SET allocated = allocated + %s WHERE product_id = %s",
                    [want.quantity, want.product_id],
                )

    monkeypatch.setattr(reservation, "take", take_unguarded)
    ended = together(lambda buyer: shop.order({"HOT": 1}, email=f"b{buyer}@example.com"), range(8))

    assert named(ended) == {"OrderFact": 1, "IntegrityError": 7}


def test_carts_that_cross_never_deadlock() -> None:
    skus = [f"S{number:02}" for number in range(12)]
    shop = build_shop(dict.fromkeys(skus, 100))
    before = deadlocks()

    def fill_carts(buyer: int) -> int:
        dice = random.Random(buyer)
        for _ in range(6):
            picked = dice.sample(skus, 6)
            shop.order([(sku, dice.randint(1, 3)) for sku in picked], email=f"b{buyer}@example.com")
        return buyer

    ended = together(fill_carts, range(16))

    assert named(ended) == {"int": 16}
    assert deadlocks() == before
    assert_books_balance(shop)


def test_the_same_external_id_a_hundred_times_is_one_order() -> None:
    shop = build_shop({"MUG": 1000})

    ended = together(lambda _: shop.order({"MUG": 1}, external_id="ONE"), range(100))

    assert named(ended) == {"OrderFact": 1, "DuplicateExternalId": 99}
    refs = {one.ref for one in ended if isinstance(one, DuplicateExternalId)}
    assert refs == {Order.objects.get().ref}
    assert shop.available("MUG") == 999
    assert_books_balance(shop)


def test_without_the_unique_number_the_same_order_is_taken_in_again_and_again() -> None:
    shop = build_shop({"MUG": 1000})
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders_order DROP CONSTRAINT external_id_unique_for_ever")
    try:
        together(lambda n: shop.order({"MUG": 1}, external_id="ONE", email=f"b{n}@example.com"), range(10))
        assert Order.objects.count() > 1
    finally:
        Order.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE orders_order ADD CONSTRAINT external_id_unique_for_ever UNIQUE (channel_id, external_id)"
            )


def test_cancelling_against_picking_ends_in_one_of_the_two_and_loses_nothing() -> None:
    shop = build_shop({"MUG": 100})
    orders = [shop.order({"MUG": 2}) for _ in range(8)]
    shipments = {row.order_ref: row.pk for row in FulfillmentOrder.objects.all()}

    def act(job: tuple[str, str]) -> str:
        what, ref = job
        if what == "cancel":
            cancel_order(ref, reason="", by=TESTER, now=NOW)
        else:
            shop.pick(shipments[ref])
        return what

    jobs = [(what, order.ref) for order in orders for what in ("cancel", "pick")]
    ended = together(act, jobs)

    assert not [one for one in ended if isinstance(one, Exception) and not isinstance(one, WorkStopped)], ended
    assert set(Order.objects.values_list("status", flat=True)) == {"cancelled"}
    assert not Allocation.objects.exclude(status="released").exists()
    assert_books_balance(shop)


def test_without_the_orders_lock_a_pick_can_overtake_the_stop_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the floor reads the flag without locking, and picks an order that was held in between."""
    shop = build_shop({"MUG": 10})
    order = shop.order({"MUG": 1})
    shipment = FulfillmentOrder.objects.get().pk
    asked, held = threading.Event(), threading.Event()
    monkeypatch.setattr(
        fulfilment, "_locked", lambda ids: list(FulfillmentOrder.objects.select_related("order").filter(pk__in=ids))
    )

    def act(who: str) -> str:
        if who == "supervisor":
            asked.wait(timeout=10)
            place_hold(order.ref, type="operator", reason="stop", by=TESTER, now=NOW)
            held.set()
            return who
        with transaction.atomic():
            fulfilment.lock_for_work([shipment])
            asked.set()
            held.wait(timeout=10)
            fulfilment.mark_released([shipment], by=TESTER, now=NOW)
        return who

    assert together(act, ["supervisor", "picker"]) == ["supervisor", "picker"]
    assert Order.objects.get().open_holds == 1
    assert FulfillmentOrder.objects.get().status == "released"


def test_a_hold_waits_for_the_scan_that_is_under_way() -> None:
    shop = build_shop({"MUG": 10})
    order = shop.order({"MUG": 1})
    shipment = FulfillmentOrder.objects.get().pk
    asked = threading.Event()
    seen: list[int] = []

    def act(who: str) -> str:
        if who == "supervisor":
            asked.wait(timeout=10)
            place_hold(order.ref, type="operator", reason="stop", by=TESTER, now=NOW)
            return who
        with transaction.atomic():
            fulfilment.lock_for_work([shipment])
            asked.set()
            fulfilment.mark_released([shipment], by=TESTER, now=NOW)
            seen.append(Order.objects.get().open_holds)
        return who

    assert together(act, ["supervisor", "picker"]) == ["supervisor", "picker"]
    assert seen == [0]
    with transaction.atomic(), pytest.raises(WorkStopped):
        fulfilment.lock_for_work([shipment])


def test_filling_backorders_against_new_orders_shares_out_exactly_what_came() -> None:
    shop = build_shop({"MUG": 0})
    for _ in range(6):
        shop.order({"MUG": 3})
    shop.receive("MUG", 20)

    def act(number: int) -> int:
        if number % 2:
            return allocate_backorders(shop.products["MUG"], shop.warehouse_id, by=TESTER, now=NOW)
        shop.order({"MUG": 2}, email=f"b{number}@example.com")
        return 0

    ended = together(act, range(12))
    assert named(ended) == {"int": 12}
    allocate_backorders(shop.products["MUG"], shop.warehouse_id, by=TESTER, now=NOW)

    assert shop.available("MUG") == 0
    assert sum(row.quantity for row in Allocation.objects.all()) == 20
    assert_books_balance(shop)


def test_one_order_cancelled_by_ten_at_once_is_cancelled_once() -> None:
    shop = build_shop({"MUG": 10})
    order = shop.order({"MUG": 4})

    ended = together(lambda _: cancel_order(order.ref, reason="", by=TESTER, now=NOW), range(10))

    assert named(ended) == {"OrderFact": 1, "NotCancellable": 9}
    assert isinstance(next(one for one in ended if isinstance(one, Exception)), NotCancellable)
    assert shop.available("MUG") == 10
    assert_books_balance(shop)
