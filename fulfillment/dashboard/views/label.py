"""The label of a parcel as a document."""

from csp.constants import SELF
from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from core.kernel.errors import NotFound
from fulfillment.dashboard.access import refuse_foreign_warehouse, requires, staff
from shipping.selectors.parcels import access_parcel, label_document
from shipping.services.labels import count_print

TYPES = {"pdf": "application/pdf", "zpl": "text/plain; charset=utf-8"}


@require_GET
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF]})  # type: ignore[arg-type]
@requires("label.print")
def label(request: HttpRequest, ref: str, format: str) -> HttpResponse:
    """The 4×6 label as PDF or ZPL; every look counts as a print."""
    if format not in TYPES:
        raise Http404
    try:
        parcel = access_parcel(ref)
        refuse_foreign_warehouse(request, parcel.warehouse_id)
        content = label_document(parcel.ref, format)
    except NotFound as error:
        raise Http404(_("There is no such label.")) from error
    count_print(parcel.ref, by=staff(request).actor, now=timezone.now())
    response = HttpResponse(content, content_type=TYPES[format])
    response["Content-Disposition"] = f'inline; filename="{parcel.ref}.{format}"'
    response["Cache-Control"] = "no-store"
    return response
