"""Load a transfer: scan the bin, scan the item, say how many; then send it."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from fulfillment.dashboard.access import refuse_foreign_warehouse, requires, staff
from fulfillment.dashboard.inhand import Hand, act_in_hand
from fulfillment.dashboard.loading import act, page_of
from fulfillment.dashboard.scanning import Scan
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
    found = _read(request, ref)

    def work(scan: Scan, hand: Hand | None) -> Mapping[str, Any]:
        return act(found, scan, hand, by=staff(request).actor, now=timezone.now())

    return act_in_hand(
        request,
        _key(found),
        scope=f"load:{found.id}",
        work=work,
        template="dashboard/transfers/_load.html",
        page=lambda _judged: _page(request, _read(request, ref)),
        redirect=lambda judged: reverse("dashboard:transfer", args=[found.ref]) if judged.more.get("sent") else "",
    )


def _read(request: HttpRequest, ref: str) -> TransferFact:
    found = read_transfer(request, ref)
    refuse_foreign_warehouse(request, found.source_id)
    return found


def _key(found: TransferFact) -> str:
    return f"loading:{found.id}"


def _page(request: HttpRequest, found: TransferFact) -> dict[str, Any]:
    return page_of(found, request.session.get(_key(found)))
