"""Waves: see what would be released, release it, follow it, take it back."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.kernel.errors import NotFound
from core.kernel.refs import tidy_ref
from fulfillment.dashboard.access import current_warehouse, refuse_foreign_warehouse, requires, staff
from fulfillment.dashboard.desk import act_once, page, warehouse_day
from fulfillment.dashboard.forms.waves import WaveForm
from inventory.selectors.places import WarehouseFact
from orders.selectors.channels import channels
from orders.selectors.lists import OrderFilter, count_of
from orders.selectors.work import releasable, releasable_count
from shipping.selectors.desk import WavePage, wave_page
from shipping.selectors.floor import waves_page
from shipping.services.waves import release_next_wave
from shipping.services.withdrawing import cancel_pick_list, cancel_wave, pull_order

CAP = 1000
LEFT_OUT: dict[str, str | Promise] = {
    "held": gettext_lazy("on hold"),
    "taken": gettext_lazy("in another wave"),
    "not_allocated": gettext_lazy("no longer in stock"),
    "no_bin": gettext_lazy("no bin to pick from"),
}


@require_GET
@requires("wave.view")
def waves(request: HttpRequest) -> HttpResponse:
    """The waves of the warehouse, newest first; ``?open=1`` those still worked on."""
    warehouse = current_warehouse(request)
    open_only = bool(request.GET.get("open"))
    rows = waves_page((warehouse.id,), open_only=open_only, limit=50)
    return render(request, "dashboard/waves/index.html", {"waves": rows, "open_only": open_only})


@require_http_methods(["GET", "POST"])
@requires("wave.release")
def new_wave(request: HttpRequest) -> HttpResponse:
    """What would be released, live (GET), and releasing it (POST)."""
    warehouse, now = current_warehouse(request), timezone.now()
    known = [channel for channel in channels() if channel.warehouse_id == warehouse.id]
    if request.method == "GET":
        form = WaveForm(request.GET if "limit" in request.GET else {"limit": "50", "per_list": "4"}, channels=known)
        form.is_valid()
        return _preview(request, warehouse, form, status=422 if form.errors else 200)
    form = WaveForm(request.POST, channels=known)
    if not form.is_valid():
        return _preview(request, warehouse, form, status=422)
    filters = form.filters(warehouse_day(warehouse, now))

    def work() -> dict[str, Any]:
        wave = release_next_wave(
            warehouse.id,
            limit=form.limit_asked,
            method=form.method_asked,
            orders_per_list=form.orders_per_list,
            filters=filters,
            by=staff(request).actor,
            now=now,
        )
        if wave is None:
            return {"ref": ""}
        left_out = [[one.order_ref, one.reason] for one in wave.left_out]
        return {"ref": wave.ref, "orders": wave.orders, "lines": wave.lines, "units": wave.units, "left_out": left_out}

    problem, answer = act_once(request, f"wave:{warehouse.id}", work)
    if problem or not answer["ref"]:
        return _preview(request, warehouse, form, problem=problem or _("No order waits to be released."), status=422)
    words = ngettext(
        "%(ref)s is on the floor: %(count)d order, %(lines)d lines, %(units)d units.",
        "%(ref)s is on the floor: %(count)d orders, %(lines)d lines, %(units)d units.",
        answer["orders"],
    )
    messages.success(request, words % {**answer, "count": answer["orders"]})
    for order_ref, reason in answer["left_out"][:20]:
        said = {"ref": order_ref or _("An order"), "why": LEFT_OUT.get(reason, reason)}
        messages.warning(request, _("%(ref)s was left out: %(why)s.") % said)
    return redirect("dashboard:wave", answer["ref"])


@require_GET
@requires("wave.view")
def wave(request: HttpRequest, ref: str) -> HttpResponse:
    """A wave with its pick lists, who picks them and how far they are."""
    return _page(request, _read(request, ref))


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
    if all(one.id != list_id for one in found.lists):
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
    if all(one.order_ref != order_ref for one in found.orders):
        raise Http404

    def work() -> dict[str, Any]:
        pull_order(order_ref, by=staff(request).actor, now=now)
        return {}

    words = _("%(ref)s is off the list and can be released again.") % {"ref": order_ref}
    return _after(request, found, f"pull:{order_ref}", work, words)


def _read(request: HttpRequest, ref: str) -> WavePage:
    try:
        found = wave_page(ref)
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
    lines = sum(one.lines for one in found.lists)
    context = {
        "wave": found,
        "lines": lines,
        "lines_done": sum(one.lines_done for one in found.lists),
        "short": sum(one.lines_short for one in found.lists),
        "is_open": found.status in ("draft", "released", "in_progress"),
        "problem": problem,
    }
    return render(request, "dashboard/waves/wave.html", context, status=status)


def _preview(
    request: HttpRequest, warehouse: WarehouseFact, form: WaveForm, *, problem: str = "", status: int = 200
) -> HttpResponse:
    today = warehouse_day(warehouse, timezone.now())
    here = OrderFilter(warehouse_ids=(warehouse.id,), today=today)
    rows = releasable(warehouse.id, form.limit_asked, form.filters(today)) if not form.errors else []
    all_of_them = releasable_count(warehouse.id, cap=CAP)
    matching = releasable_count(warehouse.id, form.filters(today), cap=CAP) if not form.errors else 0
    orders = reverse("dashboard:orders")
    held = count_of(OrderFilter(warehouse_ids=here.warehouse_ids, view="on_hold"), cap=CAP)
    short = count_of(OrderFilter(warehouse_ids=here.warehouse_ids, view="short"), cap=CAP)
    left_out = [
        (_("On hold: somebody has to decide first"), held, f"{orders}?view=on_hold"),
        (_("Wait for stock"), short, f"{orders}?view=short"),
        (_("Fit, but are more than the orders at most"), max(0, matching - len(rows)), f"{orders}?view=releasable"),
        (_("Do not fit the choice above"), all_of_them - matching, f"{orders}?view=releasable"),
    ]
    per_list = form.orders_per_list if not form.errors else 1
    count = ngettext("%(count)d order would go", "%(count)d orders would go", len(rows)) % {"count": len(rows)}
    context = {
        "form": form,
        "problem": problem,
        "rows": rows[:100],
        "orders": len(rows),
        "lines": sum(row.lines for row in rows),
        "units": sum(row.units for row in rows),
        "lists": -(-len(rows) // per_list),
        "late": sum(row.ship_by < today for row in rows),
        "left_out": [(word, number, url) for word, number, url in left_out if number],
        "count": count,
    }
    return page(request, "dashboard/waves/new.html", "dashboard/waves/_preview.html", context, say=count, status=status)
