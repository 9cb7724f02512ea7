"""The orders list as a file, and as people like to see it."""

from collections.abc import Iterator

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
from fulfillment.dashboard.views.orders import PAGE_NAME, asked_for
from inventory.planning.import_files import csv_line
from orders.selectors.lists import OrderFilter, orders_in_steps

COLUMNS = (
    "ref",
    "external_id",
    "channel",
    "customer",
    "country",
    "status",
    "fulfillment_status",
    "payment_status",
    "return_status",
    "ship_by",
    "placed_at",
    "currency",
    "total",
    "open_holds",
    "units",
    "backordered",
)
STEP = 200


@require_GET
@requires("order.view")
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The orders the list shows, all pages of it, as CSV in UTF-8; times are UTC."""
    response = StreamingHttpResponse(_lines(asked_for(request).filters), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="orders.csv"'
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
    part = ["\ufeff", csv_line(COLUMNS)]
    for row in orders_in_steps(filters):
        part.append(
            csv_line(
                [
                    row.ref,
                    row.external_id,
                    row.channel_code,
                    row.customer_name,
                    row.country,
                    row.status,
                    row.fulfillment_status,
                    row.payment_status,
                    row.return_status,
                    row.ship_by.isoformat() if row.ship_by else "",
                    row.placed_at.isoformat(),
                    row.currency,
                    row.total,
                    row.open_holds,
                    row.units,
                    row.backordered,
                ]
            )
        )
        if len(part) >= STEP:
            yield "".join(part)
            part = []
    yield "".join(part)
