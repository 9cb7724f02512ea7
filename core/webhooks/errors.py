"""How webhooks refuse."""

from core.kernel.errors import DomainError


class TooManyEndpoints(DomainError):
    """The channel has as many endpoints as it may have."""

    code = "too_many_endpoints"


class DeliveryPending(DomainError):
    """The delivery is still on its way; there is nothing to replay yet."""

    code = "delivery_pending"


class EndpointDisabled(DomainError):
    """Nothing is sent to an endpoint that is switched off."""

    code = "endpoint_disabled"


class StillSending(Exception):
    """Another worker has this delivery in hand; its lease has to run out first."""
