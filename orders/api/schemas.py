"""The shape of what the API tells of orders, for the OpenAPI document. A test holds it against the real thing."""

from typing import Any

from orders.states import FulfillmentStatus, HoldType, OrderKind, OrderStatus, PaymentStatus, ReturnStatus

TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
ID = {"type": "integer"}
MONEY = {"type": "string", "pattern": r"^-?\d+\.\d+$", "example": "12.50"}
MOMENT = {"type": "string", "format": "date-time"}
DAY = {"type": "string", "format": "date"}
NOTHING = {"type": "null"}
FREE: dict[str, Any] = {"type": "object", "additionalProperties": {}}


def one_of(choices: type[Any]) -> dict[str, Any]:
    """A closed set of strings."""
    return {"type": "string", "enum": [str(value) for value in choices.values]}


def shape(**properties: Any) -> dict[str, Any]:
    """An object that always has all of these members."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def maybe(schema: dict[str, Any]) -> dict[str, Any]:
    """That, or null."""
    return {"oneOf": [schema, {"type": "null"}]}


def several(schema: dict[str, Any]) -> dict[str, Any]:
    """A list of those."""
    return {"type": "array", "items": schema}


def whole_list(schema: dict[str, Any]) -> dict[str, Any]:
    """A list that is told on one page."""
    return shape(next=NOTHING, previous=NOTHING, results=several(schema))


_LINES_OF_ADDRESS = (
    "name", "company", "line1", "line2", "city", "region", "postal_code", "country", "phone", "instructions",
)  # fmt: skip
ADDRESS: dict[str, Any] = {"type": "object", "properties": dict.fromkeys(_LINES_OF_ADDRESS, TEXT), "required": []}
GIFT: dict[str, Any] = {
    "type": "object",
    "description": "Empty when it is no gift",
    "properties": {"is_gift": {"type": "boolean"}, "message": TEXT, "hide_prices": {"type": "boolean"}},
    "required": [],
}
COMPONENT = shape(
    id=ID,
    sku=TEXT,
    name=TEXT,
    quantity=COUNT,
    per_kit=COUNT,
    kit_value=MONEY,
    allocated=COUNT,
    backordered=COUNT,
    shipped=COUNT,
    cancelled=COUNT,
    returned=COUNT,
)
LINE = shape(
    id=ID,
    external_id=TEXT,
    sku=TEXT,
    name=TEXT,
    quantity=COUNT,
    unit_price=MONEY,
    note=TEXT,
    properties=FREE,
    allocated=COUNT,
    backordered=COUNT,
    shipped=COUNT,
    cancelled=COUNT,
    returned=COUNT,
    ships={"type": "boolean"},
    components=several(COMPONENT),
)
HOLD = shape(
    id=ID,
    type=one_of(HoldType),
    reason=TEXT,
    placed_by=TEXT,
    placed_at=MOMENT,
    release_at=maybe(MOMENT),
    released_by=TEXT,
    released_at=maybe(MOMENT),
    code=TEXT,
    detail=FREE,
)
HOLD_OF = {
    **HOLD,
    "properties": {**HOLD["properties"], "order": TEXT},
    "required": [*HOLD["required"], "order"],
}
"""A hold with the order it belongs to: by the reference the answer is found again when the buyer is forgotten."""
PROMISE = shape(version=COUNT, ship_by=DAY, deliver_from=DAY, deliver_to=DAY, reason=TEXT)
CHARGE = shape(code=TEXT, description=TEXT, amount=MONEY)
ORDER = shape(
    ref=TEXT,
    version=COUNT,
    external_id=TEXT,
    channel=TEXT,
    status=one_of(OrderStatus),
    fulfillment_status=one_of(FulfillmentStatus),
    payment_status=one_of(PaymentStatus),
    return_status=one_of(ReturnStatus),
    placed_at=MOMENT,
    created_at=MOMENT,
    currency=TEXT,
    customer=shape(name=TEXT, email=TEXT, phone=TEXT, locale=TEXT, notify_by=several(TEXT)),
    shipping_address=ADDRESS,
    billing_address=maybe(ADDRESS),
    lines=several(LINE),
    charges=several(CHARGE),
    shipping_method=TEXT,
    shipping_price=MONEY,
    note=TEXT,
    gift=GIFT,
    tags=several(TEXT),
    kind=one_of(OrderKind),
    priority=ID,
    purchase_order_number=TEXT,
    ship_complete={"type": "boolean"},
    deliver_not_before=maybe(DAY),
    deliver_not_after=maybe(DAY),
    pallet={"type": "boolean"},
    stated_total=maybe(MONEY),
    holds=several(HOLD),
    promise=maybe(PROMISE),
    tracking_url={"type": "string", "format": "uri"},
    totals=shape(goods=MONEY, shipping=MONEY, charges=MONEY, total=MONEY),
    links=shape(
        self=TEXT,
        timeline=TEXT,
        cancel=TEXT,
        fulfillment_orders=TEXT,
        holds=TEXT,
        payment=TEXT,
        shipments=TEXT,
    ),
)
STORY = whole_list(shape(id=ID, type=TEXT, at=MOMENT, by=TEXT, sentence=TEXT, data=FREE))
FATES = shape(
    results=several(
        {
            "type": "object",
            "properties": {
                "external_id": TEXT,
                "status": {"type": "string", "enum": ["created", "duplicate", "rejected"]},
                "ref": maybe(TEXT),
                "code": TEXT,
                "detail": TEXT,
                "errors": several(
                    {
                        "type": "object",
                        "properties": {"pointer": TEXT, "code": TEXT, "detail": TEXT},
                        "required": ["pointer", "code", "detail"],
                        "additionalProperties": {},
                    }
                ),
            },
            "required": ["external_id", "status", "ref", "errors"],
        }
    )
)
