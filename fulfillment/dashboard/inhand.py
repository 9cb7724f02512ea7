"""A scan on a floor screen that keeps what is in hand between scans: in the session, under a key of its own."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string

from fulfillment.dashboard.floorwork import Judged, act_once, not_read, respond
from fulfillment.dashboard.scanning import Scan, UnreadableScan, read_scan

Hand = dict[str, Any]
Work = Callable[[Scan, Hand | None], Mapping[str, Any]]


def act_in_hand(
    request: HttpRequest,
    key: str,
    *,
    scope: str,
    work: Work,
    template: str,
    page: Callable[[Judged], Mapping[str, Any]],
    redirect: Callable[[Judged], str] | None = None,
) -> JsonResponse:
    """Run ``work`` with the scan and what is in hand, once for each scan's id, and answer with the screen drawn anew.

    ``hand`` in what the work answers is in hand afterwards; a refusal, or an answer without it, leaves it as it was.
    ``page`` is asked when that is done, ``redirect`` where the screen goes next ("" for nowhere).
    """
    try:
        scan = read_scan(request)
    except UnreadableScan:
        return not_read()
    hand: Hand | None = request.session.get(key)
    judged = act_once(request, scan, scope=scope, work=lambda: work(scan, hand))
    if not judged.refused and "hand" in judged.more:
        request.session[key] = judged.more["hand"]
    html = render_to_string(template, dict(page(judged)), request=request)
    return respond(judged, html, redirect=redirect(judged) if redirect is not None else "")
