"""What becomes of a delivery in one process."""

import logging
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import InternalError, connection, transaction

from core.attention.models import ExceptionCase
from core.kernel.actors import SYSTEM
from core.outbox import claims, selectors, services, watch
from core.outbox.models import Delivery, Event
from core.outbox.publish import NewEvent, publish
from core.outbox.tests import handlers
from core.outbox.tests.conftest import NOW, Happen
from core.outbox.tests.handlers import ServerAway

pytestmark = pytest.mark.django_db


def expire(*ids: int) -> None:
    """Let the leases of these deliveries have run out a second ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outbox_delivery SET claimed_until = clock_timestamp() - interval '1 second' WHERE id = ANY(%s)",
            [list(ids)],
        )


def test_a_due_delivery_runs_its_handler_once_and_is_done(happen: Happen) -> None:
    (delivery_id,) = happen("record", 7)
    assert services.run_due(now=NOW).done == 1
    assert services.run_due(now=NOW).total == 0
    assert handlers.DONE == [(7, NOW)]
    delivery = Delivery.objects.get(pk=delivery_id)
    assert (delivery.status, delivery.attempts, delivery.claim_token) == ("done", 1, None)
    assert delivery.done_at is not None


def test_a_command_drains_the_outbox_without_broker_and_workers(happen: Happen) -> None:
    happen("record", 1, 2)
    happen("fail_for_good", 3)
    said = StringIO()
    call_command("drain_outbox", stdout=said)
    assert said.getvalue() == "2 done, 0 to be tried again, 1 given up\n"


def test_a_delivery_due_later_waits_for_its_time(happen: Happen) -> None:
    happen("record", 1, wait=timedelta(days=7))
    assert services.run_due(now=NOW).total == 0
    assert services.run_due(now=NOW + timedelta(days=7)).done == 1


def test_deliveries_run_in_the_order_in_which_they_became_due(happen: Happen) -> None:
    happen("record", 3, now=NOW + timedelta(seconds=2))
    happen("record", 1, 2)
    services.run_due(now=NOW + timedelta(minutes=1))
    assert [subject for subject, _ in handlers.DONE] == [1, 2, 3]


def test_a_drain_stops_at_its_limit(happen: Happen) -> None:
    happen("record", *range(5))
    assert services.run_due(now=NOW, limit=3).done == 3
    assert services.run_due(now=NOW).done == 2


def test_a_failing_handler_is_tried_five_times_with_growing_waits_and_then_is_dead(happen: Happen) -> None:
    (delivery_id,) = happen("fail", 7)
    waits = []
    now = NOW
    for _ in range(4):
        assert services.run_due(now=now).retried == 1
        due_at = Delivery.objects.get(pk=delivery_id).due_at
        waits.append((due_at - now).total_seconds())
        assert services.run_due(now=due_at - timedelta(seconds=1)).total == 0
        now = due_at
    assert waits == [5, 30, 120, 600]
    assert services.run_due(now=now).dead == 1
    assert services.run_due(now=now + timedelta(days=365)).total == 0
    assert len(handlers.DONE) == 5
    assert selectors.dead_count() == 1


def test_a_dead_delivery_opens_one_exception_case(happen: Happen) -> None:
    (delivery_id,) = happen("fail_for_good", 7)
    services.run_due(now=NOW)
    case = ExceptionCase.objects.get()
    assert (case.kind, case.subject_type, case.subject_id) == ("dead_letter", "delivery", delivery_id)
    assert (case.timeline, case.closed_at) == ("ORD-TEST", None)


def test_a_permanent_error_is_dead_at_once(happen: Happen) -> None:
    (delivery_id,) = happen("fail_for_good", 7)
    assert services.run_due(now=NOW).dead == 1
    delivery = Delivery.objects.get(pk=delivery_id)
    assert (delivery.status, delivery.attempts) == ("dead", 1)
    assert delivery.last_error == "The address is not one plain e-mail address."


def test_a_retried_dead_letter_gets_five_fresh_attempts_and_its_case_is_closed(happen: Happen) -> None:
    (delivery_id,) = happen("fail_for_good", 7)
    services.run_due(now=NOW)
    services.retry_dead(delivery_id, by=SYSTEM, now=NOW)
    delivery = Delivery.objects.get(pk=delivery_id)
    assert (delivery.status, delivery.attempts) == ("due", 0)
    assert ExceptionCase.objects.get().resolution == "retried"
    services.run_due(now=NOW)
    assert ExceptionCase.objects.filter(closed_at=None).count() == 1


def test_only_a_dead_delivery_can_be_retried(happen: Happen) -> None:
    (delivery_id,) = happen("record", 7)
    with pytest.raises(services.NotDead):
        services.retry_dead(delivery_id, by=SYSTEM, now=NOW)


def test_a_handler_that_does_not_exist_is_an_error_like_any_other(happen: Happen) -> None:
    (delivery_id,) = happen("record", 7)
    Delivery.objects.filter(pk=delivery_id).update(handler="core.outbox.tests.handlers.missing")
    assert services.run_due(now=NOW).retried == 1


def test_one_bad_delivery_does_not_hold_up_its_neighbours(happen: Happen) -> None:
    happen("fail", 1)
    happen("record", *range(2, 22))
    drained = services.run_due(now=NOW)
    assert (drained.done, drained.retried) == (20, 1)


def test_a_drain_told_to_raise_shows_the_error_and_gives_the_rest_back(happen: Happen) -> None:
    happen("fail", 1)
    happen("record", 2)
    with pytest.raises(ServerAway):
        services.run_due(now=NOW, raise_errors=True)
    assert services.run_due(now=NOW).done == 1


def test_a_token_is_good_for_one_start(happen: Happen) -> None:
    happen("record", 7)
    (claim,) = claims.claim_due(limit=10)
    assert services.deliver(claim.delivery_id, claim.token) == "done"
    for _ in range(100):
        assert services.deliver(claim.delivery_id, claim.token) == "stale"
    assert len(handlers.DONE) == 1


def test_an_expired_hand_over_is_claimed_again_at_no_cost_and_the_late_message_does_nothing(
    happen: Happen,
) -> None:
    (delivery_id,) = happen("record", 7)
    (lost,) = claims.claim_due(limit=10)
    assert claims.claim_due(limit=10) == []
    expire(delivery_id)
    (again,) = claims.claim_due(limit=10)
    assert again.token != lost.token
    assert Delivery.objects.get(pk=delivery_id).attempts == 0
    assert services.deliver(lost.delivery_id, lost.token) == "stale"
    assert services.deliver(again.delivery_id, again.token) == "done"


def test_a_worker_that_lost_its_lease_cannot_mark_the_delivery(happen: Happen) -> None:
    (delivery_id,) = happen("record", 7)
    (claim,) = claims.claim_due(limit=10)
    slow = claims.start(claim.delivery_id, claim.token)
    assert slow is not None
    expire(delivery_id)
    (again,) = claims.claim_due(limit=10)
    assert not claims.finish(slow)
    assert not claims.put_back(slow, error="late")
    assert not claims.bury(slow, error="late")
    assert services.deliver(again.delivery_id, again.token) == "done"


def test_a_handler_that_kills_its_process_is_dead_after_five_attempts(happen: Happen) -> None:
    (delivery_id,) = happen("record", 7)
    for attempt in range(1, 6):
        (claim,) = claims.claim_due(limit=10)
        started = claims.start(claim.delivery_id, claim.token)
        assert started is not None
        assert started.attempts == attempt
        expire(delivery_id)  # the process is gone
    assert claims.claim_due(limit=10) == []
    delivery = Delivery.objects.get(pk=delivery_id)
    assert (delivery.status, delivery.attempts, delivery.claim_token) == ("dead", 5, None)
    assert ExceptionCase.objects.get().kind == "dead_letter"


def test_claims_given_back_are_due_again_but_not_those_already_started(happen: Happen) -> None:
    first, second = happen("record", 1, 2)
    batch = claims.claim_due(limit=10)
    assert claims.start(first, batch[0].token) is not None
    assert claims.give_back(batch) == 1
    assert Delivery.objects.get(pk=first).status == "claimed"
    assert Delivery.objects.get(pk=second).status == "due"


def test_a_queue_with_enough_in_hand_gets_no_more_while_others_do(happen: Happen) -> None:
    happen("fail", *range(5))
    assert len(claims.claim_due(limit=3, in_hand=3)) == 3
    happen("record", 9)
    (claim,) = claims.claim_due(limit=3, in_hand=3)
    assert claim.queue == "stock"


def test_errors_are_kept_and_logged_without_what_they_say(happen: Happen, caplog: pytest.LogCaptureFixture) -> None:
    (delivery_id,) = happen("fail", 7)
    with caplog.at_level(logging.DEBUG):
        services.run_due(now=NOW)
    kept = Delivery.objects.get(pk=delivery_id).last_error
    assert "ServerAway" in kept
    assert "core/outbox/tests/handlers.py" in kept
    assert "somchai" not in kept
    assert "ServerAway" in caplog.text
    assert "somchai" not in caplog.text


def test_events_can_be_neither_changed_nor_deleted(happen: Happen) -> None:
    happen("record", 7)
    with pytest.raises(InternalError), transaction.atomic():
        Event.objects.update(type="other")
    with pytest.raises(InternalError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM outbox_event")
    assert Event.objects.get().type == "record"


@pytest.mark.django_db(transaction=True)
def test_nothing_can_be_published_outside_a_transaction() -> None:
    with pytest.raises(RuntimeError):
        publish(NewEvent("record", "test", 1), by=SYSTEM, now=NOW)


def test_the_timeline_tells_the_events_of_one_reference_in_order(happen: Happen) -> None:
    happen("record", 1, 2)
    assert [entry.subject_id for entry in selectors.timeline("ORD-TEST")] == [1, 2]
    assert selectors.timeline("ORD-OTHER") == []
    assert selectors.timeline("") == []


def test_the_age_of_the_oldest_due_work_opens_a_case_and_closes_it_again(happen: Happen) -> None:
    assert selectors.oldest_due_age(NOW) == timedelta(0)
    happen("record", 1)
    later = NOW + timedelta(minutes=6)
    assert watch.watch_age(now=later) == timedelta(minutes=6)
    assert ExceptionCase.objects.get(closed_at=None).kind == "outbox_stalled"
    services.run_due(now=later)
    assert watch.watch_age(now=later) == timedelta(0)
    assert not ExceptionCase.objects.filter(closed_at=None).exists()
