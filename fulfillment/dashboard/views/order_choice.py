"""On an order's page: choose for the customer what happens to what is missing; write a note for colleagues."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fulfillment.dashboard.access import requires, staff
from fulfillment.dashboard.desk import act_once, number_in
from fulfillment.dashboard.views.order import read_order
from orders.services.choices import choose
from orders.services.customers import write_note
from orders.states import Choice

LONGEST_NOTE = 900
LATEST_VERSION = 2**31 - 1


@require_POST
@requires("order.edit")
def choose_for_customer(request: HttpRequest, ref: str) -> HttpResponse:
    """Do what the customer said on the telephone, or in a mail."""
    order, now, wanted = read_order(request, ref).order, timezone.now(), request.POST.get("choice", "")
    if wanted not in Choice.values:
        messages.warning(request, _("Choose what happens first."))
        return redirect("dashboard:order", order.ref)
    version = number_in(request, "version", order.version, low=1, high=LATEST_VERSION)

    def work() -> dict[str, Any]:
        done = choose(order.ref, wanted, expected_version=version, by=staff(request).actor, now=now)
        return {"choice": done.choice}

    problem, _answer = act_once(request, f"choose:{order.ref}:{wanted}", work)
    if problem:
        messages.error(request, problem)
    else:
        messages.success(request, _("Done: %(what)s.") % {"what": Choice(wanted).label})
    return redirect("dashboard:order", order.ref)


@require_POST
@requires("customer.edit")
def note_order(request: HttpRequest, ref: str) -> HttpResponse:
    """Keep a note with the customer, naming the order."""
    order, now = read_order(request, ref).order, timezone.now()
    text = request.POST.get("text", "").replace("\0", "").strip()[:LONGEST_NOTE]
    if not text:
        messages.warning(request, _("Write something first."))
        return redirect("dashboard:order", order.ref)

    def work() -> dict[str, Any]:
        return {"id": write_note(order.customer_id, f"{order.ref}: {text}", by=staff(request).actor, now=now)}

    problem, _answer = act_once(request, f"note:{order.ref}", work)
    if problem:
        messages.error(request, problem)
    else:
        messages.success(request, _("The note is kept with the customer."))
    return redirect("dashboard:order", order.ref)
