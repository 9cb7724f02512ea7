"""Several relays and workers at the same deliveries. Each guard has a control that removes it and shows the race."""

import pytest
from django.db import connection

from core.outbox import claims, services
from core.outbox.models import Delivery
from core.outbox.tests import handlers
from core.outbox.tests.conftest import Happen
from core.outbox.tests.contention import against_a_held_row, at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

HOLD = "SELECT 1 FROM outbox_delivery WHERE id = %s FOR UPDATE"


def test_many_relays_never_claim_one_delivery_twice(happen: Happen) -> None:
    happen("record", *range(300))
    rounds = []
    for _ in range(10):
        rounds += at_once(*[lambda: claims.claim_due(limit=10)] * 4)
    claimed = [claim.delivery_id for batch in rounds for claim in batch]
    assert len(claimed) == len(set(claimed)) == 300


def test_a_delivery_locked_by_another_relay_is_skipped_without_waiting(happen: Happen) -> None:
    held, free = happen("record", 1, 2)
    (batch,) = against_a_held_row(HOLD, [held], lambda: claims.claim_due(limit=10))
    assert [claim.delivery_id for claim in batch] == [free]


def test_without_skip_locked_two_relays_claim_the_same_delivery(
    happen: Happen, monkeypatch: pytest.MonkeyPatch
) -> None:
    (delivery_id,) = happen("record", 1)
    monkeypatch.setattr(claims, "_CLAIM", claims._CLAIM.replace("FOR UPDATE SKIP LOCKED", ""))
    first, second = against_a_held_row(HOLD, [delivery_id], *[lambda: claims.claim_due(limit=10)] * 2)
    assert [claim.delivery_id for claim in first + second] == [delivery_id, delivery_id]


def test_two_workers_with_the_same_message_have_one_effect(happen: Happen) -> None:
    (delivery_id,) = happen("record", 7)
    (claim,) = claims.claim_due(limit=10)
    outcomes = against_a_held_row(HOLD, [delivery_id], *[lambda: services.deliver(claim.delivery_id, claim.token)] * 2)
    assert sorted(outcomes) == ["done", "stale"]
    assert [subject for subject, _ in handlers.DONE] == [7]


def test_without_the_claim_check_the_same_message_has_two_effects(
    happen: Happen, monkeypatch: pytest.MonkeyPatch
) -> None:
    (delivery_id,) = happen("record_slowly", 7)
    (claim,) = claims.claim_due(limit=10)
    guard = " AND delivery.claim_token = %(token)s"
    assert guard in claims._START
    monkeypatch.setattr(claims, "_START", claims._START.replace(guard, ""))
    against_a_held_row(HOLD, [delivery_id], *[lambda: services.deliver(claim.delivery_id, claim.token)] * 2)
    assert [subject for subject, _ in handlers.DONE] == [7, 7]


def test_a_hundred_copies_of_one_message_have_one_effect(happen: Happen) -> None:
    (delivery_id,) = happen("record_slowly", 7)
    (claim,) = claims.claim_due(limit=10)
    for _ in range(10):
        at_once(*[lambda: services.deliver(claim.delivery_id, claim.token)] * 10)
    assert len(handlers.DONE) == 1
    assert Delivery.objects.get(pk=delivery_id).status == "done"


def test_relays_and_workers_together_do_everything_once(happen: Happen) -> None:
    happen("record", *range(120))

    def relay_and_work() -> None:
        while batch := claims.claim_due(limit=7):
            for claim in batch:
                services.deliver(claim.delivery_id, claim.token)

    errors = [result for result in at_once(*[relay_and_work] * 4) if result is not None]
    assert errors == []
    assert sorted(subject for subject, _ in handlers.DONE) == list(range(120))


def test_an_expired_lease_goes_to_one_of_two_relays(happen: Happen) -> None:
    happen("record", 7)
    claims.claim_due(limit=10)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE outbox_delivery SET claimed_until = clock_timestamp() - interval '1 second'")
    batches = at_once(*[lambda: claims.claim_due(limit=10)] * 4)
    assert sorted(len(batch) for batch in batches) == [0, 0, 0, 1]
