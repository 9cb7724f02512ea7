"""A real relay, a real worker and a real broker, all of which are harmed; every effect still happens."""

import os
import signal
import subprocess
import time

import pytest
import redis
from django.db import connection

from core.attention.selectors import open_cases
from core.outbox.models import Delivery
from fulfillment.devtools.embedded import Valkey
from tests.effects.conftest import Start, happen, start_worker, until

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]

Process = subprocess.Popen[bytes]


def effects() -> list[int]:
    """The subjects of the effects seen so far, in order; a doubled effect stands there twice."""
    return sorted(case.subject_id or 0 for case in open_cases("test", limit=10_000))


def all_done() -> bool:
    return not Delivery.objects.exclude(status="done").exists()


def let_leases_expire() -> None:
    """As if the lease time had passed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outbox_delivery SET claimed_until = clock_timestamp() - interval '1 second'"
            " WHERE status = 'claimed'"
        )


def test_what_is_due_is_done_once_by_a_real_worker(relay: Process, worker: Process) -> None:
    happen(*range(200))
    until(all_done)
    assert effects() == list(range(200))
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}


def test_the_broker_holds_ids_and_tokens_and_nothing_else(relay: Process, valkey: Valkey) -> None:
    happen(1)
    with redis.Redis.from_url(valkey.url) as client:
        until(lambda: client.llen("bulk") == 1)
        message = str(client.lindex("bulk", 0))
    assert "core.outbox.deliver" in message
    assert "ORD-" not in message


def test_a_broker_that_is_killed_and_comes_back_empty_loses_no_effect(
    relay: Process, worker: Process, valkey: Valkey
) -> None:
    happen(*range(50))
    until(lambda: len(effects()) > 5)
    valkey.child.kill()
    happen(*range(50, 100))
    time.sleep(2)
    valkey.start()
    let_leases_expire()
    until(all_done)
    assert effects() == list(range(100))
    assert worker.poll() is None  # nobody had to start it again


def test_a_flushed_broker_loses_no_effect(relay: Process, worker: Process, valkey: Valkey) -> None:
    happen(*range(100), type_="slow_effect")
    until(lambda: len(effects()) > 3)
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
    let_leases_expire()
    until(all_done)
    # Expiring a lease early by hand lets two workers act on what was running just then: at most one each.
    seen = effects()
    assert sorted(set(seen)) == list(range(100))
    assert len(seen) <= 102


def test_a_stalled_broker_delays_and_does_not_hang_the_relay(relay: Process, worker: Process, valkey: Valkey) -> None:
    happen(0)
    until(all_done)
    valkey.child.send(signal.SIGSTOP)
    try:
        happen(*range(1, 20))
        time.sleep(7)
        assert relay.poll() is None
    finally:
        valkey.child.send(signal.SIGCONT)
    let_leases_expire()
    until(all_done)
    assert effects() == list(range(20))


def test_lost_database_connections_heal(relay: Process, worker: Process) -> None:
    happen(*range(10))
    until(all_done)
    for round_ in range(1, 4):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        happen(*range(round_ * 10, round_ * 10 + 10))
        until(all_done)
    assert set(effects()) == set(range(40))


def test_a_killed_worker_loses_no_effect(relay: Process, worker: Process, start: Start) -> None:
    happen(*range(20), type_="slow_effect")
    until(lambda: len(effects()) > 3)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    time.sleep(0.5)
    let_leases_expire()
    start_worker(start)
    until(all_done)
    seen = effects()
    assert sorted(set(seen)) == list(range(20))
    assert len(seen) <= 22  # what ran in the two processes when they were killed


def test_poison_that_kills_its_worker_is_buried_after_five_attempts_and_harms_no_neighbour(
    relay: Process, worker: Process
) -> None:
    happen(666, type_="suicide")
    happen(*range(20))
    poison = Delivery.objects.get(queue="stock")

    def buried() -> bool:
        # Only a lease an attempt was made under: an early hand-over would cost nothing, but take longer.
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE outbox_delivery SET claimed_until = clock_timestamp() - interval '1 second'"
                " WHERE id = %s AND status = 'claimed' AND claimed_until > clock_timestamp() + interval '46 seconds'",
                [poison.pk],
            )
        poison.refresh_from_db()
        return poison.status == "dead"

    until(buried)
    assert poison.attempts == 5
    until(lambda: not Delivery.objects.exclude(pk=poison.pk).exclude(status="done").exists())
    assert effects() == [*range(20), *[666] * 5]
    assert len(open_cases("dead_letter")) == 1


def test_a_relay_told_to_stop_goes_at_once_and_cleanly(relay: Process) -> None:
    happen(1)
    until(lambda: Delivery.objects.get().status == "claimed")
    relay.send_signal(signal.SIGTERM)
    assert relay.wait(5) == 0
