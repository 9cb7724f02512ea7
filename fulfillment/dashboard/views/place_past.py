"""A bin as it was at a past moment."""

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from fulfillment.dashboard.timetravel import for_input, moment_in
from inventory.selectors.history import bin_at
from inventory.selectors.ledger import ledger_page
from inventory.selectors.places import BinFact, warehouse_by_id

PAGE = 50


def past_of(request: HttpRequest, found: BinFact) -> HttpResponse | None:
    """The page of the bin as of ``?at=``, in its warehouse's time; None when that names no past moment."""
    warehouse, now = warehouse_by_id(found.warehouse_id), timezone.now()
    zone = ZoneInfo(warehouse.time_zone)
    at = moment_in(request, "at", zone, now=now)
    if at is None:
        return None
    context = {
        "place": found,
        "place_warehouse": warehouse,
        "at": at,
        "at_box": for_input(at, zone),
        "zone": warehouse.time_zone,
        "content": bin_at(found.id, at),
        "movements": ledger_page(bin_id=found.id, until=at, limit=PAGE),
    }
    return render(request, "dashboard/place/past.html", context)
