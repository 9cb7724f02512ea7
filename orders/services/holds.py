"""Stop an order, and let it go on."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import Invalid, NotFound
from core.kernel.sweeps import each
from core.outbox.publish import NewEvent, publish
from orders.errors import HoldReleased
from orders.events import ORDER_HELD, ORDER_HOLD_RELEASED
from orders.models import Hold, Order
from orders.planning.decisions import PlannedHold
from orders.selectors.facts import HoldFact
from orders.services.locking import lock_order, refuse_closed
from orders.states import HoldType


@command
def place_hold(
    ref: str,
    *,
    type: str,
    reason: str,
    release_at: datetime | None = None,
    channel_id: int | None = None,
    expected_version: int | None = None,
    by: Actor,
    now: datetime,
) -> HoldFact:
    """Stop the order until the hold is released, by a person or, at ``release_at``, by itself.

    Several may be open at once. Whoever works on the order meets it at the next scan. Raises OrderClosed, NotFound,
    StaleVersion, Invalid for a ``release_at`` that has passed.
    """
    order = lock_order(ref, channel_id=channel_id, expected_version=expected_version)
    refuse_closed(order)
    if release_at is not None and release_at <= now:
        raise Invalid(
            _("A hold is released later than now."),
            errors=[{"pointer": "/release_at", "code": "past", "detail": _("This moment has passed.")}],
        )
    return hold_order(order, PlannedHold(HoldType(type), reason, release_at=release_at), by=by, now=now)


@command
def release_hold(
    ref: str,
    hold_id: int,
    *,
    channel_id: int | None = None,
    expected_version: int | None = None,
    by: Actor,
    now: datetime,
) -> HoldFact:
    """Let the order go on, as far as this hold is concerned. Raises NotFound, HoldReleased, StaleVersion."""
    order = lock_order(ref, channel_id=channel_id, expected_version=expected_version)
    hold = Hold.objects.filter(order=order, pk=hold_id).first()
    if hold is None:
        raise NotFound(_("There is no such hold."))
    if hold.released_at is not None:
        raise HoldReleased(_("This hold was released before."))
    let_go(order, [hold], by=by, now=now)
    return fact_of(hold)


@command
def release_holds(
    ref: str, *, types: Sequence[str] | None = None, channel_id: int | None = None, by: Actor, now: datetime
) -> int:
    """Release every open hold of the order, or those of these types; returns how many. Raises NotFound."""
    order = lock_order(ref, channel_id=channel_id)
    rows = Hold.objects.filter(order=order, released_at=None).order_by("pk")
    holds = list(rows if types is None else rows.filter(type__in=types))
    if holds:
        let_go(order, holds, by=by, now=now)
    return len(holds)


def release_due_holds(*, by: Actor, now: datetime, limit: int = 500) -> int:
    """Release the holds whose time has come, one transaction an order; returns how many. Safe to run twice at once."""
    due = (
        Hold.objects.filter(released_at=None, release_at__lte=now)
        .order_by("release_at", "pk")
        .values_list("order__ref", "pk")[:limit]
    )

    def release(one: tuple[str, int]) -> bool:
        try:
            release_hold(*one, by=by, now=now)
        except HoldReleased:
            return False
        return True

    return each(list(due), release)


def fact_of(hold: Hold) -> HoldFact:
    """The fact of a hold's row."""
    return HoldFact(
        id=hold.pk,
        type=hold.type,
        reason=hold.reason,
        placed_by=hold.placed_by,
        placed_at=hold.placed_at,
        release_at=hold.release_at,
        released_by=hold.released_by,
        released_at=hold.released_at,
        code=hold.code,
        detail=hold.detail,
    )


def hold_order(order: Order, planned: PlannedHold, *, by: Actor, now: datetime) -> HoldFact:
    """Stop an order whose row the caller holds, as it was planned. The event says no more than type and code."""
    (hold,) = hold_each([order], planned, by=by, now=now)
    return fact_of(hold)


def hold_each(orders: Sequence[Order], planned: PlannedHold, *, by: Actor, now: datetime) -> list[Hold]:
    """The same for any number of orders, in the statements of one; their counters are brought up to date."""
    holds = Hold.objects.bulk_create(
        Hold(
            order=order,
            type=HoldType(planned.type),
            reason=planned.reason,
            code=planned.code,
            detail=dict(planned.detail),
            placed_by=by.name,
            placed_at=now,
            release_at=planned.release_at,
        )
        for order in orders
    )
    _count(orders, 1)
    publish(
        *(
            NewEvent(
                type=ORDER_HELD,
                subject_type="order",
                subject_id=order.pk,
                timeline=order.ref,
                data={"hold_id": hold.pk, "type": str(hold.type), "code": hold.code},
            )
            for order, hold in zip(orders, holds, strict=True)
        ),
        by=by,
        now=now,
    )
    return holds


def let_go(order: Order, holds: list[Hold], *, by: Actor, now: datetime) -> None:
    """Release open holds of an order whose row the caller holds."""
    Hold.objects.filter(pk__in=[hold.pk for hold in holds]).update(released_at=now, released_by=by.name)
    for hold in holds:
        hold.released_at, hold.released_by = now, by.name
    _count([order], -len(holds))
    publish(
        *(
            NewEvent(
                ORDER_HOLD_RELEASED,
                "order",
                order.pk,
                order.ref,
                {"hold_id": hold.pk, "type": hold.type, "open_holds": order.open_holds},
            )
            for hold in holds
        ),
        by=by,
        now=now,
    )


def _count(orders: Sequence[Order], change: int) -> None:
    for order in orders:
        order.open_holds += change
        order.version += 1
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(
        open_holds=F("open_holds") + change, version=F("version") + 1
    )
