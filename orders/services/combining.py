"""Let several orders of one buyer to one address go out together.

A parcel holds one order, so that tracking and returns stay true; what goes together is the walk and the trip. Combined
orders carry a tag of one name, leave on the earliest of their days with the highest of their priorities, so that the
next wave takes them together, and the packing bench names them to each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import NotFound
from core.kernel.locks import lock_many
from core.kernel.refs import tidy_ref
from core.outbox.publish import NewEvent, publish
from orders.errors import NotRoutable
from orders.events import ORDER_COMBINED
from orders.models import FulfillmentOrder, Order
from orders.selectors.combining import TOGETHER, group_of, same_buyer_and_address
from orders.services.locking import refuse_changed, refuse_closed
from orders.services.readiness import BEFORE_THE_FLOOR
from orders.services.rescheduling import rescheduled

MOST_TOGETHER = 20


@dataclass(frozen=True, slots=True)
class Combined:
    """The orders that go together, by reference, and the warehouse of their parts."""

    refs: tuple[str, ...]
    warehouse_id: int


@command
def combine(
    refs: Sequence[str],
    *,
    channel_id: int | None = None,
    expected_version: int | None = None,
    by: Actor,
    now: datetime,
) -> Combined:
    """Let the orders go out together; whoever was combined with one of them before comes along.

    ``expected_version`` is that of the order named first. Raises NotFound, OrderClosed, StaleVersion, and NotRoutable
    when they are not of one buyer to one address, or have no part in one warehouse that nobody has begun. Doing it
    again changes nothing.
    """
    wanted = sorted({tidy_ref(ref)[:24] for ref in refs})
    orders = _lock(wanted, channel_id)
    refuse_changed(next(one for one in orders if one.ref == tidy_ref(refs[0])[:24]), expected_version)
    first = orders[0]
    for order in orders:
        refuse_closed(order)
        if order.pk != first.pk and not same_buyer_and_address(first, order):
            raise NotRoutable(
                _("%(one)s and %(other)s do not go to the same buyer at the same address.")
                % {"one": first.ref, "other": order.ref}
            )
    parts = lock_many(
        FulfillmentOrder.objects.filter(status__in=BEFORE_THE_FLOOR),
        FulfillmentOrder.objects.filter(order__in=orders, status__in=BEFORE_THE_FLOOR).values_list("pk", flat=True),
    )
    shared = _shared_warehouse(orders, parts)
    together = [part for part in parts if part.warehouse_id == shared]
    was = {part.pk: part.ship_by for part in together}
    _align(together)
    moved = [part for part in together if part.ship_by != was[part.pk]]
    tag = group_of(orders) or f"{TOGETHER}{first.ref}"
    fresh = [order for order in orders if tag not in order.tags]
    others = {part.order_id for part in moved}
    for order in orders:
        if order in fresh:
            order.tags = [*(one for one in order.tags if not one.startswith(TOGETHER)), tag]
        elif order.pk not in others:
            continue
        order.version += 1
        Order.objects.filter(pk=order.pk).update(tags=order.tags, version=order.version)
    names = [order.ref for order in orders]
    publish(
        *(
            NewEvent(ORDER_COMBINED, "order", order.pk, order.ref, {"refs": names, "warehouse_id": shared})
            for order in fresh
        ),
        *(rescheduled(part, was[part.pk]) for part in moved),
        by=by,
        now=now,
    )
    return Combined(tuple(names), shared)


def _lock(refs: Sequence[str], channel_id: int | None) -> list[Order]:
    rows = Order.objects.filter(ref__in=refs)
    if channel_id is not None:
        rows = rows.filter(channel_id=channel_id)
    found = {order.ref: order for order in rows}
    if len(found) != len(refs):
        raise NotFound(_("There is no such order."))
    if len(refs) < 2:
        raise NotRoutable(_("Name two orders or more that go together."))
    if len(refs) > MOST_TOGETHER:
        raise NotRoutable(_("No more than %(count)d orders go together.") % {"count": MOST_TOGETHER})
    return lock_many(Order.objects.all(), (order.pk for order in found.values()))


def _shared_warehouse(orders: Sequence[Order], parts: Sequence[FulfillmentOrder]) -> int:
    """The warehouse in which every one of the orders has a part that nobody has begun; of several the one with most."""
    holders: dict[int, set[int]] = {}
    for part in parts:
        holders.setdefault(part.warehouse_id, set()).add(part.order_id)
    wanted = {order.pk for order in orders}
    common = sorted(place for place, own in holders.items() if own == wanted)
    if not common:
        raise NotRoutable(
            _("They have no parts in one warehouse that can still wait for each other. Move them there first.")
        )
    return max(common, key=lambda place: sum(part.warehouse_id == place for part in parts))


def _align(parts: Sequence[FulfillmentOrder]) -> None:
    ship_by, priority = min(part.ship_by for part in parts), max(part.priority for part in parts)
    for part in parts:
        part.priority = priority
        # What may leave only later would be late at once.
        if part.release_on is None or part.release_on <= ship_by:
            part.ship_by = ship_by
    FulfillmentOrder.objects.bulk_update(parts, ["ship_by", "priority"])
