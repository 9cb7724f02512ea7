"""Home: the next job of whoever is here, never a menu."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.accounts.models import User
from core.attention.selectors import counts_by_kind
from fulfillment.dashboard.access import (
    WAREHOUSE_KEY,
    current_warehouse,
    refuse_foreign_warehouse,
    requires,
    staff,
    visible_warehouses,
)
from fulfillment.dashboard.case_words import kind_name
from fulfillment.dashboard.desk import number_in, warehouse_day
from fulfillment.dashboard.templatetags.desk import capped
from inventory.selectors.places import WarehouseFact
from inventory.selectors.receiving import open_receipts, purchase_orders
from orders.selectors.lists import home_figures
from returns.selectors.of_order import inspections_waiting
from shipping.selectors.floor import next_job, totes_to_pack
from shipping.selectors.wave_templates import templates_of
from shipping.services.watching import foresee

SHOWN = 5
CAP = 1000
WAVES = 5


@require_GET
@requires("home.view")
def home(request: HttpRequest) -> HttpResponse:
    """Figures for the desk, the next job for the floor; who is both gets the desk's figures."""
    if not visible_warehouses(request):
        return render(request, "dashboard/home/no_warehouse.html")
    user, warehouse = staff(request), current_warehouse(request)
    context: dict[str, Any] = {
        "warehouses": visible_warehouses(request),
        "warehouse": warehouse,
        **(_desk(user, warehouse) if user.may("order.view") else _floor(user, warehouse)),
    }
    return render(request, "dashboard/home/index.html", context)


@require_POST
@requires("home.view")
def choose_warehouse(request: HttpRequest) -> HttpResponse:
    """Work in another warehouse of one's scope from now on."""
    warehouse_id = number_in(request, "warehouse", 0, low=0, high=2**31 - 1)
    refuse_foreign_warehouse(request, warehouse_id)
    if any(warehouse.id == warehouse_id for warehouse in visible_warehouses(request)):
        request.session[WAREHOUSE_KEY] = warehouse_id
    return redirect("dashboard:home")


def _desk(user: User, warehouse: WarehouseFact) -> dict[str, Any]:
    here = (warehouse.id,)
    figures = home_figures(today=warehouse_day(warehouse, timezone.now()), warehouse_ids=here, cap=CAP)
    orders = reverse("dashboard:orders")
    tiles = [
        _tile(_("Late"), figures.late, f"{orders}?view=late", tone="danger", note=_("Past their day")),
        _tile(_("Due today"), figures.due_today, f"{orders}?view=due", tone="warn", note=_("Leave by tonight")),
        _tile(_("Can be released"), figures.to_release, f"{orders}?view=releasable", note=_("In stock, no hold")),
        _tile(_("On the floor"), figures.on_floor, f"{orders}?view=on_floor", note=_("Released to packed")),
        _tile(_("Ready to ship"), figures.packed, f"{orders}?view=packed", note=_("Packed, in the house")),
        _tile(_("Short"), figures.short, f"{orders}?view=short", tone="warn", note=_("Wait for stock")),
        _tile(_("On hold"), figures.on_hold, f"{orders}?view=on_hold", note=_("Somebody has to decide")),
    ]
    if user.may("return.view"):
        waiting = inspections_waiting(here, cap=CAP)
        url = _url("returns", "?tab=to_inspect") if user.may("return.receive") else ""
        tiles.append(_tile(_("To inspect"), waiting, url, note=_("Came back, not sellable yet")))
    cases: list[dict[str, Any]] = []
    if user.may("exception.view"):
        page = reverse("dashboard:exceptions")
        cases = [
            {"word": kind_name(kind), "count": count, "url": f"{page}?kind={kind}"}
            for kind, count in sorted(
                counts_by_kind(warehouse_ids=here, awake_at=timezone.now()).items(), key=lambda pair: -pair[1]
            )
        ]
    return {
        "tiles": tiles,
        "cases": cases,
        "is_desk": True,
        "day": foresee(warehouse, now=timezone.now()) if warehouse.is_own else None,
        "may_release": user.may("wave.release"),
        "waves": templates_of(warehouse.id)[:WAVES] if user.may("wave.release") and figures.to_release else [],
        "figures": figures,
    }


def _tile(label: str, count: int, url: str, *, note: str, tone: str = "") -> dict[str, Any]:
    return {"label": label, "value": capped(count, CAP), "url": url, "note": note, "tone": tone if count else ""}


def _floor(user: User, warehouse: WarehouseFact) -> dict[str, Any]:
    found: dict[str, Any] = {"is_desk": False}
    if user.may("pick.work"):
        found["pick"] = {"job": next_job(user.pk, warehouse.id), "url": _url("pick")}
    if user.may("pack.work"):
        totes = totes_to_pack(warehouse.id, limit=200)
        found["pack"] = {"totes": totes[:SHOWN], "count": len(totes), "url": _url("pack")}
    if user.may("receive.work"):
        found["receive"] = {
            "orders": purchase_orders(warehouse_ids=[warehouse.id], limit=SHOWN),
            "receipts": open_receipts([warehouse.id], limit=SHOWN),
            "url": _url("receive"),
        }
    if user.may("return.inspect"):
        found["inspect"] = {"count": inspections_waiting((warehouse.id,)), "url": _url("inspect")}
    return found


def _url(name: str, query: str = "") -> str:
    """The route of a floor screen; empty where it is not installed."""
    try:
        return reverse(f"dashboard:{name}") + query
    except NoReverseMatch:
        return ""
