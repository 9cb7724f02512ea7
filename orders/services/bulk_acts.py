"""Acts on many orders at once: the same number of statements however many there are."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command, refuse_outside_transaction
from core.kernel.errors import Invalid
from core.outbox.publish import NewEvent, publish
from orders.events import ORDER_ASSIGNED, ORDER_EDITED
from orders.models import FulfillmentOrder, Order
from orders.planning.decisions import PlannedHold
from orders.planning.tags import with_tags
from orders.services.holds import hold_each
from orders.services.locking import CLOSED
from orders.states import OPEN_FULFILLMENT_ORDER

MOST = 1000
"""Orders of one act: a transaction of a second at most."""
LONGEST_TAG = 40
PRIORITIES = range(-1, 10)


@command
def hold_orders(refs: Iterable[str], planned: PlannedHold, *, by: Actor, now: datetime) -> list[str]:
    """Stop every one of the orders that is still open; returns their references. Raises Invalid for too many."""
    orders = [order for order in _lock(refs) if order.status not in CLOSED]
    hold_each(orders, planned, by=by, now=now)
    return [order.ref for order in orders]


@command
def tag_orders(
    refs: Iterable[str], *, add: Sequence[str] = (), remove: Sequence[str] = (), by: Actor, now: datetime
) -> list[str]:
    """Add and take off tags, whatever the orders' state; returns the references of those that changed.

    A tag is the same whatever its case. Raises Invalid for an empty or too long tag, and for too many orders.
    """
    wanted = [tag.strip() for tag in add]
    if any(not tag or len(tag) > LONGEST_TAG for tag in wanted):
        raise Invalid(_("A tag has 1 to 40 characters."))
    gone = [tag.strip() for tag in remove]
    changed = []
    for order in _lock(refs):
        tags = with_tags(order.tags, wanted, without=gone)
        if tags != order.tags:
            order.tags = tags
            order.version += 1
            changed.append(order)
    Order.objects.bulk_update(changed, ["tags", "version"])
    publish(*(_edited(order, "tags") for order in changed), by=by, now=now)
    return [order.ref for order in changed]


@command
def prioritize_orders(refs: Iterable[str], priority: int, *, by: Actor, now: datetime) -> list[str]:
    """Let open orders go before others (above 0) or after them (−1); returns the references of those that changed.

    Work that is on the floor already is not sorted again. Raises Invalid outside −1 to 9, and for too many orders.
    """
    if priority not in PRIORITIES:
        raise Invalid(_("A priority is a number from -1 to 9."))
    orders = [order for order in _lock(refs) if order.status not in CLOSED and order.priority != priority]
    keys = [order.pk for order in orders]
    Order.objects.filter(pk__in=keys).update(priority=priority, version=F("version") + 1)
    prioritize_parts(keys, priority)
    for order in orders:
        order.version += 1
    publish(*(_edited(order, "priority") for order in orders), by=by, now=now)
    return [order.ref for order in orders]


@command
def assign_orders(refs: Iterable[str], owner_id: int | None, *, by: Actor, now: datetime) -> list[str]:
    """Give the orders to somebody at the desk, or with None to nobody; returns the references of those that changed.

    An order that only changes hands keeps its version. Raises Invalid for too many orders.
    """
    orders = [order for order in _lock(refs) if order.owner_id != owner_id]
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(owner=owner_id)
    data = {"owner_id": owner_id}
    publish(*(NewEvent(ORDER_ASSIGNED, "order", order.pk, order.ref, data) for order in orders), by=by, now=now)
    return [order.ref for order in orders]


def prioritize_parts(order_ids: Iterable[int], priority: int) -> None:
    """Let the parts of orders that have not left go by another priority; the caller holds the orders' rows."""
    refuse_outside_transaction()
    rows = FulfillmentOrder.objects.filter(order__in=list(order_ids), status__in=OPEN_FULFILLMENT_ORDER)
    rows.update(priority=priority)


def _lock(refs: Iterable[str]) -> list[Order]:
    wanted = sorted(set(refs))
    if len(wanted) > MOST:
        raise Invalid(_("Choose %(most)d orders at most at once.") % {"most": MOST})
    rows = Order.objects.select_for_update(of=("self",), no_key=True).filter(ref__in=wanted)
    return list(rows.order_by("pk"))


def _edited(order: Order, field: str) -> NewEvent:
    return NewEvent(ORDER_EDITED, "order", order.pk, order.ref, {"fields": [field], "version": order.version})
