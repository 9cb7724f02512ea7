"""Until when to order, over REST."""

import re
from datetime import timedelta
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from core.kernel.errors import Invalid
from core.rest.serializers import Day, StrictSerializer, Text
from core.rest.views import Endpoint
from inventory.selectors import warehouses
from orders.selectors.channels import channel_by_id
from shipping.services.last_orders import MOST_COUNTRIES, LastOrders, last_orders

FARTHEST = timedelta(days=366)
_COUNTRY = re.compile(r"[A-Z]{2}")

TABLE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "arrive_by": {"type": "string", "format": "date"},
        "occasion": {"type": "string"},
        "time_zone": {"type": "string"},
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "country": {"type": "string"},
                    "method": {"type": "string"},
                    "name": {"type": "string"},
                    "last_order_at": {"oneOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
                },
                "required": ["country", "method", "name", "last_order_at"],
            },
        },
    },
    "required": ["arrive_by", "occasion", "time_zone", "results"],
}


class LastOrderFilters(StrictSerializer):
    """For which day and countries: ``country`` is a list of codes with commas."""

    arrive_by = Day(required=False)
    country = Text(required=False, max_length=3 * MOST_COUNTRIES)


def last_orders_json(table: LastOrders) -> dict[str, Any]:
    """The table row by row; services that do not go to a country are left out there."""
    return {
        "arrive_by": table.arrive_by,
        "occasion": table.occasion,
        "time_zone": table.warehouse.time_zone,
        "results": [
            {"country": country, "method": cell.method, "name": cell.name, "last_order_at": cell.last_order_at}
            for country, cells in table.rows
            for cell in cells
            if cell.serves
        ],
    }


class LastOrderDatesView(Endpoint):
    """Until when to order so that it arrives by a day."""

    scopes: ClassVar = {"GET": "shipments:read"}
    filters = LastOrderFilters
    answers: ClassVar = {"GET": TABLE}

    def get(self, request: Request) -> Response:
        """The last moment for each service and country; null when the day cannot be met any more.

        Without ``arrive_by`` the end of the next season, without ``country`` every country with times of its own.
        """
        asked, now = LastOrderFilters.parse_query(request), timezone.now()
        day = asked.get("arrive_by")
        if day is not None and not timedelta(days=-2) <= day - now.date() <= FARTHEST:
            raise _refusal("/arrive_by", "out_of_range", _("Ask for a day within a year from today."))
        countries = [one.strip().upper() for one in asked.get("country", "").split(",") if one.strip()]
        if any(not _COUNTRY.fullmatch(one) for one in countries):
            raise _refusal("/country", "invalid", _("Name countries by their two letters, such as GB,SE."))
        channel = channel_by_id(self.client.channel_id) if self.client.channel_id is not None else None
        found = channel.warehouse_id if channel else next((one.id for one in warehouses()), None)
        if found is None:
            raise Invalid(_("There is no warehouse to send from."))
        table = last_orders(found, channel=channel, arrive_by=day, countries=countries, now=now)
        return Response(last_orders_json(table))


def _refusal(pointer: str, code: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[{"pointer": pointer, "code": code, "detail": detail}])
