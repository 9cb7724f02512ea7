"""The connection to the mail server: opened once and used for many mails, one after the other."""

import smtplib
import threading
import time
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.mail import get_connection

# Shorter than the idle limit of any mail server in use (RFC 5321 asks for five minutes at least).
IDLE_SECONDS = 30
# A server may end a session after so many mails; going first is politer than being cut off in the middle of one.
MAILS = 50


class _Kept(threading.local):
    server: Any = None
    key: tuple[Any, ...] = ()
    used_at: float = 0.0
    mails: int = 0


_kept = _Kept()


def open_server() -> Any:
    """An open mail backend of this thread: the last one while it still answers, else a new one.

    Raises whatever connecting raises. Whoever had trouble with it calls ``drop_server``.
    """
    key = (settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_HOST_USER)
    idle = time.monotonic() - _kept.used_at
    if _kept.server is not None and (_kept.key != key or idle > IDLE_SECONDS or _kept.mails >= MAILS):
        drop_server()
    if _kept.server is not None and not _answers(_kept.server):
        drop_server()
    if _kept.server is None:
        server = get_connection()
        server.open()
        _kept.server, _kept.key, _kept.mails = server, key, 0
    _kept.used_at = time.monotonic()
    _kept.mails += 1
    return _kept.server


def drop_server() -> None:
    """Close this thread's connection; a farewell that fails must not send a mail a second time."""
    server, _kept.server = _kept.server, None
    if server is not None:
        with suppress(Exception):
            server.close()


def _answers(server: Any) -> bool:
    """Whether the session is alive and between mails. Backends without a session always answer."""
    session = getattr(server, "connection", None)
    if session is None:
        return not hasattr(server, "connection")
    try:
        return bool(session.rset()[0] == 250)
    except (smtplib.SMTPException, OSError):
        return False
