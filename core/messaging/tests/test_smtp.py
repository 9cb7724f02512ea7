"""Mails over a real SMTP connection, and what each answer of the server leads to."""

import logging
import smtplib
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import Q
from pytest_django.fixtures import Settings

from core.kernel.actors import SYSTEM
from core.messaging import services
from core.messaging.errors import BeingSent
from core.messaging.models import Message
from core.messaging.tests.conftest import NOW, greet
from core.messaging.tests.sink import DROP, Sink, smtp_sink
from core.outbox import routes
from core.outbox.errors import Permanent
from core.outbox.facts import EventFact
from core.outbox.models import Delivery
from core.outbox.publish import NewEvent, publish
from core.outbox.services import run_due
from core.outbox.tests.contention import at_once

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    with smtp_sink() as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = sink.port
        settings.EMAIL_TIMEOUT = 2
        yield sink


def greet_by_event(event: EventFact, *, now: datetime) -> None:
    greet(key=f"order.confirmed:{event.subject_id}")


@pytest.fixture
def order_confirmed() -> Iterator[None]:
    """One confirmed order whose mail is due."""
    installed = routes.installed_routes()
    routes.install({"order.confirmed": [routes.Route(f"{__name__}.greet_by_event", queue="mail")]})
    with transaction.atomic():
        publish(NewEvent("order.confirmed", "order", 1, "ORD-TEST"), by=SYSTEM, now=NOW)
    yield
    routes.install(installed)


@pytest.mark.django_db
def test_a_mail_arrives_with_both_parts(sink: Sink) -> None:
    greet()
    (mail,) = sink.mails
    assert sink.recipients == ["somchai@example.com"]
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("reply", ["550 no such user", "552 mailbox full for ever", "501 bad address", "554 refused"])
def test_a_recipient_refused_for_good_is_dead_at_once(
    sink: Sink, order_confirmed: None, reply: str, caplog: pytest.LogCaptureFixture
) -> None:
    sink.on_rcpt = [reply]
    with caplog.at_level(logging.DEBUG):
        assert run_due(now=NOW).dead == 1
    assert Message.objects.get().status == "failed"
    assert reply[:3] in Delivery.objects.get().last_error
    ours = "".join(record.getMessage() for record in caplog.records if record.name != "mail.log")
    assert "somchai" not in ours + Delivery.objects.get().last_error + Message.objects.get().error


@pytest.mark.django_db
def test_a_message_refused_for_good_is_dead_at_once(sink: Sink, order_confirmed: None) -> None:
    sink.on_data = ["554 looks like spam"]
    assert run_due(now=NOW).dead == 1


@pytest.mark.django_db
@pytest.mark.parametrize("stage", ["on_rcpt", "on_data"])
def test_a_server_that_asks_for_patience_gets_the_mail_later(sink: Sink, order_confirmed: None, stage: str) -> None:
    setattr(sink, stage, ["451 try later", "450 try later"])
    assert run_due(now=NOW).retried == 1
    assert Message.objects.get().status == "queued"
    assert run_due(now=NOW + timedelta(seconds=5)).retried == 1
    assert run_due(now=LATER).done == 1
    assert len(sink.mails) == 1
    assert Message.objects.get().attempts == 3


@pytest.mark.django_db
def test_a_connection_dropped_after_the_data_leads_to_one_copy_with_the_same_message_id(
    sink: Sink, order_confirmed: None
) -> None:
    sink.on_data = [DROP]
    assert run_due(now=NOW).retried == 1
    assert run_due(now=LATER).done == 1
    first, second = sink.mails
    assert first["Message-ID"] == second["Message-ID"]


@pytest.mark.django_db
def test_a_server_that_drops_every_mail_is_tried_five_times(sink: Sink, order_confirmed: None) -> None:
    sink.on_data = [DROP] * 10
    now = NOW
    for _ in range(8):
        run_due(now=now)
        now += timedelta(minutes=15)
    assert len(sink.mails) == 5
    assert Delivery.objects.get().status == "dead"


@pytest.mark.django_db
def test_a_server_that_is_down_is_tried_again(settings: Settings, sink: Sink, order_confirmed: None) -> None:
    settings.EMAIL_PORT = 1
    assert run_due(now=NOW).retried == 1
    settings.EMAIL_PORT = sink.port
    assert run_due(now=LATER).done == 1


@pytest.mark.django_db
def test_a_server_that_never_answers_is_given_up_after_the_timeout(
    settings: Settings, sink: Sink, order_confirmed: None
) -> None:
    settings.EMAIL_TIMEOUT = 0.2
    sink.delay = 1
    assert run_due(now=NOW).retried == 1


@pytest.mark.django_db
def test_wrong_credentials_are_our_trouble_and_not_the_messages(settings: Settings, sink: Sink) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "shop", "wrong"
    with pytest.raises(smtplib.SMTPException) as refused:
        greet()
    assert not isinstance(refused.value, Permanent)
    assert Message.objects.get().status == "queued"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_the_same_message_asked_for_by_many_at_once_is_sent_once(sink: Sink) -> None:
    sink.delay = 0.3
    results = at_once(*[greet] * 8)
    assert len(sink.mails) == 1
    assert all(result is None or isinstance(result, BeingSent) for result in results)
    assert Message.objects.get().status == "sent"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_guard_the_same_message_is_sent_more_than_once(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    sink.delay = 0.3
    monkeypatch.setattr(services, "FREE", Q())
    at_once(*[greet] * 4)
    assert len(sink.mails) > 1
