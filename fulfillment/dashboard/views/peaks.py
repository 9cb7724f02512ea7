"""Seasons: what each asks of every product, by which day to order, and whether there is room."""

from collections.abc import Iterator
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.kernel.errors import DomainError, NotFound
from fulfillment.dashboard.access import current_warehouse, refuse_foreign_warehouse, requires, staff
from fulfillment.dashboard.desk import act_once, warehouse_day
from fulfillment.dashboard.forms.peaks import PeakForm
from fulfillment.dashboard.purchasing import TABS
from inventory.planning.import_files import csv_line
from inventory.selectors.peaks import PeakFact, peak_page, peak_plan, peak_plans, peak_rows
from inventory.services.peaks import forget_peak, plan_peak

PERMISSION = "purchase.manage"


@require_http_methods(["GET", "POST"])
@requires(PERMISSION)
def peaks(request: HttpRequest) -> HttpResponse:
    """The seasons of the warehouse (GET), and adding one (POST)."""
    warehouse, now = current_warehouse(request), timezone.now()
    form = PeakForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        return _list(request, form, status=200 if request.method == "GET" else 422)
    clean = form.cleaned_data

    def work() -> dict[str, int]:
        return {"id": plan_peak(warehouse.id, by=staff(request).actor, now=now, **clean)}

    problem, answer = act_once(request, f"peak:{sorted((k, str(v)) for k, v in clean.items())}", work)
    if problem:
        form.add_error(None, problem)
        return _list(request, form, status=422)
    return redirect("dashboard:peak", answer["id"])


@require_GET
@requires(PERMISSION)
def peak(request: HttpRequest, plan_id: int) -> HttpResponse:
    """A season's plan: what to order by when, late ones first, and the room it takes."""
    plan = _read(request, plan_id)
    today = _today(request)
    context = {"tabs": TABS, "tab": "peaks", "plan": plan, "page": peak_page(plan, today=today), "today": today}
    return render(request, "dashboard/purchasing/peak.html", context)


@require_GET
@requires(PERMISSION)
def peak_csv(request: HttpRequest, plan_id: int) -> HttpResponseBase:
    """The season's plan as CSV, every product with demand in it."""
    plan = _read(request, plan_id)
    response = StreamingHttpResponse(_lines(plan, _today(request)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="season-{plan.id}.csv"'
    return response


@require_POST
@requires(PERMISSION)
def forget(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Take a season away; nothing that was ordered changes."""
    plan = _read(request, plan_id)
    try:
        forget_peak(plan.id, by=staff(request).actor, now=timezone.now())
    except DomainError as refusal:
        raise Http404 from refusal
    messages.success(request, _("%(name)s is gone. What was ordered stays ordered.") % {"name": plan.name})
    return redirect("dashboard:peaks")


def _read(request: HttpRequest, plan_id: int) -> PeakFact:
    try:
        plan = peak_plan(plan_id)
    except NotFound as error:
        raise Http404(_("There is no such season.")) from error
    refuse_foreign_warehouse(request, plan.warehouse_id)
    return plan


def _today(request: HttpRequest) -> date:
    return warehouse_day(current_warehouse(request), timezone.now())


def _list(request: HttpRequest, form: PeakForm, *, status: int) -> HttpResponse:
    plans = peak_plans(current_warehouse(request).id)
    context = {"tabs": TABS, "tab": "peaks", "plans": plans, "form": form}
    return render(request, "dashboard/purchasing/peaks.html", context, status=status)


def _lines(plan: PeakFact, today: date) -> Iterator[str]:
    head = "sku name supplier demand at_start safety_stock order order_by late lead_days"
    yield csv_line(head.split())
    for row in peak_rows(plan, today=today):
        if row.need.demand:
            yield csv_line(
                [
                    row.outlook.sku,
                    row.outlook.name,
                    row.outlook.supplier,
                    row.need.demand,
                    row.need.at_start,
                    row.need.safety_stock,
                    row.need.quantity,
                    row.need.order_by.isoformat() if row.need.order_by else None,
                    int(row.need.late),
                    round(row.outlook.terms.lead_days),
                ]
            )
