"""An SMTP server that keeps every mail it accepts as one .eml file and sends nothing on.

A mail is acknowledged only after its file is complete under its final name, so the folder never shows less
than the senders were told. The envelope stands on top as Return-Path and Delivered-To.
"""

import argparse
import asyncio
import errno
import os
import signal
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from fulfillment.devtools.failures import CannotGoOn, run_as_command
from fulfillment.devtools.ports import LOOPBACK


class Keeper:
    """aiosmtpd's handler: writes accepted mails into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the mail, then say so; refuse it for now when the disk is full."""
        try:
            keep(self.folder, envelope)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                return "452 4.3.1 Insufficient system storage"
            return "451 4.3.0 The mail could not be kept"
        return "250 2.0.0 Kept"


def keep(folder: Path, envelope: Envelope) -> Path:
    """Write one mail and return its file. Names sort by arrival and never collide, over restarts too."""
    name = f"{time.time_ns()}-{uuid.uuid4().hex[:12]}"
    top = [f"Return-Path: <{envelope.mail_from}>", *(f"Delivered-To: {to}" for to in envelope.rcpt_tos)]
    content = envelope.content or b""
    body = content if isinstance(content, bytes) else content.encode()
    unfinished = folder / f"{name}.part"
    unfinished.write_bytes("\r\n".join([*top, ""]).encode() + body)
    return unfinished.rename(folder / f"{name}.eml")


async def serve(port: int, folder: Path) -> None:
    """Listen until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    keeper = Keeper(folder)
    try:
        server = await loop.create_server(
            lambda: SMTP(keeper, hostname="localhost", enable_SMTPUTF8=True), LOOPBACK, port
        )
    except OSError as error:
        raise CannotGoOn(
            f"Port {port} is taken, so the mail sink cannot listen on it: {os.strerror(error.errno or 0)}."
        ) from None
    async with server:
        await stop.wait()


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(prog="smtp_sink", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parsed = parser.parse_args(arguments)

    def body() -> int:
        parsed.folder.mkdir(parents=True, exist_ok=True)
        asyncio.run(serve(parsed.port, parsed.folder))
        return 0

    return run_as_command(body)


if __name__ == "__main__":
    sys.exit(main())
