"""Places: warehouses, zones and bins with how full they are; set up many at once, print their labels."""

from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.kernel.errors import NotFound
from fulfillment.dashboard.access import current_warehouse, requires, visible_warehouses
from fulfillment.dashboard.desk import act_once, next_link, page, position_in, text_in
from fulfillment.dashboard.forms.places import BinsForm, PalletsForm, ZoneForm
from fulfillment.dashboard.place_words import PLACE_KINDS
from fulfillment.dashboard.views.place import TYPES, label_response
from inventory.selectors.occupancy import bins_along, fits_by_zone, together, zone_rows
from inventory.selectors.places import ZoneFact, zones_of
from inventory.selectors.products import product_by_code
from inventory.services.places import create_bin_rows, create_pallets, create_zone

PAGE = 50
LABELS = 480
"""How many labels one document holds at most: 20 sheets."""
STATES = {
    "": gettext_lazy("All"),
    "used": gettext_lazy("Used"),
    "empty": gettext_lazy("Empty"),
    "full": gettext_lazy("Full"),
    "frozen": gettext_lazy("Frozen"),
}


@require_GET
@requires("place.view")
def places(request: HttpRequest) -> HttpResponse:
    """``?kind=&zone=&state=&cursor=``: the bins of this warehouse along the walk; the rows alone for HTMX."""
    return _page(request)


@require_http_methods(["GET", "POST"])
@requires("place.manage")
def new_bins(request: HttpRequest) -> HttpResponse:
    """What bins a pattern makes, live (GET), and making them (POST)."""
    warehouse = current_warehouse(request)
    asked = request.method == "POST" or "pattern" in request.GET
    form = BinsForm((request.POST if request.method == "POST" else request.GET) if asked else None)
    if request.method == "GET" or not form.is_valid():
        valid = asked and form.is_valid()
        return _preview(request, form, status=422 if asked and not valid else 200)
    names, like = form.cleaned_data["pattern"], form.like()

    def work() -> dict[str, Any]:
        return {"made": len(create_bin_rows(warehouse.id, names, like))}

    problem, answer = act_once(request, f"bins:{warehouse.id}:{names[0]}:{len(names)}", work)
    if problem:
        return _preview(request, form, problem=problem, status=422)
    told = ngettext("%(count)d bin was set up.", "%(count)d bins were set up.", answer["made"])
    messages.success(request, told % {"count": answer["made"]})
    return redirect("dashboard:places")


@require_POST
@requires("place.manage")
def new_zone(request: HttpRequest) -> HttpResponse:
    """Set up a zone, or change the one of that code."""
    warehouse, form = current_warehouse(request), ZoneForm(request.POST)
    if not form.is_valid():
        return _page(request, zone_form=form, status=422)
    clean = form.cleaned_data

    def work() -> dict[str, Any]:
        return {
            "id": create_zone(warehouse.id, code=clean["code"], name=clean["name"], allowed_hazards=clean["hazards"])
        }

    problem, _answer = act_once(request, f"zone:{warehouse.id}:{clean['code']}", work)
    if problem:
        return _page(request, zone_form=form, problem=problem, status=422)
    messages.success(request, _("Zone %(zone)s is set up.") % {"zone": clean["code"].upper()})
    return redirect("dashboard:places")


@require_POST
@requires("move.work")
def new_pallets(request: HttpRequest) -> HttpResponse:
    """Set up pallets; they stand at the dock."""
    warehouse, form = current_warehouse(request), PalletsForm(request.POST)
    if not form.is_valid():
        return _page(request, pallet_form=form, status=422)

    def work() -> dict[str, Any]:
        made = create_pallets(warehouse.id, form.cleaned_data["count"])
        return {"first": made[0].name, "last": made[-1].name}

    problem, answer = act_once(request, f"pallets:{warehouse.id}", work)
    if problem:
        return _page(request, pallet_form=form, problem=problem, status=422)
    messages.success(request, _("%(first)s to %(last)s stand at the dock. Print their labels.") % answer)
    return redirect(f"{reverse('dashboard:places')}?kind=pallet")


@require_GET
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF]})  # type: ignore[arg-type]
@requires("place.view")
def labels(request: HttpRequest, format: str) -> HttpResponse:
    """The labels of the bins the list shows, from its first row on."""
    if format not in TYPES:
        raise Http404
    warehouse = current_warehouse(request)
    rows, _more = bins_along(warehouse.id, **_asked(request, zones_of(warehouse.id)), limit=LABELS)
    if not rows:
        raise Http404(_("There is no such label."))
    return label_response([row.fact for row in rows], format, f"labels-{warehouse.code}")


def _asked(request: HttpRequest, zones: list[ZoneFact]) -> dict[str, Any]:
    kind, state, zone = (text_in(request, name, limit=20) for name in ("kind", "state", "zone"))
    at = position_in(request, "pick_sequence")
    return {
        # Totes are many and all alike: they are shown when they are asked for.
        "kinds": [kind] if kind in PLACE_KINDS else [name for name in PLACE_KINDS if name != "tote"],
        "state": state if state in STATES else "",
        "zone_id": next((one.id for one in zones if one.code == zone), None),
        "after": (int(at.value), at.id) if at else None,
    }


def _page(
    request: HttpRequest,
    *,
    zone_form: ZoneForm | None = None,
    pallet_form: PalletsForm | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    warehouse = current_warehouse(request)
    zones = zones_of(warehouse.id)
    asked = _asked(request, zones)
    rows, more = bins_along(warehouse.id, **asked, limit=PAGE)
    kind, zone = request.GET.get("kind", ""), request.GET.get("zone", "")
    context: dict[str, Any] = {
        "rows": rows,
        "kinds": PLACE_KINDS.items(),
        "kind": kind if kind in PLACE_KINDS else "",
        "zones": zones,
        "zone": zone if asked["zone_id"] else "",
        "state": asked["state"],
        "tabs": [_tab(request, name, word) for name, word in STATES.items()],
        "here": warehouse,
        "query": _query(request),
        "first_page": asked["after"] is None,
        "next": next_link(request, more[0], more[1], "pick_sequence") if more else "",
        "problem": problem,
        "zone_form": zone_form or ZoneForm(),
        "pallet_form": pallet_form or PalletsForm(),
    }
    if not getattr(request, "htmx", None):
        visible = visible_warehouses(request)
        known = zone_rows(*(one.id for one in visible))
        mine = [row for row in known if row.warehouse_id == warehouse.id]
        context |= {
            "zone_rows": mine,
            "whole": together(mine),
            **_fits(request, warehouse.id),
            "houses": [(one, together([row for row in known if row.warehouse_id == one.id])) for one in visible],
        }
    said = ngettext("%(count)d bin", "%(count)d bins", len(rows)) % {"count": len(rows)}
    return page(request, "dashboard/places/index.html", "dashboard/places/_list.html", context, say=said, status=status)


def _fits(request: HttpRequest, warehouse_id: int) -> dict[str, Any]:
    """How many more of the product asked for fit into each zone."""
    sku = text_in(request, "sku", limit=64)
    if not sku:
        return {"sku": ""}
    try:
        product, _units = product_by_code(sku)
    except NotFound as error:
        return {"sku": sku, "fits_problem": error.detail}
    rows = fits_by_zone(product.id, warehouse_id)
    total = (
        sum(one.units for one in rows),
        sum(one.bins_with_room for one in rows),
        sum(one.unlimited for one in rows),
    )
    return {"sku": product.sku, "fits": rows, "fits_total": total}


def _tab(request: HttpRequest, state: str, word: object) -> dict[str, Any]:
    link = request.GET.copy()
    link.pop("cursor", None)
    link["state"] = state
    return {"state": state, "word": word, "url": f"?{link.urlencode()}"}


def _query(request: HttpRequest) -> str:
    """The list's filters, for the labels of the same bins."""
    return request.GET.urlencode()


def _preview(request: HttpRequest, form: BinsForm, *, problem: str = "", status: int = 200) -> HttpResponse:
    names = form.cleaned_data.get("pattern", []) if form.is_bound and form.is_valid() else []
    context = {
        "form": form,
        "names": names[:24],
        "last": names[-1] if names else "",
        "count": len(names),
        "problem": problem,
    }
    return page(request, "dashboard/places/new.html", "dashboard/places/_preview.html", context, status=status)
