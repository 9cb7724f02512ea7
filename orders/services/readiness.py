"""Whether the parts of an order may go to the floor: recomputed whenever something below the order changed."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command, refuse_outside_transaction
from core.kernel.errors import NotFound
from core.kernel.locks import lock_one
from core.kernel.sweeps import each
from core.kernel.transitions import advance_many
from inventory.selectors import WarehouseFact, warehouses_by_id
from orders.models import FulfillmentOrder, Hold, Order, OrderLine
from orders.planning.decisions import PlannedHold
from orders.planning.promises import local_day
from orders.planning.readiness import Part, verdicts
from orders.services.holds import hold_order, let_go
from orders.states import OPEN_ALLOCATION, HoldType, OrderStatus, ShipPolicy

BEFORE_THE_FLOOR = ("open", "scheduled", "allocated")
"""The states of a fulfilment order that nobody has begun."""

AT_THE_BENCH = ("picked", "packing", "packed")
"""The states of a fulfilment order that only a scan keeps from leaving."""

INCOMPLETE_HOLD = "incomplete"
"""The code of the hold on what was picked of an order that ships complete and lacks something."""

# The day begins that much earlier somewhere than in UTC.
EARLIEST_ZONE = timedelta(hours=14)


def settle_readiness(order: Order, *, by: Actor, now: datetime) -> None:
    """Bring the order's fulfilment orders that have not gone to the floor to the state they are in by now.

    ``open`` while an order that ships complete waits for any unit or for another of its parts, or while a third party
    has not taken the work on; ``scheduled`` until its ``release_on`` in its warehouse; else ``allocated``. What holds
    nothing any more is left to ``closing.settle_fulfillment_orders``.

    What ``hold_incomplete`` stopped goes on when nothing is missing any more, or need not wait for it.

    The caller holds the order's row, and calls this after the last change. Two statements, three for an order that
    ships complete or is on hold, and one for each state reached.
    """
    refuse_outside_transaction()
    if order.status != OrderStatus.CONFIRMED:
        return
    together = order.ship_policy == ShipPolicy.COMPLETE
    short = together and _waits(order)
    if order.open_holds and not short:
        _end_incomplete(order, by=by, now=now)
    waiting = FulfillmentOrder.objects.select_related("order").filter(order=order, status__in=BEFORE_THE_FLOOR)
    rows = list(waiting.filter(allocations__status__in=OPEN_ALLOCATION).distinct().order_by("pk"))
    if not rows:
        return
    places = warehouses_by_id(row.warehouse_id for row in rows)
    wanted = verdicts(
        [_part(row, places[row.warehouse_id], now=now) for row in rows], together=together, something_waits=short
    )
    _advance(rows, wanted, by=by, now=now)


def settle_after_loss(order: Order, *, by: Actor, now: datetime) -> None:
    """``settle_readiness`` when units of the order went missing; what is at the bench by then stops at its next scan.

    The caller holds the order's row, and calls this after the last change.
    """
    settle_readiness(order, by=by, now=now)
    hold_incomplete(order, by=by, now=now)


def hold_incomplete(order: Order, *, by: Actor, now: datetime) -> None:
    """Stop an order that ships complete and of which a part would leave without what is missing.

    A part would leave when it is picked, or when a third party is at work on it; one that is still being picked is
    finished first. It waits until the rest is there, or the desk sends what is here or lets the hold go. The caller
    holds the order's row. Doing it again changes nothing.
    """
    refuse_outside_transaction()
    if order.ship_policy != ShipPolicy.COMPLETE or order.status != OrderStatus.CONFIRMED or not _waits(order):
        return
    if _would_leave(order) and not _incomplete(order):
        reason = _("It ships complete, and something of it is missing")
        hold_order(order, PlannedHold(HoldType.STOCK, reason, code=INCOMPLETE_HOLD), by=by, now=now)


def _end_incomplete(order: Order, *, by: Actor, now: datetime) -> None:
    if holds := _incomplete(order):
        let_go(order, holds, by=by, now=now)


def _incomplete(order: Order) -> list[Hold]:
    return list(Hold.objects.filter(order=order, code=INCOMPLETE_HOLD, released_at=None).order_by("pk"))


def _would_leave(order: Order) -> bool:
    rows = FulfillmentOrder.objects.filter(order=order)
    return rows.filter(Q(status__in=AT_THE_BENCH) | (Q(status="released") & ~Q(request_status=""))).exists()


def _waits(order: Order) -> bool:
    return OrderLine.objects.filter(order=order, backordered__gt=0).exists()


def release_scheduled(*, by: Actor, now: datetime, limit: int = 500) -> int:
    """Let go what was scheduled for a day that has come in its warehouse; returns how many fulfilment orders.

    One transaction an order. Safe to run twice at once and to stop anywhere.
    """
    due = (
        FulfillmentOrder.objects.filter(status="scheduled", release_on__lte=(now + EARLIEST_ZONE).date())
        .order_by("release_on", "pk")
        .values_list("order_id", flat=True)[:limit]
    )
    return each(dict.fromkeys(due), lambda order_id: _release(order_id, by=by, now=now))


@command
def _release(order_id: int, *, by: Actor, now: datetime) -> int:
    try:
        order = lock_one(Order.objects.all(), pk=order_id, status=OrderStatus.CONFIRMED)
    except NotFound:
        return 0
    scheduled = FulfillmentOrder.objects.filter(order=order, status="scheduled")
    before = scheduled.count()
    settle_readiness(order, by=by, now=now)
    return before - scheduled.count()


def _part(row: FulfillmentOrder, place: WarehouseFact, *, now: datetime) -> Part:
    return Part(
        taken_on=place.is_own or row.request_status == "accepted",
        later=row.release_on is not None and row.release_on > local_day(now, place.time_zone),
    )


def _advance(rows: Iterable[FulfillmentOrder], wanted: Iterable[str], *, by: Actor, now: datetime) -> None:
    moves: dict[str, list[FulfillmentOrder]] = {}
    for row, to in zip(rows, wanted, strict=True):
        if row.status != to:
            moves.setdefault(to, []).append(row)
    for to, group in moves.items():
        advance_many(group, to, by=by, now=now)
