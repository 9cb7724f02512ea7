"""Give fulfilment orders to the floor, ten thousand at a time: shipping calls this in its own transaction.

What ``fulfilment.lock_workable`` and ``mark_released`` do for a few, with only what a wave needs read of each order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.kernel.actors import Actor
from core.kernel.commands import refuse_outside_transaction
from core.kernel.transitions import advance_many
from orders.models import FulfillmentOrder
from orders.selectors.releasing import Promised, promised
from orders.services.readiness import BEFORE_THE_FLOOR
from orders.states import FulfillmentOrderStatus


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
    rows = _locked(fulfillment_order_ids)
    stopped = [
        NotReady(row.pk, row.order_ref, _why(row))
        for row in rows
        if row.order.open_holds or row.status != FulfillmentOrderStatus.ALLOCATED
    ]
    off = {one.id for one in stopped}
    ready = [row for row in rows if row.pk not in off]
    content: dict[int, list[Promised]] = {}
    if ready:
        for one in promised(row.pk for row in ready):
            content.setdefault(one.fulfillment_order_id, []).append(one)
    works = [ReleaseWork(row.pk, row.order_ref, row.warehouse_id, tuple(content.get(row.pk, ()))) for row in ready]
    return works, stopped


def release_to_floor(fulfillment_order_ids: Iterable[int], *, by: Actor, now: datetime) -> None:
    """What ``lock_releasable`` found ready is on the floor: ``fulfillment_order.released`` on each order's timeline.

    All or none; three statements. Raises IllegalTransition.
    """
    refuse_outside_transaction()
    ids = sorted(set(fulfillment_order_ids))
    rows = list(FulfillmentOrder.objects.only("order_ref", "status").filter(pk__in=ids).order_by("pk"))
    advance_many(rows, FulfillmentOrderStatus.RELEASED, by=by, now=now, released_at=now)


def _why(row: FulfillmentOrder) -> str:
    if row.status not in BEFORE_THE_FLOOR:
        return "gone"
    return "held" if row.order.open_holds else "not_allocated"


def _locked(fulfillment_order_ids: Iterable[int]) -> list[FulfillmentOrder]:
    """Order first, then fulfilment order, by primary key, as ``fulfilment.lock_for_work`` does."""
    refuse_outside_transaction()
    return list(
        FulfillmentOrder.objects.select_related("order")
        .only("order_ref", "warehouse_id", "status", "order__open_holds")
        .select_for_update(of=("order", "self"), no_key=True)
        .filter(pk__in=sorted(set(fulfillment_order_ids)))
        .order_by("order_id", "pk")
    )
