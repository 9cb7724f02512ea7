"""The one way to lock an order."""

from django.db.models import F

from core.kernel.errors import NotFound, StaleVersion
from core.kernel.locks import lock_one
from core.kernel.refs import tidy_ref
from orders.errors import OrderClosed
from orders.models import Order
from orders.states import OrderStatus

CLOSED = frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELLED})


def lock_order(ref: str, *, channel_id: int | None = None, expected_version: int | None = None) -> Order:
    """The order, its row locked until the transaction ends: the first lock of every command on an order.

    Raises NotFound, also for an order of another channel than the one given, and StaleVersion when it has changed since
    ``expected_version``.
    """
    scope = {} if channel_id is None else {"channel_id": channel_id}
    try:
        order = lock_one(Order.objects.all(), ref=tidy_ref(ref)[:24], **scope)
    except NotFound:
        raise NotFound("There is no such order.") from None
    refuse_changed(order, expected_version)
    return order


def refuse_changed(order: Order, expected_version: int | None) -> None:
    """Raise StaleVersion when the order, whose row the caller holds, has changed since that version."""
    if expected_version is not None and order.version != expected_version:
        raise StaleVersion("Somebody else changed this order. Load it again, then decide.")


def touch(order: Order) -> None:
    """Count a change of an order whose row the caller holds: who decides by what was before has to look again."""
    order.version += 1
    Order.objects.filter(pk=order.pk).update(version=F("version") + 1)


def refuse_closed(order: Order) -> None:
    """Raise OrderClosed when the order is completed or cancelled."""
    if order.status in CLOSED:
        raise OrderClosed(f"The order {order.ref} is {order.status}.")
