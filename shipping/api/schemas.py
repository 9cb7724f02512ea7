"""The shape of what the API tells of parcels, rates and requests, for the OpenAPI document."""

from orders.api.schemas import ADDRESS, COUNT, DAY, FREE, GIFT, ID, MOMENT, MONEY, TEXT, maybe, one_of, several, shape
from orders.states import RequestStatus
from shipping.states import ParcelStatus, TrackingStatus

SHIPMENT = shape(
    ref=TEXT,
    version=COUNT,
    order=TEXT,
    status=one_of(ParcelStatus),
    carrier=TEXT,
    service=TEXT,
    tracking_number=TEXT,
    tracking_url={"type": "string", "format": "uri"},
    weight_g=maybe(COUNT),
    created_at=MOMENT,
    shipped_at=maybe(MOMENT),
    delivered_at=maybe(MOMENT),
    items=several(shape(line=ID, sku=TEXT, quantity=COUNT)),
    events=several(shape(status=one_of(TrackingStatus), at=MOMENT, place=TEXT, text=TEXT, code=TEXT)),
)
RATES = shape(
    weight_g=COUNT,
    rates=several(
        shape(
            method=TEXT,
            name=TEXT,
            carrier=TEXT,
            service=TEXT,
            price=MONEY,
            free_from=maybe(MONEY),
            to_free=maybe(MONEY),
            currency=TEXT,
            promise=shape(ship_by=DAY, deliver_from=DAY, deliver_to=DAY),
            last_order_at=maybe(MOMENT),
        )
    ),
)
REQUEST = shape(
    id=ID,
    version=COUNT,
    order=TEXT,
    status=one_of(RequestStatus),
    released={"type": "boolean"},
    held={"type": "boolean"},
    reference=TEXT,
    note=TEXT,
    requested_at=maybe(MOMENT),
    answered_at=maybe(MOMENT),
    ship_by=DAY,
    shipping_method=TEXT,
    purchase_order_number=TEXT,
    shipping_address=ADDRESS,
    buyer_note=TEXT,
    gift=GIFT,
    items=several(shape(line=ID, sku=TEXT, name=TEXT, quantity=COUNT, shipped=COUNT, properties=FREE, note=TEXT)),
)
SENT = {
    **REQUEST,
    "properties": {**REQUEST["properties"], "parcels": several(TEXT)},
    "required": [*REQUEST["required"], "parcels"],
}
STORED = shape(stored={"type": "boolean"})
