"""One product: figures that open their rows, bins, codes, what is coming, and every movement with the balance."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core.kernel.errors import NotFound
from fulfillment.dashboard.access import current_warehouse, requires, staff, visible_warehouses
from fulfillment.dashboard.desk import act_once, next_link, position_in
from fulfillment.dashboard.forms.product import AdjustForm, StalePlace
from fulfillment.dashboard.templatetags.desk import signed
from inventory.selectors.incoming import incoming_of
from inventory.selectors.ledger import Place, StockPage, stock_page
from inventory.selectors.products import product_detail, products_by_id
from inventory.services.adjustment import adjust_stock

PAGE = 50


@require_GET
@requires("stock.view")
def product(request: HttpRequest, sku: str) -> HttpResponse:
    """The product's page; ``?cursor=`` leads down its ledger."""
    return _page(request, sku)


@require_POST
@requires("stock.adjust")
def adjust(request: HttpRequest, product_id: int) -> HttpResponse:
    """Set the units of a place to what was counted there; refused when the figure believed is no longer true."""
    warehouse, now = current_warehouse(request), timezone.now()
    found = products_by_id([product_id]).get(product_id)
    if found is None:
        raise Http404(_("There is no such product."))
    page = _read(found.sku, [warehouse.id])
    form = StalePlace(request.POST, bins=list(page.bins))
    if not form.is_valid():
        return _page(request, found.sku, form=form, status=422)
    clean = form.cleaned_data
    bin_id, expected = clean["place"]
    # A place without the product is where found units go: the warehouse's receiving bin, by a plain gain.
    how: dict[str, Any] = (
        {"bin_id": bin_id, "quantity": clean["quantity"], "expected_quantity": expected}
        if bin_id
        else {"delta": clean["quantity"]}
    )

    def work() -> dict[str, Any]:
        done = adjust_stock(
            product_id=product_id,
            warehouse_id=warehouse.id,
            reason=clean["reason"],
            note=clean["note"],
            by=staff(request).actor,
            now=now,
            **how,
        )
        return {"delta": done.delta, "given_up": done.given_up}

    problem, answer = act_once(request, f"adjust:{product_id}:{clean['place']}:{clean['quantity']}", work)
    if problem:
        return _page(request, found.sku, form=AdjustForm(bins=list(page.bins)), problem=problem, status=422)
    messages.success(request, _("Stock corrected by %(delta)s.") % {"delta": signed(int(answer["delta"]))})
    if answer["given_up"]:
        words = ngettext(
            "%(count)d promised unit had to be given up; its order waits for stock again.",
            "%(count)d promised units had to be given up; their orders wait for stock again.",
            answer["given_up"],
        )
        messages.warning(request, words % {"count": answer["given_up"]})
    return redirect("dashboard:product", found.sku)


def _read(sku: str, warehouse_ids: list[int], *, before: Place | None = None) -> StockPage:
    try:
        return stock_page(sku, warehouse_ids=warehouse_ids, limit=PAGE + 1, before=before)
    except NotFound as error:
        raise Http404(_("There is no product %(sku)s.") % {"sku": sku[:64]}) from error


def _page(
    request: HttpRequest, sku: str, *, form: AdjustForm | None = None, problem: str = "", status: int = 200
) -> HttpResponse:
    here = [warehouse.id for warehouse in visible_warehouses(request)]
    at = position_in(request, "at")
    page = _read(sku.replace("\0", ""), here, before=(at.value, at.id) if at else None)
    detail = product_detail(page.product.sku)
    more, movements = len(page.movements) > PAGE, page.movements[:PAGE]
    warehouse = current_warehouse(request)
    mine = [content for content in page.bins if content.warehouse_id == warehouse.id]
    incoming = incoming_of(page.product.id, warehouse_ids=here)
    context = {
        "product": page.product,
        "detail": detail,
        "levels": page.levels,
        "bins": page.bins,
        "movements": movements,
        "next": next_link(request, movements[-1].at, movements[-1].id, "at") + "#ledger" if more else "",
        "first_page": at is None,
        "incoming": incoming,
        "tiles": _tiles(request, page),
        "form": form or AdjustForm(bins=mine),
        "problem": problem,
        "open_form": bool(form and form.errors),
        "warehouse": warehouse,
    }
    return render(request, "dashboard/product/index.html", context, status=status)


def _tiles(request: HttpRequest, page: StockPage) -> list[dict[str, Any]]:
    """The figures over all warehouses the person sees; each opens the rows behind it where there are some."""
    levels, sku = page.levels, page.product.sku
    orders = reverse("dashboard:orders") if staff(request).may("order.view") else ""
    available = sum(level.available for level in levels)
    unavailable = sum(sum(level.unavailable.values()) for level in levels)
    backordered = sum(level.backordered for level in levels)
    return [
        {"label": _("On hand"), "value": sum(level.on_hand for level in levels), "url": "#bins"},
        {
            "label": _("Allocated"),
            "value": sum(level.allocated for level in levels),
            "url": f"{orders}?view=open&product={sku}" if orders else "",
        },
        {"label": _("Reserved"), "value": sum(level.reserved for level in levels), "note": _("In carts, expires")},
        {"label": _("Not sellable"), "value": unavailable, "url": "#bins", "tone": "hold" if unavailable else ""},
        {
            "label": _("Available"),
            "value": available,
            "url": "#ledger",
            "tone": "ok" if available > 0 else "danger",
        },
        {"label": _("Incoming"), "value": sum(level.incoming for level in levels), "url": "#incoming"},
        {
            "label": _("Backordered"),
            "value": backordered,
            "url": f"{orders}?view=short&product={sku}" if orders else "",
            "tone": "warn" if backordered else "",
        },
    ]
