"""Change how an order travels, without a word about what was bought."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.kernel.actors import Actor
from core.kernel.commands import refuse_outside_transaction
from core.outbox.publish import NewEvent, publish
from orders.events import ORDER_METHOD_CHANGED, ORDER_UPGRADED
from orders.models import Order
from orders.selectors.channels import channel_by_id
from orders.services.examining import reexamine
from orders.services.locking import lock_order, refuse_closed
from orders.services.promising import renew_promise


def change_method(
    ref: str,
    method: str,
    *,
    upgraded_from: str,
    data: Mapping[str, Any] | None = None,
    by: Actor,
    now: datetime,
) -> bool:
    """Let the order go by another method, and renew its promise, sooner or later. Inner; locks the order's row.

    ``upgraded_from`` is the method that was paid for when this one is a present, else empty. Publishes
    ``order.upgraded`` or ``order.method_changed`` with ``data``; the order is looked at again, so a hold about the
    method before ends. Returns whether anything changed. Raises OrderClosed.
    The caller has seen to it that no label is bought: it goes by the method of the moment.
    """
    refuse_outside_transaction()
    order: Order = lock_order(ref)
    refuse_closed(order)
    if (order.shipping_method, order.upgraded_from) == (method, upgraded_from):
        return False
    before, order.shipping_method, order.upgraded_from = order.shipping_method, method, upgraded_from
    order.version += 1
    Order.objects.filter(pk=order.pk).update(shipping_method=method, upgraded_from=upgraded_from, version=order.version)
    publish(
        NewEvent(
            type=ORDER_UPGRADED if upgraded_from else ORDER_METHOD_CHANGED,
            subject_type="order",
            subject_id=order.pk,
            timeline=order.ref,
            data={"from": before, "to": method, **(data or {})},
        ),
        by=by,
        now=now,
    )
    reexamine(order, by=by, now=now)
    own_warehouse = channel_by_id(order.channel_id).warehouse_id
    renew_promise(order, own_warehouse, reason="method_changed", earlier_too=True, by=by, now=now)
    return True
