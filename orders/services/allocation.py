"""Give stock to those who wait for it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from core.attention.services import close_cases
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import NotFound
from core.kernel.locks import lock_one
from core.kernel.sweeps import each
from core.outbox.publish import publish
from inventory.selectors import availability, warehouses
from orders.models import Order, OrderLine
from orders.planning.fill_order import ChannelRule, fill_order
from orders.selectors.backorders import products_waited_for
from orders.selectors.buffers import buffers_of
from orders.selectors.channels import channel_by_id
from orders.selectors.waiting import fill_rules, may_get_from, waiting_for
from orders.services.filling import fill_from, filled_events, kits_beyond_reach, take_all, with_kits
from orders.services.giveup import case_key
from orders.services.promising import promise_sooner, renew_promise
from orders.services.readiness import settle_readiness
from orders.services.resourcing import declined_key
from orders.services.sources import best_first, may_ship
from orders.states import FillPolicy, OrderStatus

CHUNK = 100


def allocate_backorders(product_id: int, warehouse_id: int, *, by: Actor, now: datetime) -> int:
    """Fill the lines that wait for the product in that warehouse, as their channels want it, while there is stock.

    Orders of a channel whose buffer is all that is left are passed over, those of one that fills by hand left alone.
    One transaction an order, so that intake is never kept waiting for long. Returns the units allocated. Safe to run
    twice at once and to stop anywhere: who was given something waits for less when it is asked again.
    """
    rules = fill_rules(warehouse_id, product_id)
    asking = {channel_id: rule for channel_id, rule in rules.items() if rule.policy != FillPolicy.MANUAL}
    if all(rule.policy == FillPolicy.OLDEST for rule in asking.values()):
        return _fill_by_age(product_id, warehouse_id, asking, by=by, now=now)
    available = availability([product_id], [warehouse_id]).get((product_id, warehouse_id), 0)
    if available <= 0:
        return 0
    waiting = waiting_for(product_id, warehouse_id, asking)
    given = fill_order(waiting, available, asking)
    return each(given, lambda one: fill_from_best(one[0], product_id, at_most=one[1], by=by, now=now))


def fill_by_hand(refs: Sequence[str], product_id: int, warehouse_id: int, *, by: Actor, now: datetime) -> int:
    """Give what there is of the product to those orders, in that order, whatever their channels' policies.

    The buffers of the channels still count. One transaction an order; doing it again gives nothing twice. Returns the
    units allocated.
    """
    found = dict(Order.objects.filter(ref__in=refs).values_list("ref", "pk"))
    return sum(
        fill_backorder(found[ref], product_id, warehouse_id, by=by, now=now)
        for ref in dict.fromkeys(refs)
        if ref in found
    )


def _fill_by_age(
    product_id: int, warehouse_id: int, rules: Mapping[int, ChannelRule], *, by: Actor, now: datetime
) -> int:
    """The oldest order first: reads no more of those that wait than there are units for."""
    oldest = _while_there_is(product_id, warehouse_id, rules)
    return each(oldest, lambda order_id: fill_from_best(order_id, product_id, by=by, now=now))


def _while_there_is(product_id: int, warehouse_id: int, rules: Mapping[int, ChannelRule]) -> Iterator[int]:
    """Orders that wait for the product, oldest first, as long as there is some for them; looked at before each."""
    passed_over: set[int] = set()
    for order_id, channel_id in _waiting(product_id, warehouse_id, set(rules), passed_over):
        available = availability([product_id], [warehouse_id]).get((product_id, warehouse_id), 0)
        if not available:
            return
        if available <= rules[channel_id].keep:
            passed_over.add(channel_id)
            continue
        yield order_id


def fill_overlooked(*, by: Actor, now: datetime) -> int:
    """Fill backorders beside which stock lies available; returns the units allocated.

    An order that read an empty shelf just before a delivery was put away, and was written just after its event had been
    handled, would otherwise wait for the next delivery. Safe to run at any time.
    """
    return each(_overlooked(), lambda pair: allocate_backorders(*pair, by=by, now=now))


def _overlooked() -> Iterator[tuple[int, int]]:
    """(product, warehouse) of what is waited for although there is some."""
    for warehouse in warehouses():
        waited_for = products_waited_for(warehouse.id, limit=100_000)
        for pair, available in availability(waited_for, [warehouse.id]).items():
            if available > 0:
                yield pair


@command
def fill_backorder(
    order_id: int, product_id: int, warehouse_id: int, *, at_most: int | None = None, by: Actor, now: datetime
) -> int:
    """Allocate what that warehouse has of the product to what the order still waits for; returns the units given.

    With ``at_most`` no more units of the product than that. A warehouse that declined a part of the order, or that a
    rule did not leave it, gives nothing.

    They join the order's fulfilment order that has not gone to the floor yet, else they make a new one. The promise is
    renewed when the new units leave later than was promised, or when they were the last and all of it leaves sooner.
    """
    return _fill(order_id, product_id, warehouse_id, at_most=at_most, by=by, now=now)


@command
def fill_from_best(order_id: int, product_id: int, *, at_most: int | None = None, by: Actor, now: datetime) -> int:
    """``fill_backorder`` from all the warehouses that may ship the order, as the planner would take them."""
    return _fill(order_id, product_id, None, at_most=at_most, by=by, now=now)


def _fill(
    order_id: int, product_id: int, warehouse_id: int | None, *, at_most: int | None, by: Actor, now: datetime
) -> int:
    try:
        order = lock_one(Order.objects.all(), pk=order_id, status=OrderStatus.CONFIRMED)
    except NotFound:
        return 0
    channel = channel_by_id(order.channel_id)
    waiting = OrderLine.objects.filter(order=order, product_id=product_id, backordered__gt=0)
    lines = with_kits(list(waiting.order_by("position")))
    places = may_ship(order, channel)
    if warehouse_id is None:
        places = best_first(order, channel, lines, places, now=now)
    else:
        places = [warehouse_id] if warehouse_id in places else []
    limits = {} if at_most is None else {product_id: at_most}
    fills = fill_from(order, lines, places, buffers=buffers_of(channel), limits=limits, now=now)
    if not fills:
        return 0
    Order.objects.filter(pk=order.pk).update(version=order.version + 1)
    order.version += 1
    settle_readiness(order, by=by, now=now)
    for filled in fills:
        renew_promise(order, filled.warehouse_id, reason="backorder_filled", by=by, now=now)
    promise_sooner(order, reason="backorder_filled", by=by, now=now)
    publish(*filled_events(order, fills), by=by, now=now)
    if not OrderLine.objects.filter(order=order, backordered__gt=0).exists():
        close_cases(dedupe_key=case_key(order.pk), resolution="filled", by=by, now=now)
        close_cases(dedupe_key=declined_key(order.pk), resolution="filled", by=by, now=now)
    take_all(fills)
    return sum(filled.units for filled in fills)


def _waiting(
    product_id: int, warehouse_id: int, channel_ids: set[int], passed_over: set[int]
) -> Iterator[tuple[int, int]]:
    """(order, channel) of those that wait for the product, oldest first, read in chunks as they are needed.

    No more of channels that are ``passed_over`` by then, and none whose kits lack another component anyway.
    """
    rows = OrderLine.objects.filter(
        may_get_from(warehouse_id),
        product_id=product_id,
        backordered__gt=0,
        order__status=OrderStatus.CONFIRMED,
        order__channel_id__in=channel_ids,
    ).order_by("placed_at", "pk")
    seen: set[int] = set()
    hopeless: set[int] = set()
    while chunk := list(
        rows.exclude(order_id__in=seen)
        .exclude(order__channel_id__in=passed_over)
        .exclude(kit_id__in=hopeless)
        .values_list("order_id", "order__channel_id", "kit_id")[:CHUNK]
    ):
        hopeless |= kits_beyond_reach([kit_id for _order, _channel, kit_id in chunk if kit_id], warehouse_id)
        for order_id, channel_id, kit_id in chunk:
            if order_id not in seen and channel_id not in passed_over and kit_id not in hopeless:
                seen.add(order_id)
                yield order_id, channel_id
