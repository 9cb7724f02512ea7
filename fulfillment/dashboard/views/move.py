"""Move: scan a bin, tote or pallet, then where everything in it goes. Two scans; items in between move only those."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from fulfillment.dashboard.access import current_warehouse, requires, staff
from fulfillment.dashboard.floorwork import act_once, not_read, respond
from fulfillment.dashboard.moving import act, page_of
from fulfillment.dashboard.scanning import UnreadableScan, read_scan

PERMISSION = "move.work"


@require_GET
@requires(PERMISSION)
def move(request: HttpRequest) -> HttpResponseBase:
    """Nothing in hand, or what is and where it comes from."""
    return render(request, "dashboard/move/job.html", _page(request))


@require_POST
@requires(PERMISSION)
def move_scan(request: HttpRequest) -> JsonResponse:
    """The first place is taken from, the next one is where it goes."""
    try:
        scan = read_scan(request)
    except UnreadableScan:
        return not_read()
    warehouse = current_warehouse(request)
    hand: dict[str, Any] | None = request.session.get(hand_key(warehouse.id))

    def work() -> Mapping[str, Any]:
        return act(scan, warehouse.id, hand, by=staff(request).actor, now=timezone.now())

    judged = act_once(request, scan, scope=f"move:{warehouse.id}", work=work)
    if not judged.refused and "hand" in judged.more:
        request.session[hand_key(warehouse.id)] = judged.more["hand"]
    return respond(judged, render_to_string("dashboard/move/_job.html", _page(request), request=request))


def hand_key(warehouse_id: int) -> str:
    """Where the session keeps what a person moves in a warehouse."""
    return f"move:{warehouse_id}"


def _page(request: HttpRequest) -> dict[str, Any]:
    return page_of(request.session.get(hand_key(current_warehouse(request).id)))
