"""Replenish: bulk bin, item, pick face. Three scans."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from fulfillment.dashboard.access import current_warehouse, requires, staff
from fulfillment.dashboard.inhand import Hand, act_in_hand
from fulfillment.dashboard.replenishing import act, in_hand, page_of
from fulfillment.dashboard.scanning import Scan

PERMISSION = "replenish.work"


@require_GET
@requires(PERMISSION)
def replenish(request: HttpRequest) -> HttpResponseBase:
    """The tasks by urgency; with one in hand, its next step."""
    return render(request, "dashboard/replenish/job.html", _page(request))


@require_POST
@requires(PERMISSION)
def replenish_scan(request: HttpRequest) -> JsonResponse:
    """A bulk bin takes a task, an item confirms it, the face ends it."""
    warehouse_id = current_warehouse(request).id

    def work(scan: Scan, hand: Hand | None) -> Mapping[str, Any]:
        return act(scan, warehouse_id, hand, by=staff(request).actor, now=timezone.now())

    return act_in_hand(
        request,
        _key(warehouse_id),
        scope=f"replenish:{warehouse_id}",
        work=work,
        template="dashboard/replenish/_job.html",
        page=lambda _judged: _page(request),
    )


def _key(warehouse_id: int) -> str:
    return f"replenish:{warehouse_id}"


def _page(request: HttpRequest) -> dict[str, Any]:
    warehouse_id = current_warehouse(request).id
    hand = request.session.get(_key(warehouse_id))
    if hand and in_hand(hand, warehouse_id) is None:
        request.session[_key(warehouse_id)] = hand = None
    return page_of(warehouse_id, hand)
