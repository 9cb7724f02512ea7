"""Webhooks over REST: parse, one command, render."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from core.rest.idempotency import Answer, idempotent
from core.rest.pages import cursor_page
from core.rest.views import Endpoint
from core.webhooks.api.serializers import DELIVERY, ENDPOINT, NEW_ENDPOINT, EndpointIn, NothingIn
from core.webhooks.attempts import replay
from core.webhooks.models import WebhookDelivery, WebhookEndpoint
from core.webhooks.selectors import access_endpoint, deliveries_of, endpoints_of, message_id
from core.webhooks.subscribing import create_endpoint, delete_endpoint, rotate_secret


def endpoint_json(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """An endpoint as the API tells it, without its secret."""
    return {
        "id": endpoint.pk,
        "url": endpoint.url,
        "event_types": endpoint.event_types,
        "active": endpoint.active,
        "disabled_reason": endpoint.disabled_reason,
        "disabled_at": endpoint.disabled_at,
        "failing_since": endpoint.failing_since,
        "created_at": endpoint.created_at,
    }


def delivery_json(delivery: WebhookDelivery) -> dict[str, Any]:
    """A line of an endpoint's log."""
    return {
        "id": delivery.pk,
        "webhook_id": message_id(delivery.event_id, delivery.endpoint_id),
        "type": delivery.type,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "next_attempt_at": delivery.next_attempt_at,
        "last_attempt_at": delivery.last_attempt_at,
        "last_status_code": delivery.last_status_code,
        "last_error": delivery.last_error,
        "last_duration_ms": delivery.last_duration_ms,
        "delivered_at": delivery.delivered_at,
        "created_at": delivery.created_at,
    }


class WebhookBase(Endpoint):
    """A view about endpoints: of the key's channel, or of the third party whose warehouse the key belongs to."""

    partner_scopes = {"GET": "fulfillment:read", "POST": "fulfillment:write", "DELETE": "fulfillment:write"}

    @property
    def owner(self) -> dict[str, int | None]:
        """Whose endpoints the key meets."""
        return {"channel_id": self.client.channel_id, "warehouse_id": self.client.warehouse_id}


class WebhooksView(WebhookBase):
    """The endpoints of the key's channel. The secret is in the answer to POST and nowhere else."""

    scopes = {"GET": "webhooks:read", "POST": "webhooks:write"}
    bodies = {"POST": EndpointIn}
    answers = {"GET": ENDPOINT, "POST": NEW_ENDPOINT}
    paged = True

    def get(self, request: Request) -> Response:
        return Response(cursor_page(request, endpoints_of(**self.owner), by="id", render=endpoint_json))

    def post(self, request: Request) -> HttpResponse:
        wanted = EndpointIn.parse(request.data)
        now = timezone.now()

        def work() -> Answer:
            endpoint = create_endpoint(self.client, **wanted, by=self.actor, now=now)
            return Answer(
                {**endpoint_json(endpoint), "secret": endpoint.secret},
                headers={"Location": f"/api/v1/webhooks/{endpoint.pk}/"},
            )

        return idempotent(request, work)


class WebhookView(WebhookBase):
    """One endpoint."""

    scopes = {"GET": "webhooks:read", "DELETE": "webhooks:write"}
    answers = {"GET": ENDPOINT}

    def get(self, request: Request, endpoint_id: int) -> Response:
        return Response(endpoint_json(access_endpoint(endpoint_id, **self.owner)))

    def delete(self, request: Request, endpoint_id: int) -> HttpResponse:
        def work() -> Answer:
            delete_endpoint(endpoint_id, **self.owner, by=self.actor, now=timezone.now())
            return Answer(None, status=204)

        return idempotent(request, work)


class SecretView(WebhookBase):
    """A new secret for the endpoint. The one before signs beside it for another 24 hours."""

    scopes = {"POST": "webhooks:write"}
    bodies = {"POST": NothingIn}
    answers = {"POST": NEW_ENDPOINT}

    def post(self, request: Request, endpoint_id: int) -> HttpResponse:
        NothingIn.parse(request.data)

        def work() -> Answer:
            endpoint = rotate_secret(endpoint_id, **self.owner, by=self.actor, now=timezone.now())
            return Answer({**endpoint_json(endpoint), "secret": endpoint.secret})

        return idempotent(request, work)


class DeliveriesView(WebhookBase):
    """What was sent to the endpoint in the last 30 days, and what came of it."""

    scopes = {"GET": "webhooks:read"}
    answers = {"GET": DELIVERY}
    paged = True

    def get(self, request: Request, endpoint_id: int) -> Response:
        endpoint = access_endpoint(endpoint_id, **self.owner)
        return Response(cursor_page(request, deliveries_of(endpoint.pk), by="id", render=delivery_json))


class ReplayView(WebhookBase):
    """The same message once more: same bytes, same id, a fresh round of attempts."""

    scopes = {"POST": "webhooks:write"}
    bodies = {"POST": NothingIn}
    answers = {"POST": DELIVERY}
    statuses = {"POST": 202}

    def post(self, request: Request, endpoint_id: int, delivery_id: int) -> HttpResponse:
        NothingIn.parse(request.data)
        now = timezone.now()

        def work() -> Answer:
            endpoint = access_endpoint(endpoint_id, **self.owner)
            delivery = replay(delivery_id, endpoint=endpoint, by=self.actor, now=now)
            return Answer(delivery_json(delivery), status=202)

        return idempotent(request, work)
