"""From the event to the receiver: signed, once, the same bytes every time, and to nobody else."""

import json
import socket
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from standardwebhooks import Webhook

from core.attention.models import ExceptionCase
from core.kernel.actors import SYSTEM
from core.kernel.errors import DomainError
from core.outbox.models import Delivery
from core.outbox.services import deliver_again, run_due
from core.outbox.tests.contention import at_once
from core.webhooks import ports, sending
from core.webhooks.apps import refuse_private_addresses
from core.webhooks.attempts import WAITS, attempt, replay
from core.webhooks.errors import DeliveryPending, EndpointDisabled, StillSending
from core.webhooks.models import WebhookDelivery, WebhookEndpoint
from core.webhooks.pruning import prune
from core.webhooks.sending import post
from core.webhooks.subscribing import delete_endpoint, disable_endpoint, enable_endpoint, rotate_secret
from core.webhooks.tests.conftest import Happen, Subscribe
from core.webhooks.tests.receiver import Receiver

pytestmark = pytest.mark.django_db(transaction=True)


def drain(after: timedelta = timedelta(0)) -> None:
    """Run what is due by then."""
    run_due(now=timezone.now() + after)


def test_an_event_arrives_signed_and_tells_only_references(
    subscribe: Subscribe, happen: Happen, receiver: Receiver
) -> None:
    endpoint = subscribe("order.placed")
    event_id = happen("order.placed")
    drain()
    [(headers, body)] = receiver.got
    assert headers["webhook-id"] == f"evt_{event_id}_{endpoint.pk}"
    assert headers["content-type"] == "application/json"
    told = Webhook(endpoint.secret).verify(body, headers)
    assert set(told) == {"type", "timestamp", "data"}
    assert (told["type"], told["data"]) == ("order.placed", {"order": "ORD-TEST"})
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.attempts, delivery.last_status_code) == ("delivered", 1, 204)


def test_every_retry_sends_identical_bytes_under_one_id_by_the_schedule(
    subscribe: Subscribe, happen: Happen, receiver: Receiver
) -> None:
    endpoint = subscribe("order.*")
    receiver.answers = [500, 302, 429, 204]
    happen("order.placed")
    drain()
    drain(timedelta(seconds=3))
    assert len(receiver.got) == 1
    for after in (timedelta(seconds=6), timedelta(minutes=6), timedelta(minutes=40)):
        drain(after)
    assert len(receiver.got) == 4
    assert len({body for _headers, body in receiver.got}) == 1
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 1
    times = [int(headers["webhook-timestamp"]) for headers, _body in receiver.got]
    assert times == sorted(times) and times[-1] > times[0] + 1800
    assert WebhookDelivery.objects.get().status == "delivered"
    assert WebhookEndpoint.objects.get(pk=endpoint.pk).failing_since is None


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answers = [302, 204]
    outcome = post(receiver.url, body=b"{}", headers={})
    assert (outcome.status_code, outcome.error) == (302, "redirect")
    assert receiver.connections == 1


def test_an_answer_that_only_drips_is_cut_off_when_the_time_is_up(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sending.TIMEOUT == 5
    monkeypatch.setattr(sending, "TIMEOUT", 1.0)
    receiver.answers = ["drip"]
    outcome = post(receiver.url, body=b"{}", headers={})
    assert (outcome.status_code, outcome.error) == (None, "timeout")
    assert 900 <= outcome.duration_ms <= 3000


def test_a_receiver_that_is_away_is_a_failure_with_a_name(settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    assert post(f"http://127.0.0.1:{port}/", body=b"{}", headers={}).error == "refused"
    assert post("http://no-such-host.invalid/", body=b"{}", headers={}).error == "no_such_host"


def test_410_switches_the_endpoint_off(subscribe: Subscribe, happen: Happen, receiver: Receiver) -> None:
    endpoint = subscribe("order.placed")
    receiver.answers = [410]
    happen("order.placed")
    drain()
    endpoint.refresh_from_db()
    assert (endpoint.active, endpoint.disabled_reason) == (False, "gone")
    assert WebhookDelivery.objects.get().status == "failed"
    happen("order.placed")
    drain(timedelta(days=1))
    assert len(receiver.got) == 1


def test_an_endpoint_that_fails_for_a_day_and_a_half_is_switched_off_with_a_case_and_can_be_switched_on(
    subscribe: Subscribe, happen: Happen, receiver: Receiver
) -> None:
    endpoint = subscribe("order.placed")
    receiver.answers = [503]
    happen("order.placed")
    passed = timedelta(0)
    for wait in (timedelta(0), *WAITS):
        passed += wait + timedelta(minutes=1)
        drain(passed)
    assert len(receiver.got) == len(WAITS) + 1
    endpoint.refresh_from_db()
    assert (endpoint.active, endpoint.disabled_reason) == (False, "failing")
    case = ExceptionCase.objects.get(kind="webhook_failing")
    assert case.closed_at is None and case.subject_id == endpoint.pk
    delivery = WebhookDelivery.objects.get()
    with pytest.raises(EndpointDisabled):
        replay(delivery.pk, endpoint=endpoint, by=SYSTEM, now=timezone.now())
    enable_endpoint(endpoint.pk, by=SYSTEM, now=timezone.now())
    case.refresh_from_db()
    assert case.closed_at is not None
    receiver.answers = [204]
    happen("order.placed")
    drain()
    assert len(receiver.got) == len(WAITS) + 2


def test_a_replay_sends_the_same_bytes_under_the_same_id_again(
    subscribe: Subscribe, happen: Happen, receiver: Receiver
) -> None:
    endpoint = subscribe("order.placed")
    happen("order.placed")
    drain()
    delivery = WebhookDelivery.objects.get()
    replay(delivery.pk, endpoint=endpoint, by=SYSTEM, now=timezone.now())
    with pytest.raises(DeliveryPending):
        replay(delivery.pk, endpoint=endpoint, by=SYSTEM, now=timezone.now())
    drain()
    first, second = receiver.got
    assert (first[1], first[0]["webhook-id"]) == (second[1], second[0]["webhook-id"])
    assert WebhookDelivery.objects.get().attempts == 2
    other = subscribe("order.placed", channel_id=2)
    with pytest.raises(DomainError, match="no such delivery"):
        replay(delivery.pk, endpoint=other, by=SYSTEM, now=timezone.now())


def test_an_endpoint_hears_its_channel_and_what_is_shared_and_nothing_else(
    subscribe: Subscribe, happen: Happen, receiver: Receiver
) -> None:
    one, two = subscribe("order.*", "stock.low"), subscribe("order.placed", channel_id=2)
    everything = subscribe("order.*", channel_id=None)
    happen("order.placed", channel_id=1)
    happen("order.placed", channel_id=2)
    happen("order.placed", channel_id=None)
    happen("order.hold_released", channel_id=1)
    happen("stock.low", channel_id=None)
    drain()
    heard: dict[int, list[str]] = {}
    for headers, body in receiver.got:
        heard.setdefault(int(headers["webhook-id"].rpartition("_")[2]), []).append(json.loads(body)["type"])
    assert sorted(heard[one.pk]) == ["order.placed", "order.released", "stock.low"]
    assert heard[two.pk] == ["order.placed"]
    assert len(heard[everything.pk]) == 4


def test_an_event_nobody_hears_costs_no_delivery(subscribe: Subscribe, happen: Happen) -> None:
    happen("order.placed")
    assert not Delivery.objects.exists()
    endpoint = subscribe("order.placed")
    happen("stock.low")
    assert not Delivery.objects.exists()
    happen("order.placed")
    assert Delivery.objects.count() == 1
    delete_endpoint(endpoint.pk, channel_id=1, by=SYSTEM, now=timezone.now())
    happen("order.placed")
    assert Delivery.objects.count() == 1


def test_publishing_is_one_statement_whoever_listens(subscribe: Subscribe, happen: Happen) -> None:
    happen("order.placed")  # the connection has the statement prepared from here on
    subscribe("order.placed")
    with CaptureQueriesContext(connection) as captured:
        happen("order.placed")
    assert len([query for query in captured.captured_queries if query["sql"].startswith("EXECUTE")]) == 1
    assert len(captured) <= 3  # with BEGIN and COMMIT


def test_an_event_spread_twice_is_one_message(subscribe: Subscribe, happen: Happen, receiver: Receiver) -> None:
    subscribe("order.*", "order.placed")
    happen("order.placed")
    drain()
    fanned_out = Delivery.objects.get(handler=ports.FAN_OUT)
    deliver_again(fanned_out.pk, now=timezone.now())
    drain()
    fanned_out.refresh_from_db()
    assert (fanned_out.status, WebhookDelivery.objects.count(), len(receiver.got)) == ("done", 1, 1)


def test_the_check_for_deployment_warns_of_private_addresses(settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    assert [warning.id for warning in refuse_private_addresses()] == ["webhooks.W001"]
    settings.WEBHOOK_ALLOW_PRIVATE = False
    assert refuse_private_addresses() == []


def test_two_workers_with_one_delivery_send_once(subscribe: Subscribe, happen: Happen, receiver: Receiver) -> None:
    subscribe("order.placed")
    receiver.pause = 0.3
    happen("order.placed")
    drain(timedelta(0))
    receiver.got.clear()
    delivery = WebhookDelivery.objects.get()
    replay(delivery.pk, endpoint=delivery.endpoint, by=SYSTEM, now=timezone.now())
    delivery.refresh_from_db()
    now = timezone.now()
    results = at_once(*[lambda: attempt(delivery.pk, turn=delivery.turn, now=now) for _ in range(3)])
    assert len(receiver.got) == 1
    assert sum(isinstance(result, StillSending) or result is None for result in results) == 2


def test_a_receiver_that_fails_slowly_is_let_be_for_a_minute(
    subscribe: Subscribe, happen: Happen, receiver: Receiver
) -> None:
    endpoint = subscribe("order.placed")
    receiver.answers, receiver.pause = [500], 1.1
    happen("order.placed")
    drain()
    happen("order.placed")
    happen("order.placed")
    drain(timedelta(seconds=10))
    assert len(receiver.got) == 1
    assert sorted(WebhookDelivery.objects.values_list("last_error", "tries", "attempts")) == [
        ("paused", 1, 0),
        ("paused", 1, 0),
        ("paused", 2, 1),
    ]
    receiver.answers, receiver.pause = [204], 0
    drain(timedelta(minutes=6))
    assert len(receiver.got) == 4
    endpoint.refresh_from_db()
    assert (endpoint.failing_since, endpoint.paused_until) == (None, None)


def test_the_attempt_of_a_worker_that_died_is_made_again(
    subscribe: Subscribe, happen: Happen, receiver: Receiver
) -> None:
    subscribe("order.placed")
    happen("order.placed")
    drain()
    delivery = WebhookDelivery.objects.get()
    now = timezone.now()
    WebhookDelivery.objects.update(status="pending", turn=5, sending_until=now + timedelta(seconds=60))
    with pytest.raises(StillSending):
        attempt(delivery.pk, turn=5, now=now)
    assert attempt(delivery.pk, turn=5, now=now + timedelta(seconds=61))
    assert attempt(delivery.pk, turn=5, now=now + timedelta(seconds=62)) is None
    assert len(receiver.got) == 2


def test_what_waits_for_an_endpoint_that_was_switched_off_is_cancelled(
    subscribe: Subscribe, happen: Happen, receiver: Receiver
) -> None:
    endpoint = subscribe("order.placed")
    receiver.answers = [500]
    happen("order.placed")
    drain()
    disable_endpoint(endpoint.pk, by=SYSTEM, now=timezone.now())
    drain(timedelta(seconds=10))
    assert len(receiver.got) == 1
    assert WebhookDelivery.objects.get().status == "cancelled"


def test_after_a_rotation_both_secrets_sign_for_a_day(subscribe: Subscribe, happen: Happen, receiver: Receiver) -> None:
    endpoint = subscribe("order.placed")
    old = endpoint.secret
    now = timezone.now()
    new = rotate_secret(endpoint.pk, channel_id=1, by=SYSTEM, now=now).secret
    assert new != old
    happen("order.placed")
    drain()
    headers, body = receiver.got[0]
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (old, new):
        Webhook(secret).verify(body, headers)
    happen("order.placed", now=now + timedelta(hours=25))
    drain(timedelta(hours=25))
    assert len(receiver.got[1][0]["webhook-signature"].split(" ")) == 1


def test_old_messages_are_forgotten_unless_still_on_their_way(
    subscribe: Subscribe, happen: Happen, receiver: Receiver
) -> None:
    subscribe("order.placed")
    happen("order.placed")
    drain()
    assert prune(now=timezone.now() + timedelta(days=29)) == 0
    assert prune(now=timezone.now() + timedelta(days=31)) == 1
