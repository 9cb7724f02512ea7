"""Where the public pages get their facts: orders and parcels, through their own selectors."""

from fulfillment.portal.following import Content, Report, Shipment
from shipping.selectors.parcels import parcels_of_order


def shipments_of(order_id: int) -> list[Shipment]:
    """The parcels of an order that were at least packed, oldest first, with content and the carrier's reports."""
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
            items=tuple(Content(item.name or item.sku, item.sku, item.quantity) for item in parcel.items),
            reports=tuple(Report(event.status, event.happened_at, event.place, event.text) for event in parcel.events),
        )
        for parcel in parcels_of_order(order_id)
        if parcel.packed_at is not None
    ]


def carrier_name(code: str) -> str:
    """A carrier's code as people read it: ``own_delivery`` becomes ``Own delivery``."""
    return code.replace("_", " ").capitalize()
