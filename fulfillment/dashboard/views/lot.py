"""A lot or serial number: where it came from, where it is, who got it; and its recall."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core.kernel.errors import NotFound
from fulfillment.dashboard.access import current_warehouse, requires, staff, visible_warehouses
from fulfillment.dashboard.desk import act_once, text_in, warehouse_day
from inventory.planning.documents import kind_of
from inventory.selectors.lots import LotFact, lot_fact, lots_numbered
from inventory.selectors.products import products_by_id
from inventory.selectors.tracing import lots_sent_with, trace_lot
from inventory.services.recalling import lift_recall, recall_lot


@require_GET
@requires("stock.view")
def lot(request: HttpRequest, sku: str, number: str) -> HttpResponse:
    """``/lots/<sku>/<number>``: the lot from supplier to customer and back, in the warehouses the person sees."""
    return _page(request, _lot(sku, number))


@require_GET
@requires("stock.view")
def lots(request: HttpRequest) -> HttpResponse:
    """``?number=``: the lots of that number, the only one opens at once; or those an order or a parcel got."""
    number = text_in(request, "number", limit=40)
    of_order = kind_of(number.upper()) in ("order", "shipment")
    if of_order:
        found = [*lots_sent_with(number.upper())]
    else:
        found = [(one, 0) for one in lots_numbered(number)]
        if len(found) == 1:
            return redirect("dashboard:lot", found[0][0].sku, found[0][0].number)
    products = products_by_id(one.product_id for one, _units in found)
    rows = [{"lot": one, "name": products[one.product_id].name, "units": units} for one, units in found]
    return render(request, "dashboard/lot/list.html", {"number": number, "rows": rows, "of_order": of_order})


@require_POST
@requires("lot.recall")
def recall(request: HttpRequest, sku: str, number: str) -> HttpResponse:
    """Recall the lot, with the ``reason`` given; or with ``lift`` take a mistaken recall back."""
    found, now, by = _lot(sku, number), timezone.now(), staff(request).actor
    reason = request.POST.get("reason", "").replace("\0", "").strip()[:200]
    lift = bool(request.POST.get("lift"))

    def work() -> dict[str, Any]:
        if lift:
            lift_recall(found.id, by=by, now=now)
            return {}
        done = recall_lot(found.id, reason=reason, by=by, now=now)
        return {"units": done.units, "orders": len(done.orders)}

    problem, answer = act_once(request, f"recall:{found.id}:{lift}:{reason}", work)
    if problem:
        return _page(request, found, problem=problem, status=422)
    if lift:
        messages.success(request, _("The recall is lifted. What was set aside stays so until somebody looks at it."))
    else:
        words = ngettext(
            "Recalled. %(count)d unit is set aside.", "Recalled. %(count)d units are set aside.", answer["units"]
        )
        messages.success(request, words % {"count": answer["units"]})
    return redirect("dashboard:lot", found.sku, found.number)


def _lot(sku: str, number: str) -> LotFact:
    try:
        return lot_fact(sku, number)
    except NotFound as error:
        raise Http404(str(error)) from error


def _page(request: HttpRequest, found: LotFact, *, problem: str = "", status: int = 200) -> HttpResponse:
    here = [warehouse.id for warehouse in visible_warehouses(request)]
    trace = trace_lot(found, warehouse_ids=here)
    context = {
        "lot": found,
        "product": products_by_id([found.product_id])[found.product_id],
        "trace": trace,
        "movements": trace.movements,
        "sellable": found.is_sellable(warehouse_day(current_warehouse(request), timezone.now())),
        "problem": problem,
    }
    return render(request, "dashboard/lot/index.html", context, status=status)
