"""Endpoints over REST, and in the admin."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from standardwebhooks import Webhook

from core.accounts.models import User
from core.accounts.services import issue_api_key
from core.outbox.services import run_due
from core.webhooks.models import WebhookDelivery, WebhookEndpoint
from core.webhooks.tests.conftest import Happen, Subscribe, new_client
from core.webhooks.tests.receiver import Receiver

pytestmark = pytest.mark.django_db(transaction=True)
Call = Callable[..., Any]


def caller(key: str) -> Call:
    """``call("POST", "webhooks/", {...}, "idempotency key")`` with that key."""

    def call(method: str, where: str, body: Any = None, idempotency_key: str = "") -> Any:
        headers = {"authorization": f"Bearer {key}"}
        if idempotency_key:
            headers["idempotency-key"] = idempotency_key
        return Client(headers=headers).generic(
            method, f"/api/v1/{where}", json.dumps(body) if body is not None else "", content_type="application/json"
        )

    return call


@pytest.fixture
def call() -> Call:
    return caller(new_client(1)[1])


def test_the_life_of_an_endpoint(call: Call, receiver: Receiver, happen: Happen) -> None:
    wanted = {"url": receiver.url, "event_types": ["order.*", "stock.low"]}
    made = call("POST", "webhooks/", wanted, "k1")
    assert made.status_code == 201
    endpoint = made.json()
    assert endpoint["secret"].startswith("whsec_") and endpoint["active"] is True
    assert made["Location"] == f"/api/v1/webhooks/{endpoint['id']}/"
    again = call("POST", "webhooks/", wanted, "k1")
    assert (again.content, again["Idempotent-Replayed"]) == (made.content, "true")
    assert WebhookEndpoint.objects.count() == 1

    event_id = happen("order.placed")
    run_due(now=timezone.now())
    headers, body = receiver.got[0]
    Webhook(endpoint["secret"]).verify(body, headers)

    [listed] = call("GET", "webhooks/").json()["results"]
    assert listed == {name: value for name, value in endpoint.items() if name != "secret"}
    log = f"webhooks/{endpoint['id']}/deliveries/"
    [line] = call("GET", log).json()["results"]
    assert line["webhook_id"] == f"evt_{event_id}_{endpoint['id']}" == headers["webhook-id"]
    assert (line["status"], line["attempts"], line["last_status_code"]) == ("delivered", 1, 204)

    replayed = call("POST", f"{log}{line['id']}/replay/", {}, "k2")
    assert (replayed.status_code, replayed.json()["status"]) == (202, "pending")
    assert call("POST", f"{log}{line['id']}/replay/").json()["code"] == "delivery_pending"
    run_due(now=timezone.now() + timedelta(seconds=1))
    assert [sent for _headers, sent in receiver.got] == [body, body]

    rotated = call("POST", f"webhooks/{endpoint['id']}/secret/")
    assert rotated.json()["secret"] not in ("", endpoint["secret"])
    assert call("DELETE", f"webhooks/{endpoint['id']}/").status_code == 204
    assert call("GET", "webhooks/").json()["results"] == []
    for method, where in (("DELETE", f"webhooks/{endpoint['id']}/"), ("GET", log)):
        assert call(method, where).status_code == 404
    happen("order.placed")
    run_due(now=timezone.now() + timedelta(seconds=2))
    assert len(receiver.got) == 2


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"url": "https://127.0.0.1/", "event_types": ["order.placed"]}, "/url", "private_address"),
        ({"url": "http://shop.example.com/", "event_types": ["order.placed"]}, "/url", "not_https"),
        ({"url": "https://shop.example.com/", "event_types": ["order.no"]}, "/event_types/0", "unknown_event_type"),
        ({"url": "https://shop.example.com/", "event_types": ["*"]}, "/event_types/0", "unknown_event_type"),
        ({"url": "https://shop.example.com/", "event_types": []}, "/event_types", "min_length"),
        ({"url": "https://shop.example.com/"}, "/event_types", "required"),
    ],
)
def test_what_cannot_be_an_endpoint_is_refused(call: Call, body: Any, pointer: str, code: str) -> None:
    answer = call("POST", "webhooks/", body)
    assert answer.status_code == 400
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]


def test_a_key_hears_only_of_what_it_may_read() -> None:
    _client, key = issue_api_key(name="narrow", scopes=["webhooks:write", "stock:read"], now=timezone.now())
    answer = caller(key)("POST", "webhooks/", {"url": "https://shop.example.com/", "event_types": ["order.placed"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    answer = caller(key)("POST", "webhooks/", {"url": "https://shop.example.com/", "event_types": ["stock.*"]})
    assert answer.status_code == 201


def test_a_channel_has_twenty_endpoints_at_most(call: Call) -> None:
    body = {"url": "https://shop.example.com/", "event_types": ["order.placed"]}
    assert [call("POST", "webhooks/", body).status_code for _ in range(21)] == [201] * 20 + [409]


def test_another_channels_endpoints_and_deliveries_are_not_there(subscribe: Subscribe, happen: Happen) -> None:
    theirs, mine = subscribe("order.placed", channel_id=2), subscribe("order.placed", channel_id=1)
    happen("order.placed", channel_id=2)
    run_due(now=timezone.now())
    delivery = WebhookDelivery.objects.get()
    stranger = caller(new_client(1)[1])
    for method, where in (
        ("GET", f"webhooks/{theirs.pk}/"),
        ("DELETE", f"webhooks/{theirs.pk}/"),
        ("POST", f"webhooks/{theirs.pk}/secret/"),
        ("GET", f"webhooks/{theirs.pk}/deliveries/"),
        ("POST", f"webhooks/{theirs.pk}/deliveries/{delivery.pk}/replay/"),
        ("POST", f"webhooks/{mine.pk}/deliveries/{delivery.pk}/replay/"),
    ):
        assert stranger(method, where).status_code == 404, where
    assert [row["id"] for row in stranger("GET", "webhooks/").json()["results"]] == [mine.pk]
    fellow = caller(new_client(2)[1])
    assert fellow("GET", f"webhooks/{theirs.pk}/").status_code == 200


def test_staff_switch_off_and_on_and_send_again_and_never_see_a_secret(
    subscribe: Subscribe, happen: Happen, receiver: Receiver
) -> None:
    endpoint = subscribe("order.placed")
    happen("order.placed")
    run_due(now=timezone.now())
    delivery = WebhookDelivery.objects.get()
    client = Client()
    client.force_login(User.objects.create_superuser("ann", "ann@example.com", "correct horse battery"))
    page = client.get(reverse("admin:webhooks_webhookendpoint_change", args=[endpoint.pk]))
    assert page.status_code == 200 and endpoint.secret.encode() not in page.content
    assert client.get(reverse("admin:webhooks_webhookdelivery_change", args=[delivery.pk])).status_code == 200

    def act(page: str, action: str, pk: int) -> None:
        where = reverse(f"admin:webhooks_{page}_changelist")
        assert client.post(where, {"action": action, "_selected_action": [pk]}, follow=True).status_code == 200
        endpoint.refresh_from_db()

    act("webhookdelivery", "send_again", delivery.pk)
    run_due(now=timezone.now() + timedelta(seconds=1))
    assert len(receiver.got) == 2
    act("webhookendpoint", "switch_off", endpoint.pk)
    assert (endpoint.active, endpoint.disabled_reason) == (False, "staff")
    act("webhookendpoint", "switch_on", endpoint.pk)
    assert (endpoint.active, endpoint.disabled_reason) == (True, "")
