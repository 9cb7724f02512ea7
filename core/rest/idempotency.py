"""A request that is sent twice acts once: the answer is kept beside the work, in the same transaction."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import OperationalError
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request

from core.kernel.commands import LOCK_NOT_AVAILABLE, TryAgain, command
from core.kernel.errors import DomainError, Invalid
from core.kernel.prepared import Prepared
from core.rest.auth import client_of
from core.rest.models import IdempotencyRecord
from core.rest.renderers import to_json

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
MAX_KEY = 255

# Both stand around every write of the API.
_CLAIM = Prepared(
    "rest_claim_key",
    """
INSERT INTO rest_idempotencyrecord (client_id, key, fingerprint, status, body, headers, created_at)
VALUES (%(client)s, %(key)s, %(fingerprint)s, 0, '', '{}', %(now)s) ON CONFLICT DO NOTHING RETURNING id
""",
    client="bigint",
    key="text",
    fingerprint="text",
    now="timestamptz",
)
_KEEP = Prepared(
    "rest_keep_answer",
    """
UPDATE rest_idempotencyrecord SET status = %(status)s, body = %(body)s, headers = %(headers)s WHERE id = %(claim)s
RETURNING id
""",
    claim="bigint",
    status="smallint",
    body="bytea",
    headers="jsonb",
)


class KeyReused(DomainError):
    """The key was already used for another request."""

    code = "idempotency_key_reused"
    status = 422


class StillRunning(DomainError):
    """The first request with this key has not come to an end."""

    code = "idempotency_key_in_progress"
    status = 409


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write answers: ``data`` (whatever the JSON renderer takes), its status and headers such as Location."""

    data: Any
    status: int = 201
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer as bytes, first-hand or kept."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    replayed: bool = False

    @classmethod
    def of(cls, answer: Answer) -> "Stored":
        body = b"" if answer.data is None else to_json(answer.data)
        return cls(status=answer.status, body=body, headers=dict(answer.headers))

    def response(self) -> HttpResponse:
        response = HttpResponse(
            self.body, status=self.status, content_type="application/json", headers=dict(self.headers)
        )
        if self.replayed:
            response[REPLAYED] = "true"
        return response


def idempotent(request: Request, work: Callable[[], Answer]) -> HttpResponse:
    """Do the work of a POST, PATCH or DELETE in one transaction and answer; with an ``Idempotency-Key``, once only.

    ``work`` calls commands (they join the transaction) and builds the answer; it may run again after a deadlock, so
    it has no effect outside the database. The same key and body get the first answer byte for byte, with
    ``Idempotent-Replayed: true``. Raises KeyReused (422) for another body, StillRunning (409) when the first request
    holds the key longer than the lock timeout. A refusal of the work rolls everything back and is not kept.
    """
    key = key_of(request)
    if not key:
        return _without_key(work).response()
    return _with_key(client_of(request).pk, key, fingerprint_of(request), work, timezone.now()).response()


def idempotent_each(request: Request, work: Callable[[], Answer]) -> HttpResponse:
    """As ``idempotent``, for work that commits in several transactions, each harmless to repeat (bulk intake).

    The answer is kept after the work. Twins that run at once both work; both get the answer that was kept first.
    """
    key = key_of(request)
    if not key:
        return Stored.of(work()).response()
    client_id, fingerprint = client_of(request).pk, fingerprint_of(request)
    first = _kept(client_id, key, fingerprint)
    if first is None:
        answer = Stored.of(work())
        first = _with_key(client_id, key, fingerprint, lambda: answer, timezone.now())
    return first.response()


def key_of(request: Request) -> str:
    """The request's key, empty without one. Raises Invalid (400) when it is too long or not printable ASCII."""
    key: str = request.META.get("HTTP_IDEMPOTENCY_KEY", "").strip()
    if len(key) > MAX_KEY or not key.isascii() or not key.isprintable():
        raise Invalid(_("An Idempotency-Key has 255 printable ASCII characters at most."))
    return key


def fingerprint_of(request: Request) -> str:
    """SHA-256 of method, address and body; the order of names and the blanks in the JSON make no difference."""
    body = json.dumps(request.data, sort_keys=True, separators=(",", ":"))
    return sha256(f"{request.method} {request.get_full_path()}\n{body}".encode()).hexdigest()


@command
def _without_key(work: Callable[[], Answer]) -> Stored:
    return Stored.of(work())


@command
def _with_key(client_id: int, key: str, fingerprint: str, work: Callable[[], Answer | Stored], now: datetime) -> Stored:
    claim = _claim(client_id, key, fingerprint, now)
    if claim is None:
        first = _kept(client_id, key, fingerprint)
        if first is None:  # pruned between the two statements
            raise TryAgain
        return first
    result = work()
    answer = result if isinstance(result, Stored) else Stored.of(result)
    _KEEP.run(claim=claim, status=answer.status, body=answer.body, headers=json.dumps(dict(answer.headers)))
    return answer


def _claim(client_id: int, key: str, fingerprint: str, now: datetime) -> int | None:
    """The id of the new record, None when the key is taken. A twin's open transaction is waited for."""
    try:
        rows = _CLAIM.run(client=client_id, key=key, fingerprint=fingerprint, now=now)
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) == LOCK_NOT_AVAILABLE:
            raise StillRunning(
                _("The first request with this key is still running."), extra={"headers": {"Retry-After": "1"}}
            ) from error
        raise
    return int(rows[0][0]) if rows else None


def _kept(client_id: int, key: str, fingerprint: str) -> Stored | None:
    record = IdempotencyRecord.objects.filter(client_id=client_id, key=key).first()
    if record is None:
        return None
    if record.fingerprint != fingerprint:
        raise KeyReused(_("This Idempotency-Key was already used for another request."))
    return Stored(status=record.status, body=bytes(record.body), headers=record.headers, replayed=True)
