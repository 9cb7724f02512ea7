"""Settle a return with the same goods once more."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import Invalid
from orders.selectors.facts import OrderFact
from returns.services.resolution import close_return, waiting_for
from returns.services.steps import lock_return
from returns.states import Resolution, ReturnStatus
from shipping.services.replacing import replace_units


@command
def replace_returned(ref: str, *, by: Actor, now: datetime) -> OrderFact:
    """Send again, at no charge and by the fastest service, the accepted units of a return that are to be replaced.

    Closes the return and its case when nothing else of it has to be placed by hand. Raises NotFound, Invalid when
    nothing of it is to be replaced (yet), AlreadyReplaced.
    """
    rma = lock_return(ref)
    to_place = waiting_for(rma)
    units: dict[int, int] = {}
    for item, resolution in to_place:
        if resolution == Resolution.REPLACEMENT and item.order_line_id is not None:
            units[item.order_line_id] = units.get(item.order_line_id, 0) + item.accepted
    if rma.status != ReturnStatus.RESOLVED or not units:
        raise Invalid(_("Nothing of this return is to be replaced now."))
    placed = replace_units(rma.order_ref, units, source=rma.ref, at_most=units, reason="returned", by=by, now=now)
    if all(resolution == Resolution.REPLACEMENT for _item, resolution in to_place):
        close_return(rma.ref, by=by, now=now)
    return placed
