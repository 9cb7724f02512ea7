"""Source a part of an order anew after the warehouse it lay in declined it."""

from datetime import datetime

from django.utils.translation import gettext_noop

from core.attention.services import open_case
from core.kernel.actors import Actor
from core.kernel.commands import TryAgain, refuse_outside_transaction
from core.outbox.publish import NewEvent, publish
from inventory.errors import InsufficientStock
from inventory.services import reservation
from inventory.services.announcing import announce_replenished
from orders.events import ORDER_BACKORDERED, ORDER_ROUTED
from orders.models import Allocation, FulfillmentOrder, Order, OrderLine
from orders.planning.sharing import summed
from orders.selectors.buffers import buffers_of
from orders.selectors.channels import channel_by_id
from orders.services.allocations import Step, advance_units, read
from orders.services.closing import settle_fulfillment_orders
from orders.services.filling import Filled, beyond, fill_from, filled_events, with_kits
from orders.services.lines import LineShift, of_line, shift_lines
from orders.services.promising import renew_promise
from orders.services.readiness import settle_after_loss
from orders.services.sources import best_first, may_ship
from orders.states import AllocationStatus


def declined_key(order_id: int) -> str:
    """The dedupe key of the case of an order that a third party declined and nobody else can ship."""
    return f"declined:{order_id}"


def source_elsewhere(order: Order, row: FulfillmentOrder, *, by: Actor, now: datetime) -> int:
    """Take the part's units back and fill them from the channel's other warehouses; returns the units that wait now.

    Warehouses that declined a part of the order are passed over, however often this is asked for: it never goes round
    in circles. What nobody has waits for stock, with a case for a person. The caller holds the order's row.
    """
    refuse_outside_transaction()
    allocations = read(
        Allocation.objects.filter(fulfillment_order=row, status=AllocationStatus.ALLOCATED).values_list("pk", flat=True)
    )
    open_rows = [one for one in allocations.values() if one.status == AllocationStatus.ALLOCATED]
    back = [reservation.Want(one.product_id, one.warehouse_id, one.quantity) for one in open_rows]
    shifts: dict[int, LineShift] = {}
    for one in open_rows:
        shift = of_line(shifts, one.order_line_id)
        shift.allocated -= one.quantity
        shift.backordered += one.quantity
    advance_units(allocations, [Step(one.pk, one.quantity) for one in open_rows], AllocationStatus.RELEASED)
    shift_lines(shifts)
    settle_fulfillment_orders([row], by=by, now=now)
    fills = _fill(order, list(shifts), now=now)
    given = summed((line_id, units) for filled in fills for line_id, units in filled.lines)
    left = [[line_id, -shift.allocated - given.get(line_id, 0)] for line_id, shift in shifts.items()]
    waiting = [[line_id, units] for line_id, units in left if units > 0]
    _tell(order, row, [filled.warehouse_id for filled in fills], waiting, by=by, now=now)
    for filled in fills:
        renew_promise(order, filled.warehouse_id, reason="delayed", by=by, now=now)
    taken_back = {line_id: -shift.allocated for line_id, shift in shifts.items()}
    publish(*filled_events(order, beyond(fills, taken_back)), by=by, now=now)
    settle_after_loss(order, by=by, now=now)
    _exchange(back, [want for filled in fills for want in filled.wants])
    announce_replenished(back, by=by, now=now)
    return sum(units for _line, units in waiting)


def _fill(order: Order, line_ids: list[int], *, now: datetime) -> list[Filled]:
    """What the warehouses that are left to the order give, the best first; a rule that leaves none has had its day."""
    channel = channel_by_id(order.channel_id)
    places = may_ship(order, channel)
    if not places and order.ship_from:
        order.ship_from = []
        Order.objects.filter(pk=order.pk).update(ship_from=[])
        places = may_ship(order, channel)
    lines = with_kits(list(OrderLine.objects.filter(order=order, pk__in=line_ids).order_by("position", "pk")))
    places = best_first(order, channel, lines, places, now=now)
    return fill_from(order, lines, places, buffers=buffers_of(channel), now=now)


def _exchange(back: list[reservation.Want], wanted: list[reservation.Want]) -> None:
    """One statement for both, so that two parts that change places never wait for each other's stock levels."""
    try:
        reservation.swap(back, wanted)
    except InsufficientStock as error:
        raise TryAgain from error


def _tell(
    order: Order,
    row: FulfillmentOrder,
    places: list[int],
    waiting: list[list[int]],
    *,
    by: Actor,
    now: datetime,
) -> None:
    considered = [{"warehouse_id": row.warehouse_id, "verdict": "declined"}]
    data = {"cause": "declined", "warehouses": places, "considered": considered, "from": row.warehouse_id}
    events = [NewEvent(ORDER_ROUTED, "order", order.pk, order.ref, data)]
    if waiting:
        events.append(
            NewEvent(ORDER_BACKORDERED, "order", order.pk, order.ref, {"lines": waiting, "cause": "declined"})
        )
        open_case(
            kind="third_party",
            dedupe_key=declined_key(order.pk),
            summary=gettext_noop("A third party declined, and nobody else has the goods. The order waits for stock."),
            subject_type="order",
            subject_id=order.pk,
            timeline=order.ref,
            warehouse_id=row.warehouse_id,
            detail={"units": sum(units for _line, units in waiting)},
            fixes=[
                {"label": gettext_noop("See what helps"), "url": f"/orders/{order.ref}/allocation"},
                {"label": gettext_noop("Open the order"), "url": f"/orders/{order.ref}"},
            ],
            now=now,
        )
    publish(*events, by=by, now=now)
