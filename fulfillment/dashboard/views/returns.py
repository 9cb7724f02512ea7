"""The returns desk: a scan takes a parcel in, tabs show where every return stands."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from core.kernel.actors import Actor
from core.kernel.errors import NotFound
from core.kernel.refs import is_scan_code
from fulfillment.dashboard.access import current_warehouse, requires, staff, visible_warehouses
from fulfillment.dashboard.desk import next_link, position_in
from fulfillment.dashboard.floorwork import act_once, not_read, number_in, respond
from fulfillment.dashboard.scanning import Scan, UnreadableScan, read_scan
from inventory.selectors.products import product_by_code
from returns.planning import Arrived
from returns.selectors.desk import CAP, TABS, desk_counts, desk_rows
from returns.selectors.reads import ReturnItemFact, return_by_ref
from returns.services.receiving import ReceptionFact, find, receive_return

WORDS = {
    "announced": gettext_lazy("Announced"),
    "in_transit": gettext_lazy("In transit"),
    "arrived": gettext_lazy("Arrived"),
    "to_inspect": gettext_lazy("To inspect"),
    "needs_decision": gettext_lazy("Needs decision"),
    "done": gettext_lazy("Done"),
}
EMPTY = {
    "announced": gettext_lazy("Returns that customers asked for show here until they are on their way."),
    "in_transit": gettext_lazy("Returns that a carrier has show here."),
    "arrived": gettext_lazy("What was just received shows here until its inspections are queued."),
    "to_inspect": gettext_lazy("Every received item was inspected."),
    "needs_decision": gettext_lazy("Nothing waits for a decision."),
    "done": gettext_lazy("Returns that are settled show here."),
}
COUNT_KEY, PAGE = "count_returns", 50


@require_GET
@requires("return.view")
def returns(request: HttpRequest) -> HttpResponseBase:
    """The desk; ``?tab=`` picks the list."""
    return render(request, "dashboard/returns/desk.html", _page(request, request.GET.get("tab", "")))


@require_POST
@requires("return.receive")
def returns_scan(request: HttpRequest) -> JsonResponse:
    """A parcel arrives: its return, order, parcel or tracking number takes in what was announced."""
    try:
        scan = read_scan(request)
    except UnreadableScan:
        return not_read()
    warehouse, by, now = current_warehouse(request), staff(request).actor, timezone.now()
    if scan.action == "counting":
        request.session[COUNT_KEY] = scan.values.get("on") == "yes"
    counting = bool(request.session.get(COUNT_KEY))

    def work() -> Mapping[str, Any]:
        if scan.action == "counting":
            told = _("The items of each parcel are counted.") if counting else _("Parcels hold what was announced.")
            return {"verdict": "ok", "message": told}
        if scan.action == "counted":
            return _counted(scan, warehouse.id, by, now)
        if scan.action:
            return {"verdict": "wrong", "title": _("Not here"), "message": _("This button does nothing here.")}
        return _arrived(scan, warehouse.id, by, now, counting=counting)

    judged = act_once(request, scan, scope=f"returns:{warehouse.id}", work=work)
    page = _page(request, "")
    page["last"] = judged.more.get("last")
    if judged.more.get("count"):
        ref = str(judged.more["count"])
        page |= {"counted_ref": ref, "counted": _to_count(ref)}
    return respond(judged, render_to_string("dashboard/returns/_desk.html", page, request=request))


def _arrived(scan: Scan, warehouse_id: int, by: Actor, now: datetime, *, counting: bool) -> dict[str, Any]:
    code = next((one for one in scan.readings() if _known(one)), scan.code)
    if not _known(code):
        if any(is_scan_code(code.strip().upper(), letter) for letter in "LTXP"):
            told = _("This is the code of a place. Scan the parcel.")
            return {"verdict": "wrong", "title": _("Not a parcel"), "message": told}
        product = _article(code)
        if product:
            told = _("This is %(name)s. Scan the parcel first; its items are inspected one by one.")
            return {"verdict": "wrong", "title": _("Parcel first"), "message": told % {"name": product}}
    found = find(code)
    if counting and found.rma is not None:
        items = _open_items(found.rma.ref)
        if items:
            told = _("Count what is in the parcel of %(ref)s.") % {"ref": found.rma.ref}
            return {"verdict": "decision", "message": told, "count": found.rma.ref}
    fact = receive_return(code, action_id=scan.id, warehouse_id=warehouse_id, by=by, now=now)
    return _told(fact)


def _counted(scan: Scan, warehouse_id: int, by: Actor, now: datetime) -> dict[str, Any]:
    """What a person counted: one number for each product, in fields named ``units-<product id>``."""
    ref = str(scan.values.get("ref", ""))[:24]
    counts = {
        product_id: number_in(scan.values, f"units-{product_id}") or 0
        for product_id in {item.product_id for item in _open_items(ref)}
    }
    arrived = [Arrived(product_id, count) for product_id, count in sorted(counts.items()) if count]
    fact = receive_return(
        ref,
        action_id=scan.id,
        warehouse_id=warehouse_id,
        by=by,
        now=now,
        arrived=arrived,
        more_to_come=scan.values.get("more") == "yes",
    )
    return _told(fact)


def _told(fact: ReceptionFact) -> dict[str, Any]:
    last = {"ref": fact.return_ref, "order_ref": fact.order_ref, "units": fact.units, "outcome": fact.outcome}
    if fact.received:
        text = ngettext(
            "%(units)d unit of %(ref)s received. It waits for an inspector.",
            "%(units)d units of %(ref)s received. They wait for an inspector.",
            fact.units,
        )
        return {"verdict": "ok", "message": text % {"units": fact.units, "ref": fact.return_ref}, "last": last}
    if fact.outcome == "already":
        told = _("%(ref)s was received before. Nothing changed.") % {"ref": fact.return_ref}
        return {"verdict": "already", "message": told, "last": last}
    sentences = {
        "not_approved": _("%(ref)s is not approved. Put it on the problem shelf; a supervisor decides."),
        "without_rma": _("No return is announced for %(order)s. Put it on the problem shelf; a case is open."),
    }
    nobody = _("Nobody knows the code %(code)s. Put the parcel on the problem shelf; a case is open.")
    told = sentences.get(fact.outcome, nobody)
    named = {"ref": fact.return_ref, "order": fact.order_ref, "code": fact.code[:40]}
    return {"verdict": "decision", "message": told % named, "last": last}


def _known(code: str) -> bool:
    found = find(code)
    return found.rma is not None or bool(found.order_ref)


def _article(code: str) -> str:
    try:
        return product_by_code(code)[0].name
    except NotFound:
        return ""


def _open_items(ref: str) -> list[ReturnItemFact]:
    """The announced items of a return of which units are still to come."""
    try:
        found = return_by_ref(ref)
    except NotFound:
        return []
    waiting = ("awaiting", "in_transit")
    return [item for item in found.items if item.received < item.quantity and item.reception_status in waiting]


def _to_count(ref: str) -> list[dict[str, Any]]:
    """One row for each product that is still to come."""
    rows: dict[int, dict[str, Any]] = {}
    for item in _open_items(ref):
        row = rows.setdefault(item.product_id, {"name": item.name, "sku": item.sku, "open": 0})
        row |= {"open": row["open"] + item.quantity - item.received, "product_text": str(item.product_id)}
    return list(rows.values())


def _page(request: HttpRequest, tab: str) -> dict[str, Any]:
    here = [warehouse.id for warehouse in visible_warehouses(request)]
    counts = desk_counts(here)
    if tab not in TABS:
        tab = next((name for name in ("arrived", "to_inspect", "needs_decision", "announced") if counts[name]), TABS[0])
    at = position_in(request, "requested_at")
    rows = desk_rows(tab, here, before=(at.value, at.id) if at else None, limit=PAGE + 1)
    more = (
        next_link(request, rows[PAGE - 1].requested_at, rows[PAGE - 1].id, "requested_at") if len(rows) > PAGE else ""
    )
    base = reverse("dashboard:returns")
    return {
        "tabs": [
            {"name": name, "word": WORDS[name], "count": counts[name], "url": f"{base}?tab={name}"} for name in TABS
        ],
        "tab": tab,
        "cap": CAP,
        "rows": rows[:PAGE],
        "more": f"{base}{more}" if more else "",
        "empty": EMPTY[tab],
        "may_receive": staff(request).may("return.receive"),
        "counting": bool(request.session.get(COUNT_KEY)),
        "now": timezone.now(),
    }
