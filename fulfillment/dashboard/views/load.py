"""Load a transfer: scan the bin, scan the item, say how many; then send it."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from fulfillment.dashboard.access import refuse_foreign_warehouse, requires, staff
from fulfillment.dashboard.floorwork import act_once, not_read, respond
from fulfillment.dashboard.loading import act, page_of
from fulfillment.dashboard.scanning import UnreadableScan, read_scan
from fulfillment.dashboard.views.transfers import read_transfer
from inventory.selectors.transfers import TransferFact

PERMISSION = "transfer.work"


@require_GET
@requires(PERMISSION)
def load(request: HttpRequest, ref: str) -> HttpResponseBase:
    """What is still to be loaded, and where it lies."""
    found = _read(request, ref)
    if not found.may_load or found.status == "draft":
        return redirect("dashboard:transfer", found.ref)
    return render(request, "dashboard/transfers/load.html", _page(request, found))


@require_POST
@requires(PERMISSION)
def load_scan(request: HttpRequest, ref: str) -> JsonResponse:
    """A bin, an item out of it, a number, or sending the load."""
    try:
        scan = read_scan(request)
    except UnreadableScan:
        return not_read()
    found = _read(request, ref)
    hand: dict[str, Any] | None = request.session.get(_key(found))

    def work() -> Mapping[str, Any]:
        return act(found, scan, hand, by=staff(request).actor, now=timezone.now())

    judged = act_once(request, scan, scope=f"load:{found.id}", work=work)
    if not judged.refused and "hand" in judged.more:
        request.session[_key(found)] = judged.more["hand"]
    html = render_to_string("dashboard/transfers/_load.html", _page(request, _read(request, ref)), request=request)
    sent = reverse("dashboard:transfer", args=[found.ref]) if judged.more.get("sent") else ""
    return respond(judged, html, redirect=sent)


def _read(request: HttpRequest, ref: str) -> TransferFact:
    found = read_transfer(request, ref)
    refuse_foreign_warehouse(request, found.source_id)
    return found


def _key(found: TransferFact) -> str:
    return f"loading:{found.id}"


def _page(request: HttpRequest, found: TransferFact) -> dict[str, Any]:
    return page_of(found, request.session.get(_key(found)))
