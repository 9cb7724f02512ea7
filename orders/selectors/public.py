"""Orders as customers reach them: by the signed link of a mail, and by what they want to send back."""

from datetime import datetime

from django.db.models import Q

from core.kernel.errors import NotFound
from core.kernel.tokens import read_public_token
from orders.models import Order
from orders.selectors.facts import OrderFact
from orders.selectors.orders import access_order
from orders.states import OrderKind, OrderStatus


def order_by_public_token(token: str, *, purpose: str = "tracking") -> OrderFact | None:
    """The order whose link carries the token; None when the token was not made here for that purpose."""
    ref = read_public_token(purpose, token)
    if ref is None:
        return None
    try:
        return access_order(ref)
    except NotFound:
        return None


def replacement_of(order_id: int) -> str:
    """The newest order that sends something of that one again, by its reference; empty when nothing is. One query."""
    again = Order.objects.filter(replaces=order_id, kind=OrderKind.REPLACEMENT).exclude(status=OrderStatus.CANCELLED)
    return again.order_by("-pk").values_list("ref", flat=True).first() or ""


def is_sent_again(order_id: int, source: str, *, since: datetime) -> bool:
    """Whether a replacement makes good what ``source`` held (a parcel, by reference), or was placed since. One query.

    What was sent again of the order after the loss was known may name its lines instead of the parcel.
    """
    again = Order.objects.filter(replaces=order_id, kind=OrderKind.REPLACEMENT).exclude(status=OrderStatus.CANCELLED)
    return again.filter(Q(external_id__startswith=f"{source}-R") | Q(placed_at__gte=since)).exists()


def order_for_return(ref: str, *, channel_id: int | None = None) -> OrderFact:
    """The order a return is asked for. Raises NotFound, also for another channel's."""
    return access_order(ref, channel_id=channel_id)
