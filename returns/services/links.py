"""Give customers the links to their order, by mail and in no other way."""

from datetime import datetime

from django.utils.crypto import constant_time_compare

from core.kernel.actors import CUSTOMER
from core.kernel.commands import command
from core.kernel.errors import NotFound
from core.outbox.publish import NewEvent, publish
from orders.selectors.lists import OrderFilter, orders_list
from orders.selectors.orders import access_order
from returns.events import LINK_REQUESTED


@command
def request_links(number: str, email: str, *, now: datetime) -> None:
    """Have the links mailed to the customer when order number (the shop's or ours) and e-mail belong together.

    Says nothing about whether they do, and does the same work either way: the event of a miss names no order.
    """
    order_id, ref = _find(number.strip()[:64], email.strip().casefold())
    publish(
        NewEvent(type=LINK_REQUESTED, subject_type="order", subject_id=order_id, timeline=ref), by=CUSTOMER, now=now
    )


def _find(number: str, email: str) -> tuple[int, str]:
    found = orders_list(OrderFilter(external_id=number, email=email), limit=1)
    if found:
        return found[0].id, found[0].ref
    try:
        order = access_order(number)
    except NotFound:
        return 0, ""
    if constant_time_compare(order.email.casefold(), email):
        return order.id, order.ref
    return 0, ""
