"""Orders on hold by kind, and letting them go: one hold, all of an order, or many orders at once."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core.kernel.errors import DomainError
from fulfillment.dashboard.access import requires, staff, visible_warehouses
from fulfillment.dashboard.desk import act_once, next_link, position_in, text_in
from fulfillment.dashboard.statuses import look_of
from fulfillment.dashboard.views.order import read_order
from orders.selectors.held import held_counts, held_orders
from orders.services.holds import release_holds
from orders.states import HoldType

PAGE = 50


@require_GET
@requires("order.view")
def holds(request: HttpRequest) -> HttpResponse:
    """``?type=&cursor=``: every open hold, the oldest first, or those of one kind."""
    kind = text_in(request, "type", limit=20)
    kind = kind if kind in HoldType.values else ""
    at = position_in(request, "id")
    places = [one.id for one in visible_warehouses(request)]
    found = held_orders(types=[kind] if kind else (), warehouse_ids=places, after=at.id if at else 0, limit=PAGE + 1)
    rows, more = found[:PAGE], len(found) > PAGE
    counts = held_counts(places)
    context = {
        "rows": rows,
        "kind": kind,
        "kinds": [
            {"name": name, "word": look_of(name, "hold").word, "count": counts[name]}
            for name in HoldType.values
            if counts.get(name)
        ],
        "total": sum(counts.values()),
        "next": next_link(request, rows[-1].id, rows[-1].id, "id") if more else "",
    }
    return render(request, "dashboard/holds/index.html", context)


@require_POST
@requires("order.hold")
def release_many(request: HttpRequest) -> HttpResponse:
    """Let the chosen orders go: all their holds, or with ``type`` those of one kind."""
    refs = list(dict.fromkeys(request.POST.getlist("order")))[:PAGE]
    kind = request.POST.get("type", "")
    types = [kind] if kind in HoldType.values else None
    by, now = staff(request).actor, timezone.now()
    if not refs:
        messages.warning(request, _("Select orders first."))
        return _back(kind)

    def work() -> dict[str, Any]:
        done = 0
        for ref in refs:
            read_order(request, ref)
            try:
                done += bool(release_holds(ref, types=types, by=by, now=now))
            except DomainError:
                continue
        return {"done": done}

    problem, answer = act_once(request, f"release_holds:{kind}:{','.join(refs)}", work)
    if problem:
        messages.error(request, problem)
    else:
        words = ngettext("%(count)d order goes on.", "%(count)d orders go on.", answer["done"])
        messages.success(request, words % {"count": answer["done"]})
    return _back(kind)


@require_POST
@requires("order.hold")
def release_all(request: HttpRequest, ref: str) -> HttpResponse:
    """Release every open hold of one order."""
    page, now = read_order(request, ref), timezone.now()

    def work() -> dict[str, Any]:
        return {"count": release_holds(page.order.ref, by=staff(request).actor, now=now)}

    problem, _answer = act_once(request, f"release_all:{page.order.ref}:{page.order.version}", work)
    if problem:
        messages.error(request, problem)
    else:
        messages.success(request, _("Every hold is released. %(ref)s goes on.") % {"ref": page.order.ref})
    return redirect("dashboard:order", page.order.ref)


def _back(kind: str) -> HttpResponse:
    target = redirect("dashboard:holds")
    if kind in HoldType.values:
        target["Location"] += f"?type={kind}"
    return target
