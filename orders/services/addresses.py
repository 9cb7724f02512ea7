"""Ask a customer for the right address, and take it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import Invalid
from core.outbox.publish import NewEvent, publish
from orders.events import ORDER_ADDRESS_ASKED
from orders.models import Hold
from orders.selectors.facts import OrderFact
from orders.selectors.orders import order_by_id
from orders.services.editing import OrderChanges, edit_order
from orders.services.holds import release_hold
from orders.services.locking import lock_order, refuse_closed
from orders.states import HoldType


@command
def ask_for_address(ref: str, hold_id: int, *, by: Actor, now: datetime) -> None:
    """Write to the customer, with a signed link to correct the address.

    Raises NotFound, OrderClosed, Invalid when the hold is over or the channel may not write to its buyers.
    """
    order = lock_order(ref)
    refuse_closed(order)
    if not Hold.objects.filter(order=order, pk=hold_id, type=HoldType.ADDRESS, released_at=None).exists():
        raise Invalid(_("Nothing is doubted about this address any more."))
    if not (order.channel.sends_messages and order.email and "email" in order.notify_by):
        raise Invalid(_("We may not write to this customer. Ask in the shop where the order was placed."))
    data = {"hold_id": hold_id}
    publish(NewEvent(ORDER_ADDRESS_ASKED, "order", order.pk, order.ref, data), by=by, now=now)


@command
def correct_address(ref: str, address: Mapping[str, Any], *, by: Actor, now: datetime) -> OrderFact:
    """The customer gives the right address: the order takes it and goes on, unless a check still doubts it.

    What the form does not ask for, such as delivery instructions, stays. Raises Invalid when no address is asked for,
    NotFound, and what ``edit_order`` raises.
    """
    order = lock_order(ref)
    held = list(Hold.objects.filter(order=order, type=HoldType.ADDRESS, released_at=None).values_list("pk", "code"))
    if not held:
        raise Invalid(_("Nothing is to be corrected on this order any more."))
    edit_order(ref, OrderChanges(shipping_address={**order.shipping_address, **address}), by=by, now=now)
    still = set(Hold.objects.filter(order=order, released_at=None).values_list("pk", flat=True))
    for hold_id, code in held:
        if hold_id in still and not code.startswith(("address.", "phone.")):
            release_hold(ref, hold_id, by=by, now=now)
    return order_by_id(order.pk)
