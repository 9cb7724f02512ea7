"""A bin, tote or pallet: what is in it, how full it is, what is to be done there. The target of a scan."""

from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from core.kernel.errors import NotFound
from core.outbox.selectors import timeline
from fulfillment.dashboard.access import current_warehouse, refuse_foreign_warehouse, requires, staff
from fulfillment.dashboard.desk import act_once, next_link, position_in, text_in
from fulfillment.dashboard.forms.places import ChangeBinForm, FreezeForm
from fulfillment.dashboard.moving import take
from fulfillment.dashboard.templatetags.desk import place_kind
from fulfillment.dashboard.views.move import hand_key
from fulfillment.dashboard.views.place_past import past_of
from fulfillment.place_labels import PlaceLabel, sheet, zpl
from inventory.planning.storing import PLENTY
from inventory.selectors.ledger import ledger_page
from inventory.selectors.occupancy import bin_rows
from inventory.selectors.place_work import pallets_in, tasks_at
from inventory.selectors.places import BinFact, bin_by_code, warehouse_by_id
from inventory.selectors.products import product_by_code
from inventory.selectors.stock import bin_content
from inventory.selectors.storing import fits_in, why_not
from inventory.services.freezing import freeze_bin, unfreeze_bin
from inventory.services.places import change_bin
from shipping.selectors.desk import tote_content

PAGE = 50
TYPES = {"pdf": "application/pdf", "zpl": "text/plain; charset=utf-8"}


@require_GET
@requires("place.view")
def place(request: HttpRequest, code: str) -> HttpResponse:
    """``/l/<code>``: the place whose label scans as ``code``, as of ``?at=``; ``?sku=`` asks how many more fit."""
    found = _read(request, code)
    return past_of(request, found) or _page(request, found)


@require_GET
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF]})  # type: ignore[arg-type]
@requires("place.view")
def place_label(request: HttpRequest, code: str, format: str) -> HttpResponse:
    """The label of the place as PDF or ZPL."""
    found = _read(request, code)
    if format not in TYPES:
        raise Http404
    return label_response([found], format, found.name)


@require_POST
@requires("place.manage")
def freeze(request: HttpRequest, code: str) -> HttpResponse:
    """Nothing is put in and nothing planned out of it from now on."""
    found, now = _read(request, code), timezone.now()
    form = FreezeForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form=form, status=422)

    def work() -> dict[str, Any]:
        frozen = freeze_bin(found.id, reason=form.cleaned_data["reason"], by=staff(request).actor, now=now)
        return {"planned": frozen.planned}

    problem, answer = act_once(request, f"freeze:{found.id}", work)
    if problem:
        return _page(request, found, form=form, problem=problem, status=422)
    messages.success(request, _("%(bin)s is frozen.") % {"bin": found.name})
    if answer["planned"]:
        told = ngettext(
            "%(count)d unit in it is on a pick list already; the picker still comes for it.",
            "%(count)d units in it are on pick lists already; the pickers still come for them.",
            answer["planned"],
        )
        messages.warning(request, told % {"count": answer["planned"]})
    return redirect("dashboard:place", found.code)


@require_POST
@requires("place.manage")
def unfreeze(request: HttpRequest, code: str) -> HttpResponse:
    """It is used again."""
    found, now = _read(request, code), timezone.now()

    def work() -> dict[str, Any]:
        return {"done": unfreeze_bin(found.id, by=staff(request).actor, now=now)}

    problem, _answer = act_once(request, f"unfreeze:{found.id}", work)
    if problem:
        return _page(request, found, problem=problem, status=422)
    messages.success(request, _("%(bin)s is in use again.") % {"bin": found.name})
    return redirect("dashboard:place", found.code)


@require_POST
@requires("place.manage")
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Set what it holds, its zone and its place on the walk."""
    found, form = _read(request, code), ChangeBinForm(request.POST)
    if not form.is_valid():
        return _page(request, found, change_form=form, status=422)

    def work() -> dict[str, Any]:
        clean = form.cleaned_data
        change_bin(found.id, zone=clean["zone"], pick_sequence=clean["sequence"], **form.limits())
        return {}

    problem, _answer = act_once(request, f"change_bin:{found.id}", work)
    if problem:
        return _page(request, found, change_form=form, problem=problem, status=422)
    messages.success(request, _("%(bin)s is changed.") % {"bin": found.name})
    return redirect("dashboard:place", found.code)


@require_POST
@requires("move.work")
def carry(request: HttpRequest, code: str) -> HttpResponse:
    """Take everything in it in hand: the next scan says where it goes."""
    found = _read(request, code)
    if found.warehouse_id != current_warehouse(request).id:
        return _page(request, found, problem=_("Choose the warehouse of this place first."), status=422)
    told = take(found)
    if "hand" not in told:
        return _page(request, found, problem=told["message"], status=422)
    request.session[hand_key(found.warehouse_id)] = told["hand"]
    return redirect("dashboard:move")


def label_response(places: list[BinFact], format: str, name: str) -> HttpResponse:
    """A document with the labels of those places."""
    labels = [PlaceLabel(one.name, one.code, place_kind(one.kind)) for one in places]
    response = HttpResponse(sheet(labels) if format == "pdf" else zpl(labels), content_type=TYPES[format])
    safe = "".join(one if one.isascii() and (one.isalnum() or one in "-_") else "_" for one in name) or "labels"
    response["Content-Disposition"] = f'inline; filename="{safe}.{format}"'
    response["Cache-Control"] = "no-store"
    return response


def _read(request: HttpRequest, code: str) -> BinFact:
    try:
        found = bin_by_code(code)
    except NotFound as error:
        raise Http404(_("No place has the code %(code)s.") % {"code": code[:40]}) from error
    refuse_foreign_warehouse(request, found.warehouse_id)
    return found


def _page(
    request: HttpRequest,
    found: BinFact,
    *,
    form: FreezeForm | None = None,
    change_form: ChangeBinForm | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    at = position_in(request, "id")
    rows = ledger_page(bin_id=found.id, limit=PAGE + 1, before_id=at.id if at else None)
    more, rows = len(rows) > PAGE, rows[:PAGE]
    content = bin_content(found.id)
    (row,) = bin_rows([found.id])
    context = {
        "place": found,
        "place_warehouse": warehouse_by_id(found.warehouse_id),
        "content": content,
        "pallets": pallets_in(found.id),
        "tasks": tasks_at(found.id),
        "units": row.occupancy.units,
        "products": row.products,
        "occupancy": row.occupancy,
        "holds": _holds(found),
        "to_pick": sum(one.to_pick for one in content),
        "empty_since": rows[0].at if rows and not content and at is None else None,
        "order_ref": tote_content(found.id) if found.kind == "tote" else "",
        "events": list(reversed(timeline(found.code)))[:10],
        "movements": rows,
        "next": next_link(request, rows[-1].id, rows[-1].id, "id") if more else "",
        "form": form or FreezeForm(),
        "problem": problem,
        "open_form": bool(form and form.errors),
        "change_form": change_form or ChangeBinForm(initial=_limits(found)),
        **_fits(request, found),
    }
    return render(request, "dashboard/place/index.html", context, status=status)


def _limits(found: BinFact) -> dict[str, Any]:
    return {
        "zone": found.zone,
        "litres": None if found.capacity_ml is None else found.capacity_ml / 1000,
        "kilograms": None if found.capacity_g is None else found.capacity_g / 1000,
        "units": found.capacity_units,
        "one_product": found.one_product,
        "sequence": found.pick_sequence,
    }


def _holds(found: BinFact) -> str:
    """What it holds at most, in litres, kilograms and units."""
    limits = [
        "" if found.capacity_ml is None else _("%(n)s l") % {"n": f"{found.capacity_ml / 1000:,g}"},
        "" if found.capacity_g is None else _("%(n)s kg") % {"n": f"{found.capacity_g / 1000:,g}"},
        ""
        if found.capacity_units is None
        else ngettext("%(n)d unit", "%(n)d units", found.capacity_units) % {"n": found.capacity_units},
    ]
    return ", ".join(filter(None, limits)) or _("no limit")


def _fits(request: HttpRequest, found: BinFact) -> dict[str, Any]:
    """How many more of the product asked for fit, in words."""
    sku = text_in(request, "sku", limit=64)
    if not sku:
        return {"sku": ""}
    try:
        product, _units = product_by_code(sku)
        fits = fits_in(product.id, found.id)
    except NotFound as error:
        return {"sku": sku, "fits": error.detail, "fits_tone": "warn"}
    if fits == PLENTY:
        return {"sku": sku, "fits": _("Any number: nothing limits this bin."), "fits_tone": "ok"}
    if not fits:
        return {"sku": sku, "fits": why_not(product.id, found.id, 1), "fits_tone": "warn"}
    told = ngettext("%(count)d more of %(sku)s fits.", "%(count)d more of %(sku)s fit.", fits)
    return {"sku": sku, "fits": told % {"count": fits, "sku": product.sku}, "fits_tone": "ok"}
