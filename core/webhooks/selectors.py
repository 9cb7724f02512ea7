"""Endpoints and their logs, as the API and its keys may see them."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from core.webhooks.models import WebhookDelivery, WebhookEndpoint


def endpoints_of(channel_id: int | None, warehouse_id: int | None = None) -> "QuerySet[WebhookEndpoint]":
    """The endpoints of a channel, whichever of its keys made them; None: of every channel. Deleted ones left out.

    With ``warehouse_id`` those of the third party there alone.
    """
    rows = WebhookEndpoint.objects.filter(deleted_at=None)
    if warehouse_id is not None:
        return rows.filter(client__warehouse_id=warehouse_id)
    return rows if channel_id is None else rows.filter(channel_id=channel_id)


def access_endpoint(endpoint_id: int, *, channel_id: int | None, warehouse_id: int | None = None) -> WebhookEndpoint:
    """That endpoint, if ``endpoints_of`` the channel or the third party has it. Raises NotFound."""
    endpoint = endpoints_of(channel_id, warehouse_id).filter(pk=endpoint_id).first()
    if endpoint is None:
        raise NotFound(_("There is no such webhook endpoint."))
    return endpoint


def deliveries_of(endpoint_id: int) -> "QuerySet[WebhookDelivery]":
    """The log of an endpoint, without the bodies."""
    return WebhookDelivery.objects.filter(endpoint_id=endpoint_id).defer("body")


def message_id(event_id: int, endpoint_id: int) -> str:
    """The ``webhook-id``: the same for every attempt and every replay of one event to one endpoint."""
    return f"evt_{event_id}_{endpoint_id}"
