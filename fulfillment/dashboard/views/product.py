"""One product, now or at any past moment: figures that open their rows, bins, and every movement with the balance."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

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
from fulfillment.dashboard.timetravel import Lying, chart_of, for_input, link_to, moment_in
from inventory.selectors.history import AtRow
from inventory.selectors.incoming import incoming_of
from inventory.selectors.kits import kit_availability
from inventory.selectors.ledger import PastPage, Place, StockPage, events_beside, past_page, stock_page, why
from inventory.selectors.lots import lots_by_key
from inventory.selectors.products import product_detail, products_by_id
from inventory.selectors.stock import BinContent
from inventory.services.adjustment import adjust_stock

PAGE = 50


@require_GET
@requires("stock.view")
def product(request: HttpRequest, sku: str) -> HttpResponse:
    """The product's page; ``?cursor=`` leads down its ledger.

    ``?at=`` shows all of it as of a past moment, ``?from=&to=`` explains what turned one balance into the other.
    """
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
        raise _unknown(sku) from error


def _read_past(sku: str, at: datetime, warehouse_ids: list[int], *, before: Place | None) -> PastPage:
    try:
        return past_page(sku, at, warehouse_ids=warehouse_ids, limit=PAGE + 1, before=before)
    except NotFound as error:
        raise _unknown(sku) from error


def _unknown(sku: str) -> Http404:
    return Http404(_("There is no product %(sku)s.") % {"sku": sku[:64]})


def _page(
    request: HttpRequest, sku: str, *, form: AdjustForm | None = None, problem: str = "", status: int = 200
) -> HttpResponse:
    here, now = [warehouse.id for warehouse in visible_warehouses(request)], timezone.now()
    warehouse = current_warehouse(request)
    zone = ZoneInfo(warehouse.time_zone)
    at = moment_in(request, "at", zone, now=now) if request.method == "GET" else None
    cursor = position_in(request, "at")
    before = (cursor.value, cursor.id) if cursor else None
    clean = sku.replace("\0", "")
    context: dict[str, Any]
    if at is None:
        page = _read(clean, here, before=before)
        shown, product_id, movements = page.product, page.product.id, page.movements
        incoming = incoming_of(product_id, warehouse_ids=here)
        mine = [content for content in page.bins if content.warehouse_id == warehouse.id]
        context = {
            "levels": page.levels,
            "lying": _lying(product_id, page.bins),
            "incoming": incoming,
            "tiles": _tiles(request, page),
            "form": form or AdjustForm(bins=mine),
        }
    else:
        past = _read_past(clean, at, here, before=before)
        shown, product_id, movements = past.product, past.product.id, past.movements
        context = {"lying": _lying(product_id, past.rows), "tiles": _past_tiles(past)}
    kits = sum(kit_availability([product_id], here).values()) if shown.kit_kind == "virtual" and not at else None
    if kits is not None:
        context["tiles"] = _kit_tiles(kits)
    more, movements = len(movements) > PAGE, movements[:PAGE]
    earlier, later = events_beside(product_id, at or now, warehouse_ids=here)
    since, until = (moment_in(request, name, zone, now=now) for name in ("from", "to"))
    explained = why(product_id, since, until, warehouse_ids=here) if since and until and since != until else None
    context |= {
        "product": shown,
        "detail": product_detail(shown.sku),
        "kits": kits,
        "movements": movements,
        "next": next_link(request, movements[-1].at, movements[-1].id, "at") + "#ledger" if more else "",
        "first_page": cursor is None,
        "problem": problem,
        "open_form": bool(form and form.errors),
        "warehouse": warehouse,
        "at": at,
        "at_box": for_input(at or now, zone),
        "zone": warehouse.time_zone,
        "earlier": link_to(earlier) if earlier else "",
        "later": link_to(later) if later else (link_to(None) if at else ""),
        "chart": chart_of(movements, until=at or now) if cursor is None else None,
        "why": explained,
        "newest_url": link_to(at),
    }
    return render(request, "dashboard/product/index.html", context, status=status)


def _lying(product_id: int, rows: Sequence[BinContent] | Sequence[AtRow]) -> list[Lying]:
    """Where it lies, with what is known of each lot; one query."""
    lots = lots_by_key({(product_id, row.lot) for row in rows})
    listed = []
    for row in rows:
        lot = lots.get((product_id, row.lot))
        listed.append(
            Lying(
                bin_name=row.bin_name,
                bin_code=row.bin_code,
                lot=row.lot,
                condition=row.condition,
                quantity=row.quantity if isinstance(row, BinContent) else row.units,
                to_pick=row.to_pick if isinstance(row, BinContent) else 0,
                expires_on=lot.expires_on if lot else None,
                recalled=bool(lot and lot.recalled_at),
            )
        )
    return listed


def _past_tiles(past: PastPage) -> list[dict[str, Any]]:
    """What the ledger knows of a past moment; promises move no units, so it cannot tell them."""
    unavailable = sum(past.unavailable.values())
    unknown = _("The ledger cannot tell")
    return [
        {"label": _("On hand"), "value": past.on_hand, "url": "#bins"},
        {"label": _("Not sellable"), "value": unavailable, "url": "#bins", "tone": "hold" if unavailable else ""},
        {"label": _("Sellable"), "value": past.on_hand - unavailable, "url": "#bins"},
        {"label": _("Allocated"), "value": "–", "note": unknown},
        {"label": _("Available"), "value": "–", "note": unknown},
    ]


def _kit_tiles(kits: int) -> list[dict[str, Any]]:
    """A kit packed from its components has no units of its own: what counts is how many of it they make."""
    words = _("As many as the scarcest component allows")
    return [{"label": _("Available"), "value": kits, "note": words, "tone": "ok" if kits else "danger"}]


def _tiles(request: HttpRequest, page: StockPage) -> list[dict[str, Any]]:
    """The figures over all warehouses the person sees; each opens the rows behind it where there are some."""
    levels, sku = page.levels, page.product.sku
    orders = reverse("dashboard:orders") if staff(request).may("order.view") else ""
    available = sum(level.available for level in levels)
    unavailable = sum(sum(level.unavailable.values()) for level in levels)
    backordered = sum(level.backordered for level in levels)
    kept_back = sum(level.unavailable["safety_stock"] for level in levels)
    return [
        {"label": _("On hand"), "value": sum(level.on_hand for level in levels), "url": "#bins"},
        {
            "label": _("Allocated"),
            "value": sum(level.allocated for level in levels),
            "url": f"{orders}?view=open&product={sku}" if orders else "",
        },
        {"label": _("Reserved"), "value": sum(level.reserved for level in levels), "note": _("In carts, expires")},
        {
            "label": _("Not sellable"),
            "value": unavailable,
            "url": "#bins",
            "tone": "hold" if unavailable else "",
            "note": _("%(count)d kept back as safety stock") % {"count": kept_back} if kept_back else "",
        },
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
