"""Many at once over several warehouses. Each race has a control that takes the guard away."""

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from django.db import connection, transaction

from core.kernel.locks import lock_many
from inventory.services import reservation
from inventory.services.reservation import Want
from inventory.tests.threads import together
from orders.errors import NotRoutable
from orders.models import Allocation, FulfillmentOrder, Order
from orders.selectors.work import works
from orders.services import fulfilment, giveup, splitting
from orders.services.allocation import allocate_backorders, fill_backorder
from orders.services.allocations import read
from orders.services.splitting import reroute
from orders.tests.places import another_warehouse
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance, build_shop

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def named(ended: Sequence[object]) -> Counter[str]:
    return Counter(type(one).__name__ for one in ended)


def two(stock: dict[str, int], there: dict[str, int], **more: Any) -> tuple[Shop, Shop]:
    shop = build_shop(stock, **more)
    return shop, another_warehouse(shop, there)


def balanced(*shops: Shop) -> None:
    for one in shops:
        assert_books_balance(one)


def test_buyers_of_two_warehouses_get_exactly_what_both_have() -> None:
    shop, side = two({"HOT": 20}, {"HOT": 15}, policy="reject")

    ended = together(lambda buyer: shop.order({"HOT": 1}, email=f"b{buyer}@example.com"), range(48))

    assert named(ended) == {"OrderFact": 35, "OutOfStock": 13}
    assert (shop.available("HOT"), side.available("HOT")) == (0, 0)
    balanced(shop, side)


def test_overtaken_orders_take_what_another_warehouse_has() -> None:
    shop, side = two({"HOT": 10}, {"HOT": 10})

    ended = together(lambda buyer: shop.order({"HOT": 3}, email=f"b{buyer}@example.com"), range(12))

    assert named(ended) == {"OrderFact": 12}
    assert sum(row.quantity for row in Allocation.objects.all()) == 20
    balanced(shop, side)


def test_one_part_moved_by_many_at_once_is_moved_once() -> None:
    shop, side = two({"MUG": 4}, {"MUG": 10})
    shop.order({"MUG": 2})
    part = FulfillmentOrder.objects.get().pk

    ended = together(lambda _: reroute(part, side.warehouse_id, by=TESTER, now=NOW), range(8))

    assert named(ended) == {"Moved": 1, "NotRoutable": 7}
    assert (shop.available("MUG"), side.available("MUG")) == (4, 8)
    balanced(shop, side)


def test_a_loss_that_meets_a_part_moved_away_takes_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The part moves between the look and the lock; what is given up is only what still lies where the loss was."""
    shop, side = two({"MUG": 2}, {"MUG": 10})
    shop.order({"MUG": 2})
    part = FulfillmentOrder.objects.get().pk
    ended: list[object] = []

    def lock_late(*asked: Any) -> Any:
        ended.extend(together(lambda _: reroute(part, side.warehouse_id, by=TESTER, now=NOW), range(1)))
        return lock_many(*asked)

    monkeypatch.setattr(giveup, "lock_many", lock_late)
    with transaction.atomic():
        lost = giveup.give_up_allocations(shop.products["MUG"], shop.warehouse_id, 1, by=TESTER, now=NOW, reason="lost")

    assert (named(ended), lost) == ({"Moved": 1}, 0)
    assert (shop.available("MUG"), side.available("MUG")) == (2, 8)
    balanced(shop, side)


def test_without_the_orders_lock_a_part_is_moved_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: two read the part before either writes, and stock is taken for both."""
    shop, side = two({"MUG": 4}, {"MUG": 10})
    shop.order({"MUG": 2})
    part = FulfillmentOrder.objects.get().pk
    both_have_read = threading.Barrier(2)
    taken: list[int] = []

    def unlocked(ids: object, channel_id: object, version: object) -> tuple[Order, list[FulfillmentOrder]]:
        row = FulfillmentOrder.objects.select_related("order").get(pk=part)
        return row.order, [row]

    def read_together(allocation_ids: Iterable[int]) -> Any:
        found = read(allocation_ids)
        both_have_read.wait(timeout=10)
        return found

    monkeypatch.setattr(splitting, "_lock", unlocked)
    monkeypatch.setattr(splitting, "read", read_together)
    monkeypatch.setattr(reservation, "swap", lambda _back, wants: taken.extend(want.quantity for want in wants))
    monkeypatch.setattr(splitting, "settle_readiness", lambda *_a, **_n: None)
    monkeypatch.setattr(splitting, "settle_fulfillment_orders", lambda *_a, **_n: None)

    together(lambda _: reroute(part, side.warehouse_id, by=TESTER, now=NOW), range(2))

    assert sum(taken) == 4


def test_parts_that_cross_between_two_warehouses_lose_no_unit() -> None:
    shop, side = two({"A": 12, "B": 12}, {"A": 12, "B": 12})
    orders = [shop.order({"A": 1, "B": 1}, email=f"b{number}@example.com") for number in range(6)]
    for order in orders[:3]:
        reroute(FulfillmentOrder.objects.get(order_ref=order.ref).pk, side.warehouse_id, by=TESTER, now=NOW)

    def cross(ref: str) -> int:
        part = FulfillmentOrder.objects.get(order_ref=ref, status="allocated")
        here = part.warehouse_id == shop.warehouse_id
        target = side.warehouse_id if here else shop.warehouse_id
        return reroute(part.pk, target, by=TESTER, now=NOW).fulfillment_order_id

    ended = together(cross, [order.ref for order in orders])

    assert named(ended) == {"int": 6}
    balanced(shop, side)


def test_moving_against_release_ends_in_one_of_the_two() -> None:
    shop, side = two({"MUG": 20}, {"MUG": 20})
    for number in range(6):
        shop.order({"MUG": 2}, email=f"b{number}@example.com")
    parts = list(FulfillmentOrder.objects.values_list("pk", flat=True))

    def act(job: tuple[str, int]) -> str:
        what, part = job
        if what == "move":
            reroute(part, side.warehouse_id, by=TESTER, now=NOW)
            return what
        with transaction.atomic():
            works, _stops = fulfilment.lock_workable([part])
            ready = [work.id for work in works if work.status == "allocated"]
            fulfilment.mark_released(ready, by=TESTER, now=NOW)
        return "released" if ready else "too late"

    ended = together(act, [(what, part) for part in parts for what in ("move", "release")])

    assert not [one for one in ended if isinstance(one, Exception) and not isinstance(one, NotRoutable)], ended
    moved, released = ended.count("move"), ended.count("released")
    assert moved + released == 6
    assert FulfillmentOrder.objects.filter(status="released", warehouse_id=shop.warehouse_id).count() == released
    assert FulfillmentOrder.objects.filter(status="allocated", warehouse_id=side.warehouse_id).count() == moved
    balanced(shop, side)


def test_without_the_lock_the_floor_walks_for_units_that_were_moved() -> None:
    """The control: what is to be walked for is read before the move and released after it."""
    shop, side = two({"MUG": 20}, {"MUG": 20})
    order = shop.order({"MUG": 2})
    part = FulfillmentOrder.objects.get()
    read_, moved = threading.Event(), threading.Event()

    def act(what: str) -> int:
        if what == "move":
            read_.wait(timeout=10)
            units = {order.lines[0].id: 1}
            reroute(part.pk, side.warehouse_id, units, by=TESTER, now=NOW)
            moved.set()
            return 0
        (work,) = works([part])
        read_.set()
        moved.wait(timeout=10)
        with transaction.atomic():
            fulfilment.mark_released([work.id], by=TESTER, now=NOW)
        return sum(one.quantity for one in work.allocations)

    ended = together(act, ["move", "release"])

    there = Allocation.objects.filter(fulfillment_order=part, status="allocated").values_list("quantity", flat=True)
    assert (ended, sum(there)) == ([0, 2], 1)


def test_filling_from_two_warehouses_against_new_orders_gives_exactly_what_came() -> None:
    shop, side = two({"MUG": 0}, {})
    for number in range(6):
        shop.order({"MUG": 3}, email=f"w{number}@example.com")
    shop.receive("MUG", 10)
    side.receive("MUG", 11)
    places = (shop.warehouse_id, side.warehouse_id)

    def act(number: int) -> int:
        if number % 2:
            return allocate_backorders(shop.products["MUG"], places[number // 2 % 2], by=TESTER, now=NOW)
        shop.order({"MUG": 2}, email=f"b{number}@example.com")
        return 0

    ended = together(act, range(12))
    assert named(ended) == {"int": 12}
    for place in places:
        allocate_backorders(shop.products["MUG"], place, by=TESTER, now=NOW)

    assert (shop.available("MUG"), side.available("MUG")) == (0, 0)
    assert sum(row.quantity for row in Allocation.objects.all()) == 21
    balanced(shop, side)


def test_without_the_guard_two_fills_run_into_the_constraint(monkeypatch: pytest.MonkeyPatch) -> None:
    shop, side = two({"MUG": 0}, {})
    for number in range(2):
        shop.order({"MUG": 1}, email=f"w{number}@example.com")
    side.receive("MUG", 1)
    both_have_read = threading.Barrier(2)
    orders = list(Order.objects.order_by("pk").values_list("pk", flat=True))

    def take_unguarded(wants: Sequence[Want]) -> None:
        both_have_read.wait(timeout=10)
        with connection.cursor() as cursor:
            for want in wants:
                cursor.execute(
                    "UPDATE inventory_stocklevel SET allocated = allocated + %s"
                    " WHERE product_id = %s AND warehouse_id = %s",
                    [want.quantity, want.product_id, want.warehouse_id],
                )

    monkeypatch.setattr(reservation, "take", take_unguarded)
    from_side = (shop.products["MUG"], side.warehouse_id)
    ended = together(lambda one: fill_backorder(one, *from_side, by=TESTER, now=NOW), orders)

    assert named(ended) == {"int": 1, "IntegrityError": 1}
