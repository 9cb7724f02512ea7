"""Quality control: what a sampling rule wants looked at. Scan the article, then pass or fail its units."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from fulfillment.dashboard.access import current_warehouse, requires, staff
from fulfillment.dashboard.desk import text_in
from fulfillment.dashboard.inhand import Hand, act_in_hand
from fulfillment.dashboard.quality import act, hand_of, in_hand
from fulfillment.dashboard.scanning import Scan
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
    warehouse_id = current_warehouse(request).id

    def work(scan: Scan, hand: Hand | None) -> Mapping[str, Any]:
        return act(scan, hand, warehouse_id, staff(request).actor, timezone.now())

    return act_in_hand(
        request,
        KEY,
        scope=f"quality:{warehouse_id}",
        work=work,
        template="dashboard/quality/_job.html",
        page=lambda judged: _page(request, only=judged.more.get("only", ())),
    )


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
