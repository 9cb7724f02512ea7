"""Packing slips as documents."""

from csp.constants import SELF
from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from core.kernel.errors import NotFound
from core.kernel.refs import tidy_ref
from fulfillment.dashboard.access import refuse_foreign_warehouse, requires, staff
from fulfillment.dashboard.slips import MOST, slip_of_parcel, slips_of_orders
from orders.selectors.order_page import order_page
from orders.selectors.places import places_of
from shipping.selectors.parcels import access_parcel


@require_GET
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF]})  # type: ignore[arg-type]
@requires("label.print")
def slip(request: HttpRequest, ref: str) -> HttpResponse:
    """The slip that goes into a box, printed from the bench."""
    try:
        parcel = access_parcel(ref)
    except NotFound as error:
        raise Http404(_("There is no such parcel.")) from error
    refuse_foreign_warehouse(request, parcel.warehouse_id)
    return _pdf(slip_of_parcel(parcel), parcel.ref)


@require_GET
@requires("order.view")
def order_slip(request: HttpRequest, ref: str) -> HttpResponse:
    """The slip of a whole order."""
    try:
        page = order_page(ref)
    except NotFound as error:
        raise Http404(_("There is no such order.")) from error
    places = {shipment.warehouse_id for shipment in page.shipments} or {page.order.warehouse_id}
    if not any(staff(request).sees_warehouse(place) for place in places):
        refuse_foreign_warehouse(request, min(places))
    return _pdf(slips_of_orders([page.order.id]), page.order.ref)


@require_GET
@requires("order.view")
def order_slips(request: HttpRequest) -> HttpResponse:
    """``?ref=…&ref=…``: the slips of up to 100 orders in one document, in the order they are named."""
    refs = [tidy_ref(ref)[:24] for ref in request.GET.getlist("ref")[:MOST]]
    found = places_of(refs)
    ids = [
        found[ref][0]
        for ref in dict.fromkeys(refs)
        if ref in found and any(staff(request).sees_warehouse(place) for place in found[ref][1])
    ]
    if not ids:
        raise Http404(_("There is no such order."))
    return _pdf(slips_of_orders(ids), "slips")


def _pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}-slip.pdf"'
    response["Cache-Control"] = "no-store"
    return response
