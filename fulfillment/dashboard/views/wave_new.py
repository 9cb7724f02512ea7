"""The wave builder: choose a template, see live what would go and what would not, release. Two taps from home."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from fulfillment.dashboard.access import current_warehouse, requires, staff
from fulfillment.dashboard.desk import act_once, page, text_in
from fulfillment.dashboard.forms.waves import WaveForm
from fulfillment.dashboard.wave_words import LEFT_OUT, STAYS
from inventory.selectors.places import WarehouseFact, zones_of
from orders.selectors.channels import channels
from shipping.selectors.services import shipping_methods
from shipping.selectors.wave_templates import FAST, TemplateFact, templates_of
from shipping.services.wave_preview import COUNTED, left_out_rows, preview_wave, room_left
from shipping.services.wave_starting import start_wave
from shipping.services.wave_templates import drop_template, first_template, keep_template

TOLD = 20


@require_http_methods(["GET", "POST"])
@requires("wave.release")
def new_wave(request: HttpRequest) -> HttpResponse:
    """What would be released, live (GET, ``?template=`` fills the form), and releasing it (POST)."""
    warehouse, now = current_warehouse(request), timezone.now()
    if request.method == "GET":
        known = templates_of(warehouse.id)
        form = _form(_chosen(request, known), warehouse)
        form.is_valid()
        return _preview(request, warehouse, form, known=known, status=422 if form.errors else 200)
    form = _form(request.POST, warehouse)
    if not form.is_valid():
        return _preview(request, warehouse, form, status=422)
    ask = form.asked(warehouse, now=now, fast=FAST)

    def work() -> dict[str, Any]:
        room = room_left(warehouse, now=now) if form.cleaned_data["to_capacity"] else None
        if room == 0:
            return {"ref": "", "full": True}
        wave = start_wave(
            ask if room is None else replace(ask, limit=min(ask.limit, room)), by=staff(request).actor, now=now
        )
        if wave is None:
            return {"ref": ""}
        left_out = [[one.order_ref, one.reason] for one in wave.left_out]
        told = {"orders": wave.orders, "lines": wave.lines, "units": wave.units, "left_out": left_out}
        return {"ref": wave.ref, "status": str(wave.status), **told}

    problem, answer = act_once(request, f"wave:{warehouse.id}", work)
    if problem or not answer["ref"]:
        nothing = _("Today's capacity is used up.") if answer.get("full") else _("No order waits to be released.")
        return _preview(request, warehouse, form, problem=problem or nothing, status=422)
    tell_released(request, answer)
    return redirect("dashboard:wave", answer["ref"])


def tell_released(request: HttpRequest, answer: Mapping[str, Any]) -> None:
    """Say what went to the floor and what was left out of it."""
    if answer["status"] == "released":
        words = ngettext(
            "%(ref)s is on the floor: %(count)d order, %(lines)d lines, %(units)d units.",
            "%(ref)s is on the floor: %(count)d orders, %(lines)d lines, %(units)d units.",
            answer["orders"],
        )
        messages.success(request, words % {**answer, "count": answer["orders"]})
    elif answer["status"] == "cancelled":
        messages.warning(request, _("Nothing of %(ref)s could go to the floor.") % {"ref": answer["ref"]})
    for order_ref, reason in answer["left_out"][:TOLD]:
        said = {"ref": order_ref or _("An order"), "why": LEFT_OUT.get(reason, reason)}
        messages.warning(request, _("%(ref)s was left out: %(why)s.") % said)


@require_GET
@requires("wave.release")
def templates(request: HttpRequest) -> HttpResponse:
    """The kinds of waves of the warehouse."""
    return _templates(request)


@require_POST
@requires("wave.release")
def keep(request: HttpRequest) -> HttpResponse:
    """Keep what the form says as a template, under its name."""
    warehouse = current_warehouse(request)
    form = _form(request.POST, warehouse)
    name = request.POST.get("name", "").replace("\0", "").strip()[:80]
    if not form.is_valid():
        return _preview(request, warehouse, form, status=422, keeping=name)

    def work() -> dict[str, Any]:
        key = keep_template(
            warehouse.id,
            name,
            method=form.method_asked,
            orders_per_list=form.orders_per_list,
            max_orders=form.limit_asked,
            filters=form.template_filters(FAST),
        )
        return {"key": key}

    problem, answer = act_once(request, f"keep_template:{warehouse.id}", work)
    if problem:
        return _preview(request, warehouse, form, problem=problem, status=422, keeping=name)
    messages.success(request, _("“%(name)s” is kept as a template.") % {"name": name})
    return redirect(f"{reverse('dashboard:new_wave')}?template={answer['key']}")


@require_POST
@requires("wave.release")
def change_template(request: HttpRequest, key: str) -> HttpResponse:
    """Put a template first (``do=first``), or offer it no more (``do=drop``)."""
    warehouse, first = current_warehouse(request), request.POST.get("do") == "first"

    def work() -> dict[str, Any]:
        (first_template if first else drop_template)(warehouse.id, key)
        return {}

    problem, _kept = act_once(request, f"template:{warehouse.id}:{key}", work)
    if problem:
        return _templates(request, problem=problem, status=422)
    return redirect("dashboard:wave_templates")


def _templates(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    found = templates_of(current_warehouse(request).id)
    context = {"templates": found, "problem": problem}
    return render(request, "dashboard/waves/templates.html", context, status=status)


def _form(data: Any, warehouse: WarehouseFact) -> WaveForm:
    known = [channel for channel in channels() if warehouse.id in channel.warehouse_ids]
    return WaveForm(data, channels=known, zones=zones_of(warehouse.id), services=shipping_methods())


def _chosen(request: HttpRequest, known: Sequence[TemplateFact]) -> Any:
    """What the form says: what was asked, else the template named, else a small wave of anything."""
    if "limit" in request.GET:
        return request.GET
    asked = request.GET.get("template", "")
    found = next((one for one in known if one.key == asked), None)
    if found is not None:
        return WaveForm.data_of(found)
    return {"limit": "50", "per_list": "4"}


def _preview(
    request: HttpRequest,
    warehouse: WarehouseFact,
    form: WaveForm,
    *,
    known: Sequence[TemplateFact] | None = None,
    problem: str = "",
    status: int = 200,
    keeping: str | None = None,
) -> HttpResponse:
    now = timezone.now()
    known = templates_of(warehouse.id) if known is None else known
    context: dict[str, Any] = {"form": form, "problem": problem, "templates": known}
    context["chosen"] = str(form.data.get("template", ""))
    context |= {"keeping": keeping is not None, "template_name": keeping or ""}
    count = ""
    if not form.errors:
        ask = form.asked(warehouse, now=now, fast=FAST)
        wave = preview_wave(
            ask,
            warehouse,
            pickers=form.cleaned_data.get("pickers") or 0,
            to_capacity=form.cleaned_data["to_capacity"],
            now=now,
        )
        count = ngettext("%(count)d order would go", "%(count)d orders would go", wave.orders) % {"count": wave.orders}
        shown = text_in(request, "show", limit=20)
        shown = shown if shown in dict(wave.left_out) else ""
        query = {name: value for name, value in form.data.items() if value and name in form.fields}
        context |= {
            "wave": wave,
            "count": count,
            "zones": form.zone_codes,
            "left_out": [(reason, STAYS[reason], number) for reason, number in wave.left_out],
            "shown": shown,
            "shown_word": STAYS.get(shown, ""),
            "stays": left_out_rows(ask, shown, now=now) if shown else [],
            "query": urlencode(query | {"limit": form.limit_asked}),
            "cap": COUNTED,
        }
    return page(request, "dashboard/waves/new.html", "dashboard/waves/_preview.html", context, say=count, status=status)
