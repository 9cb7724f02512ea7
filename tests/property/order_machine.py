"""Several orders walked through three warehouses by the real services: placed, divided, moved, short, shipped.

The model knows nothing; what is checked after every step are the laws of DOMAIN.md that hold whatever was done.
"""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
from django.db import transaction
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from core.kernel.errors import DomainError
from inventory import ports
from inventory.selectors import products_by_sku
from inventory.services.checking import check_stock
from inventory.services.products import create_product
from orders.models import Allocation, FulfillmentOrder, Hold, Order, OrderLine
from orders.selectors.work import releasable
from orders.services import fulfilment
from orders.services.allocation import allocate_backorders, fill_overlooked
from orders.services.cancellation import cancel_order
from orders.services.checking import check_allocations
from orders.services.editing import OrderChanges, edit_order
from orders.services.giveup import give_up_allocations
from orders.services.holds import release_hold
from orders.services.line_changes import LineChange
from orders.services.readiness import release_scheduled
from orders.services.releasing import lock_on_floor, take_from_floor
from orders.services.splitting import merge, reroute, split
from orders.tests.places import another_warehouse
from orders.tests.shop import TESTER, Shop, build_shop
from orders.tests.test_kits import make_kit

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SKUS = ("A", "B", "SET", "SOON")
"""SET is packed from A and B; SOON leaves in three days at the earliest."""
dice = st.integers(0, 2**20).map(random.Random)
OPEN_STATES = ("open", "scheduled", "allocated", "released", "picking", "picked", "packing", "packed")


class OrderMachine(RuleBasedStateMachine):
    """One channel, three warehouses, two articles and a kit of both."""

    def __init__(self) -> None:
        super().__init__()
        undo: Any = transaction.atomic()
        undo._from_testcase = True
        undo.__enter__()
        self.undo = undo
        self.ports = ports.give_up_allocations, list(ports.extra_checks)
        ports.give_up_allocations = give_up_allocations
        ports.extra_checks[:] = [check_allocations]
        self.clock = NOW

    def teardown(self) -> None:
        ports.give_up_allocations, ports.extra_checks[:] = self.ports
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @initialize()
    def build(self) -> None:
        first = build_shop({"A": 9, "B": 4}, code="ONE")
        make_kit(first, "SET", [("A", 2), ("B", 1)])
        create_product(sku="SOON", name="Soon", release_on=(NOW + timedelta(days=3)).date(), by=TESTER, now=NOW)
        first.products["SOON"] = products_by_sku(["SOON"])["soon"].id
        first.receive("SOON", 6)
        second = another_warehouse(first, {"A": 5, "B": 6}, code="TWO", position=1)
        third = another_warehouse(first, {"B": 3}, code="THREE", country="DE", position=2)
        self.shops = [first, second, third]

    def try_to(self, work: Callable[[], Any]) -> Any:
        """Do it, or be refused in words; a refusal leaves nothing behind, which the invariants then show."""
        try:
            return work()
        except DomainError:
            return None

    def some_order(self, luck: random.Random) -> Order | None:
        orders = list(Order.objects.filter(status="confirmed").order_by("pk"))
        return luck.choice(orders) if orders else None

    def some_part(self, luck: random.Random, *states: str) -> FulfillmentOrder | None:
        """An open part; one in those states of an order that nothing stops, for what the floor does."""
        parts = FulfillmentOrder.objects.filter(status__in=states or OPEN_STATES).order_by("pk")
        found = list(parts.filter(order__open_holds=0) if states else parts)
        return luck.choice(found) if found else None

    def some_units(self, luck: random.Random, part: FulfillmentOrder) -> dict[int, int]:
        held: dict[int, int] = {}
        for line, units in part.allocations.filter(status="allocated").values_list("order_line_id", "quantity"):
            held[line] = held.get(line, 0) + units
        return {line: luck.randint(1, units) for line, units in held.items() if luck.random() < 0.7}

    # --- what happens ---

    @rule(luck=dice, complete=st.booleans())
    def place(self, luck: random.Random, complete: bool) -> None:
        lines = [(luck.choice(SKUS), luck.randint(1, 4)) for _ in range(luck.randint(1, 3))]
        self.shops[0].order(lines, ship_complete=complete, now=self.clock)

    @rule(luck=dice, days=st.integers(1, 15))
    def place_for_a_day(self, luck: random.Random, days: int) -> None:
        lines = [(sku, luck.randint(1, 2)) for sku in luck.sample(SKUS, 2)]
        first = (self.clock + timedelta(days=days)).date()
        self.shops[0].order(lines, deliver_not_before=first, now=self.clock)

    @rule(luck=dice, method=st.sampled_from(["standard", "express", "economy"]))
    def go_another_way(self, luck: random.Random, method: str) -> None:
        if order := self.some_order(luck):
            changes = OrderChanges(shipping_method=method)
            self.try_to(lambda: edit_order(order.ref, changes, by=TESTER, now=self.clock))

    @rule(luck=dice)
    def receive(self, luck: random.Random) -> None:
        luck.choice(self.shops).receive(luck.choice("AB"), luck.randint(1, 4))

    @rule(luck=dice)
    def fill(self, luck: random.Random) -> None:
        shop = luck.choice(self.shops)
        if luck.random() < 0.5:
            allocate_backorders(shop.products[luck.choice("AB")], shop.warehouse_id, by=TESTER, now=self.clock)
        else:
            fill_overlooked(by=TESTER, now=self.clock)

    @rule(luck=dice)
    def divide(self, luck: random.Random) -> None:
        if part := self.some_part(luck):
            units = self.some_units(luck, part)
            self.try_to(lambda: split(part.pk, units, by=TESTER, now=self.clock))

    @rule(luck=dice)
    def join(self, luck: random.Random) -> None:
        if part := self.some_part(luck):
            others = FulfillmentOrder.objects.filter(order=part.order_id).exclude(status="cancelled")
            ids = list(others.values_list("pk", flat=True))
            self.try_to(lambda: merge(ids, by=TESTER, now=self.clock))

    @rule(luck=dice, whole=st.booleans())
    def move(self, luck: random.Random, whole: bool) -> None:
        if part := self.some_part(luck):
            units = None if whole else self.some_units(luck, part)
            place = luck.choice(self.shops).warehouse_id
            self.try_to(lambda: reroute(part.pk, place, units, by=TESTER, now=self.clock))

    @rule(luck=dice, whole=st.booleans())
    def cancel(self, luck: random.Random, whole: bool) -> None:
        if order := self.some_order(luck):
            line = luck.choice(list(OrderLine.objects.filter(order=order).order_by("pk")))
            lines = None if whole else [(line.pk, luck.randint(1, 3))]
            self.try_to(lambda: cancel_order(order.ref, reason="", lines=lines, by=TESTER, now=self.clock))

    @rule(luck=dice)
    def edit(self, luck: random.Random) -> None:
        if order := self.some_order(luck):
            rows = list(OrderLine.objects.filter(order=order).order_by("pk"))
            row = luck.choice(rows)
            change = LineChange(id=row.kit_id or row.pk, quantity=luck.randint(0, 5))
            changes = OrderChanges(lines=[change])
            self.try_to(lambda: edit_order(order.ref, changes, by=TESTER, now=self.clock))

    @rule(luck=dice)
    def lose(self, luck: random.Random) -> None:
        shop = luck.choice(self.shops)
        with transaction.atomic():
            give_up_allocations(
                shop.products[luck.choice("AB")],
                shop.warehouse_id,
                luck.randint(1, 3),
                by=TESTER,
                now=self.clock,
                reason="lost",
            )

    @rule(luck=dice)
    def be_short(self, luck: random.Random) -> None:
        """The floor takes a part on and does not find some of it."""
        part = self.some_part(luck, "allocated")
        row = part.allocations.filter(status="allocated").first() if part else None
        if part is None or row is None:
            return
        with transaction.atomic():
            fulfilment.lock_for_work([part.pk])
            fulfilment.mark_released([part.pk], by=TESTER, now=self.clock)
            fulfilment.record_short(row.pk, luck.randint(1, row.quantity), reason="empty", by=TESTER, now=self.clock)
            if part.allocations.filter(status="allocated").exists():
                take_from_floor(lock_on_floor([part.pk]), by=TESTER, now=self.clock)
            else:
                fulfilment.mark_picking(part.pk, by=TESTER, now=self.clock)
                fulfilment.mark_picked(part.pk, by=TESTER, now=self.clock)

    @rule(luck=dice, far=st.integers(1, 3))
    def work(self, luck: random.Random, far: int) -> None:
        """The floor takes on what may be released, and carries it so far: picked, packed, shipped."""
        shop = luck.choice(self.shops)
        ready = releasable(shop.warehouse_id)
        if not ready:
            return
        part_id = luck.choice(ready).id
        order = FulfillmentOrder.objects.get(pk=part_id).order
        waits = OrderLine.objects.filter(order=order, backordered__gt=0).exists()
        assert not (order.ship_policy == "complete" and waits)
        self.carry(shop, part_id, far)

    def carry(self, shop: Shop, part_id: int, far: int) -> None:
        shop.pick(part_id)
        if far > 1:
            shop.pack(part_id)
        if far > 2:
            shop.ship(part_id)

    @rule(luck=dice)
    def go_on(self, luck: random.Random) -> None:
        part = self.some_part(luck, "picked", "packed")
        if part is None:
            return
        shop = next(one for one in self.shops if one.warehouse_id == part.warehouse_id)
        if part.status == "picked":
            shop.pack(part.pk)
        else:
            shop.ship(part.pk)

    @rule()
    def let_go(self) -> None:
        """Whatever stops an order, such as a change after it went to the floor, is seen to."""
        for ref, pk in list(Hold.objects.filter(released_at=None).values_list("order__ref", "pk")):
            self.try_to(partial(release_hold, ref, pk, by=TESTER, now=self.clock))

    @rule(luck=dice)
    def wait_for_a_day(self, luck: random.Random) -> None:
        """Parts are put off until tomorrow, or a day passes."""
        part = self.some_part(luck, "allocated")
        if part is not None and luck.random() < 0.5:
            FulfillmentOrder.objects.filter(pk=part.pk).update(release_on=self.clock.date() + timedelta(days=1))
        self.clock += timedelta(days=luck.randint(0, 1))
        release_scheduled(by=TESTER, now=self.clock)

    # --- and what is always true ---

    @invariant()
    def no_unit_is_lost_or_made(self) -> None:
        if not hasattr(self, "shops"):
            return
        held: dict[int, int] = {}
        gone: dict[int, int] = {}
        for line_id, status, units in Allocation.objects.exclude(status="released").values_list(
            "order_line_id", "status", "quantity"
        ):
            held[line_id] = held.get(line_id, 0) + units
            gone[line_id] = gone.get(line_id, 0) + (units if status == "shipped" else 0)
        for line in OrderLine.objects.all():
            assert line.quantity == line.allocated + line.backordered + line.cancelled
            assert line.allocated == held.get(line.pk, 0)
            assert line.shipped == gone.get(line.pk, 0) <= line.allocated

    @invariant()
    def the_books_of_stock_agree(self) -> None:
        if hasattr(self, "shops"):
            assert check_stock(by=TESTER, now=self.clock) == []

    @invariant()
    def units_lie_in_the_warehouse_of_their_part_and_no_part_is_empty(self) -> None:
        if not hasattr(self, "shops"):
            return
        for part in FulfillmentOrder.objects.filter(status__in=OPEN_STATES).prefetch_related("allocations"):
            rows = [row for row in part.allocations.all() if row.status in ("allocated", "picked")]
            assert rows, part.status
            assert {row.warehouse_id for row in rows} == {part.warehouse_id}

    @invariant()
    def the_last_promise_is_the_one_of_the_order_and_none_is_made_twice(self) -> None:
        if not hasattr(self, "shops"):
            return
        for order in Order.objects.all():
            made = [(one.ship_by, one.deliver_from, one.deliver_to) for one in order.promises.order_by("version")]
            assert made[-1][0] == order.ship_by
            assert all(one != other for one, other in pairwise(made))
            assert all(sorted(one) == list(one) for one in made)

    @invariant()
    def what_ships_complete_waits_for_its_last_unit(self) -> None:
        if not hasattr(self, "shops"):
            return
        for order in Order.objects.filter(ship_policy="complete", status="confirmed"):
            if OrderLine.objects.filter(order=order, backordered__gt=0).exists():
                assert not FulfillmentOrder.objects.filter(order=order, status="allocated").exists()

    @invariant()
    def an_order_that_wants_nothing_more_is_over(self) -> None:
        if not hasattr(self, "shops"):
            return
        for order in Order.objects.filter(status="confirmed"):
            assert any(line.quantity - line.cancelled - line.shipped for line in OrderLine.objects.filter(order=order))
