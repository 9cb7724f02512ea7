"""Purchasing: what the system proposes to order, why, and a person's decision."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from fulfillment.dashboard.access import current_warehouse, requires, staff
from fulfillment.dashboard.desk import act_once, number_in, warehouse_day
from fulfillment.dashboard.purchasing import TABS, proposal_rows
from inventory.selectors.replenishing import proposals_by_urgency
from inventory.services.ordering import approve_proposals, dismiss_proposals

PERMISSION = "purchase.manage"
SHOWN = 200
MOST = 10_000_000


@require_GET
@requires(PERMISSION)
def purchasing(request: HttpRequest) -> HttpResponse:
    """The open proposals of the warehouse, the most pressing first."""
    return _page(request)


@require_POST
@requires(PERMISSION)
def decide(request: HttpRequest) -> HttpResponse:
    """Order the proposals chosen, in the numbers given (``quantity-<id>``), or dismiss them (``decision``)."""
    warehouse, now, by = current_warehouse(request), timezone.now(), staff(request).actor
    known = {one.id: one.quantity for one in proposals_by_urgency(warehouse.id, limit=SHOWN)}
    asked = {int(text) for text in request.POST.getlist("proposal") if text.isascii() and text.isdigit()}
    if not asked:
        return _page(request, problem=_("Choose at least one proposal first."), status=422)
    dismiss = request.POST.get("decision") == "dismiss"
    quantities = {one: number_in(request, f"quantity-{one}", known.get(one, 0), low=0, high=MOST) for one in asked}

    def work() -> dict[str, Any]:
        mine = asked & known.keys()
        if dismiss:
            return {"dismissed": dismiss_proposals(mine, by=by, now=now) if mine else 0}
        # What somebody else decided meanwhile is no longer among those known; the service says so.
        return {"refs": approve_proposals({one: quantities[one] for one in asked}, by=by, now=now)}

    act = f"proposals:{dismiss}:{sorted(quantities.items())}"
    problem, answer = act_once(request, act, work)
    if problem:
        return _page(request, problem=problem, chosen=asked, quantities=quantities, status=422)
    if dismiss:
        words = ngettext("%(count)d proposal dismissed.", "%(count)d proposals dismissed.", answer["dismissed"])
        messages.success(request, words % {"count": answer["dismissed"]})
        return redirect("dashboard:purchasing")
    refs = answer["refs"]
    words = ngettext("%(refs)s is ordered.", "%(refs)s are ordered.", len(refs))
    messages.success(request, words % {"refs": ", ".join(refs)})
    return redirect("dashboard:purchase_order", refs[0]) if len(refs) == 1 else redirect("dashboard:purchase_orders")


def _page(
    request: HttpRequest,
    *,
    problem: str = "",
    chosen: set[int] | None = None,
    quantities: dict[int, int] | None = None,
    status: int = 200,
) -> HttpResponse:
    warehouse = current_warehouse(request)
    today = warehouse_day(warehouse, timezone.now())
    found = proposals_by_urgency(warehouse.id, limit=SHOWN + 1)
    rows = [
        {
            "row": row,
            "chosen": row.fact.id in (chosen or ()),
            "quantity": (quantities or {}).get(row.fact.id, row.fact.quantity),
        }
        for row in proposal_rows(found[:SHOWN], today)
    ]
    context = {
        "tabs": TABS,
        "tab": "proposals",
        "rows": rows,
        "more": len(found) > SHOWN,
        "problem": problem,
        "orphans": sum(row["row"].fact.supplier_id is None for row in rows),  # type: ignore[attr-defined]
    }
    return render(request, "dashboard/purchasing/index.html", context, status=status)
