"""What shops, customers, the desk, the floor and third parties do to orders, each at random, through the services."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db.models import Count

from core.kernel.actors import CUSTOMER
from core.kernel.errors import DomainError
from core.outbox.services import run_due
from inventory.models import Product, Reservation
from inventory.services.adjustment import adjust_stock
from inventory.services.holding import expire_due, reserve_items
from orders.models import (
    Allocation,
    Channel,
    Customer,
    FulfillmentOrder,
    Hold,
    Order,
    OrderLine,
    ShortageChoice,
)
from orders.planning.decisions import PlannedHold
from orders.services.ahead import ship_what_is_here
from orders.services.allocation import allocate_backorders, fill_by_hand, fill_overlooked
from orders.services.bulk_acts import hold_orders, prioritize_orders, tag_orders
from orders.services.cancellation import cancel_order
from orders.services.choices import apply_due_choices, choose
from orders.services.combining import combine
from orders.services.customers import merge_customers
from orders.services.editing import OrderChanges, edit_order
from orders.services.holds import place_hold, release_due_holds, release_hold
from orders.services.intake import place_order
from orders.services.line_changes import LineChange
from orders.services.payments import record_payment
from orders.services.preorders import follow_releases
from orders.services.readiness import release_scheduled
from orders.services.splitting import merge, reroute, split
from orders.services.third_party import accept_request, cancel_request, reject_request, request_third_parties
from orders.states import OPEN_FULFILLMENT_ORDER, HoldType
from orders.tests.shop import ADDRESS, request_for
from shipping.models import (
    Parcel,
    PickLine,
    PickList,
    Wave,
)
from shipping.services.bulk_packing import pack_many
from shipping.services.facts import PickDone
from shipping.services.handover import hand_over_parcels
from shipping.services.labels import purchase_label
from shipping.services.packing import finish_parcel, open_parcel, pack_all
from shipping.services.partners import PartnerParcel, ship_for_partner
from shipping.services.pick_acts import short_pick
from shipping.services.picking import confirm_picks
from shipping.services.replacing import replace_parcel
from shipping.services.upgrading import set_method
from shipping.services.waves import create_wave, release_next_wave, release_wave
from shipping.services.withdrawing import cancel_pick_list, cancel_wave, pull_order
from tests.concurrency.order_world import ADAM, EVE, GOODS, SOLD, Storm, put
from tests.concurrency.stock_acts import any_of


def some_order(dice: random.Random, **facts: Any) -> Order | None:
    found: Order | None = any_of(dice, Order.objects.filter(**{"status": "confirmed", **facts}))
    return found


def some_part(dice: random.Random, *states: str, **facts: Any) -> FulfillmentOrder | None:
    wanted = states or tuple(OPEN_FULFILLMENT_ORDER)
    found: FulfillmentOrder | None = any_of(dice, FulfillmentOrder.objects.filter(status__in=wanted, **facts))
    return found


# --- shops and customers ----------------------------------------------------------------------------------------------


def order(storm: Storm, dice: random.Random) -> None:
    channel = dice.choice(storm.channels)
    lines = {sku: dice.randint(1, 4) for sku in dice.sample((*SOLD, "SOON"), dice.randint(1, 3))}
    held = any_of(dice, Reservation.objects.filter(channel_id=channel, closed_at=None)) if dice.random() < 0.3 else None
    buyer = f"buyer-{dice.randint(1, 12)}@example.com"
    more = {"reservation_id": held and held.pk, "payment_status": dice.choice(["paid", "paid", "paid", "pending"])}
    if dice.random() < 0.3:
        more["ship_complete"] = True
    place_order(channel, request_for(lines, email=buyer, placed_at=storm.now, **more), by=EVE, now=storm.now)


def cart(storm: Storm, dice: random.Random) -> None:
    channel = Channel.objects.get(pk=dice.choice(storm.channels))
    items = [(storm.products[sku], dice.randint(1, 3)) for sku in dice.sample(GOODS, 2)]
    ends = timedelta(minutes=dice.choice([1, 5]))
    place = channel.warehouse_id
    reserve_items(items, warehouse_id=place, channel_id=channel.pk, expires_in=ends, by=EVE, now=storm.now)


def cancel(storm: Storm, dice: random.Random) -> None:
    if found := some_order(dice):
        some = any_of(dice, OrderLine.objects.filter(order=found, kit=None)) if dice.random() < 0.6 else None
        cancel_order(found.ref, reason="", lines=[(some.pk, 1)] if some else None, by=EVE, now=storm.now)


def edit(storm: Storm, dice: random.Random) -> None:
    if found := some_order(dice):
        row = any_of(dice, OrderLine.objects.filter(order=found))
        changes = OrderChanges(lines=[LineChange(id=row.kit_id or row.pk, quantity=dice.randint(0, 5))])
        if dice.random() < 0.3:
            changes = OrderChanges(lines=[LineChange(dice.randint(1, 2), sku=dice.choice(SOLD))])
        elif dice.random() < 0.2:
            changes = OrderChanges(shipping_address={**ADDRESS, "line1": f"{dice.randint(1, 99)} Mill Lane"})
        edit_order(found.ref, changes, by=EVE, now=storm.now)


def answer(storm: Storm, dice: random.Random) -> None:
    if found := any_of(dice, ShortageChoice.objects.filter(status="asked").select_related("order")):
        choice = dice.choice(["wait", "ship_available", "substitute", "cancel"])
        choose(found.order.ref, choice, by=CUSTOMER, now=storm.now)


def pay(storm: Storm, dice: random.Random) -> None:
    if found := some_order(dice):
        record_payment(found.ref, dice.choice(["paid", "paid", "failed"]), by=EVE, now=storm.now)


# --- the desk ---------------------------------------------------------------------------------------------------------


def hold(storm: Storm, dice: random.Random) -> None:
    if found := some_order(dice):
        ends = storm.now + timedelta(minutes=5) if dice.random() < 0.5 else None
        place_hold(found.ref, type="operator", reason="look", release_at=ends, by=EVE, now=storm.now)
    if dice.random() < 0.2:
        refs = list(Order.objects.order_by("-pk").values_list("ref", flat=True)[:3])
        hold_orders(refs, PlannedHold(HoldType.CUSTOM, "all", code="all"), by=EVE, now=storm.now)


def let_go(storm: Storm, dice: random.Random) -> None:
    release_due_holds(by=ADAM, now=storm.now, limit=5)
    if found := any_of(dice, Hold.objects.filter(released_at=None).select_related("order")):
        release_hold(found.order.ref, found.pk, by=EVE, now=storm.now)


def divide(storm: Storm, dice: random.Random) -> None:
    if part := some_part(dice, "open", "scheduled", "allocated"):
        rows = Allocation.objects.filter(fulfillment_order=part, status="allocated")
        row = any_of(dice, rows)
        split(part.pk, {row.order_line_id: 1} if row else {}, by=EVE, now=storm.now)


def join(storm: Storm, dice: random.Random) -> None:
    unbegun = FulfillmentOrder.objects.filter(status__in=["open", "scheduled", "allocated"])
    twice = unbegun.values("order", "warehouse").annotate(parts=Count("pk")).filter(parts__gt=1).order_by("-order")
    if pairs := list(twice[:5]):
        pair = dice.choice(pairs)
        ids = unbegun.filter(order=pair["order"], warehouse=pair["warehouse"]).values_list("pk", flat=True)
        merge(list(ids), by=EVE, now=storm.now)


def move(storm: Storm, dice: random.Random) -> None:
    if part := some_part(dice, "open", "scheduled", "allocated"):
        row = any_of(dice, Allocation.objects.filter(fulfillment_order=part, status="allocated"))
        units = {row.order_line_id: 1} if row and dice.random() < 0.4 else None
        reroute(part.pk, dice.choice(storm.warehouses), units, by=EVE, now=storm.now)


def together_go(storm: Storm, dice: random.Random) -> None:
    """Orders of one buyer that the floor has not begun, in one of the warehouses."""
    waiting = FulfillmentOrder.objects.filter(status__in=["open", "scheduled", "allocated"], order__status="confirmed")
    if part := any_of(dice, waiting):
        mine = waiting.filter(order__customer=part.order.customer_id, warehouse=part.warehouse_id)
        combine([part.order_ref, *mine.values_list("order_ref", flat=True)[:3]], by=EVE, now=storm.now)


def fill(storm: Storm, dice: random.Random) -> None:
    product, place = storm.products[dice.choice(GOODS)], dice.choice(storm.warehouses)
    luck = dice.random()
    if luck < 0.5:
        allocate_backorders(product, place, by=ADAM, now=storm.now)
    elif luck < 0.7:
        fill_overlooked(by=ADAM, now=storm.now)
    else:
        refs = Order.objects.filter(lines__backordered__gt=0).order_by("-pk").values_list("ref", flat=True)[:4]
        fill_by_hand(list(refs), product, place, by=EVE, now=storm.now)


def change_policy(storm: Storm, dice: random.Random) -> None:
    policy = dice.choice(["oldest", "promise", "completes_an_order", "priority", "manual"])
    Channel.objects.filter(pk=dice.choice(storm.channels)).update(fill_policy=policy)


def mark(storm: Storm, dice: random.Random) -> None:
    refs = list(Order.objects.order_by("-pk").values_list("ref", flat=True)[:6])
    dice.shuffle(refs)
    if dice.random() < 0.5:
        prioritize_orders(refs, dice.randint(0, 5), by=EVE, now=storm.now)
    else:
        tag_orders(refs, add=["seen"], by=EVE, now=storm.now)


def go_ahead(storm: Storm, dice: random.Random) -> None:
    if found := some_order(dice, ship_policy="complete"):
        ship_what_is_here(found.ref, by=EVE, now=storm.now)


def make_one(storm: Storm, dice: random.Random) -> None:
    pair = list(Customer.objects.filter(merged_into=None).order_by("?")[:2])
    if len(pair) == 2 and dice.random() < 0.3:
        merge_customers(pair[0].pk, pair[1].pk, by=EVE, now=storm.now)


def upgrade(storm: Storm, dice: random.Random) -> None:
    if found := some_order(dice):
        set_method(found.ref, dice.choice(["standard", "express"]), reason="kind", by=EVE, now=storm.now)


def send_again(storm: Storm, dice: random.Random) -> None:
    if found := any_of(dice, Parcel.objects.filter(status="shipped")):
        replace_parcel(found.ref, reason="lost", by=EVE, now=storm.now)


# --- stock ------------------------------------------------------------------------------------------------------------


def receive(storm: Storm, dice: random.Random) -> None:
    put(storm, dice.choice(storm.warehouses), dice.choice(GOODS), dice.randint(1, 6))


def lose(storm: Storm, dice: random.Random) -> None:
    place, delta = dice.choice(storm.warehouses), dice.choice([-5, -2, -1, 2])
    adjust_stock(
        product_id=storm.products[dice.choice(GOODS)],
        warehouse_id=place,
        reason="lost" if delta < 0 else "found",
        bin_id=dice.choice([None, storm.shelf(place)]),
        delta=delta,
        by=ADAM,
        now=storm.now,
    )


def sweep(storm: Storm, dice: random.Random) -> None:
    release_scheduled(by=ADAM, now=storm.now)
    apply_due_choices(by=ADAM, now=storm.now, limit=5)
    expire_due(by=ADAM, now=storm.now)
    if dice.random() < 0.3:
        day = (storm.now + timedelta(days=dice.randint(-1, 2))).date()
        Product.objects.filter(pk=storm.products["SOON"]).update(release_on=day)
        follow_releases(by=ADAM, now=storm.now)


def leap(storm: Storm, dice: random.Random) -> None:
    """Hours pass at once: what somebody is still at is taken up by another meanwhile, such as an event's handler."""
    storm.leaps.append(timedelta(hours=dice.randint(1, 9)))


# --- the floor --------------------------------------------------------------------------------------------------------


def wave(storm: Storm, dice: random.Random) -> None:
    place, luck = dice.choice(storm.own), dice.random()
    batch: dict[str, Any] = {"method": dice.choice(["discrete", "batch"]), "orders_per_list": dice.randint(1, 3)}
    if luck < 0.5:
        release_next_wave(place, limit=4, by=ADAM, now=storm.now, **batch)
    elif luck < 0.7:
        create_wave(place, limit=3, by=ADAM, now=storm.now, **batch)
    elif drafted := any_of(dice, Wave.objects.filter(status="draft")):
        release_wave(drafted.pk, by=ADAM, now=storm.now)


def take_back(storm: Storm, dice: random.Random) -> None:
    luck = dice.random()
    if luck < 0.4 and (part := some_part(dice, "released", warehouse__in=storm.own)):
        pull_order(part.order_ref, by=ADAM, now=storm.now)
    elif luck < 0.7 and (one := any_of(dice, PickList.objects.filter(status__in=["released", "in_progress"]))):
        cancel_pick_list(one.pk, by=ADAM, now=storm.now)
    elif one := any_of(dice, Wave.objects.filter(status__in=["draft", "released"])):
        cancel_wave(one.pk, by=ADAM, now=storm.now)


def pick(storm: Storm, dice: random.Random) -> None:
    found = any_of(dice, PickList.objects.filter(status__in=["released", "in_progress"]))
    if found is None:
        return
    lines = list(PickLine.objects.filter(pick_list=found, status="pending"))
    if lines and dice.random() < 0.2:
        short_pick(found.pk, pick_line_id=dice.choice(lines).pk, by=ADAM, now=storm.now)
        return
    places = list(found.totes.values_list("position", flat=True))
    totes = dict(zip(places, dice.sample(storm.totes(found.warehouse_id), len(places)), strict=True))
    picks = [PickDone(line.pk, line.quantity - line.picked) for line in lines if dice.random() < 0.9]
    confirm_picks(found.pk, picks, totes=totes, by=ADAM, now=storm.now)


def pack(storm: Storm, dice: random.Random) -> None:
    if begun := (dice.random() < 0.3 and any_of(dice, Parcel.objects.filter(status="open"))):
        finish_parcel(begun.pk, by=ADAM, now=storm.now)
    elif part := some_part(dice, "picked", "packing", warehouse__in=storm.own):
        luck = dice.random()
        if luck < 0.5:
            pack_all(part.pk, by=ADAM, now=storm.now)
        elif luck < 0.7:
            pack_many([part.pk], by=ADAM, now=storm.now)
        else:
            open_parcel(part.order_ref, warehouse_id=part.warehouse_id, user_id=None, by=ADAM, now=storm.now)


def label(storm: Storm, dice: random.Random) -> None:
    if found := any_of(dice, Parcel.objects.filter(status="packed")):
        purchase_label(found.ref, by=ADAM, now=storm.now)


def ship(storm: Storm, dice: random.Random) -> None:
    ready = Parcel.objects.filter(status__in=["label_purchased", "ready_for_pickup"]).order_by("?")
    hand_over_parcels(list(ready.values_list("pk", flat=True)[:3]), by=ADAM, now=storm.now)


# --- third parties ----------------------------------------------------------------------------------------------------


def ask(storm: Storm, dice: random.Random) -> None:
    request_third_parties(by=ADAM, now=storm.now)


def reply(storm: Storm, dice: random.Random) -> None:
    if part := some_part(dice, "open", "allocated", "released", "scheduled", warehouse=storm.partner):
        luck = dice.random()
        if luck < 0.6:
            accept_request(part.pk, by=ADAM, now=storm.now)
        elif luck < 0.85:
            reject_request(part.pk, reason="no", by=ADAM, now=storm.now)
        else:
            cancel_request(part.pk, by=EVE, now=storm.now)


def send(storm: Storm, dice: random.Random) -> None:
    if part := some_part(dice, "released", warehouse=storm.partner):
        parcel = PartnerParcel(f"T{dice.randrange(10**9)}", "somebody")
        ship_for_partner(part.pk, [parcel], by=ADAM, now=storm.now)


def relay(storm: Storm, dice: random.Random) -> None:
    with suppress(DomainError):
        run_due(now=storm.now, limit=30)


ACTS: dict[Callable[[Storm, random.Random], None], int] = {
    order: 10, cart: 2, cancel: 3, edit: 6, answer: 3, pay: 2, hold: 2, let_go: 5, divide: 3, join: 3, move: 4,
    together_go: 3, fill: 4, change_policy: 1, mark: 1, go_ahead: 1, make_one: 1, upgrade: 1, send_again: 1,
    receive: 5, lose: 3, sweep: 2, leap: 1, wave: 5, take_back: 2, pick: 6, pack: 5, label: 4, ship: 3,
    ask: 2, reply: 5, send: 3, relay: 6,
}  # fmt: skip
