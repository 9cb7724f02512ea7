"""Replenish: bulk bin, item, pick face. Three scans."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from fulfillment.dashboard.access import current_warehouse, requires, staff
from fulfillment.dashboard.floorwork import act_once, not_read, respond
from fulfillment.dashboard.replenishing import act, in_hand, page_of
from fulfillment.dashboard.scanning import UnreadableScan, read_scan

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
    try:
        scan = read_scan(request)
    except UnreadableScan:
        return not_read()
    warehouse = current_warehouse(request)
    hand: dict[str, Any] | None = request.session.get(_key(warehouse.id))

    def work() -> Mapping[str, Any]:
        return act(scan, warehouse.id, hand, by=staff(request).actor, now=timezone.now())

    judged = act_once(request, scan, scope=f"replenish:{warehouse.id}", work=work)
    if not judged.refused and "hand" in judged.more:
        request.session[_key(warehouse.id)] = judged.more["hand"]
    return respond(judged, render_to_string("dashboard/replenish/_job.html", _page(request), request=request))


def _key(warehouse_id: int) -> str:
    return f"replenish:{warehouse_id}"


def _page(request: HttpRequest) -> dict[str, Any]:
    warehouse_id = current_warehouse(request).id
    hand = request.session.get(_key(warehouse_id))
    if hand and in_hand(hand, warehouse_id) is None:
        request.session[_key(warehouse_id)] = hand = None
    return page_of(warehouse_id, hand)
