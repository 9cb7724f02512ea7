"""Quality control: what a sampling rule wants looked at. Scan the article, then pass or fail its units."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from fulfillment.dashboard.access import current_warehouse, requires, staff
from fulfillment.dashboard.desk import text_in
from fulfillment.dashboard.floorwork import act_once, not_read, respond
from fulfillment.dashboard.quality import Hand, act, hand_of, in_hand
from fulfillment.dashboard.scanning import UnreadableScan, read_scan
from inventory.selectors.quality import open_checks

PERMISSION = "quality.work"
KEY = "quality"
SHOWN = 40


@require_GET
@requires(PERMISSION)
def quality(request: HttpRequest) -> HttpResponseBase:
    """What waits; ``?code=`` of a receipt leaves what came with it."""
    return render(request, "dashboard/quality/job.html", _page(request, receipt=text_in(request, "code", limit=24)))


@require_POST
@requires(PERMISSION)
def quality_scan(request: HttpRequest) -> JsonResponse:
    """An article or a receipt takes it in hand; pass, damaged and quarantine decide."""
    try:
        scan = read_scan(request)
    except UnreadableScan:
        return not_read()
    warehouse = current_warehouse(request)
    hand: Hand | None = request.session.get(KEY)

    def work() -> Mapping[str, Any]:
        return act(scan, hand, warehouse.id, staff(request).actor, timezone.now())

    judged = act_once(request, scan, scope=f"quality:{warehouse.id}", work=work)
    if not judged.refused and "hand" in judged.more:
        request.session[KEY] = judged.more["hand"]
    page = _page(request, only=judged.more.get("only", ()))
    return respond(judged, render_to_string("dashboard/quality/_job.html", page, request=request))


def _page(request: HttpRequest, *, receipt: str = "", only: Sequence[Hand] = ()) -> dict[str, Any]:
    warehouse_id = current_warehouse(request).id
    checks = open_checks(warehouse_id=warehouse_id, receipt_ref=receipt, limit=SHOWN + 1)
    if only:
        checks = [one for one in checks if hand_of(one) in only] or checks
    return {
        "check": in_hand(request.session.get(KEY), warehouse_id),
        "checks": checks[:SHOWN],
        "more": len(checks) > SHOWN,
        "choose": bool(only),
    }
