"""Receive: a delivery note or an item opens the delivery; every scan counts a unit, a number key the rest."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.kernel.actors import Actor
from core.kernel.errors import NotFound
from core.kernel.refs import is_scan_code, tidy_ref
from fulfillment.dashboard.access import current_warehouse, refuse_foreign_warehouse, requires, staff
from fulfillment.dashboard.floorwork import Judged, act_once, not_read, number_in, respond
from fulfillment.dashboard.receiving import receipt_page
from fulfillment.dashboard.scanning import Scan, UnreadableScan, read_scan
from inventory.selectors.products import ProductFact, product_by_code, products_by_id
from inventory.selectors.receiving import (
    ReceiptFact,
    open_receipts,
    orders_expecting,
    purchase_order,
    purchase_orders,
    receipt_fact,
)
from inventory.services.receiving import close_receipt, open_receipt, receive_units

PERMISSION = "receive.work"
Told = dict[str, Any]


@require_GET
@requires(PERMISSION)
def receive(request: HttpRequest) -> HttpResponseBase:
    """The dock: what is expected, what is being received."""
    return render(request, "dashboard/receive/start.html", _start(request))


@require_GET
@requires(PERMISSION)
def receipt(request: HttpRequest, ref: str) -> HttpResponseBase:
    """A delivery as far as it is received."""
    return render(request, "dashboard/receive/job.html", _page(request, _receipt(request, ref)))


@require_POST
@requires(PERMISSION)
def receive_scan(request: HttpRequest) -> JsonResponse:
    """A scan with no delivery on the screen: a purchase order, a receipt, or an item of one."""
    try:
        scan = read_scan(request)
    except UnreadableScan:
        return not_read()
    warehouse, by, now = current_warehouse(request), staff(request).actor, timezone.now()
    candidates: list[Any] = []

    def work() -> Mapping[str, Any]:
        told = _open(scan, warehouse.id, by, now)
        candidates[:] = told.pop("candidates", [])
        return told

    judged = act_once(request, scan, scope=f"receive:start:{warehouse.id}", work=work)
    ref = judged.more.get("ref", "")
    if not ref:
        page = _start(request) | {"candidates": candidates}
        return respond(judged, _html(request, "start", page))
    return respond(judged, _html(request, "job", _page(request, _receipt(request, ref))))


@require_POST
@requires(PERMISSION)
def receipt_scan(request: HttpRequest, ref: str) -> JsonResponse:
    """A scan or a button while a delivery is on the screen."""
    try:
        scan = read_scan(request)
    except UnreadableScan:
        return not_read()
    found = _receipt(request, ref)
    damaged = bool(request.session.get(_damaged_key(found)))

    def work() -> Mapping[str, Any]:
        return _act(found, scan, staff(request).actor, timezone.now(), damaged=damaged)

    judged = act_once(request, scan, scope=f"receive:{found.id}", work=work)
    if not judged.refused and "damaged" in judged.more:
        request.session[_damaged_key(found)] = judged.more["damaged"]
    page = _page(request, _receipt(request, ref), judged)
    return respond(judged, _html(request, "job", page))


def _open(scan: Scan, warehouse_id: int, by: Actor, now: datetime) -> Told:
    code = tidy_ref(scan.code or str(scan.values.get("order", "")))
    if scan.action == "blind":
        opened = open_receipt(warehouse_id=warehouse_id, by=by, now=now)
        return {"verdict": "ok", "message": _("A delivery without an order. Scan the items."), "ref": opened.ref}
    if code.startswith("REC-"):
        return {"verdict": "ok", "message": _("Go on with this delivery."), "ref": receipt_fact(code).ref}
    if code.startswith("PO-"):
        opened = open_receipt(warehouse_id=warehouse_id, purchase_order_ref=code, by=by, now=now)
        return {
            "verdict": "ok",
            "message": _("%(order)s is open. Scan the items.") % {"order": code},
            "ref": opened.ref,
        }
    product, units = _product(scan)
    orders = orders_expecting(product.id, warehouse_id=warehouse_id)
    if len(orders) == 1:
        opened = open_receipt(warehouse_id=warehouse_id, purchase_order_ref=orders[0].ref, by=by, now=now)
        receive_units(opened.ref, product_id=product.id, quantity=units, by=by, now=now)
        told = _("%(order)s is open: %(name)s, %(units)d received.")
        return {
            "verdict": "ok",
            "message": told % {"order": orders[0].ref, "name": product.name, "units": units},
            "ref": opened.ref,
        }
    if orders:
        told = _("%(count)d orders expect %(name)s. Choose one.") % {"count": len(orders), "name": product.name}
        return {"verdict": "decision", "message": told, "candidates": orders}
    told = _("No order expects %(name)s. Receive it without one, or scan the delivery note.") % {"name": product.name}
    return {"verdict": "decision", "message": told}


def _act(found: ReceiptFact, scan: Scan, by: Actor, now: datetime, *, damaged: bool) -> Told:
    if scan.action == "close":
        return _close(found, complete=scan.values.get("complete") != "no", by=by, now=now)
    if found.closed_at is not None:
        return {"verdict": "already", "message": _("This delivery is closed. Scan the next delivery note.")}
    if scan.action == "damaged":
        told = _("The next items count as damaged.") if not damaged else _("The next items count as good.")
        return {"verdict": "ok", "message": told, "damaged": not damaged}
    if scan.action == "quantity":
        return _quantity(found, scan, by, now, damaged=damaged)
    if scan.action == "unknown":
        code = str(scan.values.get("article", ""))[:80]
        receive_units(found.ref, code=code, quantity=1, action_id=scan.id, by=by, now=now)
        return {"verdict": "ok", "message": _("Noted as an unknown article. Put it aside with a note.")}
    if scan.action == "anyway":
        known = products_by_id([number_in(scan.values, "product", most=10**9) or 0])
        if not known:
            raise NotFound(_("There is no such product."))
        return _received(found, next(iter(known.values())), 1, by, now, damaged=damaged, action_id=scan.id)
    if scan.action:
        return {"verdict": "wrong", "title": _("Not here"), "message": _("This button does nothing here.")}
    code = scan.code.strip().upper()
    if any(is_scan_code(code, letter) for letter in "LTXP"):
        told = _("This is the code of a place, not of an article. Scan the article.")
        return {"verdict": "wrong", "title": _("Not an article"), "message": told}
    try:
        product, units = _product(scan)
    except NotFound:
        told = _("Nobody knows the code %(code)s. Scan another code of it, or note it as unknown.")
        return {
            "verdict": "decision",
            "message": told % {"code": scan.code[:40]},
            "ask": "unknown",
            "code": scan.code[:80],
        }
    if found.purchase_order_ref and not _expected(found, product):
        told = _("%(name)s is not on this order. Put it aside, or receive it all the same.")
        return {"verdict": "decision", "message": told % {"name": product.name}, "ask": "anyway", "product": product.id}
    return _received(found, product, units, by, now, damaged=damaged, action_id=scan.id)


def _quantity(found: ReceiptFact, scan: Scan, by: Actor, now: datetime, *, damaged: bool) -> Told:
    """The number typed is the total of the article in this delivery; what the screen showed before is in ``had``."""
    product_id, total = number_in(scan.values, "product", most=10**9), number_in(scan.values, "quantity")
    had = number_in(scan.values, "had") or 0
    product = products_by_id([product_id or 0]).get(product_id or 0)
    if product is None or total is None:
        return {"verdict": "wrong", "title": _("No number"), "message": _("Scan the article, then type how many came.")}
    if total == had:
        return {"verdict": "already", "message": _("%(count)d are counted already.") % {"count": total}}
    if total < had:
        told = _("%(count)d are counted already. A supervisor can take units back on the stock page.")
        return {"verdict": "wrong", "title": _("Too few"), "message": told % {"count": had}}
    return _received(found, product, total - had, by, now, damaged=damaged, action_id=scan.id)


def _received(
    found: ReceiptFact, product: ProductFact, units: int, by: Actor, now: datetime, *, damaged: bool, action_id: Any
) -> Told:
    discrepancy = "damaged" if damaged else "none"
    line = receive_units(
        found.ref,
        product_id=product.id,
        quantity=units,
        discrepancy=discrepancy,
        action_id=action_id,
        by=by,
        now=now,
    )
    if damaged:
        told = _("%(name)s, %(units)d damaged. Put it in the damaged bin.") % {"name": product.name, "units": units}
        return {"verdict": "ok", "message": told, "damaged": False}
    if line.discrepancy == "over":
        told = _("%(name)s, %(units)d received. That is more than was ordered.")
        return {"verdict": "decision", "message": told % {"name": product.name, "units": units}}
    return {"verdict": "ok", "message": _("%(name)s, %(units)d received.") % {"name": product.name, "units": units}}


def _close(found: ReceiptFact, *, complete: bool, by: Actor, now: datetime) -> Told:
    if found.closed_at is not None:
        return {"verdict": "already", "message": _("This delivery was closed before.")}
    closed = close_receipt(found.ref, complete=complete, by=by, now=now)
    short = closed.units.get("short", 0)
    told = _("The delivery is closed.")
    if short:
        told = _("The delivery is closed: %(short)d units short.") % {"short": short}
    return {"verdict": "done", "message": told}


def _product(scan: Scan) -> tuple[ProductFact, int]:
    readings = scan.readings() or [""]
    for reading in readings:
        try:
            return product_by_code(reading)
        except NotFound as error:
            missing = error
    raise missing


def _expected(found: ReceiptFact, product: ProductFact) -> bool:
    return any(line.product_id == product.id for line in purchase_order(found.purchase_order_ref)[1])


def _receipt(request: HttpRequest, ref: str) -> ReceiptFact:
    """That receipt, in the person's scope. Raises Http404."""
    try:
        found = receipt_fact(tidy_ref(ref))
    except NotFound as error:
        raise Http404 from error
    refuse_foreign_warehouse(request, found.warehouse_id)
    return found


def _start(request: HttpRequest) -> dict[str, Any]:
    warehouse = current_warehouse(request)
    return {
        "orders": purchase_orders(warehouse_ids=[warehouse.id], limit=20),
        "open": open_receipts([warehouse.id], limit=10),
    }


def _page(request: HttpRequest, found: ReceiptFact, judged: Judged | None = None) -> dict[str, Any]:
    page = receipt_page(found) | {"damaged": bool(request.session.get(_damaged_key(found)))}
    if judged is not None:
        page |= {key: judged.more[key] for key in ("ask", "code", "product") if key in judged.more}
    return page | (_start(request) if found.closed_at else {})


def _damaged_key(found: ReceiptFact) -> str:
    return f"damaged:{found.id}"


def _html(request: HttpRequest, name: str, page: Mapping[str, Any]) -> str:
    return render_to_string(f"dashboard/receive/_{name}.html", dict(page), request=request)
