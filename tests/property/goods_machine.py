"""What really lies on the shelves, walked side by side with what the books say: lots, transfers, counts, kits, expiry.

The model knows the physical world, thefts included, which no book sees. The books may differ from it by exactly what
was stolen or turned up since a bin was last counted, and by nothing else.
"""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import hypothesis.strategies as st
from django.db import transaction
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.kernel.actors import Actor
from core.kernel.errors import DomainError
from inventory import ports
from inventory.errors import InsufficientStock
from inventory.models import (
    BinStock,
    CountPlan,
    KitComponent,
    Lot,
    Product,
    QualityCheck,
    SamplingRule,
    StockLevel,
    Supplier,
    TransferLine,
)
from inventory.selectors import default_bins
from inventory.services.assembling import complete_kits, create_work_order
from inventory.services.checking import check_stock
from inventory.services.count_posting import approve_count
from inventory.services.counting import begin_count, enter_count, finish_count, request_count
from inventory.services.expiring import set_due_aside
from inventory.services.moving import move_units
from inventory.services.places import NewBin, create_bins, create_warehouse
from inventory.services.quality import decide_check
from inventory.services.receipt_opening import open_receipt
from inventory.services.receiving import receive_units
from inventory.services.reservation import Want, give_back, take
from inventory.services.transfer_shipping import Load, ship_transfer
from inventory.services.transfers import close_transfer, create_transfer

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
EXPIRES = {"L1": date(2026, 12, 1), "L2": date(2026, 12, 20)}
HORIZON = 3
BY, ANNA, BERT, CARA = (
    Actor(kind="staff", id=number, name=name) for number, name in enumerate(["model", "Anna", "Bert", "Cara"], start=1)
)

PLAIN, DATED, KIT = 0, 1, 2
goods = st.sampled_from([(PLAIN, ""), (DATED, "L1"), (DATED, "L2")])
sides = st.integers(0, 1)
shelves = st.integers(0, 1)
some = st.integers(1, 8)

Slot = tuple[int, int, str]
"""(product number, bin id, lot)"""


class GoodsMachine(RuleBasedStateMachine):
    """Two warehouses, their trucks, their thieves and their counters."""

    def __init__(self) -> None:
        super().__init__()
        undo: Any = transaction.atomic()
        undo._from_testcase = True
        undo.__enter__()
        self.undo = undo
        self.ports = ports.give_up_allocations, ports.give_up_picks, list(ports.extra_checks)
        ports.give_up_allocations = self.give_up
        ports.give_up_picks = lambda *_args, **_named: 0
        ports.extra_checks[:] = []
        self.clock = NOW
        self.there: Counter[Slot] = Counter()
        self.unseen: Counter[Slot] = Counter()
        self.allocated: Counter[tuple[int, int]] = Counter()
        self.made = self.consumed = self.received = self.lost = self.stolen = 0
        self.trucks: list[tuple[str, int, Counter[tuple[int, str]]]] = []

    def teardown(self) -> None:
        ports.give_up_allocations, ports.give_up_picks, ports.extra_checks[:] = self.ports
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def give_up(
        self, product_id: int, warehouse_id: int, quantity: int, before_stock: Any = list, **_named: Any
    ) -> int:
        """What orders would do for a loss: release promises."""
        key = (self.products.index(product_id), self.warehouses.index(warehouse_id))
        units = min(quantity, self.allocated[key])
        if units:
            before_stock()
            give_back([Want(product_id, warehouse_id, units)])
            self.allocated[key] -= units
        return units

    @initialize()
    def build(self) -> None:
        self.warehouses, self.shelves, self.far = [], [], []
        for code in ("HERE", "THERE"):
            place = create_warehouse(code=code, name=code, country="GB", cut_off=time(15))
            bins = create_bins(place.id, [NewBin(f"S-{number}", pick_sequence=number) for number in range(2)])
            self.warehouses.append(place.id)
            self.shelves.append([one.id for one in bins])
            self.far.append(default_bins(place.id))
            CountPlan.objects.create(warehouse_id=place.id, tolerance_units=1, tolerance_value=0)
        rows = [
            Product(sku="PLAIN", name="Plain", unit_cost=2, created_at=NOW),
            Product(sku="DATED", name="Dated", tracking="lot", expiry_horizon_days=HORIZON, created_at=NOW),
            Product(sku="KIT", name="Kit", kit_kind="assembled", created_at=NOW),
        ]
        self.products = [row.pk for row in Product.objects.bulk_create(rows)]
        KitComponent.objects.create(kit_id=self.products[KIT], component_id=self.products[PLAIN], quantity=2)
        supplier = Supplier.objects.create(code="S", name="Supplier")
        SamplingRule.objects.create(supplier=supplier, every_nth=3)
        self.supplier = supplier.pk
        for side in (0, 1):
            self.bring(side, PLAIN, "", 0, 8)
            self.bring(side, DATED, "L1", 1, 5)

    def try_to(self, work: Callable[[], Any]) -> Any:
        """Do it, or be refused in words; a refusal leaves nothing behind, which the invariants then show."""
        try:
            return work()
        except DomainError:
            return None

    def takeable(self, slot: Slot) -> int:
        """Units of the slot that are really there, and that the books let go of."""
        product, bin_id, lot = slot
        row = BinStock.objects.filter(
            product_id=self.products[product], bin_id=bin_id, lot=lot, condition="sellable"
        ).first()
        return min(self.there[slot], row.quantity - row.to_pick) if row else 0

    # --- what happens ---

    @rule(side=sides, what=goods, shelf=shelves, quantity=some)
    def receive(self, side: int, what: tuple[int, str], shelf: int, quantity: int) -> None:
        self.bring(side, *what, shelf, quantity)

    def bring(self, side: int, product: int, lot: str, shelf: int, quantity: int) -> None:
        bin_id = self.shelves[side][shelf]
        receipt = open_receipt(warehouse_id=self.warehouses[side], supplier_id=self.supplier, by=BY, now=self.clock)
        line = receive_units(
            receipt.ref,
            product_id=self.products[product],
            quantity=quantity,
            bin_id=bin_id,
            lot=lot,
            expires_on=EXPIRES.get(lot),
            by=BY,
            now=self.clock,
        )
        assert line.condition in ("sellable", "quality_control", "quarantined")
        self.there[product, bin_id, lot] += quantity
        self.received += quantity

    @rule(passing=st.booleans())
    def check_quality(self, passing: bool) -> None:
        check = QualityCheck.objects.filter(status="pending").select_related("receipt_line__receipt").first()
        if check is None:
            return
        line = check.receipt_line
        assert line.product_id and line.bin_id
        product_id = line.product_id
        lying = BinStock.objects.filter(
            product_id=product_id, bin_id=line.bin_id, lot=line.lot, condition="quality_control"
        ).values_list("quantity", flat=True)
        units = min(line.quantity, sum(lying))
        self.try_to(
            lambda: decide_check(
                line.receipt.ref,
                product_id=product_id,
                lot=line.lot,
                passed=units if passing else 0,
                failed=0 if passing else units,
                by=BY,
                now=self.clock,
            )
        )

    @rule(side=sides, product=st.sampled_from([PLAIN, DATED, KIT]), quantity=some)
    def sell(self, side: int, product: int, quantity: int) -> None:
        key = (self.products[product], self.warehouses[side])
        level = StockLevel.objects.filter(product_id=key[0], warehouse_id=key[1]).first()
        before = level.available if level else 0
        try:
            with transaction.atomic():
                take([Want(*key, quantity)])
            assert before >= quantity
            self.allocated[product, side] += quantity
        except InsufficientStock:
            assert before < quantity

    @rule(side=sides, what=goods, start=shelves, quantity=some)
    def move_between_shelves(self, side: int, what: tuple[int, str], start: int, quantity: int) -> None:
        product, lot = what
        source, target = self.shelves[side][start], self.shelves[side][1 - start]
        quantity = min(quantity, self.takeable((product, source, lot)))
        if quantity <= 0:
            return
        names = {0: "S-0", 1: "S-1"}
        done = self.try_to(
            lambda: move_units(
                warehouse_id=self.warehouses[side],
                product_code=["PLAIN", "DATED", "KIT"][product],
                from_code=names[start],
                to_code=names[1 - start],
                quantity=quantity,
                lot=lot,
                by=BY,
                now=self.clock,
            )
        )
        if done is not None:
            self.there[product, source, lot] -= quantity
            self.there[product, target, lot] += quantity

    @rule(side=sides, what=goods, shelf=shelves, quantity=some)
    def send_a_truck(self, side: int, what: tuple[int, str], shelf: int, quantity: int) -> None:
        product, lot = what
        bin_id = self.shelves[side][shelf]
        quantity = min(quantity, self.takeable((product, bin_id, lot)))
        if quantity <= 0:
            return

        def go() -> str:
            ref = create_transfer(
                source_id=self.warehouses[side],
                target_id=self.warehouses[1 - side],
                lines=[(self.products[product], quantity)],
                by=BY,
                now=self.clock,
            )
            ship_transfer(ref, [Load(self.products[product], bin_id, quantity, lot)], by=BY, now=self.clock)
            return ref

        ref = self.try_to(go)
        if ref:
            self.there[product, bin_id, lot] -= quantity
            self.trucks.append((ref, 1 - side, Counter({(product, lot): quantity})))

    @precondition(lambda self: self.trucks)
    @rule(which=st.integers(0, 50), shelf=shelves, quantity=some)
    def unload_a_truck(self, which: int, shelf: int, quantity: int) -> None:
        ref, side, load = self.trucks[which % len(self.trucks)]
        ((product, lot), left), *_rest = load.items()
        quantity = min(quantity, left)
        if quantity <= 0:
            return
        bin_id = self.shelves[side][shelf]
        receipt = open_receipt(warehouse_id=self.warehouses[side], transfer_ref=ref, by=BY, now=self.clock)
        receive_units(
            receipt.ref,
            product_id=self.products[product],
            quantity=quantity,
            bin_id=bin_id,
            lot=lot,
            by=BY,
            now=self.clock,
        )
        load[product, lot] -= quantity
        self.there[product, bin_id, lot] += quantity
        if not load.total():
            self.trucks.remove((ref, side, load))

    @precondition(lambda self: self.trucks)
    @rule(which=st.integers(0, 50))
    def lose_what_is_left_on_a_truck(self, which: int) -> None:
        truck = self.trucks.pop(which % len(self.trucks))
        assert close_transfer(truck[0], by=BY, now=self.clock) == truck[2].total()
        self.lost += truck[2].total()

    @rule(side=sides, shelf=shelves, kits=st.integers(1, 3))
    def assemble(self, side: int, shelf: int, kits: int) -> None:
        source = self.shelves[side][shelf]
        elsewhere = BinStock.objects.filter(
            product_id=self.products[PLAIN], bin__warehouse_id=self.warehouses[side], quantity__gt=0
        ).exclude(bin_id=source)
        if self.takeable((PLAIN, source, "")) < 2 * kits or elsewhere.exists():
            return

        def go() -> bool:
            ref = create_work_order(
                product_id=self.products[KIT], warehouse_id=self.warehouses[side], quantity=kits, by=BY, now=self.clock
            )
            complete_kits(ref, kits, bin_id=source, by=BY, now=self.clock)
            return True

        if self.try_to(go):
            self.there[PLAIN, source, ""] -= 2 * kits
            self.there[KIT, source, ""] += kits
            self.consumed += 2 * kits
            self.made += kits

    @rule(side=sides, what=goods, shelf=shelves, quantity=st.integers(-5, 3))
    def steal_or_leave(self, side: int, what: tuple[int, str], shelf: int, quantity: int) -> None:
        slot = (what[0], self.shelves[side][shelf], what[1])
        quantity = max(quantity, -self.there[slot])
        self.there[slot] += quantity
        self.unseen[slot] -= quantity
        self.stolen -= quantity

    @rule(side=sides, shelf=shelves)
    def count(self, side: int, shelf: int) -> None:
        bin_id = self.shelves[side][shelf]
        ref = request_count(bin_id, cause="request", by=BY, now=self.clock)
        for counter in (ANNA, BERT):
            begin_count(ref, by=counter, now=self.clock)
            for (product, where, lot), units in list(self.there.items()):
                if where == bin_id and units:
                    enter_count(
                        ref,
                        product_id=self.products[product],
                        lot=lot,
                        counted=units,
                        by=counter,
                        now=self.clock,
                    )
            finished = finish_count(ref, rest_is_gone=True, by=counter, now=self.clock)
            if not finished.done:  # units moved in this very second: look again
                finished = self.look_again(ref, finished.doubtful, bin_id, counter)
            assert finished.done
            if finished.status != "investigating":
                break
        if finished.status == "counted":
            approve_count(ref, by=CARA, now=self.clock)
        for slot in [slot for slot in self.unseen if slot[1] == bin_id]:
            del self.unseen[slot]

    def look_again(self, ref: str, doubtful: tuple[tuple[int, str], ...], bin_id: int, counter: Actor) -> Any:
        for product_id, lot in doubtful:
            units = self.there[self.products.index(product_id), bin_id, lot]
            enter_count(ref, product_id=product_id, lot=lot, counted=units, by=counter, now=self.clock)
        return finish_count(ref, rest_is_gone=True, by=counter, now=self.clock)

    @rule(days=st.integers(1, 6))
    def let_days_pass(self, days: int) -> None:
        self.clock += timedelta(days=days)
        set_due_aside(everything=True, by=BY, now=self.clock)

    @rule()
    def an_hour_later(self) -> None:
        self.clock += timedelta(hours=1)

    # --- and what is always true ---

    @invariant()
    def the_books_differ_from_the_shelves_by_what_nobody_saw(self) -> None:
        if not hasattr(self, "products"):
            return
        book: Counter[Slot] = Counter()
        for product_id, bin_id, lot, quantity in BinStock.objects.filter(product_id__in=self.products).values_list(
            "product_id", "bin_id", "lot", "quantity"
        ):
            book[self.products.index(product_id), bin_id, lot] += quantity
        expected = Counter(self.there)
        for slot, units in self.unseen.items():
            expected[slot] += units
        assert {slot: units for slot, units in book.items() if units} == {
            slot: units for slot, units in expected.items() if units
        }

    @invariant()
    def no_unit_comes_from_nowhere(self) -> None:
        on_the_way = sum(load.total() for _ref, _side, load in self.trucks)
        inside = self.there.total() + on_the_way + self.lost + self.stolen
        assert inside == self.received - self.consumed + self.made

    @invariant()
    def promises_are_what_was_sold_and_never_more_than_is_fit_to_sell(self) -> None:
        if not hasattr(self, "products"):
            return
        for level in StockLevel.objects.filter(product_id__in=self.products):
            key = (self.products.index(level.product_id), self.warehouses.index(level.warehouse_id))
            assert level.allocated == self.allocated[key]
            assert level.available >= 0
        assert check_stock(by=BY, now=self.clock) == []

    @invariant()
    def nothing_too_old_can_be_sold(self) -> None:
        if not hasattr(self, "products"):
            return
        limit = self.clock.date() + timedelta(days=HORIZON)
        old = Lot.objects.filter(product_id=self.products[DATED], expires_on__lt=limit).values_list("number", flat=True)
        assert not BinStock.objects.filter(
            product_id=self.products[DATED], lot__in=list(old), condition="sellable", quantity__gt=0
        ).exists()

    @invariant()
    def trucks_carry_what_left_and_has_not_arrived(self) -> None:
        carried = sum(line.shipped - line.received - line.lost for line in TransferLine.objects.all())
        assert carried == sum(load.total() for _ref, _side, load in self.trucks)
