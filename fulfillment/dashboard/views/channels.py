"""The channels: what each promises, in words, and what came in today."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from fulfillment.dashboard.access import current_warehouse, requires, visible_warehouses
from fulfillment.dashboard.channel_words import checks_of, promises_of
from fulfillment.dashboard.desk import warehouse_day
from orders.selectors.channel_day import ChannelDay, orders_since
from orders.selectors.channels import channels
from orders.states import ChannelKind


@require_GET
@requires("order.view")
def channel_list(request: HttpRequest) -> HttpResponse:
    """The channels that ship from warehouses in the person's scope. Two statements beside those of every page."""
    warehouse = current_warehouse(request)
    names = {one.id: one.name for one in visible_warehouses(request)}
    here = [one for one in channels() if names.keys() & set(one.warehouse_ids)]
    midnight = datetime.combine(
        warehouse_day(warehouse, timezone.now()), time.min, tzinfo=ZoneInfo(warehouse.time_zone)
    )
    days = orders_since((one.id for one in here), midnight)
    rows = [
        {
            "channel": one,
            "kind": ChannelKind(one.kind).label,
            "promises": promises_of(one),
            "checks": checks_of(one),
            "places": [names[place] for place in one.warehouse_ids if place in names],
            "day": days.get(one.id, ChannelDay(0, 0)),
        }
        for one in sorted(here, key=lambda one: (not one.active, one.name))
    ]
    return render(request, "dashboard/channels/index.html", {"rows": rows})
