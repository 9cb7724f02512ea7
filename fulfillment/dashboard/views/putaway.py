"""Put away: a pallet or an item at the dock, then the bin it went to. Two scans."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from fulfillment.dashboard.access import current_warehouse, requires, staff
from fulfillment.dashboard.inhand import Hand, act_in_hand
from fulfillment.dashboard.scanning import Scan
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
    warehouse_id = current_warehouse(request).id

    def work(scan: Scan, hand: Hand | None) -> Mapping[str, Any]:
        return act(scan, warehouse_id, hand, by=staff(request).actor, now=timezone.now())

    return act_in_hand(
        request,
        _key(warehouse_id),
        scope=f"putaway:{warehouse_id}",
        work=work,
        template="dashboard/putaway/_job.html",
        page=lambda _judged: _page(request),
    )


def _key(warehouse_id: int) -> str:
    return f"put-away:{warehouse_id}"


def _page(request: HttpRequest) -> dict[str, Any]:
    warehouse_id = current_warehouse(request).id
    return page_of(warehouse_id, request.session.get(_key(warehouse_id)))
