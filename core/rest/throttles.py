"""Limits counted in PostgreSQL by one atomic statement, so that no race lets one request more through."""

from hashlib import sha256
from typing import TYPE_CHECKING

from django.db import connection
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from core.accounts.models import APIClient

if TYPE_CHECKING:  # the view module reads the settings, which name the classes below
    from rest_framework.views import APIView

_COUNT = """
INSERT INTO rest_ratecounter AS counter (bucket, minute, count)
VALUES (%(bucket)s, date_bin(%(window)s * interval '1 minute', clock_timestamp(), timestamptz 'epoch'), 1)
ON CONFLICT (bucket, minute) DO UPDATE SET count = counter.count + 1
RETURNING count,
    ceil(extract(epoch FROM minute + %(window)s * interval '1 minute' - clock_timestamp()))::int
"""

_UNCOUNT = """
UPDATE rest_ratecounter SET count = count - 1 WHERE bucket = %(bucket)s AND count > 0
    AND minute = date_bin(%(window)s * interval '1 minute', clock_timestamp(), timestamptz 'epoch')
"""


def spend(bucket: str, *, limit: int, minutes: int = 1) -> int:
    """Count one attempt; 0 when it is within ``limit`` in the current window, else the seconds until the next one.

    Windows are ``minutes`` long by the database's clock. Commits by itself, so call it outside a transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"bucket": bucket, "window": minutes})
        count, seconds = cursor.fetchone()
    return 0 if count <= limit else max(1, int(seconds))


def give_back(bucket: str, *, minutes: int = 1) -> None:
    """Take one attempt off the current window again: it turned out to be a good one."""
    with connection.cursor() as cursor:
        cursor.execute(_UNCOUNT, {"bucket": bucket, "window": minutes})


def private_bucket(kind: str, who: str) -> str:
    """A bucket for a person (an account name, an address, an IP) that does not keep who it is."""
    return f"{kind}:{sha256(who.strip().casefold().encode()).hexdigest()[:40]}"


class PerClientThrottle(BaseThrottle):
    """``requests_per_minute`` of the API client; None counts nothing and asks nothing of the database."""

    seconds: int = 0

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """False when the client spent its minute; ``wait`` then says for how long."""
        client = request.auth
        if not isinstance(client, APIClient) or client.requests_per_minute is None:
            return True
        self.seconds = spend(f"client:{client.pk}", limit=client.requests_per_minute)
        return self.seconds == 0

    def wait(self) -> float | None:
        return float(self.seconds) if self.seconds else None
