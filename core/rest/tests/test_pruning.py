from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from core.accounts.models import APIClient, User
from core.rest.models import IdempotencyRecord, RateCounter, StaffAction
from core.rest.pruning import prune

pytestmark = pytest.mark.django_db(transaction=True)


def test_answers_are_kept_thirty_days_and_counters_two(key: str) -> None:
    now, client, user = timezone.now(), APIClient.objects.get(), User.objects.create(username="ann")
    for days in (1, 29, 31, 400):
        at = now - timedelta(days=days)
        IdempotencyRecord.objects.create(client=client, key=str(days), fingerprint="", created_at=at)
        StaffAction.objects.create(id=uuid4(), user=user, fingerprint=str(days), created_at=at)
        RateCounter.objects.create(bucket="x", minute=at)
    assert prune(now=now) == 2 + 2 + 3
    assert set(IdempotencyRecord.objects.values_list("key", flat=True)) == {"1", "29"}
    assert set(StaffAction.objects.values_list("fingerprint", flat=True)) == {"1", "29"}
    assert RateCounter.objects.count() == 1
    assert prune(now=now) == 0
