"""The scanner's playground keeps its promise even when a device asks again while its first request is at work."""

from functools import partial
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from core.accounts.roles import Role
from core.outbox.tests.contention import at_once
from fulfillment.dashboard.tests.desk import person
from fulfillment.dashboard.views import styleguide

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def counted(times: int) -> int:
    """How many of so many acts at the same moment, all of one session, the session knows afterwards."""
    first = Client()
    first.force_login(person(Role.PICKER))
    hands = [Client() for _ in range(times)]
    for hand in hands:
        hand.cookies = first.cookies

    def act(hand: Client) -> int:
        body = {"id": str(uuid4()), "action": "short"}
        return hand.post(reverse("dashboard:styleguide_scan"), body, content_type="application/json").status_code

    assert at_once(*[partial(act, hand) for hand in hands]) == [200] * times
    return len(SessionStore(first.session.session_key)[styleguide.SESSION_KEY]["log"])


def test_requests_of_one_session_at_the_same_moment_are_all_counted(db: None) -> None:
    assert counted(8) == 8


def test_without_the_lock_on_the_session_some_are_forgotten(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    careless = SimpleNamespace(objects=SimpleNamespace(select_for_update=Session.objects.all))
    monkeypatch.setattr(styleguide, "Session", careless)
    assert min(counted(8) for _ in range(5)) < 8
