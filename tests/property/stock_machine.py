"""A plain model of stock, walked side by side with the real database."""

from collections import Counter
from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import hypothesis.strategies as st
from django.db import transaction
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.kernel.actors import Actor
from core.kernel.errors import DomainError
from inventory import ports
from inventory.errors import InsufficientStock, NotEnoughInBin, StockPromised
from inventory.models import BinStock, Product, StockLevel
from inventory.selectors import default_bins
from inventory.services.adjustment import adjust_stock, change_condition
from inventory.services.checking import check_stock
from inventory.services.holding import consume_reservation, expire_due, release_reservation, reserve_items
from inventory.services.ledger import Move, move
from inventory.services.picking import PickWant, plan_picks, unplan_picks
from inventory.services.places import NewBin, create_bins, create_totes, create_warehouse
from inventory.services.reservation import Want, give_back, take
from tests.property.stock_model import NOW, StockModel

BY = Actor(kind="system", id=None, name="model")

products = st.integers(0, 2)
shelves = st.integers(0, 2)
some = st.integers(1, 6)
many = st.integers(1, 12)
conditions = st.sampled_from(["sellable", "quality_control", "quarantined", "damaged"])


class StockMachine(StockModel, RuleBasedStateMachine):
    """Receives, sells, picks, ships, loses and finds units; after each step the database is what the model says."""

    def __init__(self) -> None:
        super().__init__()
        # Each example runs in a block of its own that is rolled back; commands take it for a test case's.
        undo: Any = transaction.atomic()
        undo._from_testcase = True
        undo.__enter__()
        self.undo = undo
        self.ports = ports.give_up_allocations, ports.give_up_picks, list(ports.extra_checks)
        ports.give_up_allocations = lambda *_args, **_named: 0
        ports.give_up_picks = lambda *_args, **_named: 0
        ports.extra_checks[:] = []

    def teardown(self) -> None:
        try:
            assert check_stock(by=BY, now=self.clock) == []
        finally:
            self.undo_everything()

    def undo_everything(self) -> None:
        ports.give_up_allocations, ports.give_up_picks, ports.extra_checks[:] = self.ports
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @initialize()
    def build(self) -> None:
        warehouse = create_warehouse(code="MODEL", name="Model", country="GB", cut_off=time(15))
        self.warehouse = warehouse.id
        made = create_bins(warehouse.id, [NewBin(f"S-{number}", pick_sequence=number) for number in range(3)])
        self.shelves = [one.id for one in made]
        self.tote = create_totes(warehouse.id, 1)[0].id
        self.far = default_bins(warehouse.id)
        rows = [Product(sku=f"M-{number}", name="Model", created_at=NOW) for number in range(3)]
        self.products = [row.pk for row in Product.objects.bulk_create(rows)]
        # A floor in the middle of its day, so that every rule finds something to do.
        for product in range(3):
            self.deliver(product, 0, 9, "sellable")
            self.deliver(product, 1, 4, "sellable")
            self.deliver(product, 2, 1, "damaged")
            self.sell(product, 6)
            self.fetch(product, 3)

    # --- what happens ---

    def act(self, work: Callable[[], Any]) -> Any:
        with transaction.atomic():
            return work()

    def refused(self, work: Callable[[], Any], *errors: type[DomainError]) -> None:
        try:
            work()
        except DomainError as refusal:
            assert isinstance(refusal, errors or DomainError)
            return
        raise AssertionError("This should have been refused.")

    def carry(
        self, product: int, quantity: int, source: int, target: int, reason: str, **how: Any
    ) -> Callable[[], Any]:
        one = Move(self.products[product], quantity, source, target, reason, **how)
        return lambda: self.act(lambda: move([one], by=BY, now=self.clock))

    @rule(product=products, shelf=shelves, quantity=many, condition=conditions)
    def receive(self, product: int, shelf: int, quantity: int, condition: str) -> None:
        self.deliver(product, shelf, quantity, condition)

    def deliver(self, product: int, shelf: int, quantity: int, condition: str) -> None:
        target = self.shelves[shelf]
        self.carry(product, quantity, self.far["supplier"], target, "receive", to_condition=condition)()
        self.shift(product, None, target, quantity, condition, condition)

    @rule(product=products, quantity=many)
    def allocate(self, product: int, quantity: int) -> None:
        self.sell(product, quantity)

    def sell(self, product: int, quantity: int) -> None:
        want = [Want(self.products[product], self.warehouse, quantity)]
        if self.available(product) >= quantity:
            self.act(lambda: take(want))
            self.allocated[product] += quantity
        else:
            self.refused(lambda: self.act(lambda: take(want)), InsufficientStock)

    @rule(wanted=st.lists(st.tuples(products, some), min_size=2, max_size=4))
    def allocate_a_cart(self, wanted: list[tuple[int, int]]) -> None:
        cart: Counter[int] = Counter()
        for product, quantity in wanted:
            cart[product] += quantity
        wants = [Want(self.products[product], self.warehouse, quantity) for product, quantity in wanted]
        if all(self.available(product) >= quantity for product, quantity in cart.items()):
            self.act(lambda: take(wants))
            self.allocated += cart
        else:
            self.refused(lambda: self.act(lambda: take(wants)), InsufficientStock)

    @rule(product=products, quantity=some)
    def release(self, product: int, quantity: int) -> None:
        quantity = min(quantity, self.allocated[product] - self.planned(product) - self.carried(product))
        if quantity > 0:
            self.act(lambda: give_back([Want(self.products[product], self.warehouse, quantity)]))
            self.allocated[product] -= quantity

    @rule(product=products, quantity=many)
    def plan(self, product: int, quantity: int) -> None:
        self.fetch(product, quantity)

    def fetch(self, product: int, quantity: int) -> None:
        quantity = min(quantity, self.allocated[product] - self.planned(product) - self.carried(product))
        if quantity <= 0:
            return
        free = {bin_id: self.free(product, bin_id) for bin_id in self.storage()}
        picks = self.act(lambda: plan_picks([PickWant(1, self.products[product], self.warehouse, quantity)]))
        assert sum(pick.quantity for pick in picks) == min(quantity, sum(free.values()))
        for pick in picks:
            assert pick.quantity <= free[pick.bin_id]
            self.to_pick[product, pick.bin_id] += pick.quantity
            self.plans.append((product, pick.bin_id, pick.quantity))

    @precondition(lambda self: self.plans)
    @rule(which=st.integers(0, 100))
    def pick(self, which: int) -> None:
        product, bin_id, quantity = self.plans.pop(which % len(self.plans))
        self.carry(product, quantity, bin_id, self.tote, "pick", planned=True)()
        self.to_pick[product, bin_id] -= quantity
        self.shift(product, bin_id, self.tote, quantity)

    @precondition(lambda self: self.plans)
    @rule(which=st.integers(0, 100))
    def give_up_a_plan(self, which: int) -> None:
        product, bin_id, quantity = self.plans.pop(which % len(self.plans))
        self.act(lambda: unplan_picks([(self.products[product], bin_id, "", quantity)]))
        self.to_pick[product, bin_id] -= quantity

    @rule(product=products, quantity=many)
    def pack(self, product: int, quantity: int) -> None:
        quantity = min(quantity, self.bins[product, self.tote, "sellable"])
        if quantity > 0:
            self.carry(product, quantity, self.tote, self.far["staging"], "pack")()
            self.shift(product, self.tote, self.far["staging"], quantity)
            self.packed[product] += quantity

    @rule(product=products, quantity=many)
    def ship(self, product: int, quantity: int) -> None:
        quantity = min(quantity, self.packed[product])
        if quantity <= 0:
            return
        one = Move(self.products[product], quantity, self.far["staging"], self.far["customer"], "ship")
        delta = {(self.products[product], self.warehouse): -quantity}
        self.act(lambda: move([one], by=BY, now=self.clock, allocated=delta))
        self.shift(product, self.far["staging"], None, quantity)
        self.packed[product] -= quantity
        self.allocated[product] -= quantity
        self.shipped[product] += quantity

    @rule(product=products, quantity=some)
    def come_back(self, product: int, quantity: int) -> None:
        quantity = min(quantity, self.shipped[product])
        if quantity > 0:
            before = self.available(product)
            self.carry(
                product,
                quantity,
                self.far["customer"],
                self.far["returns"],
                "return",
                to_condition="quality_control",
            )()
            self.shift(product, None, self.far["returns"], quantity, "sellable", "quality_control")
            self.shipped[product] -= quantity
            assert self.available(product) == before  # nothing returned is sellable before it passed inspection

    @rule(product=products, quantity=some, shelf=shelves)
    def pass_inspection(self, product: int, quantity: int, shelf: int) -> None:
        returns, target = self.far["returns"], self.shelves[shelf]
        quantity = min(quantity, self.bins[product, returns, "quality_control"])
        if quantity > 0:
            self.carry(product, quantity, returns, target, "inspect", from_condition="quality_control")()
            self.shift(product, returns, target, quantity, "quality_control", "sellable")

    @rule(product=products, start=shelves, end=shelves, quantity=many)
    def carry_between_shelves(self, product: int, start: int, end: int, quantity: int) -> None:
        if start == end:
            return
        work = self.carry(product, quantity, self.shelves[start], self.shelves[end], "move")
        if self.free(product, self.shelves[start]) >= quantity:
            work()
            self.shift(product, self.shelves[start], self.shelves[end], quantity)
        else:
            self.refused(work, NotEnoughInBin)

    @rule(product=products, shelf=shelves, before=conditions, after=conditions, quantity=some)
    def declare(self, product: int, shelf: int, before: str, after: str, quantity: int) -> None:
        if before == after:
            return
        bin_id = self.shelves[shelf]
        free = self.free(product, bin_id) if before == "sellable" else self.bins[product, bin_id, before]
        fits = before != "sellable" or self.available(product) + self.reserved(product) >= quantity

        def work() -> None:
            change_condition(
                product_id=self.products[product],
                bin_id=bin_id,
                quantity=quantity,
                from_condition=before,
                to_condition=after,
                by=BY,
                now=self.clock,
            )

        if free >= quantity and fits:
            if before == "sellable":
                self.end_carts(product, quantity)
            work()
            self.shift(product, bin_id, bin_id, quantity, before, after)
        else:
            self.refused(work)

    @rule(product=products, quantity=many)
    def find(self, product: int, quantity: int) -> None:
        before = self.stored(product)
        self.adjust(product, quantity, "found")
        grown = self.stored(product)
        (where,) = [bin_id for bin_id in grown if grown[bin_id] != before.get(bin_id, 0)]
        assert where in self.storage() and grown[where] == before.get(where, 0) + quantity
        self.shift(product, None, where, quantity)

    @rule(product=products, quantity=many)
    def lose(self, product: int, quantity: int) -> None:
        free = {bin_id: self.free(product, bin_id) for bin_id in self.storage()}
        if sum(free.values()) >= quantity and self.available(product) + self.reserved(product) >= quantity:
            before = {bin_id: self.bins[product, bin_id, "sellable"] for bin_id in self.storage()}
            self.end_carts(product, quantity)
            self.adjust(product, -quantity, "lost")
            left = self.stored(product)
            for bin_id in self.storage():
                gone = before[bin_id] - left.get(bin_id, 0)
                assert 0 <= gone <= free[bin_id]
                self.shift(product, bin_id, None, gone)
        else:
            self.refused(lambda: self.adjust(product, -quantity, "lost"))

    def adjust(self, product: int, delta: int, reason: str) -> None:
        adjust_stock(
            product_id=self.products[product],
            warehouse_id=self.warehouse,
            reason=reason,
            delta=delta,
            by=BY,
            now=self.clock,
        )

    def stored(self, product: int) -> dict[int, int]:
        rows = BinStock.objects.filter(product_id=self.products[product], condition="sellable")
        return dict(rows.values_list("bin_id", "quantity"))

    @rule(product=products, quantity=some, minutes=st.integers(1, 30))
    def hold_for_a_cart(self, product: int, quantity: int, minutes: int) -> None:
        self.clock += timedelta(seconds=1)

        def work() -> Any:
            return reserve_items(
                [(self.products[product], quantity)],
                warehouse_id=self.warehouse,
                expires_in=timedelta(minutes=minutes),
                by=BY,
                now=self.clock,
            )

        if self.available(product) >= quantity:
            fact = work()
            self.holds.append((fact.id, product, quantity, fact.expires_at))
        else:
            self.refused(work)

    @precondition(lambda self: self.holds)
    @rule(which=st.integers(0, 100))
    def leave_the_cart(self, which: int) -> None:
        hold = self.holds.pop(which % len(self.holds))
        release_reservation(hold[0], by=BY, now=self.clock)

    @precondition(lambda self: self.holds)
    @rule(which=st.integers(0, 100), more=st.integers(-2, 2))
    def order_the_cart(self, which: int, more: int) -> None:
        hold = self.holds[which % len(self.holds)]
        product, wanted = hold[1], max(hold[2] + more, 1)
        want = [Want(self.products[product], self.warehouse, wanted)]

        def work() -> bool:
            return bool(self.act(lambda: consume_reservation(hold[0], want, now=self.clock)))

        if self.available(product) + hold[2] >= wanted:
            assert work()
            self.holds.remove(hold)
            self.allocated[product] += wanted
        else:
            self.refused(work, InsufficientStock)

    @rule(minutes=st.integers(1, 20))
    def let_time_pass(self, minutes: int) -> None:
        self.clock += timedelta(minutes=minutes)
        due = [hold for hold in self.holds if hold[3] <= self.clock]
        assert expire_due(by=BY, now=self.clock) == len(due)
        self.holds = [hold for hold in self.holds if hold not in due]

    @rule(product=products, quantity=many)
    def try_to_ship_what_is_promised_to_others(self, product: int, quantity: int) -> None:
        shelf = self.shelves[0]
        work = self.carry(product, quantity, shelf, self.far["scrap"], "damaged")
        if self.free(product, shelf) < quantity:
            self.refused(work, NotEnoughInBin)
        elif self.available(product) < quantity:
            self.refused(work, StockPromised)

    # --- and what is always true ---

    @invariant()
    def the_database_is_what_the_model_says(self) -> None:
        if not hasattr(self, "products"):
            return
        number = {pk: product for product, pk in enumerate(self.products)}
        rows = BinStock.objects.filter(product_id__in=self.products).values_list(
            "product_id", "bin_id", "condition", "quantity", "to_pick"
        )
        bins = {(number[product], where, condition): quantity for product, where, condition, quantity, _plan in rows}
        assert {key: quantity for key, quantity in bins.items() if quantity} == +self.bins
        assert {(number[row[0]], row[1]): row[4] for row in rows if row[4]} == +self.to_pick
        for level in StockLevel.objects.filter(product_id__in=self.products):
            product = number[level.product_id]
            assert level.on_hand == self.total(product)
            assert level.quality_control == self.total(product, "quality_control")
            assert level.quarantined == self.total(product, "quarantined")
            assert level.damaged == self.total(product, "damaged")
            assert level.allocated == self.allocated[product]
            assert level.reserved == self.reserved(product)
            assert level.available == self.available(product) >= 0
