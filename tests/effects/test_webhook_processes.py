"""Webhooks by a real relay, a real broker and a real worker, which is killed while it sends."""

import os
import signal
import subprocess
from collections import defaultdict
from collections.abc import Iterator

import pytest
from django.db import connection
from django.utils import timezone
from standardwebhooks import Webhook

from core.accounts.services import issue_api_key
from core.kernel.actors import SYSTEM
from core.outbox import routes
from core.webhooks.models import WebhookDelivery
from core.webhooks.subscribing import create_endpoint
from core.webhooks.tests.receiver import Receiver, receiving
from fulfillment.event_routes import EVENT_ROUTES
from orders.tests.shop import build_shop
from tests.effects.conftest import Start, start_worker, until

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def receiver(settings: object, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setattr(settings, "WEBHOOK_ALLOW_PRIVATE", True)
    environment["WEBHOOK_ALLOW_PRIVATE"] = "1"
    with receiving() as found:
        yield found


def let_leases_expire() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE outbox_delivery SET claimed_until = clock_timestamp() WHERE status = 'claimed'")
        cursor.execute("UPDATE webhooks_webhookdelivery SET sending_until = clock_timestamp()")


def test_every_webhook_arrives_and_copies_are_bounded_by_the_kills(
    receiver: Receiver, relay: "subprocess.Popen[bytes]", start: Start
) -> None:
    routes.install(EVENT_ROUTES)
    shop = build_shop({"MUG": 10})
    client, _key = issue_api_key(name="shop", scopes=["orders:read"], channel_id=shop.channel_id, now=timezone.now())
    endpoint = create_endpoint(client, url=receiver.url, event_types=["order.placed"], by=SYSTEM, now=timezone.now())
    receiver.pause = 0.3
    for _ in range(6):
        shop.order({"MUG": 1}, now=timezone.now())
    worker = start_worker(start)
    until(lambda: len(receiver.got) >= 2)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    let_leases_expire()
    start_worker(start)
    until(lambda: WebhookDelivery.objects.filter(status="delivered").count() == 6)

    copies: dict[str, list[bytes]] = defaultdict(list)
    for headers, body in receiver.got:
        Webhook(endpoint.secret).verify(body, headers)
        copies[headers["webhook-id"]].append(body)
    assert len(copies) == 6
    assert all(len(set(bodies)) == 1 for bodies in copies.values())
    assert sum(len(bodies) for bodies in copies.values()) - 6 <= 2  # one kill, two processes
