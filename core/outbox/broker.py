"""Celery's way to the broker: kombu's Redis transport, made to outlive the loss of the broker.

A channel whose connection is gone may still be asked to acknowledge or to put back a message. kombu 5.7 then fails
with an ``AttributeError`` nobody expects there, and the whole worker ends. Here it hears what is true, that the
connection is lost, which every caller knows how to live with; the message comes again when its lease in PostgreSQL
runs out.
"""

from typing import Any

from kombu.transport import redis
from redis.exceptions import ConnectionError as BrokerLost


class Channel(redis.Channel):
    """Raises ``redis.exceptions.ConnectionError`` when asked to work after its connection was closed."""

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        if self.connection.client is None:
            raise BrokerLost("The connection to the broker is closed.")
        params: dict[str, Any] = super()._connparams(asynchronous=asynchronous)  # type: ignore[misc]  # not in the stubs
        return params


class Transport(redis.Transport):
    """What ``broker_transport`` names."""

    Channel = Channel
