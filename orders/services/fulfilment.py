"""What the floor does to orders: called by shipping, in shipping's transaction, after ``lock_for_work``.

Every function changes rows of orders that ``lock_for_work`` holds (order first, then fulfilment order, both by primary
key), so call that first and once for all the work of the transaction. Ledger moves are made here where this room alone
knows where the units lie: tote to staging (``record_packed``) and staging to customer (``record_shipped``). The move
from shelf to tote belongs to the pick line, so shipping makes it before ``record_picked``.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from core.kernel.actors import Actor
from core.kernel.commands import refuse_outside_transaction
from core.kernel.errors import NotFound
from core.kernel.locks import lock_one
from core.kernel.transitions import advance, advance_many, advance_set
from core.outbox.publish import NewEvent, publish
from inventory.services import ledger, reservation
from inventory.services.announcing import announce_replenished
from orders.errors import WorkStopped, WrongQuantity
from orders.events import FULFILLMENT_ORDER_SHORT, ORDER_BACKORDERED, ORDER_LINES_RETURNED
from orders.models import Allocation, FulfillmentOrder, Order, OrderLine
from orders.selectors.facts import FulfillmentWork, Packed, Picked, Shipped
from orders.selectors.with_orders import SELECT, as_rows, with_orders
from orders.selectors.work import stops_of, works
from orders.services.allocations import Step, advance_units, read
from orders.services.closing import settle_fulfillment_orders
from orders.services.leaving import pack_units, ship_units
from orders.services.lines import LineShift, shift_lines
from orders.services.locking import touch
from orders.services.readiness import hold_incomplete, settle_after_loss
from orders.states import AllocationStatus, FulfillmentOrderStatus, ShipPolicy

__all__ = [
    "Packed",
    "Picked",
    "Shipped",
    "end_picking",
    "lock_for_work",
    "mark_packing",
    "mark_picked",
    "mark_picked_many",
    "mark_picking",
    "mark_picking_many",
    "mark_released",
    "record_packed",
    "record_packed_many",
    "record_picked",
    "record_returned",
    "record_sent",
    "record_shipped",
    "record_shipped_many",
    "record_short",
    "record_unpicked",
]


_LOCK = f"""{SELECT}
WHERE part.id = ANY(%s)
ORDER BY part.order_id, part.id
FOR NO KEY UPDATE OF shop_order, part
"""


def lock_for_work(fulfillment_order_ids: Iterable[int], *, content: bool = True) -> list[FulfillmentWork]:
    """Lock the fulfilment orders and their orders until the transaction ends, and return their open allocations.

    Whoever places a hold or cancels waits for this lock, so the stop flag asked here stays true. Two statements; one
    without ``content``, for those who do not ask what is in them: then no allocation is returned.
    Raises WorkStopped when a hold is open or the work is over, naming each; NotFound for an unknown id.
    """
    wanted = set(fulfillment_order_ids)
    rows = _locked(wanted)
    if len(rows) != len(wanted):
        raise NotFound("There is no such fulfilment order.")
    stops = stops_of(rows)
    if stops:
        raise WorkStopped(stops, {row.pk: row.order_ref for row in rows})
    return works(rows, content=content)


def lock_workable(
    fulfillment_order_ids: Iterable[int], *, content: bool = True
) -> tuple[list[FulfillmentWork], dict[int, tuple[str, ...]]]:
    """The same for a set of which some may be stopped: (work that may go on, {id: reasons} of what may not)."""
    rows = _locked(set(fulfillment_order_ids))
    stops = stops_of(rows)
    return works([row for row in rows if row.pk not in stops], content=content), stops


def mark_released(fulfillment_order_ids: Iterable[int], *, by: Actor, now: datetime) -> None:
    """The fulfilment orders were given to the floor. All or none; raises IllegalTransition."""
    rows = _rows(fulfillment_order_ids)
    advance_many(rows, FulfillmentOrderStatus.RELEASED, by=by, now=now, released_at=now)


def mark_picking(fulfillment_order_id: int, *, by: Actor, now: datetime) -> None:
    """The first unit of it is being picked. Marking it again changes nothing."""
    _mark(fulfillment_order_id, FulfillmentOrderStatus.PICKING, by=by, now=now)


def mark_picking_many(works: Sequence[FulfillmentWork], *, by: Actor, now: datetime) -> None:
    """``mark_picking`` for any number of released fulfilment orders, which the caller has just locked."""
    _advance_held(works, FulfillmentOrderStatus.PICKING, by=by, now=now)


def mark_picked_many(fulfillment_order_ids: Iterable[int], *, by: Actor, now: datetime) -> dict[int, str]:
    """``mark_picked`` for any number of fulfilment orders: the status of each then.

    An order that ships complete and lacks something by then is stopped before the bench.
    """
    rows = _rows(fulfillment_order_ids)
    states: dict[int, set[str]] = {}
    for key, status in (
        Allocation.objects.filter(fulfillment_order__in=[row.pk for row in rows])
        .order_by()
        .values_list("fulfillment_order_id", "status")
        .distinct()
    ):
        states.setdefault(key, set()).add(status)
    if any(AllocationStatus.ALLOCATED in found for found in states.values()):
        raise WrongQuantity("Some units of it are neither picked nor short.")
    empty = [row for row in rows if AllocationStatus.PICKED not in states.get(row.pk, set())]
    if empty:
        settle_fulfillment_orders(empty, by=by, now=now)
    full = [row for row in rows if row not in empty and row.status != FulfillmentOrderStatus.PICKED]
    if full:
        advance_many(full, FulfillmentOrderStatus.PICKED, by=by, now=now, picked_at=now)
        for order in {row.order_id: row.order for row in full}.values():
            if order.ship_policy == ShipPolicy.COMPLETE:
                hold_incomplete(order, by=by, now=now)
    return {row.pk: str(row.status) for row in rows}


def mark_picked(fulfillment_order_id: int, *, by: Actor, now: datetime) -> str:
    """All that can be picked of it was picked; returns its status: ``picked``, or ``cancelled`` when all was short.

    Raises WrongQuantity while units of it are neither picked nor recorded short.
    """
    return mark_picked_many([fulfillment_order_id], by=by, now=now)[fulfillment_order_id]


def end_picking(work: FulfillmentWork, *, by: Actor, now: datetime) -> str:
    """``mark_picked`` for work just read: nothing more is read of an order that is whole, or need not be."""
    is_whole = {one.status for one in work.allocations} == {AllocationStatus.PICKED}
    if work.ships_complete or not is_whole:
        return mark_picked(work.id, by=by, now=now)
    _advance_held([work], FulfillmentOrderStatus.PICKED, by=by, now=now, picked_at=now)
    return str(FulfillmentOrderStatus.PICKED)


def mark_packing(work: FulfillmentWork, *, by: Actor, now: datetime) -> None:
    """A packer opened it, which was picked. The caller has just locked it."""
    _advance_held([work], FulfillmentOrderStatus.PACKING, by=by, now=now)


def record_picked(rows: Iterable[Picked | tuple[int, int, int]], *, by: Actor, now: datetime) -> list[int]:
    """Units went from the shelf into a tote; the caller has made the ledger's move with ``planned=True``.

    Part of an allocation becomes a row of its own, joined with what was picked of it before into the same tote.
    Returns, for each row given, the id of the allocation that holds the picked units. Three statements at most.
    """
    steps = [
        Step(row.allocation_id, row.quantity, bin_id=row.bin_id, lot=row.lot) for row in (Picked(*r) for r in rows)
    ]
    reached = advance_units(read(step.allocation_id for step in steps), steps, AllocationStatus.PICKED)
    return [allocation.pk for allocation in reached]


def record_sent(rows: Iterable[Picked], *, by: Actor, now: datetime) -> list[int]:
    """Somebody else's people picked and packed units; the caller has made the ledger's move to the bin named.

    Returns, for each row given, the id of the allocation that holds its units, ready to be shipped.
    """
    steps = [Step(one.allocation_id, one.quantity, bin_id=one.bin_id, lot=one.lot, packed_at=now) for one in rows]
    reached = advance_units(read(step.allocation_id for step in steps), steps, AllocationStatus.PICKED)
    return [allocation.pk for allocation in reached]


def record_unpicked(rows: Iterable[Picked | tuple[int, int, int]], *, by: Actor, now: datetime) -> list[int]:
    """A pick was taken back: units lie on the shelf again; the caller has made the ledger's move.

    ``allocation_id`` names the allocation they were picked for, wherever their row went since. Returns, for each row
    given, the id of the allocation that now holds them. Raises WrongQuantity when no such units are in that tote.
    """
    picked = [Picked(*row) for row in rows]
    allocations = read(row.allocation_id for row in picked)
    steps = []
    for row in picked:
        first = allocations[row.allocation_id]
        held = [
            one
            for one in sorted(allocations.values(), key=lambda one: (one.pk != first.pk, one.pk))
            if (one.order_line_id, one.bin_id, one.lot) == (first.order_line_id, row.bin_id, row.lot)
            and one.status == AllocationStatus.PICKED
            and one.packed_at is None
            and one.quantity >= row.quantity
        ]
        if not held:
            raise WrongQuantity("These units are not in that tote any more.")
        steps.append(Step(held[0].pk, row.quantity, back_on_shelf=True))
    return [one.pk for one in advance_units(allocations, steps, AllocationStatus.ALLOCATED)]


def record_short(
    allocation_id: int,
    quantity: int,
    *,
    reason: str,
    loss: Sequence[ledger.Move] = (),
    by: Actor,
    now: datetime,
) -> None:
    """Units of an allocation were not there to be picked: they become backordered on their line.

    ``loss`` are the moves that take the missing units out of what can be promised (to the adjustment bin, or in place
    to another condition). They are made here, in one step with the allocated counter, so that nobody else is promised
    them in between; their quantities sum to ``quantity``. Without a loss the units are given up and become available.
    ``reason`` is the short reason of the pick line.
    """
    rows = read([allocation_id])
    allocation = rows[allocation_id]
    if allocation.status != AllocationStatus.ALLOCATED:
        raise WrongQuantity("Only units that were not picked yet can be short.")
    order = FulfillmentOrder.objects.select_related("order").get(pk=allocation.fulfillment_order_id).order
    order_id, order_ref = order.pk, order.ref
    (released,) = advance_units(rows, [Step(allocation_id, quantity)], AllocationStatus.RELEASED)
    touch(order)
    line_id = allocation.order_line_id
    shift_lines({line_id: LineShift(allocated=-quantity, backordered=quantity)})
    publish(
        NewEvent(
            type=FULFILLMENT_ORDER_SHORT,
            subject_type="fulfillment_order",
            subject_id=allocation.fulfillment_order_id,
            timeline=order_ref,
            data={
                "allocation_id": released.pk,
                "order_line_id": line_id,
                "product_id": allocation.product_id,
                "warehouse_id": allocation.warehouse_id,
                "quantity": quantity,
                "reason": reason,
            },
        ),
        NewEvent(
            type=ORDER_BACKORDERED,
            subject_type="order",
            subject_id=order_id,
            timeline=order_ref,
            data={"lines": [[line_id, quantity]], "cause": "short"},
        ),
        by=by,
        now=now,
    )
    if order.ship_policy == ShipPolicy.COMPLETE:
        settle_after_loss(order, by=by, now=now)
    key = (allocation.product_id, allocation.warehouse_id)
    if loss:
        if sum(move.quantity for move in loss) != quantity:
            raise WrongQuantity("The loss is not the quantity that was short.")
        ledger.move(loss, by=by, now=now, allocated={key: -quantity})
    else:
        back = [reservation.Want(*key, quantity)]
        reservation.give_back(back)
        announce_replenished(back, by=by, now=now)


def record_packed(
    fulfillment_order_id: int, rows: Iterable[Packed | tuple[int, int, int]], *, by: Actor, now: datetime
) -> bool:
    """Picked units were put into a parcel that stands in a packing or staging bin; makes the move tote → there.

    The fulfilment order becomes ``packed`` with its last unit; returns whether it did. Raises WrongQuantity for units
    that were not picked.
    """
    return fulfillment_order_id in pack_units([Packed(*row) for row in rows], by=by, now=now)


def record_shipped(
    fulfillment_order_id: int, rows: Iterable[Shipped | tuple[int, int]], *, by: Actor, now: datetime
) -> None:
    """Packed units left the house: out of stock and out of the promise in one step.

    Advances allocations, lines, the fulfilment order (closed with its last unit) and the order (completed when every
    line is shipped or cancelled). Raises WrongQuantity for units that were not packed.
    """
    ship_units([Shipped(*row) for row in rows], by=by, now=now)


def record_shipped_many(rows: Iterable[Shipped | tuple[int, int]], *, by: Actor, now: datetime) -> None:
    """``record_shipped`` for units of any number of fulfilment orders, in the statements of one."""
    ship_units([Shipped(*row) for row in rows], by=by, now=now)


def record_packed_many(rows: Iterable[Packed | tuple[int, int, int]], *, by: Actor, now: datetime) -> set[int]:
    """``record_packed`` for units of any number of fulfilment orders; returns those that became ``packed``."""
    return pack_units([Packed(*row) for row in rows], by=by, now=now)


def record_returned(order_line_id: int, quantity: int, *, by: Actor, now: datetime) -> None:
    """Shipped units of a line came back. Raises WrongQuantity when more come back than were shipped.

    Locks the order, so returns calls it before it locks anything lower down the line.
    """
    refuse_outside_transaction()
    order = lock_one(Order.objects.all(), lines=order_line_id)
    lines = list(OrderLine.objects.filter(order=order).order_by("pk"))
    line = next(line for line in lines if line.pk == order_line_id)
    if not 0 < quantity <= line.shipped - line.returned:
        raise WrongQuantity("More units came back than were shipped.")
    shift_lines({order_line_id: LineShift(returned=quantity)})
    line.returned += quantity
    whole = all(one.returned == one.quantity - one.cancelled for one in lines if one.ships)
    Order.objects.filter(pk=order.pk).update(
        return_status="returned" if whole else "partially_returned", version=order.version + 1
    )
    publish(
        NewEvent(
            type=ORDER_LINES_RETURNED,
            subject_type="order",
            subject_id=order.pk,
            timeline=order.ref,
            data={"lines": [[order_line_id, quantity]]},
        ),
        by=by,
        now=now,
    )


def _locked(fulfillment_order_ids: set[int]) -> list[FulfillmentOrder]:
    """Order first, then fulfilment order, by primary key: PostgreSQL locks in the order of ``of``, row by row."""
    refuse_outside_transaction()
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [sorted(fulfillment_order_ids)])
        return as_rows(cursor.fetchall())


def _rows(fulfillment_order_ids: Iterable[int]) -> list[FulfillmentOrder]:
    wanted = set(fulfillment_order_ids)
    rows = with_orders(wanted)
    if len(rows) != len(wanted):
        raise NotFound("There is no such fulfilment order.")
    return rows


def _advance_held(works: Sequence[FulfillmentWork], to: str, *, by: Actor, now: datetime, **columns: Any) -> None:
    for status in sorted({work.status for work in works}):
        timelines = {work.id: work.order_ref for work in works if work.status == status}
        advance_set(FulfillmentOrder, timelines, status, to, by=by, now=now, **columns)


def _mark(fulfillment_order_id: int, to: str, *, by: Actor, now: datetime, **columns: Any) -> None:
    (row,) = _rows([fulfillment_order_id])
    if row.status != to:
        advance(row, to, by=by, now=now, **columns)
