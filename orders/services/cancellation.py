"""Take back what a customer no longer wants, wherever the units are by now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.outbox.publish import NewEvent, publish
from inventory.services import ledger, reservation
from inventory.services.announcing import announce_replenished
from inventory.services.reservation import Want
from orders.errors import NotCancellable
from orders.events import ORDER_LINES_CANCELLED
from orders.models import Allocation, FulfillmentOrder, Order, OrderLine
from orders.selectors.facts import OrderFact
from orders.selectors.orders import order_by_id
from orders.services.allocations import Step, advance_units
from orders.services.closing import settle_fulfillment_orders, settle_order
from orders.services.line_changes import goods_total
from orders.services.lines import LineShift, shift_lines
from orders.services.locking import CLOSED, lock_order
from orders.services.promising import promise_sooner
from orders.services.readiness import settle_readiness
from orders.states import OPEN_ALLOCATION, AllocationStatus, OrderStatus


@dataclass(slots=True)
class _Taken:
    """Units taken from one allocation, and where they were."""

    allocation: Allocation
    units: int


@dataclass(slots=True)
class _Plan:
    """What is cancelled of each line, and from which allocations."""

    shifts: dict[int, LineShift] = field(default_factory=dict)
    taken: list[_Taken] = field(default_factory=list)


@command
def cancel_order(
    ref: str,
    *,
    reason: str,
    lines: Sequence[tuple[int, int]] | None = None,
    channel_id: int | None = None,
    expected_version: int | None = None,
    by: Actor,
    now: datetime,
) -> OrderFact:
    """Cancel the whole order, or units of some lines [(order_line_id, units)]; returns the order as it is then.

    The id of a kit cancels whole kits, with the units of all their components. Components can be cancelled by their own
    lines' ids as well: what is left of the kit is then sent without them.

    Units still on the shelf become available to others. Units already picked stay promised to nobody: they turn to
    quality control where they lie, and the event lists them, so that they are put back by inspection. Of a line, units
    that wait for stock go first, then those on the shelf, then picked ones. The whole order means all that has not left
    the house; what never ships goes with it as long as nothing else has left. ``goods_total`` is then what is still
    wanted, and stays what it was when the order is cancelled. Raises NotCancellable when there is nothing of that left
    to cancel, NotFound, StaleVersion.
    """
    order = lock_order(ref, channel_id=channel_id, expected_version=expected_version)
    rows = {row.pk: row for row in OrderLine.objects.filter(order=order).order_by("position")}
    if lines is None:
        if order.status not in CLOSED:
            _open_what_never_ships(rows)
        wanted = {pk: row.open_quantity for pk, row in rows.items() if row.open_quantity}
        if not wanted or order.status == OrderStatus.CANCELLED:
            raise NotCancellable(_("The order %(ref)s can no longer be cancelled.") % {"ref": order.ref})
    else:
        wanted = _checked(lines, rows)
    cancel_units(order, rows, wanted, reason=reason, by=by, now=now)
    if order.status == OrderStatus.CONFIRMED:
        promise_sooner(order, reason="edited", by=by, now=now)
    return order_by_id(order.pk)


def cancel_units(
    order: Order,
    lines: Mapping[int, OrderLine],
    wanted: Mapping[int, int],
    *,
    reason: str,
    cause: str = "",
    by: Actor,
    now: datetime,
) -> None:
    """Cancel {order_line_id: units} of an order whose row the caller holds; each no more than is open on its line.

    ``goods_total`` is then what is still wanted, unless nothing is. ``cause`` goes with the event: ``substituted`` when
    the customer gets something else instead, ``unanswered`` when nobody said what to do about what is missing.
    """
    shipments = {row.pk: row for row in FulfillmentOrder.objects.filter(order=order).order_by("pk")}
    allocations = {row.pk: row for row in Allocation.objects.filter(fulfillment_order__in=shipments).order_by("-pk")}
    plan = _plan(lines, wanted, list(allocations.values()), shipments)
    picked = [one for one in plan.taken if one.allocation.status == AllocationStatus.PICKED]
    moves = [
        ledger.Move(
            product_id=one.allocation.product_id,
            quantity=one.units,
            from_bin_id=one.allocation.bin_id or 0,
            to_bin_id=one.allocation.bin_id or 0,
            to_condition="quality_control",
            lot=one.allocation.lot,
            reason="put_back",
            document=order.ref,
        )
        for one in picked
    ]
    put_back = [
        [one.allocation.product_id, one.allocation.bin_id, one.units, one.allocation.order_line_id] for one in picked
    ]
    back = [
        Want(one.allocation.product_id, one.allocation.warehouse_id, one.units)
        for one in plan.taken
        if one.allocation.status == AllocationStatus.ALLOCATED
    ]
    freed: dict[tuple[int, int], int] = {}
    for one in plan.taken:
        key = (one.allocation.product_id, one.allocation.warehouse_id)
        freed[key] = freed.get(key, 0) - one.units
    data: dict[str, Any] = {
        "lines": [[pk, units] for pk, units in wanted.items()],
        "allocations": [[one.allocation.pk, one.units] for one in plan.taken],
        "fulfillment_order_ids": sorted({one.allocation.fulfillment_order_id for one in plan.taken}),
        "put_back": put_back,
        **({"cause": cause} if cause else {}),
    }
    steps = [Step(one.allocation.pk, one.units) for one in plan.taken]
    released = advance_units(allocations, steps, AllocationStatus.RELEASED)
    data["allocation_ids"] = sorted({row.pk for row in released})
    shift_lines(plan.shifts)
    settle_fulfillment_orders(list(shipments.values()), by=by, now=now)
    settle_order(order, by=by, now=now, cancel_reason=reason, data=data)
    if order.status != OrderStatus.CANCELLED:
        order.goods_total = goods_total(order.pk)
        Order.objects.filter(pk=order.pk).update(goods_total=order.goods_total)
        publish(NewEvent(ORDER_LINES_CANCELLED, "order", order.pk, order.ref, data), by=by, now=now)
        settle_readiness(order, by=by, now=now)
    # The hot rows last, and in one step: what was on the shelf and what was picked may be the same product.
    if moves:
        ledger.move(moves, by=by, now=now, allocated=freed)
    elif back:
        reservation.give_back(back)
        announce_replenished(back, by=by, now=now)


def _open_what_never_ships(rows: Mapping[int, OrderLine]) -> None:
    """Gift cards and services were through at once; of an order nothing of which left they are cancelled with it."""
    through = [row for row in rows.values() if not row.ships and row.shipped > row.returned]
    if not through or any(row.ships and row.shipped for row in rows.values()):
        return
    shifts = {}
    for row in through:
        units = row.shipped - row.returned
        shifts[row.pk] = LineShift(allocated=-units, shipped=-units, backordered=units)
        row.allocated, row.shipped, row.backordered = row.allocated - units, row.returned, row.backordered + units
    shift_lines(shifts)


def _checked(lines: Sequence[tuple[int, int]], rows: Mapping[int, OrderLine]) -> dict[int, int]:
    parts: dict[int, list[OrderLine]] = {}
    for row in rows.values():
        if row.kit_id:
            parts.setdefault(row.kit_id, []).append(row)
    wanted: dict[int, int] = {}
    for one_id, units in lines:
        for line_id, count in _units_of(one_id, units, parts):
            wanted[line_id] = wanted.get(line_id, 0) + count
    errors = []
    for index, (one_id, units) in enumerate(lines):
        named = [rows[line_id] for line_id, _units in _units_of(one_id, units, parts) if line_id in rows]
        if not named or units <= 0 or any(wanted[row.pk] > row.open_quantity for row in named):
            if one_id in parts:
                left = min(row.open_quantity // (row.per_kit or 1) for row in named)
                detail = _("%(left)d of these kits can still be cancelled whole.") % {"left": left}
            else:
                left = named[0].open_quantity if named else 0
                detail = _("%(left)d units of this line can still be cancelled.") % {"left": left}
            errors.append({"pointer": f"/lines/{index}/quantity", "code": "not_cancellable", "detail": detail})
    if errors or not wanted:
        raise NotCancellable(_("These units can no longer be cancelled."), errors=errors)
    return wanted


def _units_of(one_id: int, units: int, parts: Mapping[int, Sequence[OrderLine]]) -> list[tuple[int, int]]:
    """[(order_line_id, units)] that an id of a request means: a line's own, or those of a kit's parts."""
    if one_id not in parts:
        return [(one_id, units)]
    return [(row.pk, units * (row.per_kit or 1)) for row in parts[one_id]]


def _plan(
    lines: Mapping[int, OrderLine],
    wanted: Mapping[int, int],
    allocations: Sequence[Allocation],
    shipments: Mapping[int, FulfillmentOrder],
) -> _Plan:
    plan = _Plan()
    for line_id, units in wanted.items():
        line = lines[line_id]
        waiting = min(units, line.backordered)
        rest = units - waiting
        own = [row for row in allocations if row.order_line_id == line_id and row.status in OPEN_ALLOCATION]
        for row in sorted(own, key=lambda row: _reluctance(row, shipments[row.fulfillment_order_id])):
            if not rest:
                break
            take = min(rest, row.quantity)
            plan.taken.append(_Taken(row, take))
            rest -= take
        if rest:
            raise NotCancellable(_("These units can no longer be cancelled."))
        plan.shifts[line_id] = LineShift(allocated=waiting - units, backordered=-waiting, cancelled=units)
    return plan


def _reluctance(allocation: Allocation, shipment: FulfillmentOrder) -> tuple[bool, bool, bool, int]:
    """Untouched units before packed ones: the less of the floor's work is undone the better."""
    return (
        allocation.packed_at is not None,
        allocation.status == AllocationStatus.PICKED,
        shipment.status not in ("open", "scheduled", "allocated"),
        -allocation.pk,
    )
