"""What every floor screen does with a scan: act once under its id, and answer in the words of the scan contract."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from core.kernel.errors import DomainError
from core.rest.actions import once
from fulfillment.dashboard.access import staff
from fulfillment.dashboard.scanning import Scan, answer, refuse

REFUSALS = frozenset({"wrong", "unknown", "too_many", "stop"})
# How refusals by name sound; any other is "wrong".
_SOUNDS = {"stop_flag": "stop", "taken_over": "stop", "taken": "stop", "not_found": "unknown"}
_TITLES: dict[str, Callable[[], str]] = {
    "stop": lambda: _("Stop"),
    "unknown": lambda: _("Unknown code"),
    "wrong": lambda: _("Not possible"),
}
# The first sending of the same act is still being worked on: the device asks again with the same id.
_BUSY = frozenset({"idempotency_key_in_progress"})


@dataclass(frozen=True)
class Judged:
    """What came of an act. ``more`` holds what the work answered beside the verdict; empty for a refusal by error."""

    verdict: str
    title: str
    message: str
    status: int = 200
    code: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        return self.verdict in REFUSALS


def act_once(request: HttpRequest, scan: Scan, *, scope: str, work: Callable[[], Mapping[str, Any]]) -> Judged:
    """Run ``work`` in one transaction unless this scan's id was answered before; a repeat gets the same answer.

    ``work`` answers with ``verdict``, ``title``, ``message`` and whatever else the screen needs to draw itself.
    """
    fingerprint = json.dumps([scope, scan.code, scan.action, scan.values], sort_keys=True)
    status, told = once(staff(request), scan.id, fingerprint, work)
    if status == 200:
        return Judged(told["verdict"], told.get("title", ""), told.get("message", ""), 200, "", told)
    return refusal(told["code"], told["detail"], status)


def refusal(code: str, sentence: str, status: int) -> Judged:
    """A refused command as a verdict."""
    verdict = _SOUNDS.get(code, "wrong")
    return Judged(verdict, _TITLES[verdict](), sentence, status, code)


def refused_by(error: DomainError) -> Judged:
    """The same for an error in hand."""
    return refusal(error.code, error.detail, error.status)


def respond(
    judged: Judged,
    html: str | None,
    *,
    message: str = "",
    print_urls: list[str] | None = None,
    redirect: str = "",
) -> JsonResponse:
    """The contract's answer to a judged act."""
    told = message or judged.message
    if judged.code in _BUSY:
        return JsonResponse({"verdict": "wrong", "message": told}, status=429)
    if judged.refused:
        status = 409 if judged.verdict in ("too_many", "stop") else 422
        return refuse(judged.verdict, judged.title or _TITLES["wrong"](), told, html=html, status=status)
    return answer(judged.verdict, told, html=html, print_urls=print_urls, redirect=redirect)


def not_read() -> JsonResponse:
    """The answer to a body that is not what the contract says."""
    return refuse("unknown", _("Not read"), _("This could not be read. Scan again."))


def number_in(values: Mapping[str, Any], name: str, *, most: int = 99_999) -> int | None:
    """A whole number from a field of a form, None when there is none."""
    text = str(values.get(name, "")).strip()
    if not text.isascii() or not text.isdigit():
        return None
    return min(int(text[:10]), most)
