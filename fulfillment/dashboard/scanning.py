"""The server's half of docs/scan-contract.md: read what a floor screen posts, answer in its words."""

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, JsonResponse

MAX_BODY = 16 * 1024
MAX_CODE = 512

_RESERVED = frozenset({"id", "code", "raw", "alt", "gs1", "typed", "step", "action"})


class UnreadableScan(Exception):
    """The body is not what the contract says; ``unreadable()`` makes the answer."""


@dataclass(frozen=True)
class Scan:
    """One act at a floor screen: a scanned ``code`` or a pressed ``action``, never both.

    ``id`` is the client's uuid and the idempotency key. ``values`` holds the other fields, as they were sent.
    """

    id: uuid.UUID
    code: str = ""
    action: str = ""
    step: str = ""
    alt: str = ""
    typed: bool = False
    gs1: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    def readings(self) -> list[str]:
        """What to look up, likeliest first: the code, its GTIN, its second keyboard reading."""
        found = [self.code, str(self.gs1.get("gtin", "")), self.alt]
        return [reading for index, reading in enumerate(found) if reading and reading not in found[:index]]


def read_scan(request: HttpRequest) -> Scan:
    """The scan in the request's JSON body. Raises ``UnreadableScan`` for anything that is not one."""
    if len(request.body) > MAX_BODY:
        raise UnreadableScan
    try:
        body = json.loads(request.body)
        scan_id = uuid.UUID(str(body["id"]))
        code, action = body.get("code") or "", body.get("action") or ""
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableScan from error
    if not isinstance(code, str) or not isinstance(action, str) or bool(code) == bool(action) or len(code) > MAX_CODE:
        raise UnreadableScan
    gs1 = body.get("gs1")
    return Scan(
        id=scan_id,
        # PostgreSQL text cannot hold NUL, and no code of ours has one.
        code=code.replace("\x00", ""),
        action=action,
        step=str(body.get("step") or ""),
        alt=str(body.get("alt") or "").replace("\x00", "")[:MAX_CODE],
        typed=body.get("typed") is True,
        gs1=gs1 if isinstance(gs1, dict) else {},
        values={key: value for key, value in body.items() if key not in _RESERVED},
    )


def answer(
    verdict: str,
    message: str,
    *,
    html: str | None = None,
    speak: str = "",
    print_urls: list[str] | None = None,
    redirect: str = "",
) -> JsonResponse:
    """200: ``verdict`` is ok, line_done, done, already or decision."""
    body: dict[str, Any] = {"verdict": verdict, "message": str(message)}
    if html is not None:
        body["html"] = html
    if speak:
        body["speak"] = str(speak)
    if print_urls:
        body["print"] = print_urls
    if redirect:
        body["redirect"] = redirect
    return JsonResponse(body)


def refuse(verdict: str, title: str, message: str, *, html: str | None = None, status: int = 422) -> JsonResponse:
    """409 or 422: ``verdict`` is wrong, unknown, too_many or stop; the screen blocks until it is cleared."""
    body: dict[str, Any] = {"verdict": verdict, "title": str(title), "message": str(message)}
    if html is not None:
        body["html"] = html
    return JsonResponse(body, status=status)
