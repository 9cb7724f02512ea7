"""Until when to order, for everybody: a page a shop can link to."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.kernel.countries import country_name
from core.kernel.errors import NotFound
from core.kernel.zones import zone_name
from fulfillment.portal.deadlines import deadlines_of
from fulfillment.portal.pages import language_links, language_of
from fulfillment.portal.words import full_day, moment
from shipping.services.last_orders import LastOrder

MAX_AGE = 300


@require_safe
def last_order_dates(request: HttpRequest, code: str) -> HttpResponse:
    """``/last-orders/<channel>?by=2026-12-24``: a table of services by countries; any cache may keep it."""
    try:
        channel, table = deadlines_of(code[:40], request.GET.get("by", "")[:10], now=timezone.now())
    except NotFound as error:
        raise Http404(_("There is no such shop.")) from error
    language = language_of(request)
    zone = ZoneInfo(table.warehouse.time_zone)
    with translation.override(language):
        context = {
            "shop_name": channel.name,
            "support_email": channel.support_email,
            "languages": language_links(request, language),
            "language": language,
            "day": full_day(table.arrive_by),
            "any_left": table.any_left,
            "services": [name for _method, name in table.services],
            "rows": [
                (country_name(country), [(cell.name, *_told(cell, zone)) for cell in cells])
                for country, cells in table.rows
            ],
            # The clock as it stands then, not as it stands today.
            "zone": zone_name(datetime.combine(table.arrive_by, time(12), zone)),
        }
        response = render(request, "portal/last_orders.html", context)
    response["Content-Language"] = language
    response["Cache-Control"] = f"public, max-age={MAX_AGE}"
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


def _told(cell: LastOrder, zone: ZoneInfo) -> tuple[str, bool]:
    """What stands in a cell, and whether it is a moment one can still meet."""
    if cell.last_order_at is not None:
        return moment(cell.last_order_at, zone), True
    return (_("too late") if cell.serves else "–"), False
