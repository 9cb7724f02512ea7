"""Put away: an item at the dock, then the bin it went to. Two scans."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.kernel.errors import NotFound
from fulfillment.dashboard.access import current_warehouse, requires, staff
from fulfillment.dashboard.floorwork import act_once, not_read, number_in, respond
from fulfillment.dashboard.scanning import Scan, UnreadableScan, read_scan
from inventory.selectors.places import bin_by_id, default_bins
from inventory.selectors.products import product_by_code, products_by_id
from inventory.selectors.stock import BinContent, bin_content, bins_with
from inventory.services.moving import move_units

PERMISSION = "receive.work"
KEY = "putaway"
SHELVES = ("pick_face", "bulk")


@require_GET
@requires(PERMISSION)
def putaway(request: HttpRequest) -> HttpResponseBase:
    """What stands at the dock; with an item in hand, where it goes."""
    return render(request, "dashboard/putaway/job.html", _page(request))


@require_POST
@requires(PERMISSION)
def putaway_scan(request: HttpRequest) -> JsonResponse:
    """An item takes it in hand, a bin puts it there."""
    try:
        scan = read_scan(request)
    except UnreadableScan:
        return not_read()
    warehouse = current_warehouse(request)
    hand: dict[str, int] | None = request.session.get(KEY)

    def work() -> Mapping[str, Any]:
        return _act(request, scan, warehouse.id, hand)

    judged = act_once(request, scan, scope=f"putaway:{warehouse.id}", work=work)
    if not judged.refused and "hand" in judged.more:
        request.session[KEY] = judged.more["hand"]
    return respond(judged, render_to_string("dashboard/putaway/_job.html", _page(request), request=request))


def _act(request: HttpRequest, scan: Scan, warehouse_id: int, hand: dict[str, int] | None) -> Mapping[str, Any]:
    if scan.action == "drop":
        return {"verdict": "ok", "message": _("Left at the dock."), "hand": None}
    if scan.action == "quantity":
        count = number_in(scan.values, "quantity")
        if not hand or not count:
            return {"verdict": "wrong", "title": _("No item"), "message": _("Scan an item first.")}
        hand = {**hand, "quantity": count}
        return {"verdict": "ok", "message": _("%(count)d in hand. Scan the bin.") % {"count": count}, "hand": hand}
    for code in scan.readings():
        try:
            product, _units = product_by_code(code)
        except NotFound:
            continue
        here = _at_dock(warehouse_id, product.id)
        if not here:
            told = _("No %(name)s stands at the dock. Scan another item.") % {"name": product.name}
            return {"verdict": "wrong", "title": _("Not at the dock"), "message": told}
        told = _("%(name)s: scan the bin you put it in.") % {"name": product.name}
        taken = {"product": product.id, "quantity": here[0].quantity}
        return {"verdict": "ok", "message": told, "hand": taken}
    if not hand:
        return {"verdict": "unknown", "title": _("Item first"), "message": _("Scan the item you put away.")}
    product = products_by_id([hand["product"]])[hand["product"]]
    here = _at_dock(warehouse_id, product.id)
    if not here:
        return {"verdict": "already", "message": _("It was put away already. Scan the next item."), "hand": None}
    move_units(
        warehouse_id=warehouse_id,
        product_code=product.sku,
        from_code=here[0].bin_code,
        to_code=scan.code,
        quantity=min(hand["quantity"], here[0].quantity),
        condition=here[0].condition,
        lot=here[0].lot,
        action_id=scan.id,
        by=staff(request).actor,
        now=timezone.now(),
    )
    told = _("%(count)d × %(name)s put away. Scan the next item.")
    return {"verdict": "line_done", "message": told % {"count": hand["quantity"], "name": product.name}, "hand": None}


def _at_dock(warehouse_id: int, product_id: int | None = None, *, limit: int = 200) -> list[BinContent]:
    return bin_content(default_bins(warehouse_id)["receiving"], product_id=product_id, limit=limit)


def _page(request: HttpRequest) -> dict[str, Any]:
    warehouse_id = current_warehouse(request).id
    hand = request.session.get(KEY)
    here = _at_dock(warehouse_id)
    page: dict[str, Any] = {
        "dock": bin_by_id(default_bins(warehouse_id)["receiving"]).name,
        "waiting": here[:40],
        "total": len(here),
    }
    if hand:
        product = products_by_id([hand["product"]]).get(hand["product"])
        homes = [one for one in bins_with(hand["product"], warehouse_id=warehouse_id) if one.bin_kind in SHELVES]
        page |= {"product": product, "quantity": hand["quantity"], "homes": homes[:3]}
    return page
