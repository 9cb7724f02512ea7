"""Inspect: two scans and a key for what is as new; a question at a time for the rest."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.accounts.models import User
from core.kernel.errors import NotFound
from core.kernel.refs import tidy_ref
from fulfillment.dashboard.access import current_warehouse, refuse_foreign_warehouse, requires, staff
from fulfillment.dashboard.floorwork import act_once, not_read, respond
from fulfillment.dashboard.inspecting import inspection_page
from fulfillment.dashboard.scanning import Scan, UnreadableScan, read_scan
from inventory.selectors.products import ProductFact, product_by_code
from returns.selectors.inspections import InspectionFact, inspection_fact, inspection_queue, open_inspection_of
from returns.services.deciding import decide_inspection
from returns.services.inspection import claim_next_inspection, put_down_inspection, record_check, start_inspection

PERMISSION = "return.inspect"
OPEN = ("in_progress", "awaiting_second_opinion")
Told = dict[str, Any]


@require_GET
@requires(PERMISSION)
def inspect(request: HttpRequest) -> HttpResponseBase:
    """The queue, most urgent first."""
    return render(request, "dashboard/inspect/start.html", _start(request))


@require_GET
@requires(PERMISSION)
def inspection(request: HttpRequest, inspection_id: int) -> HttpResponseBase:
    """One inspection as far as it is answered."""
    return render(request, "dashboard/inspect/job.html", _page(request, _inspection(request, inspection_id)))


@require_POST
@requires(PERMISSION)
def inspect_scan(request: HttpRequest) -> JsonResponse:
    """A scan with nothing on the table: a return, or an item of one; or the next in line."""
    try:
        scan = read_scan(request)
    except UnreadableScan:
        return not_read()
    warehouse, user, now = current_warehouse(request), staff(request), timezone.now()

    def work() -> Mapping[str, Any]:
        return _take(scan, warehouse.id, user, now)

    judged = act_once(request, scan, scope=f"inspect:start:{warehouse.id}", work=work)
    taken = judged.more.get("inspection")
    if not taken:
        return respond(judged, _html(request, "start", _start(request)))
    return respond(judged, _html(request, "job", _page(request, _inspection(request, taken))))


@require_POST
@requires(PERMISSION)
def inspection_scan(request: HttpRequest, inspection_id: int) -> JsonResponse:
    """A scan or a key while an inspection is on the table."""
    try:
        scan = read_scan(request)
    except UnreadableScan:
        return not_read()
    found = _inspection(request, inspection_id)

    def work() -> Mapping[str, Any]:
        return _act(found, scan, staff(request), timezone.now())

    judged = act_once(request, scan, scope=f"inspect:{found.id}", work=work)
    if judged.more.get("put_down"):
        return respond(judged, _html(request, "start", _start(request)))
    following = judged.more.get("following")
    if following:
        return respond(judged, _html(request, "job", _page(request, _inspection(request, following))))
    return respond(judged, _html(request, "job", _page(request, _inspection(request, found.id))))


def _take(scan: Scan, warehouse_id: int, user: User, now: datetime) -> Told:
    if scan.action == "next":
        taken = claim_next_inspection(warehouse_id=warehouse_id, inspector_id=user.pk, by=user.actor, now=now)
        if taken is None:
            return {"verdict": "already", "message": _("Nothing waits to be inspected.")}
        return {
            "verdict": "ok",
            "message": _("Scan the item: %(name)s.") % {"name": taken.name},
            "inspection": taken.id,
        }
    ref = tidy_ref(scan.code)
    waiting = open_inspection_of(ref, inspector_id=user.pk)
    if waiting is None:
        product = _product(scan)
        if product is None:
            told = _("No return and no article has the code %(code)s. Scan the return label or the item.")
            raise NotFound(told % {"code": scan.code[:40]})
        waiting = _queued(product, warehouse_id, user)
        if waiting is None:
            told = _("No %(name)s waits to be inspected. Scan another item, or receive its return first.")
            return {"verdict": "wrong", "title": _("Not waiting"), "message": told % {"name": product.name}}
        taken = start_inspection(waiting.id, inspector_id=user.pk, by=user.actor, now=now)
        return _identified(taken, user, now) | {"inspection": taken.id}
    if waiting.warehouse_id != warehouse_id:
        told = _("This return is at another warehouse.")
        return {"verdict": "wrong", "title": _("Not here"), "message": told}
    taken = start_inspection(waiting.id, inspector_id=user.pk, by=user.actor, now=now)
    return {"verdict": "ok", "message": _begin(taken), "inspection": taken.id}


def _act(found: InspectionFact, scan: Scan, user: User, now: datetime) -> Told:
    if found.status == "queued" and scan.action != "put_down":
        start_inspection(found.id, inspector_id=user.pk, by=user.actor, now=now)
    elif found.status not in OPEN:
        return {"verdict": "already", "message": _("This one was decided before. Scan the next.")}
    if scan.action == "check":
        check = str(scan.values.get("check", "")) or (found.next_question.check if found.next_question else "")
        record_check(found.id, check, scan.values.get("fine") == "yes", inspector_id=user.pk, now=now)
        return {"verdict": "ok", "message": _after_answer(inspection_fact(found.id))}
    if scan.action == "decide":
        return _decide(found, scan, user, now)
    if scan.action == "put_down":
        if found.status == "in_progress":
            put_down_inspection(found.id, by=user.actor, now=now)
        return {"verdict": "ok", "message": _("Back in the queue with the answers it has."), "put_down": True}
    if scan.action:
        return {"verdict": "wrong", "title": _("Not here"), "message": _("This button does nothing here.")}
    product = _product(scan)
    if product is None:
        if tidy_ref(scan.code) == found.return_ref:
            return {"verdict": "already", "message": _("This return is on the table. Scan its item.")}
        raise NotFound(_("Nothing here has the code %(code)s. Scan the item.") % {"code": scan.code[:40]})
    if product.id != found.product_id:
        told = _("This is %(seen)s – the return says %(name)s. Scan again, or answer the first question with no.")
        message = told % {"seen": product.name, "name": found.name}
        return {"verdict": "wrong", "title": _("Another article"), "message": message}
    return _identified(found, user, now)


def _identified(found: InspectionFact, user: User, now: datetime) -> Told:
    """The item's own code was scanned: it is the one that was sold."""
    if found.status == "awaiting_second_opinion" or not any(one.check == "identity" for one in found.questions):
        return {"verdict": "ok", "message": _("It is the right item.")}
    after = record_check(found.id, "identity", True, inspector_id=user.pk, now=now)
    return {"verdict": "ok", "message": _("It is the right item. %(next)s") % {"next": _after_answer(after)}}


def _begin(found: InspectionFact) -> str:
    """What to do first: prove the item by a scan, or go on where somebody left off."""
    if any(one.answer is not None for one in found.questions):
        return _after_answer(found)
    return _("Scan the item: %(name)s.") % {"name": found.name}


def _after_answer(found: InspectionFact) -> str:
    if found.next_question:
        return found.next_question.text
    return _("Proposed: grade %(grade)s. Press Enter to confirm.") % {"grade": found.proposed_grade}


def _decide(found: InspectionFact, scan: Scan, user: User, now: datetime) -> Told:
    grade, disposition = str(scan.values.get("grade", "")), str(scan.values.get("disposition", ""))
    reason = str(scan.values.get("reason", ""))
    if grade == "A" and found.status != "awaiting_second_opinion":
        # As new means yes to whatever was not asked one by one.
        for question in found.questions:
            if question.answer is None:
                record_check(found.id, question.check, True, inspector_id=user.pk, now=now)
    decided = decide_inspection(
        found.id,
        inspector_id=user.pk,
        grade=grade,
        disposition=disposition,
        reason=reason,
        note=str(scan.values.get("note", "")),
        by=user.actor,
        now=now,
    )
    if decided.status == "awaiting_second_opinion":
        told = _("%(name)s needs a second opinion. Put it aside; somebody else decides.")
        return {"verdict": "decision", "message": told % {"name": decided.name}}
    following = open_inspection_of(decided.return_ref, inspector_id=user.pk)
    told = _("%(name)s: grade %(grade)s.") % {"name": decided.name, "grade": decided.grade}
    if following is None:
        return {"verdict": "done", "message": told}
    start_inspection(following.id, inspector_id=user.pk, by=user.actor, now=now)
    return {
        "verdict": "line_done",
        "message": f"{told} {_('Next: %(name)s.') % {'name': following.name}}",
        "following": following.id,
    }


def _queued(product: ProductFact, warehouse_id: int, user: User) -> InspectionFact | None:
    rows = [one for one in inspection_queue([warehouse_id], limit=500) if one.product_id == product.id]
    mine = [one for one in rows if one.status == "in_progress" and one.inspector_id == user.pk]
    free = [one for one in rows if one.status == "queued"]
    second = [one for one in rows if one.status == "awaiting_second_opinion" and one.inspector_id != user.pk]
    return next(iter([*mine, *free, *second]), None)


def _product(scan: Scan) -> ProductFact | None:
    for reading in scan.readings():
        try:
            return product_by_code(reading)[0]
        except NotFound:
            continue
    return None


def _inspection(request: HttpRequest, inspection_id: int) -> InspectionFact:
    """That inspection, in the person's scope. Raises Http404."""
    try:
        found = inspection_fact(inspection_id)
    except NotFound as error:
        raise Http404 from error
    refuse_foreign_warehouse(request, found.warehouse_id)
    return found


def _start(request: HttpRequest) -> dict[str, Any]:
    user, waiting = staff(request), inspection_queue([current_warehouse(request).id], limit=100)
    mine = [one for one in waiting if one.status == "in_progress" and one.inspector_id == user.pk]
    others = [one for one in waiting if one not in mine]
    return {"queue": [*mine, *others][:12], "waiting": len(waiting), "mine": bool(mine), "now": timezone.now()}


def _page(request: HttpRequest, found: InspectionFact) -> dict[str, Any]:
    page = inspection_page(found, staff(request).pk)
    return page | (_start(request) if page["decided"] else {})


def _html(request: HttpRequest, name: str, page: Mapping[str, Any]) -> str:
    return render_to_string(f"dashboard/inspect/_{name}.html", dict(page), request=request)
