"""A bin or a tote: what is in it and what went through it. The target of a scan."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.kernel.errors import NotFound
from fulfillment.dashboard.access import refuse_foreign_warehouse, requires
from fulfillment.dashboard.desk import next_link, position_in
from inventory.selectors.ledger import ledger_page
from inventory.selectors.places import bin_by_code, warehouse_by_id
from inventory.selectors.stock import bin_content
from shipping.selectors.desk import tote_content

PAGE = 50


@require_GET
@requires("place.view")
def place(request: HttpRequest, code: str) -> HttpResponse:
    """``/l/<code>``: content and history of the place whose label scans as ``code``."""
    try:
        found = bin_by_code(code)
    except NotFound as error:
        raise Http404(_("No place has the code %(code)s.") % {"code": code[:40]}) from error
    refuse_foreign_warehouse(request, found.warehouse_id)
    at = position_in(request, "id")
    rows = ledger_page(bin_id=found.id, limit=PAGE + 1, before_id=at.id if at else None)
    more, rows = len(rows) > PAGE, rows[:PAGE]
    content = bin_content(found.id)
    context = {
        "place": found,
        "place_warehouse": warehouse_by_id(found.warehouse_id),
        "content": content,
        "units": sum(one.quantity for one in content),
        "to_pick": sum(one.to_pick for one in content),
        "order_ref": tote_content(found.id) if found.kind == "tote" else "",
        "movements": rows,
        "next": next_link(request, rows[-1].id, rows[-1].id, "id") if more else "",
    }
    return render(request, "dashboard/place/index.html", context)
