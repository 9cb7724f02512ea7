"""How this warehouse counts: how often, how much, and what needs a supervisor."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from fulfillment.dashboard.access import current_warehouse, requires, staff
from fulfillment.dashboard.desk import act_once
from fulfillment.dashboard.forms.counts import PlanForm
from inventory.selectors.counting import count_plan as plan_of
from inventory.services.count_planning import set_count_plan


@require_http_methods(["GET", "POST"])
@requires("place.manage")
def count_plan(request: HttpRequest) -> HttpResponse:
    """See and set the plan of the warehouse."""
    warehouse, now = current_warehouse(request), timezone.now()
    if request.method == "GET":
        return _page(request, PlanForm.of(plan_of(warehouse.id)))
    form = PlanForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)

    def work() -> dict[str, Any]:
        set_count_plan(warehouse.id, **form.asked(), by=staff(request).actor, now=now)
        return {}

    problem, _answer = act_once(request, f"count_plan:{warehouse.id}", work)
    if problem:
        return _page(request, form, problem=problem, status=422)
    messages.success(request, _("The count plan is saved."))
    return redirect("dashboard:count_plan")


def _page(request: HttpRequest, form: PlanForm, *, problem: str = "", status: int = 200) -> HttpResponse:
    return render(request, "dashboard/counts/plan.html", {"form": form, "problem": problem}, status=status)
