"""The orders list as a file, and as people like to see it."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import islice
from operator import attrgetter

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.accounts.saved_views import delete_view, save_view
from core.kernel.errors import DomainError
from fulfillment.dashboard.access import requires, staff
from fulfillment.dashboard.order_columns import COLUMNS as LIST_COLUMNS
from fulfillment.dashboard.order_columns import COOKIE, DENSE
from fulfillment.dashboard.views.order_acts import back_to_list
from fulfillment.dashboard.views.orders import PAGE_NAME, Shown, asked_for, shown_rows
from inventory.planning.import_files import csv_line
from orders.selectors.lists import OrderFilter, orders_in_steps
from shipping.selectors.carriers import services

COLUMNS: Mapping[str, str] = {
    "ref": "ref",
    "external_id": "external_id",
    "channel": "channel_code",
    "customer": "customer_name",
    "country": "country",
    "status": "status",
    "fulfillment_status": "fulfillment_status",
    "payment_status": "payment_status",
    "return_status": "return_status",
    "ship_by": "ship_by",
    "placed_at": "placed_at",
    "currency": "currency",
    "total": "total",
    "open_holds": "open_holds",
    "units": "units",
    "backordered": "backordered",
}
"""The heads of the file, each with what it shows of a row; more may follow, none may go."""
CARRIER = ("carrier", "carrier_is")
"""The last heads: the carrier as the list shows it, and whether its parcels are ``bought`` or it is ``planned``."""
STEP = 200
KEPT_FOR = 365 * 24 * 3600


@require_GET
@requires("order.view")
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The orders the list shows, all pages of it, as CSV in UTF-8; times are UTC."""
    response = StreamingHttpResponse(_lines(asked_for(request).filters), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="orders.csv"'
    return response


@require_POST
@requires("order.view")
def choose_columns(request: HttpRequest) -> HttpResponse:
    """Show these columns of the list from now on, in this browser."""
    chosen = [name for name in (*LIST_COLUMNS, DENSE) if name in request.POST.getlist("column")]
    response = back_to_list(request)
    response.set_cookie(
        COOKIE, ".".join(chosen), max_age=KEPT_FOR, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )
    return response


@require_POST
@requires("order.view")
def save(request: HttpRequest) -> HttpResponse:
    """Keep the list as it is filtered now under a name; with ``shared`` everybody sees it."""
    query = asked_for(request, QueryDict(request.POST.get("asked", "")[:2000])).query
    name = request.POST.get("name", "").replace("\0", "")
    try:
        save_view(
            staff(request).pk,
            PAGE_NAME,
            name,
            query,
            shared=bool(request.POST.get("shared")) and staff(request).may("wave.release"),
            now=timezone.now(),
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The view is kept among the tabs."))
    return redirect(f"{reverse('dashboard:orders')}?{query}")


@require_POST
@requires("order.view")
def delete(request: HttpRequest, view_id: int) -> HttpResponse:
    """Delete an own view."""
    try:
        delete_view(staff(request).pk, view_id)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The view is gone."))
    return redirect("dashboard:orders")


def _lines(filters: OrderFilter) -> Iterator[str]:
    of_row, known = attrgetter(*COLUMNS.values()), services()
    yield "\ufeff" + csv_line([*COLUMNS, *CARRIER])
    rows = orders_in_steps(filters)
    while step := list(islice(rows, STEP)):
        shown = shown_rows(step, known, carriers=True)
        yield "".join(csv_line([*map(_cell, of_row(one.row)), *_carrier(one)]) for one in shown)


def _carrier(shown: Shown) -> tuple[str, str]:
    if not shown.carriers:
        return "", ""
    return ", ".join(shown.carriers), "planned" if shown.planned else "bought"


def _cell(value: object) -> object:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else value
