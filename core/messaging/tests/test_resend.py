"""A member of staff has a message sent once more."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.accounts.models import User
from core.kernel.actors import SYSTEM
from core.messaging.errors import CannotResend
from core.messaging.models import Message
from core.messaging.services import resend
from core.messaging.tests.conftest import NOW, greet
from core.outbox import routes
from core.outbox.facts import EventFact
from core.outbox.models import Delivery, Event
from core.outbox.publish import NewEvent, publish
from core.outbox.services import run_due

pytestmark = pytest.mark.django_db


def greet_twice(event: EventFact, *, now: datetime) -> None:
    """Two different messages about one event, as a handler may send."""
    greet(key=f"first:{event.subject_id}")
    greet(key=f"second:{event.subject_id}")


@pytest.fixture(autouse=True)
def test_routes() -> Iterator[None]:
    installed = routes.installed_routes()
    routes.install({"order.confirmed": [routes.Route(f"{__name__}.greet_twice", queue="mail")]})
    yield
    routes.install(installed)


def test_a_message_sent_again_is_a_new_revision_and_its_neighbours_are_not_repeated() -> None:
    with transaction.atomic():
        publish(NewEvent("order.confirmed", "order", 1, "ORD-TEST"), by=SYSTEM, now=NOW)
    run_due(now=NOW, raise_errors=True)
    assert len(mail.outbox) == 2
    resend(Message.objects.get(dedupe_key="first:1").pk, by=SYSTEM, now=NOW)
    run_due(now=NOW, raise_errors=True)
    assert len(mail.outbox) == 3
    again = Message.objects.get(dedupe_key="first:1")
    assert again.revision == 2
    assert len({copy.message()["Message-ID"] for copy in mail.outbox}) == 3
    assert Message.objects.get(dedupe_key="first:1#1").status == "sent"
    resend(again.pk, by=SYSTEM, now=NOW)
    run_due(now=NOW, raise_errors=True)
    assert Message.objects.get(dedupe_key="first:1").revision == 3
    assert Event.objects.filter(type="message.resend_requested").count() == 2


def test_staff_send_a_message_again_from_the_admin() -> None:
    with transaction.atomic():
        publish(NewEvent("order.confirmed", "order", 1, "ORD-TEST"), by=SYSTEM, now=NOW)
    run_due(now=NOW, raise_errors=True)
    client = Client()
    client.force_login(User.objects.create_superuser("ann", "ann@example.com", "correct horse battery"))
    chosen = Message.objects.get(dedupe_key="second:1")
    answer = client.post(
        reverse("admin:messaging_message_changelist"),
        {"action": "send_again", "_selected_action": [chosen.pk]},
        follow=True,
    )
    assert b"1 message will be sent again." in answer.content
    assert Event.objects.get(type="message.resend_requested").actor_name == "ann"
    run_due(now=timezone.now(), raise_errors=True)
    assert len(mail.outbox) == 3


def test_a_message_whose_delivery_was_forgotten_is_refused_in_words() -> None:
    with transaction.atomic():
        publish(NewEvent("order.confirmed", "order", 1, "ORD-TEST"), by=SYSTEM, now=NOW)
    run_due(now=NOW, raise_errors=True)
    Delivery.objects.all().delete()
    with pytest.raises(CannotResend, match="too old"):
        resend(Message.objects.get(dedupe_key="first:1").pk, by=SYSTEM, now=NOW)
    assert Message.objects.filter(dedupe_key="first:1").exists()
