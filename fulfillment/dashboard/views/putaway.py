"""Put away: a pallet or an item at the dock, then the bin it went to. Two scans."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from fulfillment.dashboard.access import current_warehouse, requires, staff
from fulfillment.dashboard.floorwork import act_once, not_read, respond
from fulfillment.dashboard.scanning import UnreadableScan, read_scan
from fulfillment.dashboard.storing import act, page_of

PERMISSION = "receive.work"


@require_GET
@requires(PERMISSION)
def putaway(request: HttpRequest) -> HttpResponseBase:
    """What stands at the dock; with something in hand, where it goes and why."""
    return render(request, "dashboard/putaway/job.html", _page(request))


@require_POST
@requires(PERMISSION)
def putaway_scan(request: HttpRequest) -> JsonResponse:
    """An item or a pallet is taken in hand, a bin puts it there."""
    try:
        scan = read_scan(request)
    except UnreadableScan:
        return not_read()
    warehouse = current_warehouse(request)
    hand: dict[str, Any] | None = request.session.get(_key(warehouse.id))

    def work() -> Mapping[str, Any]:
        return act(scan, warehouse.id, hand, by=staff(request).actor, now=timezone.now())

    judged = act_once(request, scan, scope=f"putaway:{warehouse.id}", work=work)
    if not judged.refused and "hand" in judged.more:
        request.session[_key(warehouse.id)] = judged.more["hand"]
    return respond(judged, render_to_string("dashboard/putaway/_job.html", _page(request), request=request))


def _key(warehouse_id: int) -> str:
    return f"put-away:{warehouse_id}"


def _page(request: HttpRequest) -> dict[str, Any]:
    warehouse_id = current_warehouse(request).id
    return page_of(warehouse_id, request.session.get(_key(warehouse_id)))
