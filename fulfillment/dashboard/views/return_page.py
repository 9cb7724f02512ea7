"""One return: what was asked for, what came, what was decided, and the money."""

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.kernel.errors import NotFound
from core.kernel.refs import tidy_ref
from fulfillment.dashboard import story as stories
from fulfillment.dashboard.access import current_warehouse, refuse_foreign_warehouse, requires, staff
from fulfillment.dashboard.desk import act_once
from orders.selectors.timeline import story
from returns.selectors.inspections import inspections_of
from returns.selectors.reads import ReturnFact, return_by_ref
from returns.services.deciding import decide_acceptance
from returns.services.requests import approve_return, reject_return
from returns.states import Disposition, Grade, Resolution, ReturnKind, ReturnReason

STAGES = ("requested", "approved", "received", "inspecting", "resolved")
_STAGE_OF = {
    "requested": 0,
    "approved": 1,
    "in_transit": 1,
    "partially_received": 2,
    "received": 2,
    "inspecting": 3,
    "resolved": 5,
    "closed": 5,
}


@require_GET
@requires("return.view")
def return_page(request: HttpRequest, ref: str) -> HttpResponse:
    """The return page. A constant number of statements."""
    return _render(request, _read(request, ref))


@require_POST
@requires("return.resolve")
def approve(request: HttpRequest, ref: str) -> HttpResponse:
    """Say yes to a request."""
    found, now = _read(request, ref), timezone.now()

    def work() -> dict[str, Any]:
        return {"ref": approve_return(found.ref, by=staff(request).actor, now=now).ref}

    return _done(request, found, "approve", work, _("%(ref)s is approved. The customer is told how to send it."))


@require_POST
@requires("return.resolve")
def reject(request: HttpRequest, ref: str) -> HttpResponse:
    """Say no to a request, with a sentence for the customer."""
    found, now = _read(request, ref), timezone.now()
    reason = request.POST.get("reason", "").strip()

    def work() -> dict[str, Any]:
        return {"ref": reject_return(found.ref, reason=reason, by=staff(request).actor, now=now).ref}

    return _done(request, found, "reject", work, _("%(ref)s is refused. The customer is told why."))


@require_POST
@requires("return.resolve")
def decide(request: HttpRequest, ref: str, item_id: int) -> HttpResponse:
    """Pay an inspected item back or not, where the inspection could not tell."""
    found, now = _read(request, ref), timezone.now()
    if not any(item.id == item_id for item in found.items):
        raise Http404
    accepted, note = request.POST.get("accepted") == "yes", request.POST.get("note", "").strip()

    def work() -> dict[str, Any]:
        decide_acceptance(item_id, accepted=accepted, note=note, by=staff(request).actor, now=now)
        return {"item": item_id}

    return _done(request, found, f"decide:{item_id}:{accepted}", work, _("Decided. %(ref)s goes on."))


def _done(
    request: HttpRequest, found: ReturnFact, act: str, work: Callable[[], Mapping[str, Any]], told: str
) -> HttpResponse:
    problem, _answer = act_once(request, f"return:{found.ref}:{act}", work)
    if problem:
        return _render(request, found, problem=problem, status=422)
    messages.success(request, told % {"ref": found.ref})
    return redirect("dashboard:return", found.ref)


def _read(request: HttpRequest, ref: str) -> ReturnFact:
    """That return, in the person's scope. Raises Http404."""
    try:
        found = return_by_ref(tidy_ref(ref)[:24])
    except NotFound as error:
        raise Http404(_("There is no return %(ref)s.") % {"ref": ref[:24]}) from error
    refuse_foreign_warehouse(request, found.warehouse_id)
    return found


def _render(request: HttpRequest, found: ReturnFact, *, problem: str = "", status: int = 200) -> HttpResponse:
    user = staff(request)
    waiting = {one.item_id: one for one in inspections_of(found.ref)}
    entries = [entry for entry in story(found.order_ref) if _is_about(entry.type)]
    page = {
        "rma": found,
        "kind": str(ReturnKind(found.kind).label),
        "wish": _label(Resolution, found.resolution),
        "stages": [_("Requested"), _("Approved"), _("Received"), _("Inspected"), _("Settled")],
        "stage": _STAGE_OF.get(found.status, 0),
        "ended": found.status in ("rejected", "cancelled", "expired"),
        "items": [
            {
                "item": item,
                "reason": _label(ReturnReason, item.reason),
                "grade": _label(Grade, item.grade),
                "disposition": _label(Disposition, item.disposition),
                "inspection": waiting.get(item.id),
            }
            for item in found.items
        ],
        "told": stories.tell(entries, show="all", zone=ZoneInfo(current_warehouse(request).time_zone)),
        "may_resolve": user.may("return.resolve"),
        "can_replace": found.status == "resolved"
        and any(item.accepted and (item.resolution or found.resolution) == "replacement" for item in found.items),
        "may_inspect": user.may("return.inspect"),
        "may_see_order": user.may("order.view"),
        "problem": problem,
    }
    return render(request, "dashboard/returns/page.html", page, status=status)


def _is_about(type: str) -> bool:
    return type.partition(".")[0] in ("return", "return_item", "inspection", "refund")


def _label(choices: Any, value: str) -> str:
    return str(choices(value).label) if value in choices.values else value
