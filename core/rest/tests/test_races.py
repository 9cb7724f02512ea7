"""Many connections at once. Each race has a control that shows what happens without the guard."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.db import connection, connections
from django.utils import timezone

from core.accounts.models import APIClient, User
from core.rest.actions import once
from core.rest.models import IdempotencyRecord, RateCounter, StaffAction
from core.rest.tests.conftest import Call
from core.rest.tests.urls import Refused, make_group
from core.rest.throttles import spend

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

THREADS = 24


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """The results of ``act(0..count-1)``, run by THREADS threads that start together, a connection each."""
    start = threading.Barrier(THREADS)
    begun = threading.local()

    def run(number: int) -> Any:
        if not hasattr(begun, "yes"):
            begun.yes = True
            start.wait(timeout=20)
        return act(number)

    def close(_number: int) -> None:
        start.wait(timeout=20)  # one for each thread
        connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(run, range(count)))
        start.reset()
        list(pool.map(close, range(THREADS)))
    return results


def test_a_hundred_requests_with_one_key_act_once_and_answer_alike(call: Call) -> None:
    answers = at_once(100, lambda _n: call("POST", "groups/", {"name": "a"}, idempotency_key="one"))
    assert Counter(answer.status_code for answer in answers) == {201: 100}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer for answer in answers) == 1
    assert Group.objects.count() == IdempotencyRecord.objects.count() == 1


def test_without_a_key_the_same_hundred_requests_act_a_hundred_times(call: Call) -> None:
    answers = at_once(100, lambda _n: call("POST", "groups/", {"name": "a"}))
    assert len({answer.content for answer in answers}) == Group.objects.count() == 100


def test_two_bodies_race_for_a_key_and_only_one_of_them_acts(call: Call) -> None:
    answers = at_once(48, lambda n: call("POST", "groups/", {"name": "ab"[n % 2]}, idempotency_key="one"))
    assert Counter(answer.status_code for answer in answers) == {201: 24, 422: 24}
    assert Group.objects.count() == 1


def test_a_first_request_that_holds_the_key_too_long_makes_the_second_wait_elsewhere(call: Call) -> None:
    claimed, release = threading.Event(), threading.Event()

    def hold() -> None:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "INSERT INTO rest_idempotencyrecord (client_id, key, fingerprint, status, body, headers, created_at)"
                " SELECT id, 'one', '', 0, '', '{}', now() FROM accounts_apiclient"
            )
            claimed.set()
            release.wait(timeout=20)
            cursor.execute("ROLLBACK")
        connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    claimed.wait(timeout=20)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    try:
        answer = call("POST", "groups/", {"name": "a"}, idempotency_key="one")
    finally:
        release.set()
        holder.join()
        connection.close()
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_in_progress")
    assert answer["Retry-After"] == "1"
    assert call("POST", "groups/", {"name": "a"}, idempotency_key="one").status_code == 201


def test_a_double_tapped_button_acts_once() -> None:
    user, action = User.objects.create(username="ann"), uuid4()
    results = at_once(48, lambda _n: once(user, action, "make", lambda: {"id": make_group("a").pk}))
    assert len({str(result) for result in results}) == 1 and results[0][0] == 200
    assert Group.objects.count() == StaffAction.objects.count() == 1


def test_a_refused_scan_is_answered_but_may_succeed_later() -> None:
    user, action = User.objects.create(username="ann"), uuid4()
    status, answer = once(user, action, "make", lambda: {"id": make_group("refused").pk})
    assert (status, answer["code"]) == (Refused.status, "name_refused")
    assert Group.objects.count() == StaffAction.objects.count() == 0
    assert once(user, action, "make", lambda: {"id": make_group("a").pk})[0] == 200


def test_an_action_id_cannot_be_used_for_something_else() -> None:
    ann, bob, action = User.objects.create(username="ann"), User.objects.create(username="bob"), uuid4()
    once(ann, action, "make", dict)
    assert once(ann, action, "unmake", dict)[0] == 422
    assert once(bob, action, "make", dict)[0] == 422
    assert once(ann, "not-an-id", "make", dict)[0] == 400


def test_two_hundred_attempts_at_once_never_pass_the_limit() -> None:
    waits = at_once(200, lambda _n: spend("test", limit=50, minutes=60 * 24))
    assert sum(wait == 0 for wait in waits) == 50
    assert RateCounter.objects.get().count == 200


def test_a_client_over_its_limit_is_told_when_to_come_back(call: Call) -> None:
    APIClient.objects.update(requests_per_minute=5)
    answers = at_once(THREADS * 2, lambda _n: call("GET", "groups/7/"))
    passed = sum(answer.status_code == 200 for answer in answers)
    assert passed in (5, 10)  # 10 when a minute ended in between
    refused = next(answer for answer in answers if answer.status_code != 200)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert 1 <= int(refused["Retry-After"]) <= 60


def test_an_old_counter_does_not_count() -> None:
    RateCounter.objects.create(bucket="test", minute=timezone.now() - timedelta(days=2), count=99)
    assert spend("test", limit=1) == 0
