"""A channel whose connection was closed says so, in a way that every caller of kombu expects."""

from typing import Any

import pytest
from celery import current_app
from kombu import Connection
from kombu.transport import redis
from redis.exceptions import ConnectionError as BrokerLost

from core.outbox.broker import Channel, Transport


def ask_after_close(transport: Any) -> None:
    """What a worker does whose broker died under a running task."""
    connection = Connection("redis://127.0.0.1:1/0", transport=transport)
    channel = transport.Channel.__new__(transport.Channel)
    channel.connection = connection.transport
    connection.release()
    channel._connparams()


def test_work_on_a_closed_connection_is_a_lost_connection() -> None:
    with pytest.raises(BrokerLost):
        ask_after_close(Transport)
    assert issubclass(BrokerLost, Transport.connection_errors)


def test_kombu_itself_still_fails_there_so_that_this_transport_is_needed() -> None:
    with pytest.raises(AttributeError):
        ask_after_close(redis.Transport)


def test_the_workers_the_relay_and_beat_use_it() -> None:
    with current_app.connection_for_read() as reading, current_app.connection_for_write() as writing:
        assert reading.transport_cls == writing.transport_cls == "core.outbox.broker:Transport"
        assert type(reading.transport) is Transport
        assert reading.transport.Channel is Channel
