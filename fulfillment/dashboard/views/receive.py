"""Receive: a delivery note, a case or an item opens the delivery; every scan counts, a number key the rest."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from core.kernel.errors import NotFound
from core.kernel.refs import tidy_ref
from fulfillment.dashboard.access import current_warehouse, refuse_foreign_warehouse, requires, staff
from fulfillment.dashboard.dock import begin
from fulfillment.dashboard.floorwork import Judged, act_once, not_read, respond
from fulfillment.dashboard.receiving import BLIND_REASONS, OVER_REASONS, receipt_page
from fulfillment.dashboard.receiving_acts import act
from fulfillment.dashboard.scanning import UnreadableScan, read_scan
from inventory.selectors.dock import documents_here
from inventory.selectors.receiving import ReceiptFact, open_receipts, receipt_fact

PERMISSION = "receive.work"
# What a question carries to its buttons.
CARRIED = ("ask", "code", "product", "name", "lot", "expires_on", "over")


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
    """A scan with no delivery on the screen: a document, a case, a supplier's label, or an item."""
    try:
        scan = read_scan(request)
    except UnreadableScan:
        return not_read()
    warehouse, by, now = current_warehouse(request), staff(request).actor, timezone.now()
    candidates: list[Any] = []

    def work() -> Mapping[str, Any]:
        told = begin(scan, warehouse.id, by, now)
        candidates[:] = told.pop("candidates", [])
        return told

    judged = act_once(request, scan, scope=f"receive:start:{warehouse.id}", work=work)
    ref = judged.more.get("ref", "")
    if not ref:
        page = _start(request) | {"candidates": candidates}
        page |= {key: judged.more[key] for key in ("ask", "item", "supplier") if key in judged.more}
        return respond(judged, _html(request, "start", page))
    found = _receipt(request, ref)
    _remember(request, found, judged)
    return respond(judged, _html(request, "job", _page(request, found, judged)))


@require_POST
@requires(PERMISSION)
def receipt_scan(request: HttpRequest, ref: str) -> JsonResponse:
    """A scan or a button while a delivery is on the screen."""
    try:
        scan = read_scan(request)
    except UnreadableScan:
        return not_read()
    found = _receipt(request, ref)
    state: Mapping[str, Any] = request.session.get(_key(found)) or {}

    def work() -> Mapping[str, Any]:
        return act(found, scan, state, staff(request).actor, timezone.now())

    judged = act_once(request, scan, scope=f"receive:{found.id}", work=work)
    _remember(request, found, judged)
    return respond(judged, _html(request, "job", _page(request, _receipt(request, ref), judged)))


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
        "documents": documents_here(warehouse.id),
        "open": open_receipts([warehouse.id], limit=10),
        "blind_reasons": list(BLIND_REASONS.items()),
    }


def _page(request: HttpRequest, found: ReceiptFact, judged: Judged | None = None) -> dict[str, Any]:
    state: Mapping[str, Any] = request.session.get(_key(found)) or {}
    page = receipt_page(found) | {"damaged": bool(state.get("damaged")), "over_reasons": list(OVER_REASONS.items())}
    if judged is not None:
        page |= {key: judged.more[key] for key in CARRIED if key in judged.more}
        # "units" is what came with the delivery.
        page["asked_units"] = judged.more.get("units", 1)
    return page | (_start(request) if found.closed_at else {})


def _remember(request: HttpRequest, found: ReceiptFact, judged: Judged) -> None:
    """Keep between scans what the work said to keep: whether the next item is damaged, and what waits for its lot."""
    if judged.refused or "state" not in judged.more:
        return
    if judged.more["state"]:
        request.session[_key(found)] = judged.more["state"]
    else:
        request.session.pop(_key(found), None)


def _key(found: ReceiptFact) -> str:
    return f"receiving:{found.id}"


def _html(request: HttpRequest, name: str, page: Mapping[str, Any]) -> str:
    return render_to_string(f"dashboard/receive/_{name}.html", dict(page), request=request)
