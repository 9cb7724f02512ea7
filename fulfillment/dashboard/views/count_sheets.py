"""Count sheets: print what is to be counted, and take in what was written."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from core.kernel.errors import DomainError
from fulfillment.dashboard.access import current_warehouse, requires, staff
from fulfillment.dashboard.desk import text_in
from fulfillment.dashboard.forms.counts import SheetForm
from inventory.selectors.count_sheets import bins_named, bins_of_zone, bins_to_count, sheet_of
from inventory.selectors.places import WarehouseFact, zones_of
from inventory.services.count_sheets import sheet_csv, sheet_pdf
from inventory.services.count_upload import Uploaded, upload_sheet

PERMISSION = "count.approve"


@require_http_methods(["GET", "POST"])
@requires(PERMISSION)
def count_sheets(request: HttpRequest) -> HttpResponse:
    """Choose bins to print (GET); take in a filled sheet (POST)."""
    warehouse, now = current_warehouse(request), timezone.now()
    zone = ZoneInfo(warehouse.time_zone)
    if request.method == "GET":
        return _page(request, warehouse, SheetForm(initial={"counted_at": now.astimezone(zone)}))
    with timezone.override(zone):
        form = SheetForm(request.POST, request.FILES)
        valid = form.is_valid()
    if not valid:
        return _page(request, warehouse, form, status=422)
    try:
        done = upload_sheet(
            form.cleaned_data["file"].read(),
            warehouse_id=warehouse.id,
            counted_at=form.cleaned_data["counted_at"],
            by=staff(request).actor,
            now=now,
        )
    except DomainError as refusal:
        return _page(request, warehouse, form, problem=refusal.detail, status=422)
    if done.errors:
        return _page(request, warehouse, form, done=done, status=422)
    _tell(request, done)
    return redirect("dashboard:counts")


@require_GET
@requires(PERMISSION)
def count_sheet(request: HttpRequest, format: str) -> HttpResponse:
    """``?zone=`` or ``?bins=A-01-1, A-01-2`` or neither: a sheet of these bins, of those to be counted now."""
    warehouse, now = current_warehouse(request), timezone.now()
    zone, names = text_in(request, "zone", limit=20), text_in(request, "bins", limit=10_000)
    if names:
        chosen = bins_named(warehouse.id, names.replace("\n", ",").split(","))
    else:
        chosen = bins_of_zone(warehouse.id, zone) if zone else bins_to_count(warehouse.id)
    bins = sheet_of(chosen)
    here = now.astimezone(ZoneInfo(warehouse.time_zone))
    if format == "csv":
        response = HttpResponse(sheet_csv(bins), content_type="text/csv; charset=utf-8")
    elif format == "pdf":
        title = _("Count sheet %(name)s") % {"name": warehouse.name}
        response = HttpResponse(sheet_pdf(bins, title=title, now=here), content_type="application/pdf")
    else:
        return HttpResponse(status=404)
    response["Content-Disposition"] = f'attachment; filename="count-{here:%Y-%m-%d-%H%M}.{format}"'
    return response


def _tell(request: HttpRequest, done: Uploaded) -> None:
    bins = sum(done.statuses.values())
    words = ngettext("%(count)d bin is counted.", "%(count)d bins are counted.", bins) % {"count": bins}
    messages.success(request, words)
    if again := done.statuses.get("investigating", 0):
        words = ngettext(
            "%(count)d bin is to be counted again by somebody else.",
            "%(count)d bins are to be counted again by somebody else.",
            again,
        )
        messages.warning(request, words % {"count": again})


def _page(
    request: HttpRequest,
    warehouse: WarehouseFact,
    form: SheetForm,
    *,
    done: Uploaded | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "zones": zones_of(warehouse.id),
        "to_count": len(bins_to_count(warehouse.id)),
        "errors": done.errors[:200] if done else (),
        "error_count": len(done.errors) if done else 0,
        "counted": sum(done.statuses.values()) if done else 0,
        "problem": problem,
    }
    return render(request, "dashboard/counts/sheets.html", context, status=status)
