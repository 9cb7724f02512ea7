"""What is told outside by webhook: which events, to whom, and what of them. Ids and references alone."""

from core.accounts.scopes import Scope
from core.kernel.errors import NotFound
from core.outbox.facts import EventFact
from core.webhooks.ports import Notice
from inventory.events import STOCK_BACK, STOCK_CHANGED, STOCK_LOW, STOCK_OUT
from inventory.selectors import products_by_id, warehouse_by_id
from orders.selectors.channels import channel_of_order
from orders.selectors.parts import warehouse_of_part
from orders.states import FulfillmentOrderStatus
from returns.selectors.reads import refund_by_id, returns_by_id
from returns.states import RefundStatus, ReturnStatus
from shipping.selectors.parcels import parcel_by_id
from shipping.states import ParcelStatus

# All names of the published contract, also those that no room publishes yet: a subscription made today hears them then.
_SUBJECTS = {
    "order": [
        "placed",
        "confirmed",
        "held",
        "edited",
        "routed",
        "combined",
        "release_moved",
        "backordered",
        "backorder_filled",
        "lines_cancelled",
        "cancelled",
        "payment_changed",
        "upgraded",
        "method_changed",
        "replaced",
        "completed",
    ],
    "fulfillment_order": [
        *FulfillmentOrderStatus.values,
        "short",
        "rescheduled",
        "requested",
        "accepted",
        "rejected",
        "request_cancelled",
    ],
    "promise": ["changed"],
    "shortage_choice": ["asked", "chosen", "expired", "withdrawn"],
    "parcel": ParcelStatus.values,
    "stock": ["changed", "low", "out", "back_in_stock", "adjusted", "replenished"],
    "return": [*ReturnStatus.values, "units_received", "item_decided", "inspected"],
    "refund": RefundStatus.values,
    "message": ["sent", "failed"],
}
PUBLIC_TYPES: dict[str, str] = {
    **{f"{subject}.{what}": f"{subject}.{what}" for subject, events in _SUBJECTS.items() for what in events},
    "order.hold_released": "order.released",
}
SCOPES: dict[str, str] = {
    "order": Scope.ORDERS_READ.value,
    "fulfillment_order": Scope.ORDERS_READ.value,
    "promise": Scope.ORDERS_READ.value,
    "shortage_choice": Scope.ORDERS_READ.value,
    "message": Scope.ORDERS_READ.value,
    "parcel": Scope.SHIPMENTS_READ.value,
    "stock": Scope.STOCK_READ.value,
    "return": Scope.RETURNS_READ.value,
    "refund": Scope.RETURNS_READ.value,
}


PARTNER_SCOPES: dict[str, str] = {"fulfillment_order": Scope.FULFILLMENT_READ.value}
"""A third party hears of the parts it is asked to ship."""

WITH_AVAILABLE = frozenset({STOCK_CHANGED, STOCK_LOW, STOCK_OUT, STOCK_BACK})


def notice_of(event: EventFact) -> Notice | None:
    """What the event tells outside and the channel it belongs to; None when its subject is gone."""
    try:
        match event.subject_type:
            case "stock_level":
                return _stock(event)
            case "parcel":
                parcel = parcel_by_id(event.subject_id)
                return Notice({"shipment": parcel.ref, "order": event.timeline}, parcel.channel_id)
            case "return":
                found = returns_by_id([event.subject_id]).get(event.subject_id)
                if found is None:
                    return None
                return Notice({"return": found.ref, "order": found.order_ref}, found.channel_id)
            case "refund":
                refund = refund_by_id(event.subject_id)
                data = {"refund": refund.id, "return": refund.return_ref, "order": refund.order_ref}
                return Notice(data, refund.channel_id)
    except NotFound:
        return None
    data = {"order": event.timeline}
    if event.subject_type != "order":
        data |= {event.subject_type: event.subject_id}
    place = warehouse_of_part(event.subject_id) if event.subject_type == "fulfillment_order" else None
    return Notice(data, channel_of_order(event.timeline), warehouse_id=place)


def _stock(event: EventFact) -> Notice | None:
    """Stock is nobody's channel's: every key that may read stock reads all of it, without any channel's buffer."""
    product = products_by_id([event.data["product_id"]]).get(event.data["product_id"])
    if product is None:
        return None
    warehouse = warehouse_by_id(event.data["warehouse_id"])
    told: dict[str, str | int] = {"sku": product.sku, "warehouse": warehouse.code}
    if event.type in WITH_AVAILABLE:
        told["available"] = event.data["available"]
    return Notice(told, shared=True)
