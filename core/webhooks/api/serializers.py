"""What is asked of webhooks, and the shape of what is told of them."""

from typing import Any

from rest_framework.fields import ListField

from core.rest.serializers import RefText, StrictSerializer, WebAddress
from core.webhooks.models import DisabledReason, WebhookStatus

MOMENT = {"type": "string", "format": "date-time"}
MOMENT_OR_NULL = {"type": ["string", "null"], "format": "date-time"}
NUMBER_OR_NULL = {"type": ["integer", "null"]}
SECRET = {"type": "string", "description": "Shown here and never again", "example": "whsec_…"}

_ENDPOINT: dict[str, Any] = {
    "id": {"type": "integer"},
    "url": {"type": "string", "format": "uri"},
    "event_types": {"type": "array", "items": {"type": "string", "example": "parcel.*"}},
    "active": {"type": "boolean"},
    "disabled_reason": {"type": "string", "enum": ["", *(str(reason) for reason in DisabledReason.values)]},
    "disabled_at": MOMENT_OR_NULL,
    "failing_since": MOMENT_OR_NULL,
    "created_at": MOMENT,
}
_DELIVERY: dict[str, Any] = {
    "id": {"type": "integer"},
    "webhook_id": {"type": "string", "description": "The webhook-id header, the same in every attempt and replay"},
    "type": {"type": "string"},
    "status": {"type": "string", "enum": [str(status) for status in WebhookStatus.values]},
    "attempts": {"type": "integer"},
    "next_attempt_at": MOMENT_OR_NULL,
    "last_attempt_at": MOMENT_OR_NULL,
    "last_status_code": NUMBER_OR_NULL,
    "last_error": {"type": "string", "example": "timeout"},
    "last_duration_ms": NUMBER_OR_NULL,
    "delivered_at": MOMENT_OR_NULL,
    "created_at": MOMENT,
}
ENDPOINT = {"type": "object", "properties": _ENDPOINT, "required": list(_ENDPOINT)}
NEW_ENDPOINT = {
    "type": "object",
    "properties": {**_ENDPOINT, "secret": SECRET},
    "required": [*_ENDPOINT, "secret"],
}
DELIVERY = {"type": "object", "properties": _DELIVERY, "required": list(_DELIVERY)}


class EndpointIn(StrictSerializer):
    url = WebAddress()
    event_types = ListField(child=RefText(), min_length=1, max_length=100)


class NothingIn(StrictSerializer):
    """No fields."""
