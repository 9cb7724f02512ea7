"""Take what a check of an order suggests."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import Invalid, NotFound
from orders.errors import HoldReleased
from orders.models import Hold
from orders.selectors.facts import OrderFact
from orders.services.editing import OrderChanges, edit_order
from orders.services.locking import lock_order

_IN_ADDRESS = frozenset({"line1", "line2", "city", "region", "postal_code", "country", "phone"})


@command
def take_suggestion(ref: str, hold_id: int, *, by: Actor, now: datetime) -> OrderFact:
    """Change the address as the hold suggests; looked at again, it goes on when nothing else is wrong with it.

    Raises NotFound, HoldReleased, Invalid when the hold suggests nothing, and what ``edit_order`` raises.
    """
    order = lock_order(ref)
    hold = Hold.objects.filter(order=order, pk=hold_id).first()
    if hold is None:
        raise NotFound(_("There is no such hold."))
    if hold.released_at is not None:
        raise HoldReleased(_("This hold was released before."))
    address = dict(order.shipping_address)
    for found in hold.detail.get("findings", ()):
        if found.get("suggested") and found.get("field") in _IN_ADDRESS:
            address |= {found["field"]: found["suggested"], **found.get("also", {})}
    if address == order.shipping_address:
        raise Invalid(_("Nothing is suggested here. Change the address by hand, or release the hold."))
    return edit_order(ref, OrderChanges(shipping_address=address), by=by, now=now)
