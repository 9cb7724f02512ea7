"""What a trace of stock says about orders: never a person."""

from collections.abc import Iterable

from orders.models import Order


def customer_refs(order_refs: Iterable[str]) -> dict[str, str]:
    """{order's reference: the shop's own number of it} of those that exist; one query."""
    wanted = sorted(set(order_refs))
    return dict(Order.objects.filter(ref__in=wanted).values_list("ref", "external_id")) if wanted else {}
