"""Cases about orders that open and close with what happens to the order."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_noop

from core.attention.selectors import every_open_case
from core.attention.services import close_cases, close_cases_about, open_case
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_one
from core.kernel.sweeps import each
from orders.models import Hold, Order, OrderLine
from orders.services.locking import CLOSED
from orders.states import HoldType

OVER_WITH_THE_ORDER = (
    "address",
    "allocation_given_up",
    "late",
    "no_pickable_stock",
    "pack_problem",
    "third_party",
    "weight",
    "will_be_late",
)
"""The kinds that nobody needs to look at once the order is completed or cancelled."""
WAITING_FOR_STOCK = ("allocation_given_up", "third_party")
"""The kinds that end when no unit of the order is missing any more."""


def address_key(hold_id: int) -> str:
    """The dedupe key of the case of an address hold."""
    return f"address:{hold_id}"


@command
def follow_hold(order_id: int, data: Mapping[str, Any], *, by: Actor, now: datetime) -> None:
    """Bring the case of an address hold in line with the hold: open while it is. ``data`` is that of the event.

    The address itself stays with the order and the hold; the case carries none of it.
    """
    if data.get("type") != HoldType.ADDRESS:
        return
    order = lock_one(Order.objects.all(), pk=order_id)
    hold = Hold.objects.filter(order=order, pk=data["hold_id"]).first()
    if hold is None:
        return
    if hold.released_at is not None or order.status in CLOSED:
        close_cases(dedupe_key=address_key(hold.pk), resolution="released", by=by, now=now)
        return
    open_case(
        kind="address",
        dedupe_key=address_key(hold.pk),
        summary=gettext_noop("The address looks wrong. Take the suggestion, correct it, or ask the customer."),
        subject_type="order",
        subject_id=order.pk,
        timeline=order.ref,
        detail={"hold_id": hold.pk, "check": hold.code},
        now=now,
    )


def close_over(*, by: Actor, now: datetime) -> int:
    """Close the cases of orders that are over by now; returns how many. For what no event told of."""
    refs = {case.timeline for case in every_open_case(*OVER_WITH_THE_ORDER)}
    over = Order.objects.filter(ref__in=refs, status__in=CLOSED).values_list("ref", flat=True)
    return each(list(over), lambda ref: close_with_order(ref, by=by, now=now))


def close_no_longer_short(*, by: Actor, now: datetime) -> int:
    """Close the cases of orders that waited for stock and no longer do; returns how many.

    What was filled is told at once; this is for units that were cancelled, replaced or moved to another warehouse.
    """
    refs = {case.timeline for case in every_open_case(*WAITING_FOR_STOCK)}
    short = OrderLine.objects.filter(order=OuterRef("pk"), backordered__gt=0)
    settled = Order.objects.filter(~Exists(short), ref__in=refs).values_list("ref", flat=True)
    return each(list(settled), lambda ref: close_if_not_short(ref, by=by, now=now))


@command
def close_if_not_short(ref: str, *, by: Actor, now: datetime) -> int:
    """Close the cases about what the order waits for, when it waits for nothing; returns how many."""
    order = lock_one(Order.objects.all(), ref=ref)
    if OrderLine.objects.filter(order=order, backordered__gt=0).exists():
        return 0
    return close_cases_about(ref, kinds=WAITING_FOR_STOCK, resolution="nothing missing", by=by, now=now)


@command
def close_with_order(ref: str, *, by: Actor, now: datetime) -> int:
    """The order is over: close the cases that were about getting it out; returns how many."""
    order = Order.objects.filter(ref=ref).first()
    if order is None or order.status not in CLOSED:
        return 0
    return close_cases_about(ref, kinds=OVER_WITH_THE_ORDER, resolution=str(order.status), by=by, now=now)


@command
def close_set_aside(ref: str, *, by: Actor, now: datetime) -> int:
    """No hold stops the order any more: what a packer set aside goes on."""
    order = Order.objects.filter(ref=ref).first()
    if order is None or order.open_holds:
        return 0
    return close_cases_about(ref, kinds=("pack_problem",), resolution="released", by=by, now=now)
