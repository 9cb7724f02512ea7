"""What follows when units of an order left the house or are no longer wanted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import F, Q, Sum

from core.kernel.actors import Actor
from core.kernel.transitions import advance
from orders.models import Allocation, FulfillmentOrder, Order, OrderLine
from orders.states import OPEN_ALLOCATION, OPEN_FULFILLMENT_ORDER, FulfillmentStatus, OrderStatus, ReturnStatus


def settle_fulfillment_orders(rows: list[FulfillmentOrder], *, by: Actor, now: datetime) -> None:
    """End the fulfilment orders that hold no open allocation any more.

    ``closed`` when something of it was shipped, ``cancelled`` when nothing was.
    """
    still_open = [row for row in rows if row.status in OPEN_FULFILLMENT_ORDER]
    if not still_open:
        return
    content = (
        Allocation.objects.filter(
            fulfillment_order__in=[row.pk for row in still_open], status__in=[*OPEN_ALLOCATION, "shipped"]
        )
        .order_by()
        .values_list("fulfillment_order_id", "status")
        .distinct()
    )
    states: dict[int, set[str]] = {}
    for fulfillment_order_id, status in content:
        states.setdefault(fulfillment_order_id, set()).add(status)
    for row in still_open:
        left = states.get(row.pk, set())
        if left & OPEN_ALLOCATION:
            continue
        if "shipped" in left:
            advance(row, "closed", by=by, now=now, closed_at=now)
        else:
            advance(row, "cancelled", by=by, now=now)


def settle_order(
    order: Order, *, by: Actor, now: datetime, cancel_reason: str = "", data: Mapping[str, Any] | None = None
) -> None:
    """Bring the order's own and its derived status up to date with its lines. The caller holds the order's row.

    ``data`` goes with the event of a cancellation.

    Completed when every line is shipped or cancelled and something was shipped; cancelled when nothing is wanted. What
    never ships is left out, unless nothing else is wanted any more.
    """
    ships, wanted_units = Q(ships=True), F("quantity") - F("cancelled")
    totals = OrderLine.objects.filter(order=order).aggregate(
        wanted=Sum(wanted_units, filter=ships),
        left=Sum("shipped", filter=ships),
        through=Sum("shipped"),
        back=Sum("returned", filter=ships),
    )
    wanted, shipped = totals["wanted"] or 0, totals["left"] or 0
    # All that came back of a part of it is all of it once the rest is not wanted any more.
    columns: dict[str, Any] = (
        {"return_status": ReturnStatus.RETURNED} if totals["back"] and totals["back"] == wanted else {}
    )
    if not wanted:
        wanted = shipped = totals["through"] or 0
    version = order.version + 1
    if wanted == 0 and order.status in (OrderStatus.PENDING, OrderStatus.CONFIRMED):
        advance(
            order,
            OrderStatus.CANCELLED,
            by=by,
            now=now,
            data=data,
            cancelled_at=now,
            cancel_reason=cancel_reason[:200],
            version=version,
        )
        return
    if shipped == 0:
        fulfillment = FulfillmentStatus.UNFULFILLED
    elif shipped < wanted:
        fulfillment = FulfillmentStatus.PARTIALLY_FULFILLED
    else:
        fulfillment = FulfillmentStatus.FULFILLED
    if fulfillment == FulfillmentStatus.FULFILLED and order.status == OrderStatus.CONFIRMED:
        advance(
            order,
            OrderStatus.COMPLETED,
            by=by,
            now=now,
            completed_at=now,
            fulfillment_status=fulfillment,
            version=version,
            **columns,
        )
        return
    Order.objects.filter(pk=order.pk).update(fulfillment_status=fulfillment, version=version, **columns)
    order.fulfillment_status, order.version = fulfillment, version
