"""Many mails over one connection, and a server that goes away between two of them."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from core.messaging.connection import MAILS, drop_server
from core.messaging.models import Message, MessageStatus
from core.messaging.tests.conftest import greet
from core.messaging.tests.sink import Sink, smtp_sink

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    drop_server()
    with smtp_sink() as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = sink.port
        yield sink
    drop_server()


def test_mails_sent_one_after_the_other_share_a_connection(sink: Sink) -> None:
    for number in range(3):
        greet(key=f"one:{number}")
    assert len(sink.mails) == 3 and len(set(sink.peers)) == 1


def test_a_session_ends_after_its_share_of_mails(sink: Sink) -> None:
    for number in range(MAILS + 1):
        greet(key=f"share:{number}")
    assert len(sink.mails) == MAILS + 1 and len(set(sink.peers)) == 2


def test_a_server_that_was_restarted_gets_a_new_connection_and_each_mail_once(settings: Settings) -> None:
    drop_server()
    with smtp_sink() as before:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", before.port
        greet(key="before")
    with smtp_sink(before.port) as after:
        greet(key="after")
        assert (len(before.mails), len(after.mails)) == (1, 1)
    drop_server()
    assert Message.objects.filter(status=MessageStatus.SENT).count() == 2


def test_a_refused_mail_leaves_nothing_behind_for_the_next(sink: Sink) -> None:
    sink.on_data = ["451 Later"]
    with pytest.raises(Exception, match="451"):
        greet(key="refused")
    greet(key="next")
    assert len(sink.mails) == 1 and Message.objects.get(dedupe_key="next").status == MessageStatus.SENT
