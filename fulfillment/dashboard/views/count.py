"""Count: scan a bin, enter what lies there, scan the next. The screen never says how many there should be."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.kernel.errors import NotFound
from core.kernel.refs import tidy_ref
from fulfillment.dashboard.access import current_warehouse, refuse_foreign_warehouse, requires, staff
from fulfillment.dashboard.counting import Counter, act, job_page, open_bin, start_page
from fulfillment.dashboard.floorwork import Judged, act_once, not_read, respond
from fulfillment.dashboard.scanning import UnreadableScan, read_scan
from inventory.selectors.counting import CountFact, count_fact

PERMISSION = "count.work"


@require_GET
@requires(PERMISSION)
def count(request: HttpRequest) -> HttpResponseBase:
    """Where to count next."""
    return render(request, "dashboard/count/start.html", start_page(_counter(request)))


@require_POST
@requires(PERMISSION)
def count_scan(request: HttpRequest) -> JsonResponse:
    """A scan with no bin in hand."""
    try:
        scan = read_scan(request)
    except UnreadableScan:
        return not_read()
    counter = _counter(request)

    def work() -> Mapping[str, Any]:
        return open_bin(scan, counter)

    judged = act_once(request, scan, scope=f"count:start:{counter.warehouse.id}", work=work)
    return _answer(request, judged, counter, None)


@require_GET
@requires(PERMISSION)
def count_job(request: HttpRequest, ref: str) -> HttpResponseBase:
    """A bin as far as it is counted."""
    found, counter = _count(request, ref), _counter(request)
    if not _is_mine(found, counter):
        return render(request, "dashboard/count/start.html", start_page(counter))
    return render(request, "dashboard/count/job.html", job_page(found))


@require_POST
@requires(PERMISSION)
def count_job_scan(request: HttpRequest, ref: str) -> JsonResponse:
    """A scan or a button while a bin is being counted."""
    try:
        scan = read_scan(request)
    except UnreadableScan:
        return not_read()
    found, counter = _count(request, ref), _counter(request)

    def work() -> Mapping[str, Any]:
        if found.status in ("approved", "cancelled", "counted", "investigating"):
            return {"verdict": "already", "message": _("This bin was counted already. Scan the next one."), "ref": ""}
        return act(found, scan, counter)

    judged = act_once(request, scan, scope=f"count:{found.id}:{scan.step}", work=work)
    return _answer(request, judged, counter, found)


def _answer(request: HttpRequest, judged: Judged, counter: Counter, found: CountFact | None) -> JsonResponse:
    """The job that is in hand after the act: the bin told, the bin as before, or none."""
    ref = judged.more.get("ref", found.ref if found else "")
    if ref:
        found = count_fact(ref)
        if _is_mine(found, counter):
            html = render_to_string("dashboard/count/_job.html", job_page(found, dict(judged.more)), request=request)
            return respond(judged, html)
    page = start_page(counter, after=judged.more.get("after"))
    return respond(judged, render_to_string("dashboard/count/_start.html", page, request=request))


def _is_mine(found: CountFact, counter: Counter) -> bool:
    return found.status == "counting" and found.counter_id == counter.by.id


def _counter(request: HttpRequest) -> Counter:
    return Counter(staff(request), current_warehouse(request), timezone.now())


def _count(request: HttpRequest, ref: str) -> CountFact:
    """That count, in the person's scope. Raises Http404."""
    try:
        found = count_fact(tidy_ref(ref))
    except NotFound as error:
        raise Http404 from error
    refuse_foreign_warehouse(request, found.warehouse_id)
    return found
