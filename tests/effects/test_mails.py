"""Mails by a real worker to a real mail server, with the worker killed while it sends."""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial

import pytest
from django.db import connection

from core.messaging.models import Message
from core.messaging.tests.sink import Sink, smtp_sink
from core.outbox.models import Delivery
from tests.effects.conftest import Start, happen, start_worker, until

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]

IN_FLIGHT = 2  # processes of the worker


@pytest.fixture
def sink(environment: dict[str, str]) -> Iterator[Sink]:
    with smtp_sink() as sink:
        environment["EMAIL_URL"] = f"smtp://127.0.0.1:{sink.port}"
        yield sink


def has_got(sink: Sink, mails: int) -> bool:
    return len(sink.mails) >= mails


def let_leases_expire() -> None:
    with connection.cursor() as cursor:
        for table, status in (("outbox_delivery", "claimed"), ("messaging_message", "sending")):
            cursor.execute(
                f"UPDATE {table} SET claimed_until = clock_timestamp() - interval '1 second' WHERE status = %s",
                [status],
            )


def test_every_mail_arrives_and_copies_are_bounded_by_the_kills(
    sink: Sink, relay: "subprocess.Popen[bytes]", start: Start
) -> None:
    sink.delay = 0.2
    happen(*range(30), type_="greeting")
    kills = 3
    for _ in range(kills):
        worker = start_worker(start)
        until(partial(has_got, sink, len(sink.mails) + 3))
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        time.sleep(0.5)  # the database finishes what the dead had begun
        let_leases_expire()
    start_worker(start)
    until(lambda: not Delivery.objects.exclude(status="done").exists())
    copies = Counter(str(mail["Message-ID"]) for mail in sink.mails)
    assert len(copies) == Message.objects.filter(status="sent").count() == 30
    assert sum(copies.values()) - 30 <= kills * IN_FLIGHT
    assert {str(mail["To"]) for mail in sink.mails} == {f"customer{n}@example.com" for n in range(30)}
