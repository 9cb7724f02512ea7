"""Take from stock what lines of an order wait for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from core.kernel.commands import TryAgain, attempt_number
from inventory.errors import InsufficientStock
from inventory.selectors import availability
from inventory.services import reservation
from inventory.services.reservation import Want
from orders.models import Allocation, FulfillmentOrder, Order, OrderLine
from orders.planning.promises import ship_by
from orders.planning.sharing import share_out, summed
from orders.selectors.buffers import Buffers
from orders.services.calendars import calendar_of_warehouse
from orders.services.drafting import wants_of
from orders.services.lines import LineShift, shift_lines


@dataclass(frozen=True, slots=True)
class Filled:
    """Units written to lines and allocations; ``take()`` is still to be called, as late as can be."""

    fulfillment_order_id: int
    lines: list[list[int]]
    """[[order_line_id, units]]"""
    wants: tuple[Want, ...]

    @property
    def units(self) -> int:
        return sum(units for _line, units in self.lines)

    def take(self) -> None:
        """Take the units from stock. Raises TryAgain when somebody else was quicker: the command starts afresh."""
        try:
            reservation.take(self.wants)
        except InsufficientStock as error:
            raise TryAgain from error


def fill_lines(
    order: Order, lines: Sequence[OrderLine], warehouse_id: int, *, buffers: Buffers, now: datetime
) -> Filled | None:
    """Allocate what there is to the backordered units of the lines, the first line first; None when there is nothing.

    The units join the order's fulfilment order that has not gone to the floor yet, else they make a new one. The caller
    holds the order's row, and calls ``take()`` of what is returned when everything else is written. A command that was
    overtaken once takes the units first.

    There is what is available without the ``buffers`` of the order's channel: units kept for the other channels are no
    more given to those who wait than to those who come, or the next look after backorders would sell them.
    """
    wants = [(line.product_id, line.backordered) for line in lines]
    demand = summed(wants)
    if not demand:
        return None
    overtaken = attempt_number() > 1
    if overtaken:
        taken_now = reservation.take_what_there_is(wants_of(demand, warehouse_id, buffers))
        got = {product_id: units for (product_id, _w), units in taken_now.items()}
    else:
        found = availability(demand, [warehouse_id])
        got = buffers.net({product_id: units for (product_id, _w), units in found.items()})
    shares = share_out(wants, got)
    given = [(line, share) for line, share in zip(lines, shares, strict=True) if share]
    if not given:
        return None
    shipment = _shipment_for(order, warehouse_id, now=now)
    Allocation.objects.bulk_create(
        Allocation(
            fulfillment_order=shipment,
            order_line=line,
            product_id=line.product_id,
            warehouse_id=warehouse_id,
            quantity=share,
            created_at=now,
        )
        for line, share in given
    )
    shift_lines({line.pk: LineShift(allocated=share, backordered=-share) for line, share in given})
    taken = summed((line.product_id, share) for line, share in given)
    return Filled(
        fulfillment_order_id=shipment.pk,
        lines=[[line.pk, share] for line, share in given],
        wants=() if overtaken else tuple(wants_of(taken, warehouse_id, buffers)),
    )


def _shipment_for(order: Order, warehouse_id: int, *, now: datetime) -> FulfillmentOrder:
    waiting = (
        FulfillmentOrder.objects.filter(order=order, warehouse_id=warehouse_id, status__in=["open", "allocated"])
        .order_by("pk")
        .first()
    )
    if waiting is not None:
        return waiting
    leaves: date = ship_by(now, calendar_of_warehouse(warehouse_id))
    return FulfillmentOrder.objects.create(
        order=order, order_ref=order.ref, warehouse_id=warehouse_id, status="allocated", ship_by=leaves, created_at=now
    )
