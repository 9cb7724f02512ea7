"""Counts at the desk: what is to be counted, what waits for a decision, and the decision."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from core.kernel.errors import NotFound
from core.kernel.refs import tidy_ref
from fulfillment.dashboard.access import current_warehouse, refuse_foreign_warehouse, requires, staff
from fulfillment.dashboard.desk import act_once, next_link, position_in, text_in
from inventory.selectors.count_review import review
from inventory.selectors.counting import CountFact, count_fact, counts_page, open_numbers
from inventory.selectors.places import WarehouseFact, bin_by_code
from inventory.services.count_posting import approve_count, cancel_count, recount
from inventory.services.counting import request_count

PAGE = 50
VIEWS = {
    "approval": gettext_lazy("Waiting for approval"),
    "recount": gettext_lazy("To count again"),
    "todo": gettext_lazy("To count"),
    "done": gettext_lazy("Done"),
}


@require_GET
@requires("count.approve")
def counts(request: HttpRequest) -> HttpResponse:
    """``?view=&zone=&since=&until=&off=1&cursor=``: counts of the warehouse, newest first."""
    warehouse = current_warehouse(request)
    view = request.GET.get("view", "approval")
    view = view if view in VIEWS else "approval"
    zone = text_in(request, "zone", limit=20)
    at = position_in(request, "id")
    rows = counts_page(
        warehouse_ids=[warehouse.id],
        view=view,
        zone=zone,
        since=_day(request, "since", warehouse),
        until=_day(request, "until", warehouse, after=1),
        off_only=bool(request.GET.get("off")),
        limit=PAGE + 1,
        before_id=at.id if at else None,
    )
    more, rows = len(rows) > PAGE, rows[:PAGE]
    numbers = open_numbers(warehouse.id)
    context = {
        "rows": rows,
        "view": view,
        "zone": zone,
        "since": request.GET.get("since", ""),
        "until": request.GET.get("until", ""),
        "narrowed": bool(zone or request.GET.get("since") or request.GET.get("off")),
        "tabs": [{"view": name, "word": word, "number": numbers.get(name)} for name, word in VIEWS.items()],
        "next": next_link(request, rows[-1].id, rows[-1].id, "id") if more else "",
    }
    return render(request, "dashboard/counts/index.html", context)


@require_GET
@requires("count.approve")
def count(request: HttpRequest, ref: str) -> HttpResponse:
    """A count: its rounds side by side, what moved meanwhile, what approving will post."""
    return _page(request, _read(request, ref))


@require_POST
@requires("count.approve")
def approve(request: HttpRequest, ref: str) -> HttpResponse:
    """Post what the count found."""
    found, now = _read(request, ref), timezone.now()

    def work() -> dict[str, Any]:
        done = approve_count(found.ref, by=staff(request).actor, now=now)
        return {"found": done.found, "lost": done.lost, "given_up": done.given_up}

    problem, answer = act_once(request, f"approve_count:{found.ref}", work)
    if problem:
        return _page(request, _read(request, ref), problem=problem, status=422)
    told = _("Approved: %(found)d units found, %(lost)d units written off.")
    messages.success(request, told % {"found": answer["found"], "lost": answer["lost"]})
    if answer["given_up"]:
        words = ngettext(
            "%(count)d promised unit had to be given up; its order waits for stock again.",
            "%(count)d promised units had to be given up; their orders wait for stock again.",
            answer["given_up"],
        )
        messages.warning(request, words % {"count": answer["given_up"]})
    return redirect("dashboard:count_review", found.ref)


@require_POST
@requires("count.approve")
def again(request: HttpRequest, ref: str) -> HttpResponse:
    """Have it counted once more, by somebody who did not count it yet."""
    told = _("Somebody who did not count it yet is asked to.")
    return _decide(request, ref, "recount", recount, told)


@require_POST
@requires("count.approve")
def cancel(request: HttpRequest, ref: str) -> HttpResponse:
    """Drop the count; the books stay as they are."""
    return _decide(request, ref, "cancel_count", cancel_count, _("The count is dropped. The books stay as they were."))


@require_POST
@requires("count.work")
def ask(request: HttpRequest, code: str) -> HttpResponse:
    """Ask for a count of the place whose label scans as ``code``."""
    try:
        place = bin_by_code(code)
    except NotFound as error:
        raise Http404(_("No place has the code %(code)s.") % {"code": code[:40]}) from error
    refuse_foreign_warehouse(request, place.warehouse_id)
    now = timezone.now()

    def work() -> dict[str, Any]:
        return {"ref": request_count(place.id, cause="request", by=staff(request).actor, now=now)}

    problem, answer = act_once(request, f"request_count:{place.id}", work)
    if problem:
        messages.error(request, problem)
    else:
        messages.success(request, _("A count of this bin is asked for: %(ref)s.") % answer)
    return redirect("dashboard:place", place.code)


def _decide(request: HttpRequest, ref: str, act: str, command: Callable[..., None], words: str) -> HttpResponse:
    found, now = _read(request, ref), timezone.now()

    def work() -> dict[str, Any]:
        command(found.ref, by=staff(request).actor, now=now)
        return {}

    problem, _answer = act_once(request, f"{act}:{found.ref}", work)
    if problem:
        return _page(request, _read(request, ref), problem=problem, status=422)
    messages.success(request, words)
    return redirect("dashboard:count_review", found.ref)


def _read(request: HttpRequest, ref: str) -> CountFact:
    try:
        found = count_fact(tidy_ref(ref.replace("\0", "")))
    except NotFound as error:
        raise Http404(_("There is no such count.")) from error
    refuse_foreign_warehouse(request, found.warehouse_id)
    return found


def _page(request: HttpRequest, found: CountFact, *, problem: str = "", status: int = 200) -> HttpResponse:
    seen = review(found.ref)
    context = {
        "count": found,
        "review": seen,
        "rows": [(row, [row.rounds.get(number) for number in seen.rounds]) for row in seen.rows],
        "posting": [row for row in seen.rows if row.will_post],
        "short_of_plans": [row for row in seen.rows if row.will_post < 0 and 0 <= row.after < row.planned],
        "corrected": [row for row in seen.rows if row.after < 0],
        "waits": found.status == "counted",
        "open": found.status in ("requested", "counting", "counted", "investigating"),
        "problem": problem,
    }
    return render(request, "dashboard/counts/count.html", context, status=status)


def _day(request: HttpRequest, name: str, warehouse: WarehouseFact, *, after: int = 0) -> datetime | None:
    """A day of the query as its first moment in the warehouse, ``after`` days later."""
    try:
        day = parse_date(text_in(request, name, limit=10))
    except ValueError:
        return None
    if day is None:
        return None
    began = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(warehouse.time_zone))
    return began + timedelta(days=after)
