"""The orders list: find, judge, act on many."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from core.kernel.errors import DomainError
from fulfillment.dashboard.access import current_warehouse, requires, staff, visible_warehouses
from fulfillment.dashboard.desk import act_once, next_link, page, position_in, text_in, warehouse_day
from fulfillment.dashboard.forms.orders import HoldForm, OrderFilterForm
from fulfillment.dashboard.order_words import badges
from inventory.selectors.products import products_by_sku
from orders.selectors.channels import channels
from orders.selectors.lists import OrderFilter, OrderRow, counts_by_view, orders_list
from orders.selectors.releasing import ReleaseFilter
from orders.services.holds import place_hold
from shipping.selectors.of_order import order_of_parcel
from shipping.services.waves import release_next_wave

PAGE = 50
CAP = 1000
VIEWS = {
    "all": gettext_lazy("All"),
    "open": gettext_lazy("Open"),
    "due": gettext_lazy("Due today"),
    "late": gettext_lazy("Late"),
    "short": gettext_lazy("Short"),
    "address": gettext_lazy("Address"),
    "on_hold": gettext_lazy("On hold"),
}
# Reached from the figures of the home page; a tab only while it is looked at.
WORK = {
    "releasable": gettext_lazy("Can be released"),
    "on_floor": gettext_lazy("On the floor"),
    "packed": gettext_lazy("Ready to ship"),
}
EMPTY = {
    "due": gettext_lazy("Nothing is due today."),
    "late": gettext_lazy("Nothing is late."),
    "short": gettext_lazy("No order waits for stock."),
    "address": gettext_lazy("No address has to be checked."),
    "on_hold": gettext_lazy("No order is on hold."),
    "open": gettext_lazy("Every order has been worked."),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A row with its badges."""

    row: OrderRow
    badges: list[tuple[str, str]]

    @property
    def done(self) -> bool:
        return self.row.fulfillment_status == "fulfilled" or self.row.status == "cancelled"


@require_GET
@requires("order.view")
def orders(request: HttpRequest) -> HttpResponse:
    """``?view=&q=&status=&shipped=&channel=&placed_from=&placed_to=&cursor=``; the rows alone for an HTMX request."""
    warehouse, now = current_warehouse(request), timezone.now()
    known = channels()
    form = OrderFilterForm(request.GET, channels=known)
    form.is_valid()
    view = request.GET.get("view", "all")
    view = view if view in VIEWS or view in WORK else "all"
    query = str(form.cleaned_data.get("q") or "").replace("\0", "")
    filters = _filters(request, form, view=view, query=query, channel_ids={one.code: one.id for one in known})
    at = position_in(request, "placed_at")
    rows = orders_list(filters, before=(at.value, at.id) if at else None, limit=PAGE + 1)
    more, rows = len(rows) > PAGE, rows[:PAGE]
    # While searching, the figures on the tabs would be about other rows.
    counts = (
        {}
        if query
        else counts_by_view(OrderFilter(warehouse_ids=(warehouse.id,), today=warehouse_day(warehouse, now)), cap=CAP)
    )
    count = _count_words(len(rows), more=more)
    context: dict[str, Any] = {
        "form": form,
        "view": view,
        "query": query,
        "tabs": [
            {"view": name, "word": word, "count": counts.get(name), "url": _tab_url(request, name)}
            for name, word in (VIEWS | ({view: WORK[view]} if view in WORK else {})).items()
        ],
        "chips": _chips(request, form),
        "rows": [Shown(row, _badges(row)) for row in rows],
        "count": count,
        "first_page": at is None,
        "next": next_link(request, rows[-1].placed_at, rows[-1].id, "placed_at") if more else "",
        "empty": EMPTY.get(view) or (_("Nothing here now.") if view in WORK else _("No order has come in yet.")),
        "filtered": bool(query or _chips(request, form)),
        "hold_form": HoldForm(),
        "here": request.get_full_path(),
    }
    return page(request, "dashboard/orders/index.html", "dashboard/orders/_list.html", context, say=count)


@require_POST
@requires("wave.release")
def release_orders(request: HttpRequest) -> HttpResponse:
    """Release the ticked orders to the floor as one wave; says which could not go."""
    refs, warehouse, now = _refs(request), current_warehouse(request), timezone.now()
    if not refs:
        messages.warning(request, _("Select the orders to release first."))
        return _back(request)

    def work() -> dict[str, Any]:
        wave = release_next_wave(
            warehouse.id, limit=len(refs), filters=ReleaseFilter(order_refs=refs), by=staff(request).actor, now=now
        )
        return {"ref": wave.ref, "orders": wave.orders} if wave else {"ref": "", "orders": 0}

    problem, answer = act_once(request, f"release:{','.join(refs)}", work)
    if problem:
        messages.error(request, problem)
    elif not answer["orders"]:
        messages.warning(
            request,
            _("None of these can be released now: they are on hold, wait for stock, or are on the floor already."),
        )
    else:
        words = ngettext(
            "Released %(count)d order in wave %(ref)s.", "Released %(count)d orders in wave %(ref)s.", answer["orders"]
        )
        messages.success(request, words % {"count": answer["orders"], "ref": answer["ref"]})
        _say_rest(request, len(refs) - int(answer["orders"]))
    return _back(request)


@require_POST
@requires("order.hold")
def hold_orders(request: HttpRequest) -> HttpResponse:
    """Put a hold on each of the ticked orders that is still open."""
    refs, now, form = _refs(request), timezone.now(), HoldForm(request.POST)
    if not refs or not form.is_valid():
        messages.warning(request, _("Select orders and say why they have to wait."))
        return _back(request)
    kind, reason = form.cleaned_data["type"], form.cleaned_data["reason"]

    def work() -> dict[str, Any]:
        held = 0
        for ref in sorted(refs):
            try:
                place_hold(ref, type=kind, reason=reason, by=staff(request).actor, now=now)
            except DomainError:  # shipped or cancelled meanwhile: the others still stop
                continue
            held += 1
        return {"held": held}

    problem, answer = act_once(request, f"hold:{kind}:{','.join(refs)}", work)
    if problem:
        messages.error(request, problem)
    else:
        words = ngettext("%(count)d order is on hold.", "%(count)d orders are on hold.", answer["held"])
        messages.success(request, words % {"count": answer["held"]})
        _say_rest(request, len(refs) - int(answer["held"]))
    return _back(request)


def _filters(
    request: HttpRequest, form: OrderFilterForm, *, view: str, query: str, channel_ids: dict[str, int]
) -> OrderFilter:
    warehouse, now = current_warehouse(request), timezone.now()
    after, before = form.placed_between(ZoneInfo(warehouse.time_zone))
    if query:
        query = order_of_parcel(query) or query
    return OrderFilter(
        channel_id=channel_ids.get(str(form.cleaned_data.get("channel") or "")),
        # A search finds an order in any warehouse the person may see.
        warehouse_ids=[one.id for one in visible_warehouses(request)] if query else (warehouse.id,),
        view=view,
        today=warehouse_day(warehouse, now),
        status=str(form.cleaned_data.get("status") or ""),
        fulfillment_status=str(form.cleaned_data.get("shipped") or ""),
        placed_after=after,
        placed_before=before,
        product_id=_product(request),
        search=query,
    )


def _product(request: HttpRequest) -> int | None:
    """The product ``?product=<sku>`` narrows the list to; one that does not exist matches nothing."""
    sku = text_in(request, "product", limit=64)
    if not sku:
        return None
    found = products_by_sku([sku]).get(sku.casefold())
    return found.id if found else 0


def _badges(row: OrderRow) -> list[tuple[str, str]]:
    return badges(
        status=row.status,
        fulfillment_status=row.fulfillment_status,
        stages=row.stages,
        open_holds=row.open_holds,
        backordered=row.backordered,
    )


def _tab_url(request: HttpRequest, view: str) -> str:
    query = request.GET.copy()
    query.pop("cursor", None)
    query["view"] = view
    return f"?{query.urlencode()}"


def _chips(request: HttpRequest, form: OrderFilterForm) -> list[dict[str, str]]:
    """The active filters as words, each with the link that removes it."""
    chips = []
    for name in ("status", "shipped", "channel", "placed_from", "placed_to"):
        value = form.cleaned_data.get(name)
        if not value:
            continue
        field = form.fields[name]
        shown = dict(getattr(field, "choices", ())).get(value, value)
        query = request.GET.copy()
        query.pop("cursor", None)
        query.pop(name, None)
        chips.append({"word": f"{field.label}: {shown}", "url": f"?{query.urlencode()}"})
    if request.GET.get("product"):
        query = request.GET.copy()
        query.pop("cursor", None)
        sku = str(query.pop("product")[0])
        chips.append({"word": _("Product: %(sku)s") % {"sku": sku[:64]}, "url": f"?{query.urlencode()}"})
    return chips


def _count_words(count: int, *, more: bool) -> str:
    if more:
        return _("The first %(count)d of more orders") % {"count": count}
    return ngettext("%(count)d order", "%(count)d orders", count) % {"count": count}


def _refs(request: HttpRequest) -> list[str]:
    return sorted({ref[:24] for ref in request.POST.getlist("ref") if "\0" not in ref})[: PAGE * 4]


def _say_rest(request: HttpRequest, rest: int) -> None:
    if rest > 0:
        words = ngettext(
            "%(count)d order stays as it is: it is on hold, waits for stock, is on the floor or has left.",
            "%(count)d orders stay as they are: on hold, waiting for stock, on the floor or gone.",
            rest,
        )
        messages.warning(request, words % {"count": rest})


def _back(request: HttpRequest) -> HttpResponse:
    """To the list as it was, with its view and filters."""
    target = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None) or not target.startswith("/"):
        return redirect("dashboard:orders")
    return redirect(target)
