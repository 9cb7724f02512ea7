"""Hand over: every parcel onto the truck is a scan, and each carrier's list says what is still missing."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fulfillment.dashboard.access import current_warehouse, requires, staff
from fulfillment.dashboard.floorwork import act_once, not_read, respond
from fulfillment.dashboard.scanning import UnreadableScan, read_scan
from inventory.selectors.places import WarehouseFact
from shipping.selectors.floor import HandoverRow, handover_board, ready_parcels
from shipping.services.facts import ScanVerdict
from shipping.services.handover import hand_over_parcel

PERMISSION = "handover.work"
SHOWN = 60


@require_GET
@requires(PERMISSION)
def ship(request: HttpRequest) -> HttpResponseBase:
    """The dock: one carrier's truck with ``?carrier=``, else all of them."""
    carrier = request.GET.get("carrier", "")[:40]
    return render(request, "dashboard/ship/job.html", _page(current_warehouse(request), carrier))


@require_POST
@requires(PERMISSION)
def ship_scan(request: HttpRequest) -> JsonResponse:
    """A parcel goes onto the truck of ``?carrier=``; without one, onto whichever it belongs on."""
    try:
        scan = read_scan(request)
    except UnreadableScan:
        return not_read()
    warehouse, carrier = current_warehouse(request), request.GET.get("carrier", "")[:40]
    by, now = staff(request).actor, timezone.now()

    def work() -> Mapping[str, Any]:
        told = ScanVerdict("unknown", _("Unknown code"), _("Scan the label of a parcel."))
        for code in scan.readings():
            told = hand_over_parcel(code, warehouse_id=warehouse.id, carrier=carrier, by=by, now=now)
            if told.verdict != "unknown":
                break
        return {"verdict": told.verdict, "title": told.title, "message": told.message, "parcel": dict(told.job)}

    judged = act_once(request, scan, scope=f"ship:{warehouse.id}:{carrier}", work=work)
    page = _page(warehouse, carrier)
    message = judged.message
    if judged.verdict == "ok":
        left = page["left"]
        if left == 0:
            message = _("%(told)s That was the last one.") % {"told": message}
    return respond(judged, _html(request, page | {"last": judged.more.get("parcel")}), message=message)


def _page(warehouse: WarehouseFact, carrier: str) -> dict[str, Any]:
    since = _midnight(warehouse.time_zone)
    board = handover_board(warehouse.id, since=since)
    if carrier and not any(row.carrier == carrier for row in board):
        board.append(HandoverRow(carrier, 0, 0, 0, None))
    chosen = [row for row in board if not carrier or row.carrier == carrier]
    missing = ready_parcels(warehouse.id, carrier=carrier, limit=SHOWN)
    return {
        "carrier": carrier,
        "board": [row for row in board if row.carrier],
        "gone": sum(row.shipped for row in chosen),
        "left": sum(row.ready for row in chosen),
        "unready": sum(row.waiting for row in chosen) if not carrier else sum(row.waiting for row in board),
        "missing": missing,
    }


def _midnight(zone: str) -> datetime:
    """When the warehouse's day began."""
    today = timezone.localtime(timezone=ZoneInfo(zone)).date()
    return datetime.combine(today, time.min, tzinfo=ZoneInfo(zone))


def _html(request: HttpRequest, page: Mapping[str, Any]) -> str:
    return render_to_string("dashboard/ship/_job.html", dict(page), request=request)
