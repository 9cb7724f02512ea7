"""The laws of kits, for any sequence of what may happen, and for many buyers at once."""

import itertools
import random
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.kernel.errors import DomainError, Invalid
from inventory.errors import StockPromised
from inventory.services import reservation
from inventory.services.adjustment import adjust_stock
from inventory.tests.threads import together
from orders.errors import NotCancellable, NotEditable, OrderClosed, OutOfStock, WorkStopped
from orders.models import Allocation, FulfillmentOrder, Order, OrderKit, OrderLine
from orders.planning.kits import Part, share_out_whole
from orders.selectors.orders import access_order
from orders.services import asking, routing
from orders.services.allocation import allocate_backorders, fill_overlooked
from orders.services.asking import Asked
from orders.services.cancellation import cancel_order
from orders.services.checking import check_allocations
from orders.services.editing import OrderChanges, edit_order
from orders.services.giveup import give_up_allocations
from orders.services.line_changes import LineChange
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance, build_shop
from orders.tests.test_kits import make_kit

pytestmark = pytest.mark.slow

REFUSALS: dict[str, tuple[type[DomainError], ...]] = {
    "cancel": (NotCancellable,),
    "cancel_some": (NotCancellable,),
    "edit": (NotEditable, OrderClosed),
    "lose": (Invalid, StockPromised),
    # What was changed on the floor is stopped before it goes on.
    "pick": (WorkStopped,),
    "ship": (WorkStopped,),
}
STEPS = ("order", "order", "receive", "fill", "cancel", "cancel_some", "give_up", "lose", "pick", "ship", "edit")
_codes = itertools.count(1)

parts = st.builds(Part, st.integers(1, 4), st.integers(1, 3), st.integers(0, 6), st.integers(0, 12)).map(
    lambda part: Part(part.product_id, part.per_kit, part.had, max(part.wanted, part.had))
)
groups = st.lists(st.lists(parts, min_size=1, max_size=3, unique_by=lambda part: part.product_id), max_size=5)
stocks = st.dictionaries(st.integers(1, 4), st.integers(-3, 20))


@given(groups, stocks)
def test_kits_get_what_makes_as_many_whole_as_can_be(wanted: list[list[Part]], stock: dict[int, int]) -> None:
    given_out = share_out_whole(wanted, stock)

    left = {product: max(units, 0) for product, units in stock.items()}
    for group, units in zip(wanted, given_out, strict=True):
        assert units == _by_hand(group, left)
        for part, got in zip(group, units, strict=True):
            left[part.product_id] = left.get(part.product_id, 0) - got
            assert left[part.product_id] >= 0
            assert part.had + got <= part.wanted


def _by_hand(group: Sequence[Part], left: Mapping[int, int]) -> list[int]:
    """One kit after the other, until a part of the next one is lacking."""
    got = [0] * len(group)
    for kits in range(1, 13):
        need = [max(min(kits * part.per_kit, part.wanted) - part.had, 0) for part in group]
        if any(units > left.get(part.product_id, 0) for part, units in zip(group, need, strict=True)):
            break
        got = need
    return got


@pytest.mark.slow
@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 2**16)), max_size=14))
def test_units_of_kits_are_conserved_whatever_happens(steps: list[tuple[str, int]]) -> None:
    number = next(_codes)
    a, b, c = (f"KL-{number}-{letter}" for letter in "ABC")
    shop = build_shop({a: 9, b: 4, c: 3}, code=f"KL{number}", policy="backorder")
    make_kit(shop, f"KL-{number}-K1", [(a, 2), (b, 1)])
    make_kit(shop, f"KL-{number}-K2", [(f"KL-{number}-K1", 1), (c, 1)])
    sold = [a, b, f"KL-{number}-K1", f"KL-{number}-K2"]

    for step, seed in steps:
        with suppress(*REFUSALS.get(step, ())):
            _act(shop, [a, b, c], sold, step, random.Random(seed))
        assert_books_balance(shop)
        assert all(shop.available(sku) >= 0 for sku in (a, b, c))
        _assert_kits_add_up(shop)
    assert not [
        drift for drift in check_allocations(repair=False, by=TESTER, now=NOW) if str(shop.warehouse_id) in str(drift)
    ]


def _assert_kits_add_up(shop: Shop) -> None:
    for order in Order.objects.filter(channel_id=shop.channel_id):
        fact = access_order(order.ref)
        for kit in fact.kits:
            assert sum(part.kit_value or 0 for part in kit.components) == kit.unit_price
            assert all(part.quantity == kit.quantity * (part.per_kit or 0) for part in kit.components)
            assert kit.allocated + kit.cancelled <= kit.quantity


def _act(shop: Shop, stocked: list[str], sold: list[str], step: str, dice: random.Random) -> None:
    sku = dice.choice(stocked)
    units = dice.randint(1, 4)
    order = dice.choice(list(Order.objects.filter(channel_id=shop.channel_id).order_by("pk")) or [None])
    shipments = FulfillmentOrder.objects.filter(warehouse_id=shop.warehouse_id)
    if step == "order":
        lines = [(dice.choice(sold), dice.randint(1, 4)) for _ in range(dice.randint(1, 3))]
        shop.order(lines, now=NOW + timedelta(days=dice.randint(0, 3)))
    elif step == "receive":
        shop.receive(sku, units)
    elif step == "fill":
        fill_overlooked(by=TESTER, now=NOW)
        allocate_backorders(shop.products[sku], shop.warehouse_id, by=TESTER, now=NOW)
    elif step == "give_up":
        with transaction.atomic():
            give_up_allocations(shop.products[sku], shop.warehouse_id, units, by=TESTER, now=NOW, reason="lost")
    elif step == "lose":
        adjust_stock(
            product_id=shop.products[sku],
            warehouse_id=shop.warehouse_id,
            reason="lost",
            delta=-units,
            by=TESTER,
            now=NOW,
        )
    elif step == "pick" and (shipment := shipments.filter(status="allocated").first()):
        shop.pick(shipment.pk)
    elif step == "ship" and (shipment := shipments.filter(status="picked").first()):
        shop.pack(shipment.pk)
        shop.ship(shipment.pk)
    elif order is not None and step == "cancel":
        cancel_order(order.ref, reason="", by=TESTER, now=NOW)
    elif order is not None and step in ("cancel_some", "edit"):
        plain = OrderLine.objects.filter(order=order, kit=None).values_list("pk", flat=True)
        kits = OrderKit.objects.filter(order=order).values_list("pk", flat=True)
        chosen = dice.choice([*plain, *kits])
        if step == "cancel_some":
            cancel_order(order.ref, reason="", lines=[(chosen, units)], by=TESTER, now=NOW)
        else:
            changes = OrderChanges(lines=[LineChange(id=chosen, quantity=dice.randint(0, 5))])
            edit_order(order.ref, changes, by=TESTER, now=NOW)


def shared_shop(policy: str) -> Shop:
    """A hundred cups; a pair is two cups, a set a cup and a plate."""
    shop = build_shop({"CUP": 100, "PLATE": 500}, policy=policy)
    make_kit(shop, "PAIR", [("CUP", 2)])
    make_kit(shop, "SET", [("CUP", 1), ("PLATE", 1)])
    return shop


def cups_promised() -> int:
    return sum(Allocation.objects.filter(product__sku="CUP").values_list("quantity", flat=True))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_kits_and_a_single_share_a_component_and_none_is_sold_twice() -> None:
    shop = shared_shop("reject")
    lines = [{"PAIR": 1}, {"SET": 1}, {"CUP": 1}, {"PAIR": 1, "SET": 1, "CUP": 1}]

    def buyer(number: int) -> int:
        for nth in range(4):
            with suppress(OutOfStock):
                shop.order(lines[(number + nth) % 4], email=f"b{number}@example.com")
        return number

    ended = together(buyer, range(32))

    assert {type(one).__name__ for one in ended} == {"int"}
    with suppress(OutOfStock):
        shop.order({"CUP": 1})
    assert cups_promised() == 100
    assert shop.available("CUP") == 0
    assert_books_balance(shop)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_kits_that_may_wait_share_a_component_and_none_is_promised_twice() -> None:
    shop = shared_shop("backorder")

    ended = together(
        lambda number: shop.order([("PAIR", 1 + number % 3), ("SET", 1)], email=f"b{number}@example.com"), range(32)
    )

    assert {type(one).__name__ for one in ended} == {"OrderFact"}
    fill_overlooked(by=TESTER, now=NOW)
    assert 99 <= cups_promised() <= 100
    assert shop.available("CUP") == 100 - cups_promised()
    assert_books_balance(shop)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_summing_and_the_guard_the_shared_component_is_sold_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = shared_shop("reject")
    shop.order({"CUP": 98})
    everybody_has_read = threading.Barrier(2)

    def share_line_by_line(asked: Sequence[Asked], available: Mapping[int, int]) -> list[int]:
        return [asking.share([one], available)[0] for one in asked]

    def take_unguarded(wants: Sequence[reservation.Want]) -> None:
        everybody_has_read.wait(timeout=10)

    monkeypatch.setattr(routing, "share", share_line_by_line)
    monkeypatch.setattr(reservation, "take", take_unguarded)
    ended = together(lambda number: shop.order([("PAIR", 1), ("SET", 1)], email=f"b{number}@example.com"), range(2))

    assert {type(one).__name__ for one in ended} == {"OrderFact"}
    assert cups_promised() == 104
