"""Backorders: what orders wait for, who would get what comes under each policy, and filling by hand."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from fulfillment.dashboard.access import current_warehouse, requires, staff
from fulfillment.dashboard.desk import number_in, warehouse_day
from inventory.selectors import ProductFact, availability, products_by_id, products_by_sku
from inventory.selectors.coming import coming
from inventory.selectors.incoming import incoming_of
from orders.planning.fill_order import by_policy, fill_order
from orders.selectors.waiting import WaitingOrder, fill_rules, waited_for, waiting_orders
from orders.services.allocation import allocate_backorders, fill_by_hand
from orders.states import FillPolicy

PERMISSION = "order.fill"
SHOWN = 100
MOST = 1_000_000
COMPARED = {
    FillPolicy.OLDEST: gettext_lazy("Oldest"),
    FillPolicy.PROMISE: gettext_lazy("Promise"),
    FillPolicy.COMPLETES_AN_ORDER: gettext_lazy("Completes"),
    FillPolicy.PRIORITY: gettext_lazy("Priority"),
}


@require_GET
@requires(PERMISSION)
def backorders(request: HttpRequest) -> HttpResponse:
    """The products that orders of the warehouse wait for, the longest wait first, with what is on its way."""
    warehouse = current_warehouse(request)
    rows = waited_for(warehouse.id, limit=SHOWN)
    ids = [row.product_id for row in rows]
    products, due = products_by_id(ids), coming(ids, [warehouse.id])
    there = availability(ids, [warehouse.id]) if ids else {}
    context = {
        "rows": [
            {
                "product": products[row.product_id],
                "waited": row,
                "coming": due.get(row.product_id),
                "available": there.get((row.product_id, warehouse.id), 0),
            }
            for row in rows
        ],
        "today": warehouse_day(warehouse, timezone.now()),
        "more": len(rows) == SHOWN,
    }
    return render(request, "dashboard/backorders/index.html", context)


@require_GET
@requires(PERMISSION)
def backorder(request: HttpRequest, sku: str) -> HttpResponse:
    """Who waits for a product, and who would get how many of ``?units=`` under each policy, side by side."""
    return _page(request, _product(sku))


@require_POST
@requires(PERMISSION)
def fill(request: HttpRequest, sku: str) -> HttpResponse:
    """Give what is there to the orders chosen, in the order of the page; with ``as_set``, as the channels want it.

    Each order is filled once for what it waits for, so the same form sent twice gives nothing twice.
    """
    product, warehouse, now = _product(sku), current_warehouse(request), timezone.now()
    by = staff(request).actor
    if request.POST.get("as_set"):
        units = allocate_backorders(product.id, warehouse.id, by=by, now=now)
    else:
        known = {one.ref for one in waiting_orders(product.id, warehouse.id)}
        refs = [ref for ref in request.POST.getlist("ref") if ref in known][:SHOWN]
        if not refs:
            return _page(request, product, problem=_("Choose at least one order first."), status=422)
        units = fill_by_hand(refs, product.id, warehouse.id, by=by, now=now)
    if not units:
        problem = _("Nothing was given: no unit is free, or the rest is kept for other channels.")
        return _page(request, product, problem=problem, status=422)
    words = ngettext("%(count)d unit was given.", "%(count)d units were given.", units)
    messages.success(request, words % {"count": units})
    return redirect("dashboard:backorder", product.sku)


def _product(sku: str) -> ProductFact:
    clean = sku.replace("\0", "")[:64]
    found = products_by_sku([clean]).get(clean.casefold())
    if found is None:
        raise Http404(_("There is no product %(sku)s.") % {"sku": clean})
    return found


def _page(request: HttpRequest, product: ProductFact, *, problem: str = "", status: int = 200) -> HttpResponse:
    warehouse = current_warehouse(request)
    waiting = waiting_orders(product.id, warehouse.id)
    free = availability([product.id], [warehouse.id]).get((product.id, warehouse.id), 0)
    expected = incoming_of(product.id, warehouse_ids=[warehouse.id], limit=10)
    usual = free if free > 0 else (expected[0].expected if expected else 0)
    units = number_in(request, "units", usual, low=0, high=MOST)
    context = {
        "product": product,
        "problem": problem,
        "free": free,
        "incoming": expected,
        "units": units,
        "waits": sum(one.waiting.units for one in waiting),
        "policies": list(COMPARED.values()),
        "rows": _compared(waiting, units, warehouse.id, product.id)[:SHOWN],
        "more": len(waiting) - SHOWN,
        "chosen": set(request.POST.getlist("ref")),
    }
    return render(request, "dashboard/backorders/product.html", context, status=status)


def _compared(waiting: list[WaitingOrder], units: int, warehouse_id: int, product_id: int) -> list[dict[str, Any]]:
    """Each order with what it would get: as its channels are set, and if one policy ruled them all."""
    rows = [one.waiting for one in waiting]
    as_set = dict(fill_order(rows, units, fill_rules(warehouse_id, product_id)))
    columns = [dict(by_policy(rows, policy, units)) for policy in COMPARED]
    return [
        {
            "order": one,
            "as_set": as_set.get(one.waiting.order_id, 0),
            "gets": [
                (word, column.get(one.waiting.order_id, 0))
                for word, column in zip(COMPARED.values(), columns, strict=True)
            ],
        }
        for one in waiting
    ]
