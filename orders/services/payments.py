"""What the shop says of an order's payment, and what follows from it."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.outbox.publish import NewEvent, publish
from orders.events import ORDER_PAYMENT_CHANGED
from orders.models import Hold, Order
from orders.planning.decisions import PlannedHold
from orders.services.holds import hold_order, let_go
from orders.services.locking import CLOSED, lock_order
from orders.services.promising import promise_from_payment
from orders.states import UNPAID, HoldType, PaymentStatus

SETTLED = frozenset({PaymentStatus.PAID, PaymentStatus.AUTHORIZED})


@command
def record_payment(
    ref: str,
    payment_status: str,
    *,
    channel_id: int | None = None,
    expected_version: int | None = None,
    by: Actor,
    now: datetime,
) -> None:
    """Mirror what the shop says of the payment. Raises NotFound, StaleVersion.

    Paid or authorized releases the payment hold, and what the order promises counts from then; pending, failed or
    refunded places one while the order is open.
    """
    order = lock_order(ref, channel_id=channel_id, expected_version=expected_version)
    status = PaymentStatus(payment_status)
    if order.payment_status == status:
        return
    before = order.payment_status
    order.payment_status = status
    Order.objects.filter(pk=order.pk).update(payment_status=status, version=order.version + 1)
    order.version += 1
    publish(
        NewEvent(ORDER_PAYMENT_CHANGED, "order", order.pk, order.ref, {"before": before, "after": str(status)}),
        by=by,
        now=now,
    )
    holds = list(Hold.objects.filter(order=order, type=HoldType.PAYMENT, released_at=None).order_by("pk"))
    if status in SETTLED and holds:
        let_go(order, holds, by=by, now=now)
        promise_from_payment(order, by=by, now=now)
    elif status in UNPAID and not holds and order.status not in CLOSED:
        reason = _("Payment is %(status)s") % {"status": status}
        hold_order(order, PlannedHold(HoldType.PAYMENT, reason, code="payment"), by=by, now=now)
