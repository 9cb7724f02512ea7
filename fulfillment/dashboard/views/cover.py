"""How long stock lasts: what is low, what is more than anybody asks for, what nobody asks for."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from fulfillment.dashboard.access import current_warehouse, requires
from fulfillment.dashboard.desk import next_link, position_in
from fulfillment.dashboard.purchasing import TABS
from inventory.planning.cover import DEAD_DAYS, OVERSTOCK_DAYS
from inventory.selectors.cover import STATES, cover_rows, cover_totals

PAGE = 50
WORDS = {
    "low": gettext_lazy("Low"),
    "over": gettext_lazy("Overstock"),
    "dead": gettext_lazy("Dead stock"),
}
EMPTY = {
    "low": gettext_lazy("No product is at its reorder point."),
    "over": gettext_lazy("No stock lasts longer than it should."),
    "dead": gettext_lazy("Everything in stock was shipped lately."),
}


@require_GET
@requires("purchase.manage")
def cover(request: HttpRequest) -> HttpResponse:
    """``?view=low|over|dead&cursor=``: products with their days of cover and the money bound in too much of them."""
    warehouse, now = current_warehouse(request), timezone.now()
    view = request.GET.get("view", "low")
    view = view if view in STATES else "low"
    by = f"cover-{view}"
    at = position_in(request, by)
    after = (float(at.value), at.id) if at else None
    found = cover_rows(warehouse.id, view, now=now, limit=PAGE + 1, after=after)
    rows, more = found[:PAGE], len(found) > PAGE
    totals = cover_totals(warehouse.id, now=now)
    tiles: list[dict[str, Any]] = [
        {
            "label": WORDS[state],
            "value": totals[state].products,
            "bound": totals[state].bound if state != "low" else None,
            "url": f"?view={state}",
            "tone": "warn" if state == "low" and totals[state].products else "",
        }
        for state in STATES
    ]
    context = {
        "tabs": TABS,
        "tab": "cover",
        "view": view,
        "word": WORDS[view],
        "empty": EMPTY[view],
        "rows": rows,
        "tiles": tiles,
        "over_days": OVERSTOCK_DAYS,
        "dead_days": DEAD_DAYS,
        "next": next_link(request, rows[-1].order, rows[-1].level_id, by) if more else "",
    }
    return render(request, "dashboard/purchasing/cover.html", context)
