"""Units of many fulfilment orders packed or shipped at once: the same statements for one as for a hundred.

Called by ``fulfilment`` in shipping's transaction, which holds the orders and fulfilment orders concerned.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import F, Sum

from core.kernel.actors import Actor
from core.kernel.commands import refuse_outside_transaction
from core.kernel.transitions import advance_many
from inventory.selectors import default_bins
from inventory.services import ledger
from orders.errors import WrongQuantity
from orders.models import Allocation, FulfillmentOrder, Order, OrderLine
from orders.selectors.facts import Packed, Shipped
from orders.selectors.with_orders import with_orders
from orders.services.allocations import Step, advance_units, read
from orders.services.lines import LineShift, of_line, shift_lines
from orders.states import AllocationStatus, FulfillmentOrderStatus, FulfillmentStatus, OrderStatus


def pack_units(packed: Sequence[Packed], *, by: Actor, now: datetime) -> set[int]:
    """Picked units, of any fulfilment orders, were put into parcels; makes the moves tote → packing or staging bin.

    Returns the fulfilment orders that became ``packed`` by it. Raises WrongQuantity for units that were not picked.
    """
    refuse_outside_transaction()
    allocations = read(one.allocation_id for one in packed)
    rows = _rows(allocations)
    moves: dict[tuple[str, int, int, int, str], int] = {}
    for one in packed:
        allocation = allocations[one.allocation_id]
        if allocation.status != AllocationStatus.PICKED or allocation.packed_at or allocation.bin_id is None:
            raise WrongQuantity("Only picked units can be packed, and only once.")
        if allocation.bin_id != one.bin_id:
            ref = rows[allocation.fulfillment_order_id].order_ref
            key = (ref, allocation.product_id, allocation.bin_id, one.bin_id, allocation.lot)
            moves[key] = moves.get(key, 0) + one.quantity
    steps = [Step(one.allocation_id, one.quantity, bin_id=one.bin_id, packed_at=now) for one in packed]
    advance_units(allocations, steps, AllocationStatus.PICKED)
    loose = {
        one.fulfillment_order_id
        for one in allocations.values()
        if one.status == AllocationStatus.ALLOCATED or (one.status == AllocationStatus.PICKED and not one.packed_at)
    }
    done = [row for key, row in rows.items() if key not in loose and row.status != FulfillmentOrderStatus.PACKED]
    if done:
        advance_many(done, FulfillmentOrderStatus.PACKED, by=by, now=now, packed_at=now)
    ledger.move(
        [
            ledger.Move(
                product_id=product_id,
                quantity=quantity,
                from_bin_id=from_bin,
                to_bin_id=to_bin,
                lot=lot,
                reason="pack",
                document=ref,
            )
            for (ref, product_id, from_bin, to_bin, lot), quantity in sorted(moves.items())
        ],
        by=by,
        now=now,
    )
    return {row.pk for row in done}


def ship_units(shipped: Sequence[Shipped], *, by: Actor, now: datetime) -> None:
    """Packed units, of any fulfilment orders, left the house: out of stock and out of the promise in one step.

    Raises WrongQuantity for units that were not packed.
    """
    refuse_outside_transaction()
    allocations = read(one.allocation_id for one in shipped)
    rows = _rows(allocations)
    customer = {
        warehouse_id: default_bins(warehouse_id)["customer"]
        for warehouse_id in sorted({row.warehouse_id for row in rows.values()})
    }
    shifts: dict[int, LineShift] = {}
    taken: dict[tuple[int, int], int] = {}
    moves: dict[tuple[str, int, int, int, str], int] = {}
    for one in shipped:
        allocation = allocations[one.allocation_id]
        if allocation.status != AllocationStatus.PICKED or allocation.packed_at is None or allocation.bin_id is None:
            raise WrongQuantity("Only packed units can be shipped, and only once.")
        of_line(shifts, allocation.order_line_id).shipped += one.quantity
        key = (allocation.product_id, allocation.warehouse_id)
        taken[key] = taken.get(key, 0) - one.quantity
        ref = rows[allocation.fulfillment_order_id].order_ref
        place = (ref, allocation.product_id, allocation.bin_id, customer[allocation.warehouse_id], allocation.lot)
        moves[place] = moves.get(place, 0) + one.quantity
    advance_units(allocations, [Step(one.allocation_id, one.quantity) for one in shipped], AllocationStatus.SHIPPED)
    shift_lines(shifts)
    open_states = (AllocationStatus.ALLOCATED, AllocationStatus.PICKED)
    still_open = {one.fulfillment_order_id for one in allocations.values() if one.status in open_states}
    closed = [row for key, row in rows.items() if key not in still_open]
    if closed:
        advance_many(closed, FulfillmentOrderStatus.CLOSED, by=by, now=now, closed_at=now)
    settle_orders({row.order_id: row.order for row in rows.values()}, by=by, now=now)
    ledger.move(
        [
            ledger.Move(
                product_id=product_id,
                quantity=quantity,
                from_bin_id=from_bin,
                to_bin_id=to_bin,
                lot=lot,
                reason="ship",
                document=ref,
            )
            for (ref, product_id, from_bin, to_bin, lot), quantity in sorted(moves.items())
        ],
        by=by,
        now=now,
        allocated=taken,
    )


def settle_orders(orders: Mapping[int, Order], *, by: Actor, now: datetime) -> None:
    """Bring orders something of which was shipped up to date with their lines: completed, or partially fulfilled."""
    totals = {
        order_id: (wanted, shipped)
        for order_id, wanted, shipped in OrderLine.objects.filter(order__in=list(orders))
        .values("order_id")
        .annotate(wanted=Sum(F("quantity") - F("cancelled")), out=Sum("shipped"))
        .order_by()
        .values_list("order_id", "wanted", "out")
    }
    whole = [order for key, order in orders.items() if totals[key][1] >= totals[key][0]]
    completed = [order for order in whole if order.status == OrderStatus.CONFIRMED]
    if completed:
        advance_many(
            completed,
            OrderStatus.COMPLETED,
            by=by,
            now=now,
            completed_at=now,
            fulfillment_status=FulfillmentStatus.FULFILLED,
            version=F("version") + 1,
        )
    rest: dict[FulfillmentStatus, list[int]] = {}
    for key, order in orders.items():
        if order not in completed:
            fulfilled = FulfillmentStatus.FULFILLED if order in whole else FulfillmentStatus.PARTIALLY_FULFILLED
            rest.setdefault(fulfilled, []).append(key)
    for status, ids in rest.items():
        Order.objects.filter(pk__in=ids).update(fulfillment_status=status, version=F("version") + 1)


def _rows(allocations: Mapping[int, Allocation]) -> dict[int, FulfillmentOrder]:
    return {row.pk: row for row in with_orders(one.fulfillment_order_id for one in allocations.values())}
