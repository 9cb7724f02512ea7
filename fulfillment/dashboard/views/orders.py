"""The orders list: find, judge, act on many."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from core.accounts.people import PersonFact, people_who_may
from core.accounts.saved_views import saved_views
from fulfillment.dashboard import order_worth
from fulfillment.dashboard.access import current_warehouse, requires, staff, visible_warehouses
from fulfillment.dashboard.desk import next_link, page, position_in, warehouse_day
from fulfillment.dashboard.forms.orders import HoldForm, OrderFilterForm
from fulfillment.dashboard.order_columns import COLUMNS, columns_of
from fulfillment.dashboard.order_words import badges_of
from fulfillment.dashboard.promise_words import weekday
from inventory.selectors.products import products_by_sku
from orders.selectors.channels import ChannelFact, channels
from orders.selectors.lists import OrderFilter, OrderRow, count_of, counts_by_view, orders_list
from orders.selectors.news import newest_order
from orders.services.bulk_acts import MOST, PRIORITIES
from shipping.selectors.carriers import ServiceFact, carriers_bought, services
from shipping.selectors.of_order import order_of_parcel

PAGE = 50
CAP = 1000
PAGE_NAME = "orders"
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
    """A row with its badges. ``carriers`` are those of its parcels, else that of the service planned."""

    row: OrderRow
    badges: list[tuple[str, str]]
    service: str
    carriers: tuple[str, ...] = ()
    planned: bool = False

    @property
    def done(self) -> bool:
        return self.row.fulfillment_status == "fulfilled" or self.row.status == "cancelled"


@require_GET
@requires("order.view")
def orders(request: HttpRequest) -> HttpResponse:
    """The list as ``?view=&q=`` and the filters of the form ask, from ``cursor=`` on; for HTMX the rows alone."""
    warehouse, now = current_warehouse(request), timezone.now()
    asked = asked_for(request)
    at = position_in(request, "placed_at")
    # A search looks something up, and who pages back reads what was: neither waits for what comes.
    watched = at is None and not asked.filters.search
    # Before the list is read: what comes meanwhile is told of twice rather than never.
    seen = newest_order() if watched else 0
    rows = orders_list(asked.filters, before=(at.value, at.id) if at else None, limit=PAGE + 1)
    more, rows = len(rows) > PAGE, rows[:PAGE]
    # While searching, the figures on the tabs would be about other rows.
    counts = (
        {}
        if asked.filters.search
        else counts_by_view(OrderFilter(warehouse_ids=(warehouse.id,), today=warehouse_day(warehouse, now)), cap=CAP)
    )
    count = _count_words(len(rows), more=more)
    known = services()
    view, chips = asked.filters.view, _chips(request, asked, known)
    columns = columns_of(request)
    context: dict[str, Any] = {
        "form": asked.form,
        "view": view,
        "query": asked.filters.search,
        "tabs": [
            {"view": name, "word": word, "count": counts.get(name), "url": _tab_url(request, name)}
            for name, word in (VIEWS | ({view: WORK[view]} if view in WORK else {})).items()
        ],
        "saved": [{"view": one, "url": f"?{one.query}"} for one in saved_views(staff(request).pk, PAGE_NAME)],
        "chips": chips,
        "rows": shown_rows(rows, known, carriers="carrier" in columns),
        "watched": watched,
        "seen": seen,
        "came": getattr(getattr(request, "htmx", None), "trigger", None) == "order-news-show",
        "count": count,
        "matching": count_of(asked.filters, cap=MOST) if more and asked.may_act else 0,
        "most": MOST,
        "first_page": at is None,
        "next": next_link(request, rows[-1].placed_at, rows[-1].id, "placed_at") if more else "",
        "empty": EMPTY.get(view) or (_("Nothing here now.") if view in WORK else _("No order has come in yet.")),
        "filtered": bool(asked.filters.search or chips),
        "hold_form": HoldForm(),
        "methods": [(one.method, one.name) for one in known.values() if one.active],
        "priorities": PRIORITIES,
        "people": asked.people,
        "columns": columns,
        "choosable": COLUMNS,
        "here": request.get_full_path(),
        "asked": asked.query,
    }
    return page(request, "dashboard/orders/index.html", "dashboard/orders/_list.html", context, say=count)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list of orders was asked for: the filters, the form that shows them, the query string without a place."""

    filters: OrderFilter
    form: OrderFilterForm
    query: str
    may_act: bool
    people: list[PersonFact]


def asked_for(request: HttpRequest, query: QueryDict | None = None) -> Asked:
    """Read the query string of the list, or the one given, within the warehouses the person may see."""
    values = request.GET if query is None else query
    known, user = channels(), staff(request)
    people = people_who_may("order.hold", current_warehouse(request).id)
    form = OrderFilterForm(values, channels=known, people=people)
    form.is_valid()
    view = values.get("view", "all")
    view = view if view in VIEWS or view in WORK else "all"
    search = str(form.cleaned_data.get("q") or "").replace("\0", "")
    filters = _filters(request, form, values, view=view, query=search, known={one.code: one for one in known})
    kept = values.copy()
    kept.pop("cursor", None)
    return Asked(filters, form, kept.urlencode(), user.may("order.hold"), people)


def _filters(
    request: HttpRequest,
    form: OrderFilterForm,
    values: QueryDict,
    *,
    view: str,
    query: str,
    known: Mapping[str, ChannelFact],
) -> OrderFilter:
    warehouse, now = current_warehouse(request), timezone.now()
    after, before = form.placed_between(ZoneInfo(warehouse.time_zone))
    channel = known.get(str(form.cleaned_data.get("channel") or ""))
    worth = order_worth.read(values.get(order_worth.PARAMETER, ""), channel, now=now)
    if query:
        query = order_of_parcel(query) or query
    return OrderFilter(
        channel_id=channel.id if channel else None,
        # A search finds an order in any warehouse the person may see; so does a figure about a whole channel.
        warehouse_ids=[one.id for one in visible_warehouses(request)] if query or worth else (warehouse.id,),
        view=view,
        today=warehouse_day(warehouse, now),
        status=str(form.cleaned_data.get("status") or ""),
        fulfillment_status=str(form.cleaned_data.get("shipped") or ""),
        placed_after=after,
        placed_before=before,
        product_id=_product(values),
        shipping_method=str(form.cleaned_data.get("method") or ""),
        tag=str(form.cleaned_data.get("tag") or "").replace("\0", ""),
        owner_id=int(form.cleaned_data.get("owner") or 0) or None,
        leaves_on=_leaves_on(values),
        worth=worth,
        search=query,
    )


def _product(values: QueryDict) -> int | None:
    """The product ``?product=<sku>`` narrows the list to; one that does not exist matches nothing."""
    sku = values.get("product", "").replace("\0", "").strip()[:64]
    if not sku:
        return None
    found = products_by_sku([sku]).get(sku.casefold())
    return found.id if found else 0


def _leaves_on(values: QueryDict) -> date | None:
    """The day ``?leaves=<YYYY-MM-DD>`` narrows the list to; None when it names no day."""
    try:
        return parse_date(values.get("leaves", ""))
    except ValueError:
        return None


def _tab_url(request: HttpRequest, view: str) -> str:
    query = request.GET.copy()
    query.pop("cursor", None)
    query["view"] = view
    return f"?{query.urlencode()}"


def _chips(request: HttpRequest, asked: Asked, known: Mapping[str, ServiceFact]) -> list[dict[str, str]]:
    """The active filters as words, each with the link that removes it."""
    form, chips = asked.form, []
    for name in ("status", "shipped", "channel", "method", "tag", "owner", "placed_from", "placed_to"):
        value = form.cleaned_data.get(name)
        if not value:
            continue
        field = form.fields[name]
        shown = dict(getattr(field, "choices", ())).get(value, value)
        chips.append({"word": f"{field.label}: {shown}", "url": _without(request, name)})
    if sku := request.GET.get("product"):
        chips.append({"word": _("Product: %(sku)s") % {"sku": sku[:64]}, "url": _without(request, "product")})
    if day := _leaves_on(request.GET):
        chips.append({"word": _("Leaves on %(day)s") % {"day": weekday(day)}, "url": _without(request, "leaves")})
    if asked.filters.worth is not None:
        word = order_worth.words(request.GET[order_worth.PARAMETER], known)
        chips.append({"word": word, "url": _without(request, order_worth.PARAMETER)})
    return chips


def _without(request: HttpRequest, name: str) -> str:
    """The link to the list without one of its filters."""
    query = request.GET.copy()
    for one in ("cursor", name):
        query.pop(one, None)
    return f"?{query.urlencode()}"


def shown_rows(rows: list[OrderRow], known: Mapping[str, ServiceFact], *, carriers: bool) -> list[Shown]:
    """The rows with their words; one statement when the carriers are to be shown, else none."""
    bought = carriers_bought([row.id for row in rows]) if carriers else {}
    shown = []
    for row in rows:
        service = known.get(row.shipping_method)
        planned = (service.carrier,) if service and row.status != "cancelled" else ()
        shown.append(
            Shown(
                row,
                badges_of(row),
                service.name if service else row.shipping_method,
                carriers=bought.get(row.id, planned),
                planned=row.id not in bought,
            )
        )
    return shown


def _count_words(count: int, *, more: bool) -> str:
    if more:
        return _("The first %(count)d of more orders") % {"count": count}
    return ngettext("%(count)d order", "%(count)d orders", count) % {"count": count}
