"""What staff see of events, deliveries, messages and cases, and can do about them."""

import pytest
from django.test import Client
from django.urls import reverse

from core.accounts.models import User
from core.attention.models import ExceptionCase
from core.outbox import services
from core.outbox.models import Delivery, Event
from core.outbox.tests.conftest import NOW, Happen

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin_client() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("ann", "ann@example.com", "correct horse battery"))
    return client


@pytest.mark.parametrize("page", ["outbox_event", "outbox_delivery", "messaging_message", "attention_exceptioncase"])
def test_every_list_opens_and_searches(admin_client: Client, happen: Happen, page: str) -> None:
    happen("fail_for_good", 1)
    services.run_due(now=NOW)
    address = reverse(f"admin:{page}_changelist")
    assert admin_client.get(address).status_code == 200
    assert admin_client.get(address, {"q": "ORD-TEST"}).status_code == 200


def test_a_dead_delivery_is_tried_again_from_the_list(admin_client: Client, happen: Happen) -> None:
    (dead,) = happen("fail_for_good", 1)
    services.run_due(now=NOW)
    (alive,) = happen("record", 2)
    answer = admin_client.post(
        reverse("admin:outbox_delivery_changelist"),
        {"action": "retry", "_selected_action": [dead, alive]},
        follow=True,
    )
    assert b"1 delivery will be tried again." in answer.content
    assert b"This delivery is not dead" in answer.content
    assert Delivery.objects.get(pk=dead).status == "due"
    assert ExceptionCase.objects.get().closed_by == "ann"


def test_an_event_can_be_looked_at_but_neither_changed_nor_deleted(admin_client: Client, happen: Happen) -> None:
    happen("record", 1)
    event = Event.objects.get()
    change = reverse("admin:outbox_event_change", args=[event.pk])
    assert admin_client.get(change).status_code == 200
    assert admin_client.post(change, {"type": "other"}).status_code == 403
    assert admin_client.post(reverse("admin:outbox_event_delete", args=[event.pk])).status_code == 403
    assert admin_client.get(reverse("admin:outbox_event_add")).status_code == 403
