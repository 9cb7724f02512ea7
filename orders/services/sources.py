"""Where the units an order waits for may come from: the warehouses of its channel, the best first."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from inventory.selectors import availability, warehouses_by_id
from orders.models import FulfillmentOrder, Order, OrderLine
from orders.planning.routing import preference
from orders.planning.sharing import summed
from orders.selectors.channels import ChannelFact
from orders.services.readiness import BEFORE_THE_FLOOR
from orders.services.routing import Sites
from orders.states import RequestStatus


def declined_by(order_id: int) -> set[int]:
    """The warehouses that declined a part of the order."""
    rows = FulfillmentOrder.objects.filter(order=order_id, request_status=RequestStatus.REJECTED)
    return set(rows.values_list("warehouse_id", flat=True))


def may_ship(order: Order, channel: ChannelFact) -> list[int]:
    """The warehouses of the channel that rules left the order and that did not decline it, in the channel's order.

    No statement for a channel with one warehouse, else one.
    """
    left = [place for place in channel.warehouse_ids if not order.ship_from or place in order.ship_from]
    if len(channel.warehouse_ids) == 1:
        return left
    declined = declined_by(order.pk)
    return [place for place in left if place not in declined]


def best_first(
    order: Order, channel: ChannelFact, lines: Sequence[OrderLine], places: Sequence[int], *, now: datetime
) -> list[int]:
    """Those of the places that have any of what the lines wait for, as the planner would take them.

    Who has all of it goes first, then who has a part of the order that nobody has begun, so that it makes no parcel
    more; the rest is the planner's preference. No statement for a single place, else three, four with capacities.
    """
    if len(places) < 2:
        return list(places)
    need = summed((line.product_id, line.backordered) for line in lines)
    found = availability(need, places)
    facts = warehouses_by_id(places)
    sites = Sites({place: facts[place] for place in places}, now=now)
    known = sites.places(order.shipping_method, order.shipping_address)
    ranked = [place.id for place in sorted(known, key=preference) if place.active]
    begun = FulfillmentOrder.objects.filter(order=order, status__in=BEFORE_THE_FLOOR)
    joined = set(begun.values_list("warehouse_id", flat=True))
    units = {place: _covered(need, found, place) for place in ranked}
    of = sum(need.values())
    return sorted(
        (place for place in ranked if units[place]),
        key=lambda place: (units[place] < of, place not in joined),
    )


def _covered(need: Mapping[int, int], found: Mapping[tuple[int, int], int], place: int) -> int:
    return sum(min(units, found.get((product_id, place), 0)) for product_id, units in need.items())
