"""Waves: follow them, give their lists to somebody else, take work back."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.accounts.people import people_who_may
from core.kernel.errors import NotFound
from core.kernel.refs import tidy_ref
from fulfillment.dashboard.access import current_warehouse, refuse_foreign_warehouse, requires, staff
from fulfillment.dashboard.desk import act_once, number_in
from fulfillment.dashboard.views.wave_new import tell_released
from shipping.selectors.desk import WavePage, list_in_wave, order_in_wave, wave_page
from shipping.selectors.floor import waves_page
from shipping.services.reassigning import reassign_list
from shipping.services.wave_starting import start_draft
from shipping.services.withdrawing import cancel_pick_list, cancel_wave, pull_order


@require_GET
@requires("wave.view")
def waves(request: HttpRequest) -> HttpResponse:
    """The waves of the warehouse, newest first; ``?open=1`` those still worked on."""
    warehouse = current_warehouse(request)
    open_only = bool(request.GET.get("open"))
    rows = waves_page((warehouse.id,), open_only=open_only, limit=50)
    return render(request, "dashboard/waves/index.html", {"waves": rows, "open_only": open_only})


@require_GET
@requires("wave.view")
def wave(request: HttpRequest, ref: str) -> HttpResponse:
    """A wave with its pick lists, who picks them and how far they are; ``?after=`` shows the next lists."""
    return _page(request, _read(request, ref))


@require_GET
@requires("wave.view")
def wave_live(request: HttpRequest, ref: str) -> HttpResponse:
    """How far the wave is, picker by picker: asked every few seconds while it is open.

    A page that waited for the release, or for the end, is loaded anew when it came.
    """
    found = _read(request, ref)
    response = render(request, "dashboard/waves/_live.html", {"wave": found})
    if request.GET.get("status", found.status) != found.status:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@requires("wave.release")
def release(request: HttpRequest, ref: str) -> HttpResponse:
    """Give a drafted wave to the floor."""
    found, now = _read(request, ref), timezone.now()

    def work() -> dict[str, Any]:
        wave = start_draft(found.id, by=staff(request).actor, now=now)
        if wave is None:
            return {}
        left_out = [[one.order_ref, one.reason] for one in wave.left_out]
        told = {"orders": wave.orders, "lines": wave.lines, "units": wave.units, "left_out": left_out}
        return {"ref": wave.ref, "status": str(wave.status), **told}

    problem, answer = act_once(request, f"release_wave:{found.id}", work)
    if problem:
        return _page(request, _read(request, ref), problem=problem, status=422)
    if answer:
        tell_released(request, answer)
    return redirect("dashboard:wave", found.ref)


@require_POST
@requires("work.reassign")
def reassign(request: HttpRequest, ref: str, list_id: int) -> HttpResponse:
    """Give the list to the picker ``picker``, or with nobody chosen to whoever comes next."""
    found, now = _read(request, ref), timezone.now()
    if not list_in_wave(list_id, found.id):
        raise Http404
    picker = number_in(request, "picker", 0, low=0, high=2**31 - 1)

    def work() -> dict[str, Any]:
        return {"name": reassign_list(list_id, picker or None, by=staff(request).actor, now=now)}

    problem, answer = act_once(request, f"reassign:{list_id}", work)
    if problem:
        return _page(request, _read(request, ref), problem=problem, status=422)
    name = answer["name"]
    messages.success(request, _("%(name)s has the list now.") % {"name": name} if name else _("The list waits again."))
    return redirect("dashboard:wave", found.ref)


@require_POST
@requires("wave.release")
def cancel(request: HttpRequest, ref: str) -> HttpResponse:
    """Take back what of the wave was not begun."""
    found, now = _read(request, ref), timezone.now()

    def work() -> dict[str, Any]:
        cancel_wave(found.id, by=staff(request).actor, now=now)
        return {}

    return _after(request, found, f"cancel_wave:{found.id}", work, _("What was not begun is off the floor again."))


@require_POST
@requires("work.reassign")
def cancel_list(request: HttpRequest, ref: str, list_id: int) -> HttpResponse:
    """Take one list back from the floor, before anything on it was picked."""
    found, now = _read(request, ref), timezone.now()
    if not list_in_wave(list_id, found.id):
        raise Http404

    def work() -> dict[str, Any]:
        cancel_pick_list(list_id, by=staff(request).actor, now=now)
        return {}

    return _after(request, found, f"cancel_list:{list_id}", work, _("The list is off the floor. Release it again."))


@require_POST
@requires("work.reassign")
def pull(request: HttpRequest, ref: str) -> HttpResponse:
    """Take the order ``order_ref`` off its list, before anything of it was picked."""
    found, now = _read(request, ref), timezone.now()
    order_ref = tidy_ref(request.POST.get("order_ref", "").replace("\0", ""))[:24]
    if not order_in_wave(order_ref, found.id):
        raise Http404

    def work() -> dict[str, Any]:
        pull_order(order_ref, wave_id=found.id, by=staff(request).actor, now=now)
        return {}

    words = _("%(ref)s is off the list and can be released again.") % {"ref": order_ref}
    return _after(request, found, f"pull:{order_ref}", work, words)


def _read(request: HttpRequest, ref: str) -> WavePage:
    try:
        found = wave_page(ref, after=number_in(request, "after", 0, low=0, high=2**31 - 1))
    except NotFound as error:
        raise Http404(_("There is no such wave.")) from error
    refuse_foreign_warehouse(request, found.warehouse_id)
    return found


def _after(request: HttpRequest, found: WavePage, act: str, work: Any, words: str) -> HttpResponse:
    problem, _kept = act_once(request, act, work)
    if problem:
        return _page(request, _read(request, found.ref), problem=problem, status=422)
    messages.success(request, words)
    return redirect("dashboard:wave", found.ref)


def _page(request: HttpRequest, found: WavePage, *, problem: str = "", status: int = 200) -> HttpResponse:
    may_reassign = staff(request).may("work.reassign")
    context = {
        "wave": found,
        "problem": problem,
        "pickers": people_who_may("pick.work", found.warehouse_id) if may_reassign and found.is_open else [],
    }
    return render(request, "dashboard/waves/wave.html", context, status=status)
