"""Take from stock what lines of an order wait for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from core.kernel.commands import TryAgain, attempt_number
from core.outbox.publish import NewEvent
from inventory.errors import InsufficientStock
from inventory.selectors import WarehouseFact, availability, warehouse_by_id
from inventory.services import reservation
from inventory.services.reservation import Want
from orders.events import ORDER_BACKORDER_FILLED
from orders.models import Allocation, FulfillmentOrder, Order, OrderLine
from orders.planning.kits import Part, share_out_whole
from orders.planning.promises import PromiseDates, local_day
from orders.planning.sharing import summed
from orders.selectors.buffers import Buffers
from orders.selectors.calendars import Loads
from orders.services.drafting import give_back_rest, net_of, take_first, wants_of
from orders.services.lines import LineShift, shift_lines
from orders.services.promising import promised
from orders.states import ShipPolicy


@dataclass(frozen=True, slots=True)
class Filled:
    """Units written to lines and allocations; ``take_all`` is still to be called, as late as can be."""

    fulfillment_order_id: int
    lines: list[list[int]]
    """[[order_line_id, units]]"""
    wants: tuple[Want, ...]
    warehouse_id: int

    @property
    def units(self) -> int:
        return sum(units for _line, units in self.lines)


def fill_from(
    order: Order,
    lines: Sequence[OrderLine],
    warehouse_ids: Sequence[int],
    *,
    buffers: Buffers,
    limits: Mapping[int, int] | None = None,
    now: datetime,
) -> list[Filled]:
    """Allocate what the warehouses have to the backordered units of the lines, the first warehouse and line first.

    Lines of one kit are filled together, as far as they make kits whole; the caller names all of them. Their counters
    are brought up to date.

    The units join the order's fulfilment order that has not gone to the floor yet, else they make a new one. The caller
    holds the order's row, and calls ``take_all`` with what is returned when everything else is written. A command that
    was overtaken once takes the units first, of all warehouses in one statement.

    There is what is available without the ``buffers`` of the order's channel: units kept for the other channels are no
    more given to those who wait than to those who come, or the next look after backorders would sell them.
    ``limits`` are the most units of a product that may be given, by all warehouses together.
    """
    demand = summed((line.product_id, line.backordered) for line in lines)
    if not demand or not warehouse_ids:
        return []
    overtaken = attempt_number() > 1
    if overtaken:
        there = take_first(demand, warehouse_ids, buffers)
    else:
        there = net_of(availability(demand, warehouse_ids), warehouse_ids, buffers)
    left = {**demand, **(limits or {})}
    fills: list[Filled] = []
    used: dict[tuple[int, int], int] = {}
    for warehouse_id in warehouse_ids:
        most = {product_id: min(there.get((product_id, warehouse_id), 0), units) for product_id, units in left.items()}
        given = [(line, units) for line, units in shares_of(lines, most) if units]
        if not given:
            continue
        taken = summed((line.product_id, units) for line, units in given)
        at_hand = {(product_id, warehouse_id): units for product_id, units in taken.items()}
        wants = () if overtaken else tuple(wants_of(at_hand, buffers))
        fills.append(_write(order, given, warehouse_id, wants, now=now))
        used |= at_hand
        for product_id, units in taken.items():
            left[product_id] -= units
    if overtaken:
        give_back_rest(there, used)
    return fills


def _write(
    order: Order,
    given: Sequence[tuple[OrderLine, int]],
    warehouse_id: int,
    wants: tuple[Want, ...],
    *,
    now: datetime,
) -> Filled:
    shipments = shipments_for(order, warehouse_id, [line for line, _units in given], now=now)
    Allocation.objects.bulk_create(
        Allocation(
            fulfillment_order=shipments[line.pk],
            order_line=line,
            product_id=line.product_id,
            warehouse_id=warehouse_id,
            quantity=share,
            created_at=now,
        )
        for line, share in given
    )
    shift_lines({line.pk: LineShift(allocated=share, backordered=-share) for line, share in given})
    for line, share in given:
        line.allocated += share
        line.backordered -= share
    return Filled(
        fulfillment_order_id=shipments[given[0][0].pk].pk,
        lines=[[line.pk, share] for line, share in given],
        wants=wants,
        warehouse_id=warehouse_id,
    )


def filled_events(order: Order, fills: Iterable[Filled]) -> list[NewEvent]:
    """What to tell of units that were waited for and have come: one event for each fulfilment order that got any."""
    return [
        NewEvent(
            ORDER_BACKORDER_FILLED,
            "order",
            order.pk,
            order.ref,
            {"fulfillment_order_id": filled.fulfillment_order_id, "quantity": filled.units, "lines": filled.lines},
        )
        for filled in fills
        if filled.lines
    ]


def beyond(fills: Iterable[Filled], known: Mapping[int, int]) -> list[Filled]:
    """What the fills give beyond {line: units} of their lines: units that had been waiting came with the others."""
    left = dict(known)
    more = []
    for filled in fills:
        lines = []
        for line_id, units in filled.lines:
            again = min(units, left.get(line_id, 0))
            left[line_id] = left.get(line_id, 0) - again
            if units > again:
                lines.append([line_id, units - again])
        more.append(replace(filled, lines=lines))
    return more


def take_all(fills: Iterable[Filled]) -> None:
    """Take the units of all from stock, in one statement so that nobody waits in a circle. Raises TryAgain."""
    try:
        reservation.take([want for filled in fills for want in filled.wants])
    except InsufficientStock as error:
        raise TryAgain from error


def shares_of(lines: Sequence[OrderLine], available: Mapping[int, int]) -> list[tuple[OrderLine, int]]:
    """How many units each line gets of what it waits for, the first line first; a kit gets what makes it whole."""
    groups: dict[tuple[str, int], list[OrderLine]] = {}
    for line in lines:
        groups.setdefault(("kit", line.kit_id) if line.kit_id else ("line", line.pk), []).append(line)
    given = share_out_whole(
        [
            [Part(one.product_id, one.per_kit or 1, one.allocated, one.allocated + one.backordered) for one in group]
            for group in groups.values()
        ],
        available,
    )
    units = {
        line.pk: share
        for group, shares in zip(groups.values(), given, strict=True)
        for line, share in zip(group, shares, strict=True)
    }
    return [(line, units[line.pk]) for line in lines]


def with_kits(lines: Sequence[OrderLine]) -> list[OrderLine]:
    """The lines, and all that are parts of a kit with one of them. No statement without kits, else one."""
    kits = {line.kit_id for line in lines if line.kit_id}
    if not kits:
        return list(lines)
    known = {line.pk for line in lines}
    others = OrderLine.objects.filter(kit__in=kits).exclude(pk__in=known)
    return sorted([*lines, *others], key=lambda line: (line.position, line.pk))


def kits_beyond_reach(kit_ids: Sequence[int], warehouse_id: int) -> set[int]:
    """Those of the kits that would get nothing now, because another component is lacking. Two statements, no locks."""
    if not kit_ids:
        return set()
    parts: dict[int, list[Part]] = {}
    for kit_id, product_id, per_kit, had, waits in OrderLine.objects.filter(kit__in=set(kit_ids)).values_list(
        "kit_id", "product_id", "per_kit", "allocated", "backordered"
    ):
        parts.setdefault(kit_id, []).append(Part(product_id, per_kit or 1, had, had + waits))
    found = availability({part.product_id for own in parts.values() for part in own}, [warehouse_id])
    there = {product_id: units for (product_id, _w), units in found.items()}
    return {kit_id for kit_id, own in parts.items() if not any(share_out_whole([own], there)[0])}


def shipments_for(
    order: Order, warehouse_id: int, lines: Sequence[OrderLine], *, now: datetime
) -> dict[int, FulfillmentOrder]:
    """{line: the fulfilment order its units go to}: one that nobody has begun, nor asked of a third party, for the same
    release day, else a new one.

    What was ordered ahead of its release day never travels with what may leave today, unless the order ships complete:
    then all of it leaves on the last of the days. What the buyer takes only from a day on leaves in time for it.
    """
    warehouse = warehouse_by_id(warehouse_id)
    today = local_day(now, warehouse.time_zone)
    days = {line.pk: line.release_on if line.release_on and line.release_on > today else None for line in lines}
    if order.deliver_not_before is not None:
        leaves = {day: _in_window(order, warehouse, day, now=now) for day in set(days.values())}
        days = {line_id: leaves[day] for line_id, day in days.items()}
    waiting = list(
        FulfillmentOrder.objects.filter(
            order=order,
            warehouse_id=warehouse_id,
            status__in=["open", "scheduled", "allocated"],
            request_status="",
        ).order_by("pk")
    )
    found: dict[date | None, FulfillmentOrder] = {}
    for row in waiting:
        found.setdefault(row.release_on if row.release_on and row.release_on > today else None, row)
    if order.ship_policy == ShipPolicy.COMPLETE:
        known = [day for day in (*days.values(), *found) if day]
        last = max(known, default=None)
        days = dict.fromkeys(days, last)
        if waiting and last not in found:
            FulfillmentOrder.objects.filter(pk=waiting[0].pk).update(release_on=last)
            waiting[0].release_on = last
            found = {last: waiting[0]}
    foreign = not warehouse.is_own
    for day in sorted(set(days.values()) - found.keys(), key=lambda day: day or date.min):
        dates = _dates_from(order, warehouse, day, now=now)
        found[day] = FulfillmentOrder.objects.create(
            order=order,
            order_ref=order.ref,
            warehouse_id=warehouse_id,
            status="open" if foreign else "scheduled" if day else "allocated",
            ship_by=dates.ship_by,
            release_on=day,
            priority=order.priority,
            created_at=now,
        )
    return {line_id: found[day] for line_id, day in days.items()}


def _in_window(order: Order, warehouse: WarehouseFact, day: date | None, *, now: datetime) -> date | None:
    """The day it leaves so that it arrives no sooner than the buyer takes it; ``day`` when that is late enough."""
    dates = _dates_from(order, warehouse, day, now=now)
    return dates.ship_by if "not_before" in dates.inputs else day


def _dates_from(order: Order, warehouse: WarehouseFact, earliest: date | None, *, now: datetime) -> PromiseDates:
    return promised(
        warehouse,
        order.shipping_method,
        str(order.shipping_address.get("country", "")),
        ready_at=now,
        earliest=earliest,
        not_before=order.deliver_not_before,
        not_after=order.deliver_not_after,
        loads=Loads(now=now, without_order=order.pk),
    )
