"""Acts on how an order is sent: another method, or all of a parcel once more."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.kernel.errors import NotFound
from fulfillment.dashboard.access import refuse_foreign_warehouse, requires, staff
from fulfillment.dashboard.desk import act_once
from fulfillment.dashboard.views.order import read_order
from returns.selectors.reads import return_by_ref
from returns.services.replacing import replace_returned
from shipping.selectors.parcels import ParcelDetail, access_parcel
from shipping.services.replacing import replace_parcel
from shipping.services.tracking import mark_lost
from shipping.services.upgrading import set_method


@require_POST
@requires("order.upgrade")
def change_method(request: HttpRequest, ref: str) -> HttpResponse:
    """Let the order go faster or slower, at no charge, with a reason."""
    page, now = read_order(request, ref), timezone.now()
    method, reason = request.POST.get("method", "")[:40], request.POST.get("reason", "")

    def work() -> dict[str, Any]:
        set_method(page.order.ref, method, reason=reason, by=staff(request).actor, now=now)
        return {"ref": page.order.ref}

    problem, _answer = act_once(request, f"method:{page.order.ref}:{method}", work)
    if problem:
        messages.error(request, problem)
    else:
        messages.success(request, _("%(ref)s goes by another service now.") % {"ref": page.order.ref})
    return redirect("dashboard:order", page.order.ref)


@require_POST
@requires("order.replace")
def send_again(request: HttpRequest, ref: str) -> HttpResponse:
    """Send what was in a parcel again: ``line_<id>`` units of its lines, all of it when none is named."""
    parcel = _parcel(request, ref)
    now, reason = timezone.now(), request.POST.get("reason", "")
    units = {item.order_line_id: _units(request, item.order_line_id) for item in parcel.items}
    named = {line_id: count for line_id, count in units.items() if count is not None}

    def work() -> dict[str, Any]:
        placed = replace_parcel(parcel.ref, named or None, reason=reason, by=staff(request).actor, now=now)
        return {"ref": placed.ref}

    problem, answer = act_once(request, f"replace:{parcel.ref}:{reason}:{sorted(named.items())}", work)
    if problem:
        messages.error(request, problem)
        return redirect("dashboard:order", parcel.order_ref)
    messages.success(request, _("Sent again as %(ref)s, at no charge and by the fastest service.") % answer)
    return redirect("dashboard:order", answer["ref"])


@require_POST
@requires("order.replace")
def give_up(request: HttpRequest, ref: str) -> HttpResponse:
    """Give a parcel up for lost; it is then sent again or paid back."""
    parcel = _parcel(request, ref)
    now = timezone.now()
    if parcel.status == "lost":
        messages.info(request, _("%(ref)s is given up for lost already.") % {"ref": parcel.ref})
        return redirect("dashboard:order", parcel.order_ref)

    def work() -> dict[str, Any]:
        mark_lost(parcel.id, by=staff(request).actor, now=now)
        return {"ref": parcel.ref}

    problem, _answer = act_once(request, f"lost:{parcel.ref}", work)
    if problem:
        messages.error(request, problem)
    else:
        messages.success(
            request, _("%(ref)s is given up for lost. Send it again, or pay it back.") % {"ref": parcel.ref}
        )
    return redirect("dashboard:order", parcel.order_ref)


@require_POST
@requires("return.resolve")
def send_returned_again(request: HttpRequest, ref: str) -> HttpResponse:
    """Send again what came back and is to be replaced."""
    try:
        found = return_by_ref(ref)
    except NotFound as error:
        raise Http404(_("There is no return %(ref)s.") % {"ref": ref[:24]}) from error
    refuse_foreign_warehouse(request, found.warehouse_id)
    now = timezone.now()

    def work() -> dict[str, Any]:
        return {"ref": replace_returned(found.ref, by=staff(request).actor, now=now).ref}

    problem, answer = act_once(request, f"replace_return:{found.ref}", work)
    if problem:
        messages.error(request, problem)
        return redirect("dashboard:return", found.ref)
    messages.success(request, _("Sent again as %(ref)s, at no charge and by the fastest service.") % answer)
    return redirect("dashboard:return", found.ref)


def _parcel(request: HttpRequest, ref: str) -> ParcelDetail:
    try:
        parcel = access_parcel(ref)
    except NotFound as error:
        raise Http404(_("There is no such parcel.")) from error
    refuse_foreign_warehouse(request, parcel.warehouse_id)
    return parcel


def _units(request: HttpRequest, line_id: int) -> int | None:
    text = request.POST.get(f"line_{line_id}", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None
