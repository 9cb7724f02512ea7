"""What a change of an order would do, shown before it is done: the change itself, rehearsed and taken back."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from core.kernel.actors import Actor
from core.kernel.commands import command
from orders.selectors.facts import PromiseFact
from orders.selectors.order_page import LineProgress, OrderPage, Shipment, order_page
from orders.services.cancellation import cancel_order
from orders.services.editing import ON_FLOOR, OrderChanges, apply_changes
from orders.services.locking import lock_order, refuse_closed


@dataclass(frozen=True, slots=True)
class LineEffect:
    """What becomes of a line, in units before and after; ``id`` is 0 for a new one. ``put_back`` were picked."""

    id: int
    sku: str
    name: str
    before: int
    after: int
    allocated_before: int
    allocated_after: int
    waiting_before: int
    waiting_after: int
    put_back: int

    @property
    def changed(self) -> bool:
        return (self.before, self.allocated_before, self.waiting_before) != (
            self.after,
            self.allocated_after,
            self.waiting_after,
        )


@dataclass(frozen=True, slots=True)
class ShipmentEffect:
    """What becomes of a fulfilment order; ``id`` is 0 for a new one, with ``status_before`` empty."""

    id: int
    warehouse_id: int
    status_before: str
    status_after: str
    units_before: int
    units_after: int
    ship_by: date


@dataclass(frozen=True, slots=True)
class EditPreview:
    """The order before and after. ``version`` is that of before: give it back with the change.

    ``stops_floor``: work that has begun stops at its next scan until it has followed. ``holds`` are the reasons of new
    holds, ``released`` those of holds that end.
    """

    ref: str
    version: int
    currency: str
    lines: tuple[LineEffect, ...]
    total_before: Decimal
    total_after: Decimal
    promise_before: PromiseFact | None
    promise_after: PromiseFact | None
    shipments: tuple[ShipmentEffect, ...]
    stops_floor: bool
    status_after: str
    holds: tuple[str, ...]
    released: tuple[str, ...]

    @property
    def difference(self) -> Decimal:
        """What the customer pays more, or gets back when negative."""
        return self.total_after - self.total_before

    @property
    def put_back(self) -> int:
        return sum(line.put_back for line in self.lines)

    @property
    def promise_moves(self) -> bool:
        if self.promise_before is None or self.promise_after is None:
            return self.promise_before != self.promise_after
        return self.promise_before.version != self.promise_after.version


@command
def preview_edit(
    ref: str,
    changes: OrderChanges,
    *,
    channel_id: int | None = None,
    expected_version: int | None = None,
    by: Actor,
    now: datetime,
) -> EditPreview:
    """What ``edit_order`` would do now; nothing of it stays. Raises what that raises.

    It goes the same way to the last step, which takes the units from stock, and then back: nobody is kept waiting for
    more than the order itself.
    """
    order = lock_order(ref, channel_id=channel_id, expected_version=expected_version)
    refuse_closed(order)
    before = order_page(order.ref)
    with transaction.atomic():
        apply_changes(order, changes, by=by, now=now)
        after = order_page(order.ref)
        transaction.set_rollback(True)
    return _compare(before, after)


@command
def preview_cancel(
    ref: str,
    *,
    lines: list[tuple[int, int]] | None = None,
    channel_id: int | None = None,
    by: Actor,
    now: datetime,
) -> EditPreview:
    """What ``cancel_order`` would do now; nothing of it stays. Raises what that raises."""
    lock_order(ref, channel_id=channel_id)
    before = order_page(ref)
    with transaction.atomic():
        cancel_order(ref, reason="", lines=lines, by=by, now=now)
        after = order_page(ref)
        transaction.set_rollback(True)
    return _compare(before, after)


def _compare(before: OrderPage, after: OrderPage) -> EditPreview:
    was = {one.line.id: one for one in before.lines}
    parts = {one.id: one for one in before.shipments}
    holds_before = {hold.id: hold for hold in before.order.holds if hold.released_at is None}
    holds_after = {hold.id: hold for hold in after.order.holds if hold.released_at is None}
    return EditPreview(
        ref=before.order.ref,
        version=before.order.version,
        currency=before.order.currency,
        lines=tuple(_line(was.get(one.line.id), one) for one in after.lines),
        total_before=before.order.total,
        total_after=after.order.total,
        promise_before=before.order.promise,
        promise_after=after.order.promise,
        shipments=tuple(
            _shipment(parts.get(one.id), one) for one in after.shipments if _touched(parts.get(one.id), one)
        ),
        stops_floor=any(one.status in ON_FLOOR for one in before.shipments),
        status_after=after.order.status,
        holds=tuple(hold.reason for key, hold in holds_after.items() if key not in holds_before),
        released=tuple(hold.reason for key, hold in holds_before.items() if key not in holds_after),
    )


def _touched(before: Shipment | None, after: Shipment) -> bool:
    return before is None or (before.status, before.contents) != (after.status, after.contents)


def _line(before: LineProgress | None, after: LineProgress) -> LineEffect:
    old, new = before.line if before else None, after.line
    return LineEffect(
        id=new.id if before else 0,
        sku=new.sku,
        name=new.name,
        before=old.quantity - old.cancelled if old else 0,
        after=new.quantity - new.cancelled,
        allocated_before=old.allocated if old else 0,
        allocated_after=new.allocated,
        waiting_before=old.backordered if old else 0,
        waiting_after=new.backordered,
        put_back=(before.picked + before.packed - after.picked - after.packed) if before else 0,
    )


def _shipment(before: Shipment | None, after: Shipment) -> ShipmentEffect:
    return ShipmentEffect(
        id=after.id if before else 0,
        warehouse_id=after.warehouse_id,
        status_before=before.status if before else "",
        status_after=after.status,
        units_before=sum(units for _line, units in before.contents) if before else 0,
        units_after=sum(units for _line, units in after.contents),
        ship_by=after.ship_by,
    )
