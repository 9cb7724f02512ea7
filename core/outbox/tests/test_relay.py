"""What the relay does with a broker and a database that come and go."""

import threading
from collections.abc import Iterable
from datetime import timedelta

import pytest
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisConnectionError

from core.outbox import relay, watch
from core.outbox.facts import Claim
from core.outbox.models import Delivery
from core.outbox.tests.conftest import NOW, Happen

pytestmark = pytest.mark.django_db


class Broker:
    """Takes what it is given, unless it is away; stops the relay when it has ``enough``."""

    def __init__(self, *, away: int = 0, enough: int = 0, stop: threading.Event | None = None) -> None:
        self.away, self.enough, self.stop = away, enough, stop
        self.taken: list[Claim] = []

    def __call__(self, batch: Iterable[Claim]) -> None:
        if self.away:
            self.away -= 1
            raise RedisConnectionError("refused")
        self.taken += batch
        if self.stop is not None and len(self.taken) >= self.enough:
            self.stop.set()


def test_what_is_due_is_sent_to_its_queue_by_id_and_token(happen: Happen) -> None:
    (one,) = happen("record", 1)
    (two,) = happen("fail", 2)
    happen("record", 3, now=timezone.now(), wait=timedelta(hours=1))
    broker = Broker()
    assert relay.hand_over(send=broker) == 2
    assert [(claim.delivery_id, claim.queue) for claim in broker.taken] == [(one, "stock"), (two, "mail")]
    assert relay.hand_over(send=broker) == 0


def test_a_broker_that_refuses_costs_no_attempt_and_no_lease(happen: Happen) -> None:
    (delivery_id,) = happen("record", 1)
    with pytest.raises(relay.BrokerAway):
        relay.hand_over(send=Broker(away=1))
    delivery = Delivery.objects.get(pk=delivery_id)
    assert (delivery.status, delivery.attempts, delivery.claim_token) == ("due", 0, None)
    assert relay.hand_over(send=Broker()) == 1


def test_a_full_batch_is_followed_by_the_next_at_once(happen: Happen) -> None:
    happen("record", *range(25))
    stop = threading.Event()
    broker = Broker(enough=25, stop=stop)
    relay.run(stop, send=broker, batch=10)
    assert len({claim.delivery_id for claim in broker.taken}) == 25


def test_what_lies_about_tells_that_no_relay_runs(happen: Happen) -> None:
    happen("record", 1)
    assert not watch.is_left_lying(now=NOW + timedelta(seconds=2))
    assert watch.is_left_lying(now=NOW + timedelta(seconds=20))


@pytest.mark.django_db(transaction=True)
def test_the_relay_outlives_a_broker_that_is_away(happen: Happen, caplog: pytest.LogCaptureFixture) -> None:
    happen("record", 1)
    stop = threading.Event()
    broker = Broker(away=2, enough=1, stop=stop)
    relay.run(stop, send=broker)
    assert len(broker.taken) == 1
    assert "BrokerAway" in caplog.text
