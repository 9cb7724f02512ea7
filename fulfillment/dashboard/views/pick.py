"""Pick: a tote, then shelf and item, line after line, until the list is done."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.accounts.models import User
from core.kernel.errors import NotFound
from core.kernel.refs import is_scan_code
from fulfillment.dashboard.access import current_warehouse, refuse_foreign_warehouse, requires, staff
from fulfillment.dashboard.floorwork import act_once, not_read, number_in, respond
from fulfillment.dashboard.picking import job_page
from fulfillment.dashboard.scanning import Scan, UnreadableScan, read_scan
from shipping.selectors.floor import next_job, waiting_lists
from shipping.selectors.lists import PickListFact, pick_list_by_code, totes_of
from shipping.selectors.walks import pick_job
from shipping.services.facts import ScanVerdict
from shipping.services.pick_acts import short_pick, skip_stop, undo_last
from shipping.services.picking import claim_next_pick_list, scan_pick, set_picked, take_over

PERMISSION = "pick.work"


@require_GET
@requires(PERMISSION)
def pick(request: HttpRequest) -> HttpResponseBase:
    """The next list, waiting for a tote; whoever is in the middle of one goes on with it."""
    work = next_job(staff(request).pk, current_warehouse(request).id)
    if work is not None and work.mine:
        return redirect("dashboard:pick_list", work.ref)
    return render(request, "dashboard/pick/start.html", _start(request))


@require_GET
@requires(PERMISSION)
def pick_list(request: HttpRequest, ref: str) -> HttpResponseBase:
    """A list at the stop where it stands."""
    return render(request, "dashboard/pick/job.html", _page(_list(request, ref), staff(request)))


@require_POST
@requires(PERMISSION)
def pick_scan(request: HttpRequest) -> JsonResponse:
    """A scan with no list on the screen: a free tote takes the next list, the code of a list opens that one."""
    try:
        scan = read_scan(request)
    except UnreadableScan:
        return not_read()
    user, warehouse = staff(request), current_warehouse(request)
    # One scope whatever the scan turns out to mean: when its answer was lost, it comes again to a changed floor.
    scope = f"pick:start:{warehouse.id}"
    mine = next_job(user.pk, warehouse.id)
    if mine is not None and mine.mine:
        # Scanned faster than the page could change.
        return _scanned(request, scan, _list(request, mine.ref), scope=scope)
    code = scan.code.strip().upper()
    if is_scan_code(code, "P"):
        try:
            return _scanned(request, scan, _list(request, code), scope=scope, open_only=True)
        except Http404:
            pass
    opened: list[str] = []

    def work() -> Mapping[str, Any]:
        claimed = claim_next_pick_list(user.pk, warehouse.id, tote_code=scan.code, by=user.actor, now=timezone.now())
        if claimed is None:
            return {"verdict": "already", "message": _("No list waits to be picked. Ask for the next wave.")}
        opened.append(claimed.ref)
        return {"verdict": "ok", "message": _("Tote taken."), "ref": claimed.ref}

    judged = act_once(request, scan, scope=scope, work=work)
    ref = judged.more.get("ref", "")
    if not ref:
        return respond(judged, _html(request, "start", _start(request)))
    page = _page(_list(request, ref), user)
    return respond(judged, _html(request, "job", page))


@require_POST
@requires(PERMISSION)
def pick_list_scan(request: HttpRequest, ref: str) -> JsonResponse:
    """A scan or a button while a list is on the screen."""
    try:
        scan = read_scan(request)
    except UnreadableScan:
        return not_read()
    row = _list(request, ref)
    return _scanned(request, scan, row, scope=f"pick:{row.id}")


def _scanned(
    request: HttpRequest, scan: Scan, row: PickListFact, *, scope: str, open_only: bool = False
) -> JsonResponse:
    user, now = staff(request), timezone.now()
    jobs: list[Mapping[str, Any]] = []

    def work() -> Mapping[str, Any]:
        if open_only:
            take_over(row.id, user_id=user.pk, by=user.actor, now=now)
            told = ScanVerdict("ok", "", _("This list is yours now."))
        else:
            told = _act(row, scan, user, now)
        jobs[:] = [told.job] if told.job else []
        return {"verdict": told.verdict, "title": told.title, "message": told.message}

    judged = act_once(request, scan, scope=scope, work=work)
    job = jobs[0] if jobs and not judged.code else None
    # The job of an act says where the list stands now; only what made none is read again.
    after = replace(row, status=job["status"], picker_id=user.pk) if job else _list(request, row.ref)
    return respond(judged, _html(request, "job", _page(after, user, job)))


def _act(row: PickListFact, scan: Scan, user: User, now: datetime) -> ScanVerdict:
    by = user.actor
    if scan.action == "take_over":
        take_over(row.id, user_id=user.pk, by=by, now=now)
        return ScanVerdict("ok", "", _("This list is yours now. Go on where it stands."))
    if row.is_open and row.picker_id is None:
        take_over(row.id, user_id=user.pk, by=by, now=now)
    elif row.is_open and row.picker_id != user.pk:
        told = _("%(name)s works on this list now. Take it over, or scan a free tote for your next one.")
        return ScanVerdict("stop", _("Taken over"), told % {"name": row.picker})
    if scan.action == "undo":
        return undo_last(row.id, by=by, now=now)
    if scan.action == "skip":
        return skip_stop(row.id, by=by, now=now)
    if scan.action == "short":
        return short_pick(row.id, reason=str(scan.values.get("reason", "")), by=by, now=now)
    if scan.action == "quantity":
        quantity = number_in(scan.values, "quantity")
        if quantity is None:
            return ScanVerdict("wrong", _("No number"), _("Type how many you took, then press Enter."))
        return set_picked(row.id, quantity, user_id=user.pk, by=by, now=now)
    if scan.action:
        return ScanVerdict("wrong", _("Not here"), _("This button does nothing here. Reload the page."))
    codes = scan.readings() or [""]
    return scan_pick(row.id, codes[0], alt=codes[1:], user_id=user.pk, by=by, now=now)


def _list(request: HttpRequest, ref: str) -> PickListFact:
    """That list, in the person's scope. Raises Http404."""
    try:
        row = pick_list_by_code(ref)
    except NotFound as error:
        raise Http404 from error
    refuse_foreign_warehouse(request, row.warehouse_id)
    return row


def _start(request: HttpRequest) -> dict[str, Any]:
    warehouse = current_warehouse(request)
    work = next_job(staff(request).pk, warehouse.id)
    return {"next": work, "waiting": waiting_lists(warehouse.id) if work else 0}


def _page(row: PickListFact, user: User, job: Mapping[str, Any] | None = None) -> dict[str, Any]:
    page: dict[str, Any] = {"list": row, "mine": row.picker_id in (None, user.pk)}
    if row.is_open:
        return {**page, **job_page(dict(job or pick_job(row.id)))}
    return {
        **page,
        "finished": True,
        "totes": totes_of(row.id),
        "lines": (job or pick_job(row.id))["lines"],
        "next": next_job(user.pk, row.warehouse_id),
    }


def _html(request: HttpRequest, name: str, page: Mapping[str, Any]) -> str:
    return render_to_string(f"dashboard/pick/_{name}.html", dict(page), request=request)
