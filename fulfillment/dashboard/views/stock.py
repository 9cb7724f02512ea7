"""The stock list: what there is, what is promised, what is missing."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from fulfillment.dashboard.access import current_warehouse, requires
from fulfillment.dashboard.desk import next_link, page, position_in, text_in
from inventory.selectors.stock import stock_rows
from orders.selectors.backorders import products_waited_for

PAGE = 50
VIEWS = {
    "all": gettext_lazy("All"),
    "low": gettext_lazy("Low"),
    "out": gettext_lazy("Out of stock"),
    "backordered": gettext_lazy("Backordered"),
}
EMPTY = {
    "low": gettext_lazy("Nothing is at its reorder point."),
    "out": gettext_lazy("Nothing is out of stock."),
    "backordered": gettext_lazy("No order waits for stock."),
}


@require_GET
@requires("stock.view")
def stock(request: HttpRequest) -> HttpResponse:
    """``?view=&q=&cursor=``: products in this warehouse; the rows alone for an HTMX request."""
    warehouse = current_warehouse(request)
    query = text_in(request, "q")
    view = request.GET.get("view", "all")
    view = view if view in VIEWS else "all"
    at = position_in(request, "id")
    rows = stock_rows(
        product_ids=products_waited_for(warehouse.id) if view == "backordered" else None,
        warehouse_ids=[warehouse.id],
        search=query,
        state=view if view in ("low", "out") else "",
        limit=PAGE + 1,
        before_id=at.id if at else None,
    )
    more, rows = len(rows) > PAGE, rows[:PAGE]
    count = (
        _("The first %(count)d of more products") % {"count": len(rows)}
        if more
        else ngettext("%(count)d product", "%(count)d products", len(rows)) % {"count": len(rows)}
    )
    tabs = []
    for name, word in VIEWS.items():
        link = request.GET.copy()
        link.pop("cursor", None)
        link["view"] = name
        tabs.append({"view": name, "word": word, "url": f"?{link.urlencode()}"})
    context: dict[str, Any] = {
        "rows": rows,
        "tabs": tabs,
        "view": view,
        "query": query,
        "count": count,
        "first_page": at is None,
        "next": next_link(request, rows[-1].level_id, rows[-1].level_id, "id") if more else "",
        "empty": EMPTY.get(view, _("Nothing was ever stocked here.")),
    }
    return page(request, "dashboard/stock/index.html", "dashboard/stock/_list.html", context, say=count)
