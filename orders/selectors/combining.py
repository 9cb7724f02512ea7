"""Orders of one buyer to one address, which may go out together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from orders.models import FulfillmentOrder, Order
from orders.states import OPEN_FULFILLMENT_ORDER, OrderStatus

TOGETHER = "together:"
"""What the tag of combined orders begins with; the reference of the first of them follows."""
NOT_BEGUN = ("open", "scheduled", "allocated")
COMPARED = ("name", "company", "line1", "line2", "city", "region", "postal_code", "country")
LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Companion:
    """Another order of the buyer; ``combined`` when it goes together with the one asked about already."""

    ref: str
    status: str
    ship_by: date | None
    combined: bool


def combinable(ref: str) -> list[Companion]:
    """Open orders of the same buyer to the same address with a part nobody has begun in one of its warehouses.

    Empty when the order itself has none. Those combined with it already are among them. Three statements at most.
    """
    order = Order.objects.filter(ref=ref, status=OrderStatus.CONFIRMED).first()
    if order is None:
        return []
    own = FulfillmentOrder.objects.filter(order=order, status__in=NOT_BEGUN)
    others = [one for one in _others(order) if same_buyer_and_address(order, one)]
    if not others:
        return []
    waiting = set(
        FulfillmentOrder.objects.filter(
            order__in=others, status__in=NOT_BEGUN, warehouse__in=own.order_by().values("warehouse")
        ).values_list("order_id", flat=True)
    )
    tags = {tag for tag in order.tags if tag.startswith(TOGETHER)}
    return [
        Companion(one.ref, one.status, one.ship_by, bool(tags & set(one.tags))) for one in others if one.pk in waiting
    ]


def companions(fulfillment_order_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """{fulfilment order: references of the orders combined with its own that have not left yet}; none are left out.

    Those that go to another address or by another service by now are not among them. For the packing bench. One
    statement when nothing is combined, else two.
    """
    wanted = sorted(set(fulfillment_order_ids))
    rows = FulfillmentOrder.objects.filter(pk__in=wanted).select_related("order")
    tagged = {
        row.pk: (row.order, {tag for tag in row.order.tags if tag.startswith(TOGETHER)})
        for row in rows
        if any(tag.startswith(TOGETHER) for tag in row.order.tags)
    }
    if not tagged:
        return {}
    open_parts = (
        FulfillmentOrder.objects.filter(
            order__customer__in={order.customer_id for order, _tags in tagged.values()},
            order__status=OrderStatus.CONFIRMED,
            status__in=sorted(OPEN_FULFILLMENT_ORDER),
        )
        .select_related("order")
        .order_by("order__ref")
    )
    others = {part.order_id: part.order for part in open_parts}
    found = {
        pk: tuple(
            one.ref
            for one in others.values()
            if one.pk != own.pk and tags & set(one.tags) and same_buyer_and_address(own, one)
        )
        for pk, (own, tags) in tagged.items()
    }
    return {pk: names for pk, names in found.items() if names}


def same_buyer_and_address(one: Order, other: Order) -> bool:
    """Whether two orders go to the same customer at the same address, by the same service."""
    return (
        one.customer_id == other.customer_id
        and one.shipping_method == other.shipping_method
        and _written(one.shipping_address) == _written(other.shipping_address)
    )


def group_of(orders: Sequence[Order]) -> str:
    """The tag under which some of the orders go together already; the first by name, empty when there is none."""
    return min((tag for order in orders for tag in order.tags if tag.startswith(TOGETHER)), default="")


def _others(order: Order) -> list[Order]:
    rows = Order.objects.filter(customer_id=order.customer_id, status=OrderStatus.CONFIRMED).exclude(pk=order.pk)
    return list(rows.order_by("-placed_at", "-pk")[:LOOKED_AT])


def _written(address: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(" ".join(str(address.get(name) or "").split()).casefold() for name in COMPARED)
