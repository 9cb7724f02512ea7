"""Where the public pages get their facts: orders and parcels, through their own selectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from fulfillment.portal.following import Content, Report, Shipment
from orders.selectors.bought import bought_units
from orders.selectors.channels import ChannelFact, channel_by_id
from orders.selectors.facts import OrderFact
from returns.selectors.offers import Offer, offer_of
from returns.selectors.sources import source_of
from shipping.selectors.parcels import ParcelDetail, parcels_of_order


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Everything a public page asks of an order."""

    order: OrderFact
    channel: ChannelFact
    shipments: tuple[Shipment, ...]
    offer: Offer


def page_of(order: OrderFact, *, now: datetime) -> OrderPage:
    """What a public page of the order needs beside it; five queries."""
    channel, parcels = channel_by_id(order.channel_id), parcels_of_order(order.id)
    return OrderPage(
        order=order,
        channel=channel,
        shipments=tuple(shipments_of(order, parcels)),
        offer=offer_of(source_of(order, channel, parcels), now=now),
    )


def shipments_of(order: OrderFact, parcels: Sequence[ParcelDetail]) -> list[Shipment]:
    """The parcels that were at least packed, oldest first, with content and the carrier's reports."""
    return [
        Shipment(
            ref=parcel.ref,
            status=parcel.status,
            carrier=carrier_name(parcel.carrier) if parcel.tracking_number else "",
            tracking_number=parcel.tracking_number,
            tracking_url=parcel.tracking_url,
            packed_at=parcel.packed_at,
            shipped_at=parcel.shipped_at,
            delivered_at=parcel.delivered_at,
            items=_items(order, parcel),
            reports=tuple(Report(event.status, event.happened_at, event.place, event.text) for event in parcel.events),
        )
        for parcel in parcels
        if parcel.packed_at is not None
    ]


def _items(order: OrderFact, parcel: ParcelDetail) -> tuple[Content, ...]:
    if not order.kits:
        return tuple(Content(item.name or item.sku, item.sku, item.quantity) for item in parcel.items)
    units: dict[int, int] = {}
    for item in parcel.items:
        units[item.order_line_id] = units.get(item.order_line_id, 0) + item.quantity
    return tuple(Content(one.name, one.sku, one.quantity, one.note) for one in bought_units(order, units))


def carrier_name(code: str) -> str:
    """A carrier's code as people read it, in the active language."""
    return _("Our own delivery") if code == "own_delivery" else code.replace("_", " ").capitalize()
