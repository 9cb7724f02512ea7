"""The laws of DOMAIN.md that orders own, for any sequence of what may happen."""

import itertools
import random
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.kernel.errors import DomainError, Invalid
from inventory.errors import StockPromised
from inventory.services.adjustment import adjust_stock
from orders.errors import NotCancellable, NotEditable, OrderClosed
from orders.models import Allocation, FulfillmentOrder, Order, OrderLine
from orders.planning.sharing import share_out, summed
from orders.services.allocation import allocate_backorders
from orders.services.cancellation import cancel_order
from orders.services.checking import check_allocations
from orders.services.editing import OrderChanges, edit_order
from orders.services.giveup import give_up_allocations
from orders.services.line_changes import LineChange
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance, build_shop

# What each step may be refused with; anything else is a fault.
REFUSALS: dict[str, tuple[type[DomainError], ...]] = {
    "cancel": (NotCancellable,),
    "cancel_some": (NotCancellable,),
    "edit": (NotEditable, OrderClosed),
    "lose": (Invalid, StockPromised),
}
_codes = itertools.count(1)
wants = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 30)), max_size=12)
stocks = st.dictionaries(st.integers(1, 4), st.integers(-5, 60))
STEPS = ("order", "order", "receive", "fill", "cancel", "cancel_some", "give_up", "lose", "pick", "ship", "edit")


@given(wants, stocks)
def test_nobody_is_given_more_than_there_is_and_nothing_is_kept_back(
    wanted: list[tuple[int, int]], stock: dict[int, int]
) -> None:
    shares = share_out(wanted, stock)

    given_out = summed((product, share) for (product, _want), share in zip(wanted, shares, strict=True))
    for product, demand in summed(wanted).items():
        assert given_out.get(product, 0) == min(demand, max(stock.get(product, 0), 0))
    assert all(0 <= share <= want for (_product, want), share in zip(wanted, shares, strict=True))


@given(wants, stocks)
def test_the_first_line_is_served_first(wanted: list[tuple[int, int]], stock: dict[int, int]) -> None:
    shares = share_out(wanted, stock)
    for first, second in itertools.combinations(range(len(wanted)), 2):
        if wanted[first][0] == wanted[second][0] and shares[second]:
            assert shares[first] == wanted[first][1]


@pytest.mark.slow
@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 2**16)), max_size=14))
def test_units_are_conserved_whatever_happens(steps: list[tuple[str, int]]) -> None:
    number = next(_codes)
    skus = [f"LAW-{number}-{letter}" for letter in "AB"]
    shop = build_shop({skus[0]: 7, skus[1]: 2}, code=f"LAW{number}", policy="backorder")

    for step, seed in steps:
        with suppress(*REFUSALS.get(step, ())):
            _act(shop, skus, step, random.Random(seed))
        assert_books_balance(shop)
        assert all(shop.available(sku) >= 0 for sku in skus)
    assert not [
        drift for drift in check_allocations(repair=False, by=TESTER, now=NOW) if str(shop.warehouse_id) in str(drift)
    ]


def _act(shop: Shop, skus: list[str], step: str, dice: random.Random) -> None:
    sku = dice.choice(skus)
    units = dice.randint(1, 4)
    order = dice.choice(list(Order.objects.filter(channel_id=shop.channel_id).order_by("pk")) or [None])
    shipments = FulfillmentOrder.objects.filter(warehouse_id=shop.warehouse_id)
    if step == "order":
        lines = [(dice.choice(skus), dice.randint(1, 4)) for _ in range(dice.randint(1, 3))]
        shop.order(lines, now=NOW + timedelta(days=dice.randint(0, 3)))
    elif step == "receive":
        shop.receive(sku, units)
    elif step == "fill":
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
    elif order is not None and step == "cancel_some":
        line = dice.choice(list(OrderLine.objects.filter(order=order)))
        cancel_order(order.ref, reason="", lines=[(line.pk, units)], by=TESTER, now=NOW)
    elif order is not None and step == "edit":
        line = dice.choice(list(OrderLine.objects.filter(order=order)))
        changes = OrderChanges(lines=[LineChange(id=line.pk, quantity=dice.randint(0, 6))])
        edit_order(order.ref, changes, by=TESTER, now=NOW)


def test_the_check_names_what_does_not_add_up(shop: Shop) -> None:
    order = shop.order({"MUG": 2, "VASE": 1}, payment_status="pending")
    assert check_allocations(repair=False, by=TESTER, now=NOW) == []

    Allocation.objects.update(quantity=1)
    OrderLine.objects.filter(sku="VASE").update(backordered=0)
    Order.objects.update(open_holds=3)

    found = {
        (drift.check, drift.stored, drift.expected) for drift in check_allocations(repair=False, by=TESTER, now=NOW)
    }
    assert found == {("allocations", 2, 1), ("line_allocated", 2, 1), ("line_units", 0, 1), ("open_holds", 3, 1)}
    assert order.ref in {drift.subject for drift in check_allocations(repair=True, by=TESTER, now=NOW)}
