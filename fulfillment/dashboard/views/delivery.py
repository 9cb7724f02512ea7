"""One delivery at the desk: its lines, photos and unknown articles, and taking it back."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.kernel.errors import NotFound
from core.kernel.refs import tidy_ref
from fulfillment.dashboard.access import refuse_foreign_warehouse, requires, staff
from fulfillment.dashboard.desk import act_once, number_in
from fulfillment.dashboard.receiving import reason_word
from inventory.errors import BadPhoto, Invalid
from inventory.selectors.lead_times import lead_times
from inventory.selectors.photos import photo_bytes, photos_of
from inventory.selectors.quality import open_checks
from inventory.selectors.receiving import ReceiptFact, ReceiptLineFact, receipt_fact, receipt_lines
from inventory.selectors.scans import read_scan
from inventory.selectors.suppliers import supplier_by_id
from inventory.services.photos import MOST_BYTES, keep_photo, read_picture
from inventory.services.products import create_product
from inventory.services.receiving import attach_article
from inventory.services.voiding import void_receipt


@require_GET
@requires("receive.work")
def delivery(request: HttpRequest, ref: str) -> HttpResponse:
    """The page of a receipt. A constant number of statements."""
    return _render(request, _read(request, ref))


@require_POST
@requires("receipt.void")
def void_delivery(request: HttpRequest, ref: str) -> HttpResponse:
    """Take the receipt back, all of it."""
    found, now = _read(request, ref), timezone.now()
    reason = _text(request, "reason", 200)

    def work() -> dict[str, Any]:
        return {"ref": void_receipt(found.ref, reason=reason, by=staff(request).actor, now=now).ref}

    return _done(request, found, "void", work, _("%(ref)s is voided. What it brought is expected again."))


@require_POST
@requires("receive.work")
def add_delivery_photo(request: HttpRequest, ref: str) -> HttpResponse:
    """Keep a photo from the device's camera or from a file."""
    found, now = _read(request, ref), timezone.now()
    sent = request.FILES.get("photo")
    if sent is None:
        return _render(request, found, problem=_("Take or choose a photo first."), status=422)
    line_id = number_in(request, "line", 0, low=0, high=10**9) or None
    try:
        picture = read_picture(sent.read(MOST_BYTES + 1))
    except BadPhoto as error:
        return _render(request, found, problem=error.detail, status=422)

    def work() -> dict[str, Any]:
        return {"photo": keep_photo(found.ref, picture, line_id=line_id, by=staff(request).actor, now=now)}

    return _done(request, found, "photo", work, _("The photo is kept with %(ref)s."))


@require_GET
@requires("receive.work")
def delivery_photo(request: HttpRequest, photo_id: int) -> HttpResponse:
    """The photo itself, for those who may see the delivery."""
    try:
        jpeg, warehouse_id = photo_bytes(photo_id)
    except NotFound as error:
        raise Http404 from error
    refuse_foreign_warehouse(request, warehouse_id)
    headers = {"Cache-Control": "private, max-age=86400", "Content-Disposition": "inline"}
    return HttpResponse(jpeg, content_type="image/jpeg", headers=headers)


@require_POST
@requires("receive.work")
def attach_to_product(request: HttpRequest, ref: str, line_id: int) -> HttpResponse:
    """Say which product an unknown article is, or make a new one of it; then its units are received."""
    found, now = _read(request, ref), timezone.now()
    if not any(line.id == line_id for line in _unknown(receipt_lines(found.ref))):
        raise Http404
    sku, name, lot = _text(request, "sku", 64), _text(request, "name", 200), _text(request, "lot", 40)
    units = number_in(request, "units", 1, low=1, high=10_000)

    def work() -> dict[str, Any]:
        by = staff(request).actor
        product = read_scan(sku).product
        if product is None:
            if not sku or not name:
                raise Invalid(_("No product has this code. Type a name too to make a new one."))
            product = create_product(sku=sku, name=name, by=by, now=now).product
        line = attach_article(line_id, product_id=product.id, units=units, lot=lot, by=by, now=now)
        return {"sku": line.sku, "quantity": line.quantity}

    return _done(request, found, f"attach:{line_id}", work, _("The article is known now, and received on %(ref)s."))


def _done(
    request: HttpRequest, found: ReceiptFact, act: str, work: Callable[[], Mapping[str, Any]], told: str
) -> HttpResponse:
    problem, _answer = act_once(request, f"receipt:{found.ref}:{act}", work)
    if problem:
        return _render(request, receipt_fact(found.ref), problem=problem, status=422)
    messages.success(request, told % {"ref": found.ref})
    return redirect("dashboard:delivery", found.ref)


def _read(request: HttpRequest, ref: str) -> ReceiptFact:
    """That receipt, in the person's scope. Raises Http404."""
    try:
        found = receipt_fact(tidy_ref(ref)[:24])
    except NotFound as error:
        raise Http404(_("There is no receipt %(ref)s.") % {"ref": ref[:24]}) from error
    refuse_foreign_warehouse(request, found.warehouse_id)
    return found


def _render(request: HttpRequest, found: ReceiptFact, *, problem: str = "", status: int = 200) -> HttpResponse:
    lines = receipt_lines(found.ref)
    photos = photos_of(found.ref)
    names = {line.id: line.name or line.scanned_code for line in lines}
    page = {
        "receipt": found,
        "reason": reason_word(found.note),
        "lines": [{"line": line, "note": reason_word(line.note)} for line in lines],
        "unknown": _unknown(lines),
        "photos": [
            {
                "url": reverse("dashboard:delivery_photo", args=[one.id]),
                "of": names.get(one.line_id or 0, ""),
                "one": one,
            }
            for one in photos
        ],
        "checks": open_checks(warehouse_id=found.warehouse_id, receipt_ref=found.ref),
        "supplier": supplier_by_id(found.supplier_id) if found.supplier_id else None,
        "lead_time": lead_times([found.supplier_id]).get(found.supplier_id) if found.supplier_id else None,
        "units": sum(count for kind, count in found.units.items() if kind not in ("short", "unknown")),
        "may_void": staff(request).may("receipt.void") and found.voided_at is None,
        "problem": problem,
    }
    return render(request, "dashboard/receive/delivery.html", page, status=status)


def _unknown(lines: list[ReceiptLineFact]) -> list[ReceiptLineFact]:
    """The unknown articles nobody has dealt with, one line for each code."""
    found = {
        line.scanned_code: line
        for line in lines
        if line.discrepancy == "unknown" and line.voided_at is None and line.product_id is None
    }
    return list(found.values())


def _text(request: HttpRequest, name: str, limit: int) -> str:
    return request.POST.get(name, "").replace("\0", "").strip()[:limit]
