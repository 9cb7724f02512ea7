"""Purchase orders: which are open, what of each has come, and cancelling one."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.kernel.errors import NotFound
from fulfillment.dashboard.access import current_warehouse, refuse_foreign_warehouse, requires, staff
from fulfillment.dashboard.desk import act_once, next_link, position_in, warehouse_day
from fulfillment.dashboard.purchasing import TABS
from inventory.selectors.receiving import PurchaseOrderFact, PurchaseOrderLineFact
from inventory.selectors.receiving import purchase_order as read_order
from inventory.selectors.receiving import purchase_orders as read_orders
from inventory.services.purchasing import cancel_purchase_order

PERMISSION = "purchase.manage"
PAGE = 50


@require_GET
@requires(PERMISSION)
def purchase_orders(request: HttpRequest) -> HttpResponse:
    """``?view=all&cursor=``: the purchase orders of the warehouse, those still expected or all, newest first."""
    warehouse = current_warehouse(request)
    open_only = request.GET.get("view") != "all"
    at = position_in(request, "id")
    found = read_orders(
        warehouse_ids=[warehouse.id], open_only=open_only, limit=PAGE + 1, before_id=at.id if at else None
    )
    rows, more = found[:PAGE], len(found) > PAGE
    context = {
        "tabs": TABS,
        "tab": "orders",
        "rows": rows,
        "open_only": open_only,
        "today": warehouse_day(warehouse, timezone.now()),
        "next": next_link(request, rows[-1].id, rows[-1].id, "id") if more else "",
    }
    return render(request, "dashboard/purchasing/orders.html", context)


@require_GET
@requires(PERMISSION)
def purchase_order(request: HttpRequest, ref: str) -> HttpResponse:
    """One purchase order with its lines: ordered, received, still expected."""
    return _page(request, *_read(request, ref))


@require_POST
@requires(PERMISSION)
def cancel(request: HttpRequest, ref: str) -> HttpResponse:
    """Cancel a purchase order of which nothing has come."""
    fact, lines = _read(request, ref)
    now = timezone.now()

    def work() -> dict[str, str]:
        cancel_purchase_order(fact.ref, by=staff(request).actor, now=now)
        return {}

    problem, _answer = act_once(request, f"cancel_purchase:{fact.ref}", work)
    if problem:
        return _page(request, fact, lines, problem=problem, status=422)
    messages.success(request, _("%(ref)s is cancelled. Tell the supplier.") % {"ref": fact.ref})
    return redirect("dashboard:purchase_order", fact.ref)


def _read(request: HttpRequest, ref: str) -> tuple[PurchaseOrderFact, list[PurchaseOrderLineFact]]:
    try:
        fact, lines = read_order(ref.replace("\0", ""))
    except NotFound as error:
        raise Http404(_("There is no such purchase order.")) from error
    refuse_foreign_warehouse(request, fact.warehouse_id)
    return fact, lines


def _page(
    request: HttpRequest,
    fact: PurchaseOrderFact,
    lines: list[PurchaseOrderLineFact],
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "order": fact,
        "lines": [(line, max(0, line.quantity - line.received)) for line in lines],
        "may_cancel": fact.status == "ordered" and not fact.received_units,
        "problem": problem,
    }
    return render(request, "dashboard/purchasing/order.html", context, status=status)
