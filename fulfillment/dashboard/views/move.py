"""Move: scan a bin, tote or pallet, then where everything in it goes. Two scans; items in between move only those."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from fulfillment.dashboard.access import current_warehouse, requires, staff
from fulfillment.dashboard.inhand import Hand, act_in_hand
from fulfillment.dashboard.moving import act, page_of
from fulfillment.dashboard.scanning import Scan

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
    warehouse_id = current_warehouse(request).id

    def work(scan: Scan, hand: Hand | None) -> Mapping[str, Any]:
        return act(scan, warehouse_id, hand, by=staff(request).actor, now=timezone.now())

    return act_in_hand(
        request,
        hand_key(warehouse_id),
        scope=f"move:{warehouse_id}",
        work=work,
        template="dashboard/move/_job.html",
        page=lambda _judged: _page(request),
    )


def hand_key(warehouse_id: int) -> str:
    """Where the session keeps what a person moves in a warehouse."""
    return f"move:{warehouse_id}"


def _page(request: HttpRequest) -> dict[str, Any]:
    return page_of(request.session.get(hand_key(current_warehouse(request).id)))
