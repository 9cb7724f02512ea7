"""Give up promised units that are no longer there."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.db.models import Case, F, QuerySet, Value, When
from django.utils.translation import gettext_noop

from core.attention.services import open_case
from core.kernel.actors import Actor
from core.kernel.commands import refuse_outside_transaction
from core.kernel.locks import lock_many
from core.outbox.publish import NewEvent, publish
from inventory.ports import nothing
from inventory.services import reservation
from orders.events import ORDER_BACKORDERED
from orders.models import Allocation, FulfillmentOrder, Order
from orders.services.allocations import Step, advance_units, read
from orders.services.closing import settle_fulfillment_orders
from orders.services.lines import LineShift, of_line, shift_lines
from orders.services.readiness import settle_after_loss
from orders.services.third_party import ASKED, settle_requests_of
from orders.states import AllocationStatus, ShipPolicy


def case_key(order_id: int) -> str:
    """The dedupe key of the exception case of an order that lost promised units."""
    return f"given_up:{order_id}"


def lock_promises(losses: Sequence[tuple[int, int, int]], fulfillment_order_ids: Iterable[int]) -> None:
    """Lock the orders of which so many units would be given up now, and those of the fulfilment orders, by their keys.

    ``losses`` are (product_id, warehouse_id, units) each. For who gives up more than once, or holds bins by then.
    """
    orders = set(FulfillmentOrder.objects.filter(pk__in=set(fulfillment_order_ids)).values_list("order_id", flat=True))
    for product_id, warehouse_id, units in losses:
        orders.update(_orders_of(_candidates(product_id, warehouse_id, units, set())))
    if orders:
        lock_many(Order.objects.all(), orders)


def give_up_allocations(
    product_id: int,
    warehouse_id: int,
    quantity: int,
    *,
    by: Actor,
    now: datetime,
    reason: str,
    before_stock: Callable[[], object] = nothing,
) -> int:
    """Release up to ``quantity`` allocated units of a product; returns how many.

    In the transaction of the loss, which called this before it locked any stock. Only units not picked yet; those of
    work not yet on the floor go first, and of those the latest promise first. Each becomes a backorder of its line,
    with an exception case and an event for its order; a third party is asked anew for what is left. ``before_stock``
    is called just before the stock level is locked.
    """
    refuse_outside_transaction()
    given: dict[int, int] = {}
    rows: dict[int, Allocation] = {}
    tried: set[int] = set()
    while (left := quantity - sum(given.values())) > 0:
        candidates = _candidates(product_id, warehouse_id, left, tried)
        if not candidates:
            break
        tried.update(candidates)
        lock_many(Order.objects.all(), _orders_of(candidates))
        rows.update(read(candidates))
        for allocation_id in candidates:
            allocation = rows[allocation_id]
            # Until its order was held it may have been picked, or moved to another warehouse.
            here = allocation.status == AllocationStatus.ALLOCATED and allocation.warehouse_id == warehouse_id
            units = min(left, allocation.quantity) if here else 0
            if units:
                given[allocation_id] = units
                left -= units
    if not given:
        return 0
    lines: dict[int, int] = {}
    for allocation_id, units in given.items():
        line_id = rows[allocation_id].order_line_id
        lines[line_id] = lines.get(line_id, 0) + units
    advance_units(rows, [Step(*one) for one in given.items()], AllocationStatus.RELEASED)
    shifts: dict[int, LineShift] = {}
    for line_id, units in lines.items():
        shift = of_line(shifts, line_id)
        shift.allocated, shift.backordered = -units, units
    shift_lines(shifts)
    shipments = _shipments(rows[allocation_id].fulfillment_order_id for allocation_id in given)
    settle_fulfillment_orders(list(shipments.values()), by=by, now=now)
    orders_at_stake = {row.order_id: row.order for row in shipments.values()}
    for order in orders_at_stake.values():
        if order.ship_policy == ShipPolicy.COMPLETE:
            settle_after_loss(order, by=by, now=now)
    for order_id, order in orders_at_stake.items():
        lost = [row.pk for row in shipments.values() if row.order_id == order_id and row.request_status in ASKED]
        if lost:
            settle_requests_of(order, changed=lost, by=by, now=now)
    by_order: dict[int, list[list[int]]] = {}
    released: dict[int, list[list[int]]] = {}
    for allocation_id, units in given.items():
        row = rows[allocation_id]
        order_id = shipments[row.fulfillment_order_id].order_id
        by_order.setdefault(order_id, []).append([row.order_line_id, units])
        released.setdefault(order_id, []).append([allocation_id, units])
    Order.objects.filter(pk__in=by_order).update(version=F("version") + 1)
    refs = {shipment.order_id: shipment.order_ref for shipment in shipments.values()}
    publish(
        *(
            NewEvent(
                ORDER_BACKORDERED,
                "order",
                order_id,
                refs[order_id],
                {"lines": short, "cause": "given_up", "reason": reason, "allocations": released[order_id]},
            )
            for order_id, short in by_order.items()
        ),
        by=by,
        now=now,
    )
    for order_id in by_order:
        open_case(
            kind="allocation_given_up",
            dedupe_key=case_key(order_id),
            summary=gettext_noop("Promised units are gone. The order waits for stock again."),
            subject_type="order",
            subject_id=order_id,
            timeline=refs[order_id],
            warehouse_id=warehouse_id,
            detail={"product_id": product_id, "reason": reason, "lines": by_order[order_id]},
            now=now,
        )
    total = sum(given.values())
    before_stock()
    reservation.give_back([reservation.Want(product_id, warehouse_id, total)])
    return total


def _candidates(product_id: int, warehouse_id: int, units: int, tried: set[int]) -> list[int]:
    """Enough allocations to cover the units, the first to be given up first."""
    on_floor = Case(When(fulfillment_order__status__in=["open", "scheduled", "allocated"], then=Value(0)), default=1)
    found: list[int] = []
    for pk, quantity in (
        Allocation.objects.filter(product_id=product_id, warehouse_id=warehouse_id, status=AllocationStatus.ALLOCATED)
        .exclude(pk__in=tried)
        .order_by(on_floor, F("fulfillment_order__ship_by").desc(), F("pk").desc())
        .values_list("pk", "quantity")[:500]
    ):
        found.append(pk)
        units -= quantity
        if units <= 0:
            break
    return found


def _orders_of(allocation_ids: Sequence[int]) -> "QuerySet[Order, int]":
    return Order.objects.filter(fulfillment_orders__allocations__in=allocation_ids).values_list("pk", flat=True)


def _shipments(ids: Iterable[int]) -> dict[int, FulfillmentOrder]:
    return {row.pk: row for row in FulfillmentOrder.objects.select_related("order").filter(pk__in=set(ids))}
