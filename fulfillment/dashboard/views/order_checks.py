"""What a check suggests for an order: taken with one press."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fulfillment.dashboard.access import requires, staff
from fulfillment.dashboard.desk import act_once
from fulfillment.dashboard.views.order import read_order
from orders.services.suggestions import take_suggestion


@require_POST
@requires("order.edit")
def suggestion(request: HttpRequest, ref: str, hold_id: int) -> HttpResponse:
    """Change the address as the hold suggests."""
    page, now = read_order(request, ref), timezone.now()

    def work() -> dict[str, Any]:
        return {"version": take_suggestion(page.order.ref, hold_id, by=staff(request).actor, now=now).version}

    problem, _answer = act_once(request, f"suggestion:{hold_id}", work)
    if problem:
        messages.error(request, problem)
    else:
        messages.success(request, _("The address is changed as suggested, and looked at again."))
    return redirect("dashboard:order", page.order.ref)
