"""Give fulfilment orders to the floor, ten thousand at a time: shipping calls this in its own transaction.

What ``fulfilment.lock_workable`` and ``mark_released`` do for a few, with only what a wave needs read of each order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from core.kernel.actors import Actor
from core.kernel.commands import refuse_outside_transaction
from core.kernel.transitions import advance_set
from orders.models import FulfillmentOrder
from orders.selectors.releasing import Promised, promised
from orders.services.readiness import BEFORE_THE_FLOOR
from orders.states import FulfillmentOrderStatus

# Order first, then fulfilment order, by primary key, as ``fulfilment.lock_for_work`` does: row by row, in this order.
_LOCK = """
SELECT part.id, part.order_ref, part.warehouse_id, part.status, shop_order.open_holds
FROM orders_fulfillmentorder part JOIN orders_order shop_order ON shop_order.id = part.order_id
WHERE part.id = ANY(%s)
ORDER BY part.order_id, part.id
FOR NO KEY UPDATE OF shop_order, part
"""


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


def lock_releasable(fulfillment_order_ids: Iterable[int]) -> tuple[list[ReleaseWork], list[NotReady]]:
    """Hold the fulfilment orders and their orders until the transaction ends; two statements however many there are.

    Whoever places a hold, cancels or releases waits for these locks: what is ready here stays so until it is released.
    Ids that do not exist are left out.
    """
    refuse_outside_transaction()
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [sorted(set(fulfillment_order_ids))])
        rows = cursor.fetchall()
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


def _why(status: str, open_holds: int) -> str:
    """Why it may not be released; empty when it may."""
    if status not in BEFORE_THE_FLOOR:
        return "gone"
    if open_holds:
        return "held"
    return "" if status == FulfillmentOrderStatus.ALLOCATED else "not_allocated"
