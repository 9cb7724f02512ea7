"""Give fulfilment orders to the floor, ten thousand at a time: shipping calls this in its own transaction.

What ``fulfilment.lock_workable`` and ``mark_released`` do for a few, with only what a wave needs read of each order.
And take them back, before anything of them was picked.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from core.kernel.actors import Actor
from core.kernel.commands import refuse_outside_transaction
from core.kernel.locks import Among
from core.kernel.transitions import advance_set
from orders.errors import WrongQuantity
from orders.models import Allocation, FulfillmentOrder, Order, OrderLine
from orders.selectors.releasing import Promised, promised
from orders.services.readiness import BEFORE_THE_FLOOR, settle_readiness
from orders.states import AllocationStatus, FulfillmentOrderStatus, OrderStatus, ShipPolicy

# Order first, then fulfilment order, by primary key, as ``fulfilment.lock_for_work`` does: row by row, in this order.
_LOCK = """
SELECT part.id, part.order_ref, part.warehouse_id, part.status, shop_order.open_holds
FROM orders_fulfillmentorder part JOIN orders_order shop_order ON shop_order.id = part.order_id
WHERE part.id = ANY(%s)
ORDER BY part.order_id, part.id
FOR NO KEY UPDATE OF shop_order, part
"""


ON_FLOOR = (FulfillmentOrderStatus.RELEASED, FulfillmentOrderStatus.PICKING)


@dataclass(frozen=True, slots=True)
class ReleaseWork:
    """A fulfilment order that may be released, held by this transaction, with its units still on the shelf."""

    id: int
    order_ref: str
    warehouse_id: int
    units: tuple[Promised, ...]


@dataclass(frozen=True, slots=True)
class NotReady:
    """One that may not: ``held``, ``not_allocated`` while it waits for something, ``gone`` to the floor or for good."""

    id: int
    order_ref: str
    reason: str


@dataclass(frozen=True, slots=True)
class OnFloor:
    """A fulfilment order on a pick list, held by this transaction: ``released``, or ``picking`` once it was begun."""

    id: int
    order_ref: str
    status: str


def lock_releasable(fulfillment_order_ids: Iterable[int]) -> tuple[list[ReleaseWork], list[NotReady]]:
    """Hold the fulfilment orders and their orders until the transaction ends; two statements however many there are.

    Whoever places a hold, cancels or releases waits for these locks: what is ready here stays so until it is released.
    Ids that do not exist are left out.
    """
    rows = _locked(fulfillment_order_ids)
    stopped = [
        NotReady(key, ref, _why(status, holds)) for key, ref, _place, status, holds in rows if _why(status, holds)
    ]
    ready = [(key, ref, place) for key, ref, place, status, holds in rows if not _why(status, holds)]
    content: dict[int, list[Promised]] = {}
    if ready:
        for one in promised(key for key, _ref, _place in ready):
            content.setdefault(one.fulfillment_order_id, []).append(one)
    return [ReleaseWork(key, ref, place, tuple(content.get(key, ()))) for key, ref, place in ready], stopped


def release_to_floor(works: Iterable[ReleaseWork], *, by: Actor, now: datetime) -> None:
    """What ``lock_releasable`` found ready is on the floor: ``fulfillment_order.released`` on each order's timeline.

    All or none; two statements. Raises IllegalTransition.
    """
    refuse_outside_transaction()
    advance_set(
        FulfillmentOrder,
        {work.id: work.order_ref for work in works},
        FulfillmentOrderStatus.ALLOCATED,
        FulfillmentOrderStatus.RELEASED,
        by=by,
        now=now,
        released_at=now,
    )


def lock_on_floor(fulfillment_order_ids: Iterable[int]) -> list[OnFloor]:
    """Hold the fulfilment orders and their orders, and say which of them the floor has and has not picked yet.

    Held orders are among them: a hold stops the floor, and taking work back is no work on the order. One statement.
    """
    rows = _locked(fulfillment_order_ids)
    return [OnFloor(key, ref, status) for key, ref, _place, status, _holds in rows if status in ON_FLOOR]


def take_from_floor(works: Iterable[OnFloor], *, cause: str = "", by: Actor, now: datetime) -> None:
    """What ``lock_on_floor`` found may be released again: ``fulfillment_order.allocated`` on each order's timeline.

    ``cause`` tells the timeline why: ``pulled`` out, ``list_cancelled`` or ``wave_cancelled``. An order that ships
    complete and lacks something by now waits for it instead. All or none; six statements, and some for each order of
    that last kind. Raises WrongQuantity when units were picked already, IllegalTransition.
    """
    refuse_outside_transaction()
    found = list(works)
    ids = [work.id for work in found]
    if Allocation.objects.filter(Among("fulfillment_order", ids), status=AllocationStatus.PICKED).exists():
        raise WrongQuantity("Units were picked already; pack them or cancel them.")
    told = {"cause": cause} if cause else None
    for status in ON_FLOOR:
        mine = {work.id: work.order_ref for work in found if work.status == status}
        if mine:
            to = FulfillmentOrderStatus.ALLOCATED
            advance_set(FulfillmentOrder, mine, status, to, by=by, now=now, data=told, released_at=None)
    for order in _unsettled(ids):
        settle_readiness(order, by=by, now=now)


def _unsettled(fulfillment_order_ids: Iterable[int]) -> list[Order]:
    """Those orders that ship complete of which a part may have to wait now. What has all its parts ready is settled."""
    mine = FulfillmentOrder.objects.filter(Among("pk", fulfillment_order_ids))
    lacking = OrderLine.objects.filter(order=OuterRef("pk"), backordered__gt=0)
    waiting = FulfillmentOrder.objects.filter(
        Q(status__in=("open", "scheduled")) | Q(status="allocated", release_on__isnull=False), order=OuterRef("pk")
    )
    orders = Order.objects.filter(
        Exists(lacking) | Exists(waiting),
        pk__in=mine.values("order_id"),
        ship_policy=ShipPolicy.COMPLETE,
        status=OrderStatus.CONFIRMED,
    )
    return list(orders.order_by("pk"))


def _locked(fulfillment_order_ids: Iterable[int]) -> list[tuple[int, str, int, str, int]]:
    refuse_outside_transaction()
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [sorted(set(fulfillment_order_ids))])
        rows: list[tuple[int, str, int, str, int]] = cursor.fetchall()
    return rows


def _why(status: str, open_holds: int) -> str:
    """Why it may not be released; empty when it may."""
    if status not in BEFORE_THE_FLOOR:
        return "gone"
    if open_holds:
        return "held"
    return "" if status == FulfillmentOrderStatus.ALLOCATED else "not_allocated"
