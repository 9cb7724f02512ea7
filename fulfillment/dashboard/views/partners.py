"""What third parties are asked to ship, and answers given for those without a program of their own."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from core.kernel.errors import NotFound
from fulfillment.dashboard.access import refuse_foreign_warehouse, requires, staff, visible_warehouses
from fulfillment.dashboard.desk import act_once, next_link, position_in
from orders.selectors.requests import RequestFact, open_requests, request_by_id
from orders.services.third_party import ANSWER_WITHIN, accept_request, reject_request
from shipping.services.partners import PartnerParcel, ship_for_partner

PAGE = 50


class RejectForm(forms.Form):
    """Why they do not ship it."""

    reason = forms.CharField(label=gettext_lazy("Why they do not ship it"), max_length=300, strip=True)


class ShipForm(forms.Form):
    """A parcel they sent, with everything that was still open."""

    carrier = forms.CharField(label=gettext_lazy("Carrier"), max_length=40, strip=True)
    tracking_number = forms.CharField(label=gettext_lazy("Tracking number"), max_length=60, strip=True)
    tracking_url = forms.URLField(
        label=gettext_lazy("Tracking address (if there is one)"),
        required=False,
        max_length=300,
        assume_scheme="https",
    )


@require_GET
@requires("order.route")
def partners(request: HttpRequest) -> HttpResponse:
    """``?request=&cursor=``: requests that wait for an answer or for their parcels, the oldest first."""
    return _page(request)


@require_POST
@requires("order.route")
def accept(request: HttpRequest, request_id: int) -> HttpResponse:
    """They said yes, on the telephone or by mail."""
    fact, now = _read(request, request_id), timezone.now()
    reference = request.POST.get("reference", "").replace("\0", "").strip()[:64]

    def work() -> None:
        accept_request(fact.id, external_ref=reference, by=staff(request).actor, now=now)

    return _do(request, fact, "accept", work, _("%(name)s ships it.") % {"name": fact.warehouse_name})


@require_POST
@requires("order.route")
def reject(request: HttpRequest, request_id: int) -> HttpResponse:
    """They said no: the goods are looked for elsewhere."""
    fact, now, form = _read(request, request_id), timezone.now(), RejectForm(request.POST)
    if not form.is_valid():
        return _page(request, problem=_("Say why they do not ship it."), status=422)

    def work() -> None:
        reject_request(fact.id, reason=form.cleaned_data["reason"], by=staff(request).actor, now=now)

    words = _("%(name)s declined. The goods are looked for elsewhere.") % {"name": fact.warehouse_name}
    return _do(request, fact, "reject", work, words)


@require_POST
@requires("order.route")
def ship(request: HttpRequest, request_id: int) -> HttpResponse:
    """They told us of a parcel."""
    fact, now, form = _read(request, request_id), timezone.now(), ShipForm(request.POST)
    if not form.is_valid():
        return _page(request, problem=_("A parcel needs its carrier and its tracking number."), status=422)
    found = form.cleaned_data
    parcel = PartnerParcel(found["tracking_number"], found["carrier"], tracking_url=found["tracking_url"])

    def work() -> None:
        ship_for_partner(fact.id, [parcel], by=staff(request).actor, now=now)

    words = _("The parcel is on its way, and the customer is told.")
    return _do(request, fact, f"ship:{parcel.carrier}:{parcel.tracking_number}", work, words)


def _do(request: HttpRequest, fact: RequestFact, act: str, work: Callable[[], None], words: str) -> HttpResponse:
    def once() -> dict[str, Any]:
        work()
        return {}

    problem, _answer = act_once(request, f"request:{fact.id}:{act}", once)
    if problem:
        return _page(request, problem=problem, status=422)
    messages.success(request, words)
    return redirect("dashboard:partners")


def _read(request: HttpRequest, request_id: int) -> RequestFact:
    try:
        fact = request_by_id(request_id)
    except NotFound as error:
        raise Http404(_("There is no such request.")) from error
    refuse_foreign_warehouse(request, fact.warehouse_id)
    return fact


def _is_late(fact: RequestFact, now: datetime) -> bool:
    waits = fact.request_status == "requested" and fact.requested_at is not None
    return waits and now - (fact.requested_at or now) > ANSWER_WITHIN


def _page(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    at, now = position_in(request, "requested_at"), timezone.now()
    places = [place for place in visible_warehouses(request) if not place.is_own]
    rows = (
        open_requests(
            warehouse_ids=[place.id for place in places], after=(at.value, at.id) if at else None, limit=PAGE + 1
        )
        if places
        else []
    )
    more, rows = len(rows) > PAGE, rows[:PAGE]
    wanted = request.GET.get("request", "")
    context = {
        "problem": problem,
        "places": places,
        "rows": [
            {
                "fact": fact,
                "late": _is_late(fact, now),
                "chosen": wanted == str(fact.id),
            }
            for fact in rows
        ],
        "count": ngettext("%(count)d request", "%(count)d requests", len(rows)) % {"count": len(rows)},
        "next": next_link(request, rows[-1].requested_at, rows[-1].id, "requested_at") if more else "",
    }
    return render(request, "dashboard/partners/index.html", context, status=status)
