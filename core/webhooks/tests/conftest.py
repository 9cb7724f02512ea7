"""A receiver, a subscriber, and events of a made-up subject in channels 1 and 2."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from core.accounts.models import APIClient
from core.accounts.services import issue_api_key
from core.kernel.actors import SYSTEM
from core.outbox import routes
from core.outbox.facts import EventFact
from core.outbox.publish import NewEvent, publish
from core.webhooks import ports
from core.webhooks.models import WebhookEndpoint
from core.webhooks.subscribing import create_endpoint
from core.webhooks.tests.receiver import Receiver, receiving

TYPES = {"order.placed": "order.placed", "order.hold_released": "order.released", "stock.low": "stock.low"}
Subscribe = Callable[..., WebhookEndpoint]
Happen = Callable[..., int]


def notice(event: EventFact) -> ports.Notice | None:
    """The test's own events say which channel they belong to."""
    channel_id = event.data.get("channel_id")
    return ports.Notice({"order": event.timeline}, channel_id, shared=event.subject_type == "stock")


@pytest.fixture(autouse=True)
def _own_events(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(ports, "public_types", TYPES)
    monkeypatch.setattr(ports, "scopes", {"order": "orders:read", "stock": "stock:read"})
    monkeypatch.setattr(ports, "notice_of", notice)
    installed = routes.installed_routes()
    fan_out = routes.Route(ports.FAN_OUT, queue="webhook", only_if_heard=True)
    routes.install(
        {
            **{type_: [fan_out] for type_ in TYPES},
            ports.WEBHOOK_DUE: [routes.Route(ports.SEND, queue="webhook")],
        }
    )
    yield
    routes.install(installed)


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    with receiving() as found:
        yield found


def new_client(channel_id: int | None) -> tuple[APIClient, str]:
    """A key with every scope the tests need."""
    scopes = ["orders:read", "stock:read", "webhooks:read", "webhooks:write"]
    return issue_api_key(
        name="shop", scopes=scopes, channel_id=channel_id, requests_per_minute=None, now=timezone.now()
    )


@pytest.fixture
def subscribe(receiver: Receiver) -> Subscribe:
    """``subscribe("order.*", channel_id=1)`` makes an endpoint at the receiver."""

    def subscribe(*event_types: str, channel_id: int | None = 1) -> WebhookEndpoint:
        client, _key = new_client(channel_id)
        return create_endpoint(client, url=receiver.url, event_types=event_types, by=client.actor, now=timezone.now())

    return subscribe


@pytest.fixture
def happen() -> Happen:
    """``happen("order.placed", channel_id=1)`` publishes an event and returns its id."""

    def happen(type_: str, *, channel_id: int | None = 1, now: datetime | None = None) -> int:
        event = NewEvent(type_, type_.partition(".")[0], 7, "ORD-TEST", {"channel_id": channel_id, "secret": "no"})
        with transaction.atomic():
            return publish(event, by=SYSTEM, now=now or timezone.now())[0]

    return happen
