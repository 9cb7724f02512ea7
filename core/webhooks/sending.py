"""One POST to one address: pinned to the IP that was checked, five seconds in all, no redirects, nothing kept."""

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

from core.webhooks.addresses import Refused, Target, resolve, target_of

TIMEOUT = 5.0
MAX_ANSWER = 16 * 1024
_ADDRESSES_TRIED = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt. ``error`` is one word, empty when the receiver answered 2xx."""

    status_code: int | None
    error: str
    duration_ms: int

    @property
    def delivered(self) -> bool:
        return not self.error


def post(url: str, *, body: bytes, headers: Mapping[str, str]) -> Outcome:
    """Send the bytes and say what came back; never raises for what the network or the receiver does.

    The answer's body is read up to 16 kB, so that the receiver can finish, and thrown away.
    """
    begun = monotonic()
    code: int | None = None
    try:
        target = target_of(url)
        code = _exchange(target, resolve(target), body, headers, begun)
        error = "" if 200 <= code < 300 else "redirect" if 300 <= code < 400 else f"http_{code}"
    except Refused as refusal:
        error = refusal.code
    except ssl.SSLError:
        error = "tls_failed"
    except (TimeoutError, _OutOfTime):
        error = "timeout"
    except http.client.HTTPException:
        error = "not_http"
    except OSError as failure:
        error = "refused" if isinstance(failure, ConnectionRefusedError) else "connection_failed"
    return Outcome(code, error, round((monotonic() - begun) * 1000))


class _OutOfTime(Exception):
    """The receiver sent something now and then, but did not come to an end in time."""


def _exchange(target: Target, addresses: list[str], body: bytes, headers: Mapping[str, str], begun: float) -> int:
    sock = _connect(addresses, target.port, begun)
    late = threading.Event()

    def cut() -> None:
        # A socket's own timeout starts again with every byte; this one does not.
        late.set()
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    timer = threading.Timer(_left(begun), cut)
    timer.daemon = True
    timer.start()
    try:
        if target.scheme == "https":
            sock.settimeout(_left(begun))
            context = ssl.create_default_context()
            # Wrapped first and shaken hands with afterwards, so that the timer cuts a handshake that drips, too.
            sock = context.wrap_socket(sock, server_hostname=target.host, do_handshake_on_connect=False)
            sock.do_handshake()
        sock.settimeout(_left(begun))
        connection = http.client.HTTPConnection(target.host, target.port)
        connection.sock = sock
        connection.putrequest("POST", target.path, skip_host=True, skip_accept_encoding=True)
        for name, value in {
            "Host": target.netloc,
            "User-Agent": "Fulfillment-Webhooks/1.0",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Connection": "close",
            **headers,
        }.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        code = answer.status
        if late.is_set():  # a head cut off half-way reads like a whole one
            raise _OutOfTime
        try:
            answer.read(MAX_ANSWER)
        except (OSError, http.client.HTTPException):
            return code  # the status was all we wanted
        return code
    except (OSError, http.client.HTTPException) as failure:
        if late.is_set():
            raise _OutOfTime from failure
        raise
    finally:
        timer.cancel()
        sock.close()


def _connect(addresses: list[str], port: int, begun: float) -> socket.socket:
    failure: OSError = OSError("no address")
    for address in addresses[:_ADDRESSES_TRIED]:
        try:
            return socket.create_connection((address, port), timeout=_left(begun))
        except OSError as error:
            failure = error
    raise failure


def _left(begun: float) -> float:
    left = TIMEOUT - (monotonic() - begun)
    if left <= 0:
        raise _OutOfTime
    return left
