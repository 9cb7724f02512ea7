"""What the API takes and gives of returns."""

from typing import Any

from core.rest.serializers import (
    Choice,
    HumanText,
    Instant,
    Quantity,
    RefText,
    StrictSerializer,
    Whole,
    list_of,
)
from returns import policy
from returns.selectors.offers import Offer, why_not
from returns.selectors.reads import RefundFact, ReturnFact
from returns.services.requests import MAX_ITEMS
from returns.states import RefundStatus, Resolution, ReturnKind, ReturnReason, ReturnStatus

RESOLUTIONS = [(code, str(Resolution(code).label)) for code in policy.RESOLUTIONS_OFFERED]


class ReturnItemIn(StrictSerializer):
    """Units of an order line; ``line`` is the ``id`` of a line in the order, of a kit or of a kit's component."""

    line = Whole(min_value=1, max_value=2**63 - 1)
    quantity = Quantity()
    reason = Choice(choices=ReturnReason.choices, required=False, default=ReturnReason.OTHER)
    comment = HumanText(multiline=True, max_length=500, required=False, allow_blank=True, default="")
    resolution = Choice(choices=RESOLUTIONS, required=False)


class ReturnIn(StrictSerializer):
    """A return of one order; ``resolution`` is what the customer would like, for items that name none."""

    order = RefText()
    items = list_of(ReturnItemIn(), max_length=MAX_ITEMS)
    resolution = Choice(choices=RESOLUTIONS, required=False, default=Resolution.REFUND)


class ReturnFilters(StrictSerializer):
    """How a list of returns is narrowed."""

    order = RefText(required=False)
    status = Choice(choices=ReturnStatus.choices, required=False)
    kind = Choice(choices=ReturnKind.choices, required=False)
    requested_after = Instant(required=False)
    requested_before = Instant(required=False)


class RefundFilters(StrictSerializer):
    """How a list of refunds is narrowed; a shop asks for those that are ``requested``."""

    status = Choice(choices=RefundStatus.choices, required=False)


class OrderQuery(StrictSerializer):
    """The order that is asked about."""

    order = RefText()


class CancelIn(StrictSerializer):
    """Nothing has to be said."""


class OutcomeIn(StrictSerializer):
    """What became of a refund in the shop's payment system."""

    outcome = Choice(choices=[("succeeded", "succeeded"), ("failed", "failed")])
    failure = HumanText(max_length=200, required=False, allow_blank=True, default="")


def return_json(rma: ReturnFact) -> dict[str, Any]:
    """A return as the API tells it."""
    return {
        "ref": rma.ref,
        "version": rma.version,
        "kind": rma.kind,
        "order": rma.order_ref,
        "status": rma.status,
        "resolution": rma.resolution,
        "items": [
            {
                "id": item.id,
                "line": item.order_line_id,
                "sku": item.sku,
                "name": item.name,
                "quantity": item.quantity,
                "received": item.received,
                "accepted": item.accepted,
                "reason": item.reason,
                "comment": item.comment,
                "resolution": item.resolution or rma.resolution,
                "reception_status": item.reception_status,
                "acceptance_status": item.acceptance_status,
                "grade": item.grade or None,
                "disposition": item.disposition or None,
                "refund_amount": item.refund_amount,
            }
            for item in rma.items
        ],
        "label": None,
        "refund": refund_json(rma.refund) if rma.refund else None,
        "reject_reason": rma.reject_reason or None,
        "requested_at": rma.requested_at,
        "approved_at": rma.approved_at,
        "received_at": rma.received_at,
        "resolved_at": rma.resolved_at,
        "closed_at": rma.closed_at,
        "expires_at": rma.expires_at,
        "links": {"self": f"/api/v1/returns/{rma.ref}/", "order": f"/api/v1/orders/{rma.order_ref}/"},
    }


def refund_json(refund: RefundFact) -> dict[str, Any]:
    """A refund instruction as the API tells it. ``idempotency_key`` is for the shop's payment system."""
    return {
        "id": refund.id,
        "version": refund.version,
        "return": refund.return_ref,
        "order": refund.order_ref,
        "status": refund.status,
        "amount": refund.amount,
        "goods_amount": refund.goods_amount,
        "charges_amount": refund.charges_amount,
        "currency": refund.currency,
        "idempotency_key": refund.idempotency_key,
        "created_at": refund.created_at,
        "settled_at": refund.settled_at,
        "failure": refund.failure or None,
    }


def offer_json(offer: Offer) -> dict[str, Any]:
    """The policy as it applies to an order."""
    return {
        "order": offer.order_ref,
        "currency": offer.currency,
        "window_days": offer.window_days,
        "window_starts": "delivery",
        "assumed_transit_days": policy.DAYS_ASSUMED_IN_TRANSIT,
        "lines": [
            {
                "line": line.order_line_id,
                "sku": line.sku,
                "name": line.name,
                "kit": {"line": line.line.kit.id, "sku": line.line.kit.sku, "name": line.line.kit.name}
                if line.line.kit
                else None,
                "shipped": line.shipped,
                "returnable_quantity": line.units,
                "returnable": line.returnable,
                "until": line.until,
                "code": line.code,
                "detail": why_not(line.code, line.until.isoformat() if line.until else "") or None,
            }
            for line in offer.lines
        ],
        "reasons": [
            {"code": code, "label": str(ReturnReason(code).label), "postage_paid_by": policy.pays_the_way_back([code])}
            for code in policy.LINE_REASONS
        ],
        "resolutions": list(policy.RESOLUTIONS_OFFERED),
    }
