"""What the floor, the shop and the office can do to stock, each at random, through the services alone."""

import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from core.kernel.actors import Actor
from core.kernel.errors import DomainError
from core.outbox.services import run_due
from inventory.models import (
    BinKind,
    BinStock,
    CountTask,
    Lot,
    QualityCheck,
    Receipt,
    Reservation,
    SamplingRule,
    Transfer,
    WorkOrder,
)
from inventory.services import ledger
from inventory.services.adjustment import adjust_stock
from inventory.services.assembling import cancel_work_order, complete_kits, create_work_order
from inventory.services.count_posting import approve_count, recount
from inventory.services.counting import begin_count, enter_count, finish_count, request_count
from inventory.services.expiring import set_due_aside
from inventory.services.holding import expire_due, release_reservation, reserve_items
from inventory.services.lots import NewLot, note_lots
from inventory.services.moving import move_all, move_some
from inventory.services.places import create_pallets
from inventory.services.products import create_product, create_supplier
from inventory.services.quality import decide_check
from inventory.services.receiving import close_receipt, create_purchase_order, open_receipt, receive_units
from inventory.services.safety import set_safety_stock
from inventory.services.snapshots import make_snapshots
from inventory.services.transfer_shipping import Load, load_units, ship_transfer
from inventory.services.transfers import close_transfer, create_transfer
from inventory.services.voiding import void_receipt
from inventory.tests.conftest import build_floor as build_other
from orders.models import Channel, Order, OrderLine
from orders.services.buffers import set_stock_buffer
from orders.services.cancellation import cancel_order
from orders.services.intake import place_order
from orders.tests.shop import NOW, request_for
from shipping.models import PickLine, PickList
from shipping.services.facts import PickDone
from shipping.services.pick_acts import short_pick
from shipping.services.picking import confirm_picks
from shipping.services.waves import release_next_wave
from shipping.tests.floor import build_floor

PLAIN = ("NUT", "BOLT", "RARE")
LOTTED = "MILK"
MADE = "GIFT"
"""Assembled beforehand from NUT and MILK; BOX is packed from NUT and BOLT when it is ordered."""
SOLD = (*PLAIN, LOTTED, MADE, "BOX")
STOCKED = (*PLAIN, LOTTED, MADE)
LOTS = {f"L-{number}": date(2026, 11, 20) + timedelta(days=number * 30) for number in range(1, 4)}
ADAM = Actor(kind="staff", id=1, name="adam")
EVE = Actor(kind="staff", id=2, name="eve")


@dataclass
class Storm:
    """Two warehouses, their channels, and what was done."""

    floor: Any
    other: Any
    channels: dict[int, int]
    """{channel: warehouse}"""
    products: dict[str, int]
    pallets: dict[int, int]
    supplier: int
    began: float = field(default_factory=time.monotonic)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    told: dict[tuple[int, int], int] = field(default_factory=dict)
    """What the follower of the change feed believes is available."""

    @property
    def now(self) -> datetime:
        return NOW + timedelta(seconds=time.monotonic() - self.began)

    @property
    def warehouses(self) -> list[int]:
        return [self.floor.warehouse_id, self.other.warehouse_id]

    def places(self, warehouse_id: int) -> list[int]:
        if warehouse_id == self.other.warehouse_id:
            return [*self.other.shelves, self.other.bins[BinKind.RECEIVING]]
        shelves = [one.id for one in self.floor.shelves.values()]
        return [*shelves[:3], self.floor.shop.bins[BinKind.RECEIVING], self.pallets[warehouse_id]]


def prepare() -> Storm:
    """Stock of every kind in both warehouses."""
    floor = build_floor({"NUT": 60, "BOLT": 60, "RARE": 6}, shelves=4, totes=40)
    other = build_other("EAST")
    products = dict(floor.shop.products)
    for sku, more in (
        (LOTTED, {"tracking": "lot"}),
        (MADE, {"kit": [("NUT", 1), (LOTTED, 1)], "kit_kind": "assembled"}),
        ("BOX", {"kit": [("NUT", 2), ("BOLT", 1)], "kit_kind": "virtual"}),
    ):
        products[sku] = create_product(sku=sku, name=sku, by=ADAM, now=NOW, **more).product.id
    strict = Channel.objects.create(
        code="strict", name="S", warehouse_id=floor.warehouse_id, shortage_policy="reject", currency="GBP"
    )
    east = Channel.objects.create(
        code="east", name="E", warehouse_id=other.warehouse_id, shortage_policy="backorder", currency="GBP"
    )
    channels = {
        floor.shop.channel_id: floor.warehouse_id,
        strict.pk: floor.warehouse_id,
        east.pk: other.warehouse_id,
    }
    pallets = {one: create_pallets(one, 1)[0].id for one in (floor.warehouse_id, other.warehouse_id)}
    supplier = create_supplier(code="ACME", name="Acme")
    SamplingRule.objects.create(supplier_id=supplier, product_id=products["BOLT"], every_nth=2, active=True)
    storm = Storm(floor, other, channels, products, pallets, supplier)
    for warehouse in (floor, other):
        bins = floor.shop.bins if warehouse is floor else other.bins
        shelf = storm.places(warehouse.warehouse_id)[0]
        with transaction.atomic():
            note_lots([NewLot(products[LOTTED], lot, until) for lot, until in LOTS.items()], now=NOW)
            ledger.move(
                [
                    ledger.Move(products[sku], 20, bins[BinKind.SUPPLIER], shelf, "receive", lot=lot)
                    for sku, lot in [("NUT", ""), ("BOLT", ""), *((LOTTED, lot) for lot in LOTS)]
                ],
                by=ADAM,
                now=NOW,
            )
    return storm


def any_of(dice: random.Random, rows: Any) -> Any:
    """One of the newest twenty of a queryset; None when there is none."""
    found = list(rows.order_by("-pk")[:20])
    return dice.choice(found) if found else None


def order(storm: Storm, dice: random.Random) -> None:
    channel = dice.choice(list(storm.channels))
    lines = {sku: dice.randint(1, 4) for sku in dice.sample(SOLD, dice.randint(1, 3))}
    held = any_of(dice, Reservation.objects.filter(channel_id=channel, closed_at=None)) if dice.random() < 0.3 else None
    request = request_for(lines, placed_at=storm.now, reservation_id=held and held.pk)
    place_order(channel, request, by=EVE, now=storm.now)


def cancel(storm: Storm, dice: random.Random) -> None:
    if found := any_of(dice, Order.objects.filter(status="confirmed")):
        some = any_of(dice, OrderLine.objects.filter(order=found, kit=None)) if dice.random() < 0.5 else None
        cancel_order(found.ref, reason="", lines=[(some.pk, 1)] if some else None, by=EVE, now=storm.now)


def cart(storm: Storm, dice: random.Random) -> None:
    channel, warehouse = dice.choice(list(storm.channels.items()))
    items = [(storm.products[sku], dice.randint(1, 3)) for sku in dice.sample(STOCKED, 2)]
    reserve_items(
        items,
        warehouse_id=warehouse,
        channel_id=channel,
        expires_in=timedelta(seconds=dice.choice([0, 1, 5])),
        by=EVE,
        now=storm.now,
    )


def end_cart(storm: Storm, dice: random.Random) -> None:
    if dice.random() < 0.7:
        expire_due(by=ADAM, now=storm.now)
    elif held := any_of(dice, Reservation.objects.filter(closed_at=None, document="")):
        release_reservation(held.pk, by=EVE, now=storm.now)


def receive(storm: Storm, dice: random.Random) -> None:
    warehouse = dice.choice(storm.warehouses)
    receipt = any_of(dice, Receipt.objects.filter(warehouse_id=warehouse, closed_at=None, transfer=None))
    ref = receipt.ref if receipt else ""
    if receipt is None or dice.random() < 0.2:
        lines = [(storm.products[sku], 20) for sku in STOCKED]
        bought = create_purchase_order(
            supplier_id=storm.supplier, warehouse_id=warehouse, lines=lines, by=ADAM, now=storm.now
        )
        ref = open_receipt(warehouse_id=warehouse, purchase_order_ref=bought, by=ADAM, now=storm.now).ref
    for _line in range(dice.randint(1, 3)):
        sku = dice.choice(STOCKED)
        receive_units(
            ref,
            product_id=storm.products[sku],
            quantity=dice.randint(1, 8),
            lot=dice.choice(list(LOTS)) if sku == LOTTED else "",
            discrepancy="damaged" if dice.random() < 0.1 else "none",
            bin_id=dice.choice([None, dice.choice(storm.places(warehouse))]),
            by=ADAM,
            now=storm.now,
        )


def end_receipt(storm: Storm, dice: random.Random) -> None:
    if receipt := any_of(dice, Receipt.objects.filter(voided_at=None)):
        if dice.random() < 0.6:
            void_receipt(receipt.ref, reason="wrong truck", by=ADAM, now=storm.now)
        else:
            close_receipt(receipt.ref, complete=dice.random() < 0.5, by=ADAM, now=storm.now)


def decide(storm: Storm, dice: random.Random) -> None:
    rows = QualityCheck.objects.filter(status="pending").select_related("receipt_line__receipt")
    if check := any_of(dice, rows):
        line, good = check.receipt_line, dice.randint(0, check.receipt_line.quantity)
        bad = dice.randint(0, line.quantity - good)
        decide_check(
            line.receipt.ref, product_id=line.product_id, lot=line.lot, passed=good, failed=bad, by=ADAM, now=storm.now
        )


def carry(storm: Storm, dice: random.Random) -> None:
    source, target = dice.sample(storm.places(dice.choice(storm.warehouses)), 2)
    if dice.random() < 0.3:
        move_all(source_id=source, target_id=target, anyway=True, by=ADAM, now=storm.now)
    elif row := any_of(dice, BinStock.objects.filter(bin_id=source, quantity__gt=F("to_pick"))):
        units = dice.randint(1, row.quantity)
        move_some(source_id=source, target_id=target, product_id=row.product_id, quantity=units, by=ADAM, now=storm.now)


def count(storm: Storm, dice: random.Random) -> None:
    by = dice.choice([ADAM, EVE])
    with suppress(DomainError):
        if waiting := any_of(dice, CountTask.objects.filter(status="counted")):
            (approve_count if dice.random() < 0.7 else recount)(waiting.ref, by=ADAM, now=storm.now)
    place = dice.choice(storm.places(dice.choice(storm.warehouses)))
    ref = request_count(place, cause="request", by=by, now=storm.now)
    begin_count(ref, by=by, now=storm.now)
    for row in BinStock.objects.filter(bin_id=place, quantity__gt=0)[:4]:
        found = max(row.quantity + dice.choice([0, 0, 0, -2, -1, 1]), 0)
        enter_count(ref, product_id=row.product_id, lot=row.lot, counted=found, by=by, now=storm.now)
    finish_count(ref, rest_is_gone=dice.random() < 0.2, on_paper=dice.random() < 0.5, by=by, now=storm.now)


def adjust(storm: Storm, dice: random.Random) -> None:
    warehouse, sku = dice.choice(storm.warehouses), dice.choice(PLAIN)
    delta = dice.choice([-6, -2, -1, 3, 8])
    adjust_stock(
        product_id=storm.products[sku],
        warehouse_id=warehouse,
        reason="lost" if delta < 0 else "found",
        bin_id=dice.choice([None, dice.choice(storm.places(warehouse))]),
        delta=delta,
        by=ADAM,
        now=storm.now,
    )


def transfer(storm: Storm, dice: random.Random) -> None:
    source, target = dice.sample(storm.warehouses, 2)
    lines = [(storm.products[sku], dice.randint(1, 5)) for sku in dice.sample(STOCKED, 2)]
    create_transfer(source_id=source, target_id=target, lines=lines, by=ADAM, now=storm.now)


def load(storm: Storm, dice: random.Random) -> None:
    found = any_of(dice, Transfer.objects.filter(status__in=["ordered", "in_transit"], shipped_at=None))
    if found is None:
        return
    if dice.random() < 0.6:
        ship_transfer(found.ref, by=ADAM, now=storm.now)
        return
    wanted = found.lines.values_list("product_id", flat=True)
    rows = BinStock.objects.filter(bin__warehouse=found.source_id, quantity__gt=0, product__in=wanted)
    if row := any_of(dice, rows.filter(bin__kind__in=["pick_face", "bulk", "receiving"])):
        load_units(found.ref, [Load(row.product_id, row.bin_id, 1, row.lot, row.condition)], by=ADAM, now=storm.now)


def arrive(storm: Storm, dice: random.Random) -> None:
    found = any_of(dice, Transfer.objects.filter(status__in=["in_transit", "partially_received", "received"]))
    if found is None:
        return
    if dice.random() < 0.2:
        close_transfer(found.ref, by=ADAM, now=storm.now)
        return
    ref = open_receipt(warehouse_id=found.target_id, transfer_ref=found.ref, by=ADAM, now=storm.now).ref
    for line in found.lines.filter(shipped__gt=0):
        units = dice.randint(1, line.shipped)
        receive_units(ref, product_id=line.product_id, lot=line.lot, quantity=units, by=ADAM, now=storm.now)


def work(storm: Storm, dice: random.Random) -> None:
    open_work = any_of(dice, WorkOrder.objects.filter(status__in=["released", "in_progress"]))
    if open_work is None or dice.random() < 0.4:
        create_work_order(
            product_id=storm.products[MADE],
            warehouse_id=dice.choice(storm.warehouses),
            quantity=dice.randint(1, 3),
            kind=dice.choice(["assemble", "assemble", "disassemble"]),
            by=ADAM,
            now=storm.now,
        )
    elif dice.random() < 0.2:
        cancel_work_order(open_work.ref, by=ADAM, now=storm.now)
    else:
        lots = {storm.products[LOTTED]: dice.choice(list(LOTS))}
        complete_kits(open_work.ref, 1, lots=lots, by=ADAM, now=storm.now)


def keep_back(storm: Storm, dice: random.Random) -> None:
    if dice.random() < 0.7:
        product = storm.products[dice.choice(STOCKED)]
        set_safety_stock(product, dice.choice(storm.warehouses), dice.choice([0, 0, 2, 6]), by=ADAM, now=storm.now)
    else:
        set_stock_buffer(dice.choice(list(storm.channels)), dice.choice([0, 1, 3]), by=ADAM, now=storm.now)


def sweep(storm: Storm, dice: random.Random) -> None:
    if dice.random() < 0.3:
        due = storm.now.date() - timedelta(days=1)
        Lot.objects.filter(number="L-1", expires_on__gt=due).update(expires_on=due)
    set_due_aside(by=ADAM, now=storm.now)


def photograph(storm: Storm, dice: random.Random) -> None:
    make_snapshots(now=storm.now, every=20, settled=timedelta(seconds=2))


def to_floor(storm: Storm, dice: random.Random) -> None:
    release_next_wave(storm.floor.warehouse_id, by=ADAM, now=storm.now)


def pick(storm: Storm, dice: random.Random) -> None:
    found = any_of(dice, PickList.objects.filter(status__in=["released", "in_progress"]))
    if found is None:
        return
    lines = list(PickLine.objects.filter(pick_list=found, status="pending"))
    if lines and dice.random() < 0.3:
        short_pick(found.pk, pick_line_id=lines[0].pk, by=ADAM, now=storm.now)
        return
    totes = dict(enumerate(dice.sample([tote.id for tote in storm.floor.totes], found.totes.count()), start=1))
    picks = [PickDone(line.pk, line.quantity - line.picked) for line in lines if dice.random() < 0.8]
    confirm_picks(found.pk, picks, totes=totes, by=ADAM, now=storm.now)


def relay(storm: Storm, dice: random.Random) -> None:
    run_due(now=storm.now, limit=30)


ACTS: dict[Callable[[Storm, random.Random], None], int] = {
    order: 8,
    cancel: 3,
    cart: 4,
    end_cart: 2,
    receive: 5,
    end_receipt: 2,
    decide: 3,
    carry: 5,
    count: 4,
    adjust: 4,
    transfer: 2,
    load: 3,
    arrive: 3,
    work: 4,
    keep_back: 2,
    sweep: 1,
    photograph: 1,
    to_floor: 2,
    pick: 3,
    relay: 6,
}
