"""Scan to anything: whatever has a code opens, on any page."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from core.accounts.models import User
from core.kernel.errors import NotFound
from core.kernel.refs import is_scan_code, tidy_ref
from fulfillment.dashboard.access import current_warehouse, requires, staff, visible_warehouses
from fulfillment.dashboard.desk import text_in
from inventory.selectors.counting import count_fact
from inventory.selectors.lots import lots_by_key, lots_numbered
from inventory.selectors.places import BinFact, bin_by_code
from inventory.selectors.products import product_by_code
from inventory.selectors.receiving import purchase_order, receipt_fact
from inventory.selectors.scans import read_scan
from inventory.selectors.ship_notices import notices_with_case, ship_notice
from inventory.selectors.transfers import transfer_by_ref
from orders.selectors.lists import OrderFilter, orders_list
from returns.selectors.reads import return_by_ref
from shipping.selectors.desk import pick_list_by_code, tote_content, wave_page
from shipping.selectors.parcels import parcel_by_code

# What a lookup found: where it opens, or the permission the person lacks for it; None when it is nothing of the kind.
Found = tuple[str, str] | None


@require_GET
@requires("home.view")
def go(request: HttpRequest) -> HttpResponse:
    """Redirect to the thing with ``?code=``: order, parcel, return, wave, pick list, bin, tote, product, delivery."""
    code = text_in(request, "code", limit=120)
    if not code:
        return redirect("dashboard:home")
    refused = ""
    for lookup in _lookups(code):
        found = lookup(request, code)
        if found is None:
            continue
        url, missing = found
        if url:
            return redirect(url)
        refused = refused or missing
    context = {"code": code, "refused": refused, "may_search": staff(request).may("order.view")}
    return render(request, "dashboard/go/nothing.html", context, status=403 if refused else 404)


def _lookups(code: str) -> list[Callable[[HttpRequest, str], Found]]:
    """Who to ask, the likeliest first: our own codes say by their letter what they are."""
    upper = code.upper()
    by_prefix: dict[str, Callable[[HttpRequest, str], Found]] = {
        "ORD-": _order,
        "SHP-": _parcel,
        "RMA-": _return,
        "WAV-": _wave,
        "PCK-": _pick_list,
        "CNT-": _count,
        "PO-": _delivery,
        "ASN-": _notice,
        "REC-": _receipt,
        "TRF-": _transfer,
        "WRK-": _work_order,
        "IMP-": _import,
    }
    for prefix, lookup in by_prefix.items():
        if upper.startswith(prefix):
            return [lookup]
    if is_scan_code(upper, "P"):
        return [_pick_list, _product]
    if is_scan_code(upper, "L") or is_scan_code(upper, "T"):
        return [_place, _product]
    return [_product, _place, _parcel, _order, _lot, _case]


def _sees(request: HttpRequest, warehouse_id: int) -> bool:
    return staff(request).sees_warehouse(warehouse_id)


def _first(user: User, *choices: tuple[str, str]) -> Found:
    """The first (permission, URL) the person may use; else what would be needed for the first of them."""
    for permission, url in choices:
        if url and user.may(permission):
            return url, ""
    return "", choices[0][0]


def _route(name: str, *args: object, query: dict[str, str] | None = None) -> str:
    """A route's URL, empty where the screen is not installed."""
    try:
        url = reverse(f"dashboard:{name}", args=args)
    except NoReverseMatch:
        return ""
    return f"{url}?{urlencode(query)}" if query else url


def _order(request: HttpRequest, code: str) -> Found:
    here = [warehouse.id for warehouse in visible_warehouses(request)]
    if not here:
        return None
    rows = orders_list(OrderFilter(search=code, warehouse_ids=here), limit=2)
    exact = [row for row in rows if code.upper() in (row.ref, row.external_id.upper())]
    if len(rows) != 1 and len(exact) != 1:
        return None
    return _first(staff(request), ("order.view", _route("order", (exact or rows)[0].ref)))


def _parcel(request: HttpRequest, code: str) -> Found:
    try:
        parcel = parcel_by_code(code)
    except NotFound:
        return None
    if not _sees(request, parcel.warehouse_id):
        return None
    return _first(
        staff(request),
        ("order.view", f"{_route('order', parcel.order_ref)}#{parcel.ref}"),
        ("handover.work", _route("ship", query={"code": parcel.ref})),
        ("return.receive", _route("returns", query={"code": parcel.ref})),
    )


def _transfer(request: HttpRequest, code: str) -> Found:
    try:
        found = transfer_by_ref(tidy_ref(code))
    except NotFound:
        return None
    if not _sees(request, found.source_id) and not _sees(request, found.target_id):
        return None
    return _first(staff(request), ("transfer.work", _route("transfer", found.ref)))


def _work_order(request: HttpRequest, code: str) -> Found:
    """Its own page says whether there is such a work order, and whose it is."""
    return _first(staff(request), ("assemble.work", _route("work_order", tidy_ref(code))))


def _import(request: HttpRequest, code: str) -> Found:
    return _first(staff(request), ("import.work", _route("import", tidy_ref(code))))


def _return(request: HttpRequest, code: str) -> Found:
    try:
        rma = return_by_ref(code.upper())
    except NotFound:
        return None
    if not _sees(request, rma.warehouse_id):
        return None
    return _first(
        staff(request),
        ("return.view", _route("return", rma.ref)),
        ("return.receive", _route("returns", query={"code": rma.ref})),
        ("order.view", _route("order", rma.order_ref)),
    )


def _wave(request: HttpRequest, code: str) -> Found:
    try:
        wave = wave_page(code)
    except NotFound:
        return None
    if not _sees(request, wave.warehouse_id):
        return None
    return _first(staff(request), ("wave.view", _route("wave", wave.ref)))


def _pick_list(request: HttpRequest, code: str) -> Found:
    found = pick_list_by_code(code)
    if found is None or not _sees(request, found.warehouse_id):
        return None
    return _first(
        staff(request),
        ("wave.view", f"{_route('wave', found.wave_ref)}#list-{found.id}"),
        ("pick.work", _route("pick_list", found.ref)),
    )


def _place(request: HttpRequest, code: str) -> Found:
    try:
        warehouse_id = current_warehouse(request).id
    except Http404:
        return None
    place = _bin(code, warehouse_id)
    if place is None or not _sees(request, place.warehouse_id):
        return None
    if place.kind == "tote" and staff(request).may("pack.work") and not staff(request).may("order.view"):
        # A packer who scans a full tote wants to pack it.
        pack = _route("pack", query={"code": place.code})
        if pack and tote_content(place.id):
            return pack, ""
    return _first(staff(request), ("place.view", _route("place", place.code)))


def _bin(code: str, warehouse_id: int) -> BinFact | None:
    try:
        return bin_by_code(code)
    except NotFound:
        pass
    try:
        return bin_by_code(code, warehouse_id=warehouse_id)
    except NotFound:
        return None


def _product(request: HttpRequest, code: str) -> Found:
    try:
        product, _units = product_by_code(code)
    except NotFound:
        return None
    return _first(staff(request), ("stock.view", _route("product", product.sku)))


def _lot(request: HttpRequest, code: str) -> Found:
    """A lot or serial number by itself, or as a GS1 label tells it with its product."""
    scan = read_scan(code)
    if scan.product and scan.lot and (scan.product.id, scan.lot) in lots_by_key([(scan.product.id, scan.lot)]):
        return _first(staff(request), ("stock.view", _route("lot", scan.product.sku, scan.lot)))
    if not lots_numbered(code, limit=1):
        return None
    return _first(staff(request), ("stock.view", _route("lots", query={"number": code})))


def _count(request: HttpRequest, code: str) -> Found:
    try:
        found = count_fact(tidy_ref(code))
    except NotFound:
        return None
    if not _sees(request, found.warehouse_id):
        return None
    return _first(
        staff(request),
        ("count.approve", _route("count_review", found.ref)),
        ("count.work", _route("count_job", found.ref)),
    )


def _delivery(request: HttpRequest, code: str) -> Found:
    try:
        order, _lines = purchase_order(code.upper())
    except NotFound:
        return None
    if not _sees(request, order.warehouse_id):
        return None
    return _first(staff(request), ("receive.work", _route("receive", query={"code": order.ref})))


def _notice(request: HttpRequest, code: str) -> Found:
    try:
        notice, _lines = ship_notice(code.upper())
    except NotFound:
        return None
    if not _sees(request, notice.warehouse_id):
        return None
    return _first(staff(request), ("receive.work", _route("receive", query={"code": notice.ref})))


def _case(request: HttpRequest, code: str) -> Found:
    """A case or pallet a supplier announced: the dock receives it whole."""
    sscc = read_scan(code).sscc
    here = visible_warehouses(request) if sscc else []
    if not any(notices_with_case(sscc, warehouse_id=warehouse.id, limit=1) for warehouse in here):
        return None
    return _first(staff(request), ("receive.work", _route("receive", query={"code": code})))


def _receipt(request: HttpRequest, code: str) -> Found:
    try:
        receipt = receipt_fact(code.upper())
    except NotFound:
        return None
    if not _sees(request, receipt.warehouse_id):
        return None
    screen = "delivery" if receipt.closed_at else "receipt"
    return _first(staff(request), ("receive.work", _route(screen, receipt.ref)))


__all__ = ["go"]
