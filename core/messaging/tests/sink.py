"""A real SMTP server that answers as a test tells it to."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message as Mail
from typing import Any

from aiosmtpd.controller import Controller

DROP = "drop the connection"


@dataclass
class Sink:
    """Accepts everything, but answers RCPT and DATA with the next scripted reply while there is one."""

    port: int
    on_rcpt: list[str] = field(default_factory=list)
    on_data: list[str] = field(default_factory=list)
    delay: float = 0
    mails: list[Mail] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    peers: list[Any] = field(default_factory=list)
    """The client's end of the connection each mail came by."""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        reply = self.on_rcpt.pop(0) if self.on_rcpt else "250 OK"
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        await asyncio.sleep(self.delay)
        reply = self.on_data.pop(0) if self.on_data else "250 OK"
        if reply == DROP or reply.startswith("2"):
            self.mails.append(message_from_bytes(envelope.content))
            self.recipients += envelope.rcpt_tos
            self.peers.append(session.peer)
        if reply == DROP:
            server.transport.abort()
        return reply


@contextmanager
def smtp_sink(port: int = 0) -> Iterator[Sink]:
    """A sink on that port of the loopback, or on a free one."""
    if not port:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
    sink = Sink(port)
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
