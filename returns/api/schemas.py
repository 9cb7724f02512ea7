"""The shape of what the API tells of returns and refunds, for the OpenAPI document."""

from orders.api.schemas import COUNT, DAY, ID, MOMENT, MONEY, NOTHING, TEXT, maybe, one_of, several, shape
from returns import policy
from returns.states import (
    AcceptanceStatus,
    Disposition,
    Grade,
    ReceptionStatus,
    RefundStatus,
    Resolution,
    ReturnKind,
    ReturnReason,
    ReturnStatus,
)

REFUND = shape(
    id=ID,
    version=COUNT,
    order=TEXT,
    status=one_of(RefundStatus),
    amount=MONEY,
    goods_amount=MONEY,
    charges_amount=MONEY,
    currency=TEXT,
    idempotency_key={"type": "string", "format": "uuid"},
    created_at=MOMENT,
    settled_at=maybe(MOMENT),
    failure=maybe(TEXT),
    **{"return": TEXT},
)
RETURN = shape(
    ref=TEXT,
    version=COUNT,
    kind=one_of(ReturnKind),
    order=TEXT,
    status=one_of(ReturnStatus),
    resolution=one_of(Resolution),
    items=several(
        shape(
            id=ID,
            line=maybe(ID),
            sku=TEXT,
            name=TEXT,
            quantity=COUNT,
            received=COUNT,
            accepted=COUNT,
            reason=one_of(ReturnReason),
            comment=TEXT,
            resolution=one_of(Resolution),
            reception_status=one_of(ReceptionStatus),
            acceptance_status=one_of(AcceptanceStatus),
            grade=maybe(one_of(Grade)),
            disposition=maybe(one_of(Disposition)),
            refund_amount=MONEY,
        )
    ),
    label=NOTHING,
    refund=maybe(REFUND),
    reject_reason=maybe(TEXT),
    requested_at=MOMENT,
    approved_at=maybe(MOMENT),
    received_at=maybe(MOMENT),
    resolved_at=maybe(MOMENT),
    closed_at=maybe(MOMENT),
    expires_at=maybe(MOMENT),
    links=shape(self=TEXT, order=TEXT),
)
POLICY = shape(
    order=TEXT,
    currency=TEXT,
    window_days=COUNT,
    window_starts=TEXT,
    assumed_transit_days=COUNT,
    lines=several(
        shape(
            line=ID,
            sku=TEXT,
            name=TEXT,
            kit=maybe(shape(line=ID, sku=TEXT, name=TEXT)),
            shipped=COUNT,
            returnable_quantity=COUNT,
            returnable={"type": "boolean"},
            until=maybe(DAY),
            code=TEXT,
            detail=maybe(TEXT),
        )
    ),
    reasons=several(shape(code=one_of(ReturnReason), label=TEXT, postage_paid_by=TEXT)),
    resolutions=several({"type": "string", "enum": [str(one) for one in policy.RESOLUTIONS_OFFERED]}),
)
