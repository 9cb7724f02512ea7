"""Where orders are worked on: who may see them follows from it."""

from collections.abc import Iterable

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from orders.models import FulfillmentOrder, Order


def places_of(refs: Iterable[str]) -> dict[str, tuple[int, frozenset[int]]]:
    """{reference: (order id, warehouses its parts ship from, or its channel's)} of orders that exist. One statement."""
    houses = FulfillmentOrder.objects.filter(order=OuterRef("pk")).order_by("pk").values("warehouse_id")
    rows = (
        Order.objects.filter(ref__in=list(refs))
        .annotate(houses=ArraySubquery(houses))
        .values_list("ref", "pk", "houses", "channel__warehouse_id")
    )
    return {ref: (pk, frozenset(found or [home])) for ref, pk, found, home in rows}
