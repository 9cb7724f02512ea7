"""What can be sold, from when, and what changed: for storefronts that ask often."""

import contextlib
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from core.kernel.errors import Invalid, NotFound
from core.rest.idempotency import Answer, idempotent, idempotent_each
from core.rest.views import Endpoint
from inventory import ports, selectors
from inventory.api import availability_forms as forms
from inventory.selectors import WarehouseFact
from inventory.selectors.changes import START, Place, anything_new, changes
from inventory.selectors.promisable import promisable
from inventory.selectors.sellable import kits_of, left_for, product_ids, sellable
from inventory.services.counts import Counted, CountFate, set_quantities
from inventory.services.safety import set_safety_stock

LOOK_EVERY_S = 0.25
PAGE = 200
_waiting = threading.BoundedSemaphore(1)
"""One request of a process may wait for changes; others are answered at once, so that no caller takes all threads."""


class AvailabilityView(Endpoint):
    """What can be sold of up to a thousand articles, less what the key's channel leaves to others.

    Reads only, though it is a POST: it needs no Idempotency-Key. Kits count by their components.
    """

    scopes = {"POST": "stock:read"}
    bodies = {"POST": forms.AvailabilityIn}
    answers = {"POST": forms.AVAILABILITY}
    statuses = {"POST": 200}

    def post(self, request: Request) -> Response:
        wanted = forms.AvailabilityIn.parse(request.data)
        places = warehouses_named(wanted.get("warehouse"))
        found = product_ids(wanted["skus"])
        units = sellable((product_id for product_id, _sku in found.values()), places, channel_id=self.client.channel_id)
        quantity = wanted.get("quantity")
        rows: list[dict[str, Any]] = []
        for sku in dict.fromkeys(one.casefold() for one in wanted["skus"]):
            if sku not in found:
                continue
            product_id, written = found[sku]
            for place in places.values():
                available = units[product_id, place.id]
                row = {"sku": written, "warehouse": place.code, "available": available}
                rows.append(row if quantity is None else {**row, "enough": available >= quantity})
        unknown = [sku for sku in dict.fromkeys(wanted["skus"]) if sku.casefold() not in found]
        return Response({"results": rows, "unknown": unknown})


class PromisableView(Endpoint):
    """From which day how many units of an article can be promised, by what is here and what is on its way.

    Late arrivals are named in ``late`` and not counted until they come. ``first_day`` is the first day for which
    ``quantity`` can be promised, null when what is on its way does not suffice.
    """

    scopes = {"GET": "stock:read"}
    filters = forms.PromisableFilters
    answers = {"GET": forms.PROMISABLE}

    def get(self, request: Request) -> Response:
        wanted = forms.PromisableFilters.parse_query(request)
        places = warehouses_named(wanted.get("warehouse"))
        found = selectors.products_by_sku([wanted["sku"]])
        outlooks = promisable(
            (one.id for one in found.values()), places, now=timezone.now(), channel_id=self.client.channel_id
        )
        return Response(
            {
                "results": [
                    forms.show_outlook(one.sku, place.code, outlooks[one.id, place.id], wanted.get("quantity"))
                    for one in found.values()
                    for place in places.values()
                ]
            }
        )


class ChangesView(Endpoint):
    """The stock levels that changed since the ``cursor`` of the answer before, each as it is now.

    The first call, without ``since``, gives everything in pages. ``more`` says that there is more to read at once.
    ``wait_s`` holds the answer back until something changes, at most so long. Nothing is ever skipped; a level may be
    told twice. Kits are told when one of their components changes, beyond ``limit``.
    """

    scopes = {"GET": "stock:read"}
    filters = forms.ChangeFilters
    answers = {"GET": forms.CHANGES}

    def get(self, request: Request) -> Response:
        wanted = forms.ChangeFilters.parse_query(request)
        channel_id = self.client.channel_id
        mark = ports.buffer_mark(channel_id) if channel_id is not None else ""
        since, followed = forms.place_of(wanted)
        if followed != mark:
            # Other buffers: every number told before may be another now.
            since = START
        if wait_s := wanted.get("wait_s", 0):
            _wait_for_changes(since, wait_s)
        found = changes(since, limit=wanted.get("limit", PAGE))
        own = left_for(channel_id, {(row.product_id, row.warehouse_id): row.available for row in found.rows})
        shown = [forms.show_change(row, own[row.product_id, row.warehouse_id]) for row in found.rows]
        rows = {(row.product_id, row.warehouse_id): row for row in found.rows}
        kits = kits_of(rows, channel_id=channel_id) if rows else {}
        names = selectors.products_by_id(kit for kit, _place in kits) if kits else {}
        for (kit, place), (component, available) in sorted(kits.items()):
            row = forms.show_change(rows[component, place], available)
            shown.append({**row, "sku": names[kit].sku, "on_hand": 0, "kit": True})
        return Response({"results": shown, "cursor": forms.cursor_of(found.upto, mark), "more": found.more})


class SafetyView(Endpoint):
    """Keep units of an article in a warehouse back from sale. Never refused for want of stock."""

    scopes = {"POST": "stock:write"}
    bodies = {"POST": forms.SafetyIn}
    answers = {"POST": forms.SAFETY}
    statuses = {"POST": 200}

    def post(self, request: Request) -> HttpResponse:
        fields = forms.SafetyIn.parse(request.data)

        def work() -> Answer:
            found = selectors.products_by_sku([fields["sku"]])
            if not found:
                raise _unknown("/sku", _("There is no product %(sku)s.") % {"sku": fields["sku"]})
            (product,) = found.values()
            (place,) = warehouses_named(fields["warehouse"]).values()
            fact = set_safety_stock(product.id, place.id, fields["units"], by=self.actor, now=timezone.now())
            body = {"sku": product.sku, "warehouse": place.code, "safety_stock": fact.after}
            return Answer({**body, "available": fact.available}, status=200)

        return idempotent(request, work)


class CountsView(Endpoint):
    """Set up to 500 quantities, each only while it is what the caller expected; each has a fate of its own.

    ``stale`` answers carry the quantity there is now. Repeated, what was set before is ``same``.
    """

    scopes = {"POST": "stock:write"}
    bodies = {"POST": forms.CountsIn}
    answers = {"POST": forms.COUNTS}
    statuses = {"POST": 200}

    def post(self, request: Request) -> HttpResponse:
        items = forms.CountsIn.parse(request.data)["items"]

        def work() -> Answer:
            counts = _counts(items)
            done = iter(
                set_quantities([one for one in counts if isinstance(one, Counted)], by=self.actor, now=timezone.now())
            )
            fates = [next(done) if isinstance(one, Counted) else one for one in counts]
            return Answer({"results": [_show_fate(*pair) for pair in zip(items, fates, strict=True)]}, status=200)

        return idempotent_each(request, work)


def warehouses_named(code: str | None) -> dict[int, WarehouseFact]:
    """{id: warehouse} of the one named, or of all active ones. Raises Invalid (400) for an unknown one."""
    places = {one.id: one for one in selectors.warehouses(active_only=code is None) if code in (None, one.code)}
    if code is not None and not places:
        raise _unknown("/warehouse", _("There is no such warehouse."))
    return places


def _unknown(pointer: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[{"pointer": pointer, "code": "unknown", "detail": detail}])


def _wait_for_changes(since: Place, wait_s: int) -> None:
    if not _waiting.acquire(blocking=False):
        return
    try:
        until = time.monotonic() + wait_s
        while not anything_new(since) and time.monotonic() < until:
            time.sleep(LOOK_EVERY_S)
    finally:
        _waiting.release()


def _counts(items: Sequence[dict[str, Any]]) -> list[Counted | CountFate]:
    """Each item as the service takes it, or refused for naming what does not exist."""
    products = selectors.products_by_sku(item["sku"] for item in items)
    places = {one.code: one for one in selectors.warehouses(active_only=False)}
    bins = _bins({(item["warehouse"], item["bin"]) for item in items if "bin" in item}, places)
    found: list[Counted | CountFate] = []
    for item in items:
        product, place = products.get(item["sku"].casefold()), places.get(item["warehouse"])
        bin_id = bins.get((item["warehouse"], item["bin"])) if "bin" in item else None
        if product is None:
            found.append(CountFate("refused", code="unknown_sku", detail=_("There is no such product.")))
        elif place is None:
            found.append(CountFate("refused", code="unknown", detail=_("There is no such warehouse.")))
        elif "bin" in item and bin_id is None:
            found.append(CountFate("refused", code="unknown", detail=_("There is no such bin.")))
        else:
            found.append(
                Counted(
                    product_id=product.id,
                    warehouse_id=place.id,
                    quantity=item["quantity"],
                    expected_quantity=item["expected_quantity"],
                    bin_id=bin_id,
                    reason=item.get("reason", "recount"),
                    note=item.get("note", ""),
                )
            )
    return found


def _bins(named: set[tuple[str, str]], places: Mapping[str, WarehouseFact]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for warehouse, code in named:
        if warehouse in places:
            with contextlib.suppress(NotFound):
                found[warehouse, code] = selectors.bin_by_code(code, warehouse_id=places[warehouse].id).id
    return found


def _show_fate(item: dict[str, Any], fate: CountFate) -> dict[str, Any]:
    shown: dict[str, Any] = {"sku": item["sku"], "warehouse": item["warehouse"], "status": fate.status}
    if fate.quantity is not None:
        shown |= {"quantity": fate.quantity, "delta": fate.delta}
    if fate.code:
        shown |= {"code": fate.code, "detail": fate.detail}
    return shown
