from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.outbox import pruning
from core.outbox.models import Delivery, DeliveryStatus, Event
from core.outbox.pruning import prune
from core.outbox.selectors import timeline
from core.outbox.tests.conftest import Happen

pytestmark = pytest.mark.django_db(transaction=True)
DONE, DUE, CLAIMED, DEAD = DeliveryStatus.DONE, DeliveryStatus.DUE, DeliveryStatus.CLAIMED, DeliveryStatus.DEAD


def delivered(happen: Happen, count: int, *, days: int, status: DeliveryStatus = DONE) -> list[int]:
    """Ids of that many deliveries of so many days ago."""
    at = timezone.now() - timedelta(days=days)
    ids = happen("record", *range(count), now=at)
    Delivery.objects.filter(pk__in=ids).update(status=status, done_at=at if status == DONE else None)
    return ids


def test_what_was_delivered_long_ago_goes_in_batches_and_its_story_stays(
    happen: Happen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "CHUNK", 10)
    delivered(happen, 35, days=91)
    young = delivered(happen, 25, days=89)
    events = Event.objects.count()
    assert prune(now=timezone.now()) == 35
    assert list(Delivery.objects.order_by("pk").values_list("pk", flat=True)) == young
    assert Event.objects.count() == events == len(timeline("ORD-TEST"))
    assert prune(now=timezone.now()) == 0


@pytest.mark.parametrize("status", [DUE, CLAIMED, DEAD])
def test_what_is_not_done_stays_however_old(
    happen: Happen, monkeypatch: pytest.MonkeyPatch, status: DeliveryStatus
) -> None:
    monkeypatch.setattr(pruning, "CHUNK", 10)
    stuck = delivered(happen, 15, days=400, status=status)
    delivered(happen, 15, days=400)
    assert prune(now=timezone.now()) == 15
    assert list(Delivery.objects.order_by("pk").values_list("pk", flat=True)) == stuck


def test_what_took_long_to_deliver_is_kept_from_the_day_it_was(happen: Happen) -> None:
    (late,) = delivered(happen, 1, days=400)
    Delivery.objects.filter(pk=late).update(done_at=timezone.now() - timedelta(days=5))
    assert prune(now=timezone.now()) == 0


def test_a_night_costs_nothing_for_what_is_young(happen: Happen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "CHUNK", 10)
    delivered(happen, 100, days=3)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        prune(now=timezone.now())
    assert len([one for one in asked if "SELECT" in one["sql"]]) == 1
