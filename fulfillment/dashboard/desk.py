"""What desk views share: the warehouse's day, keyset links, acts that happen once, fragments for HTMX."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from core.rest.actions import once
from core.rest.pages import Position, decode_cursor, encode_cursor
from fulfillment.dashboard.access import staff
from inventory.selectors.places import WarehouseFact


def warehouse_day(warehouse: WarehouseFact, now: datetime) -> date:
    """Which day it is in the warehouse: “today” is never UTC's."""
    return now.astimezone(ZoneInfo(warehouse.time_zone)).date()


def position_in(request: HttpRequest, by: str) -> Position | None:
    """The place in the list that ``?cursor=`` names; a foreign one starts from the first page."""
    text = request.GET.get("cursor", "")
    if not text:
        return None
    try:
        return decode_cursor(text, by)
    except ValueError:
        return None


def next_link(request: HttpRequest, value: Any, row_id: int, by: str) -> str:
    """The same list from behind that row on, as a relative link."""
    query = request.GET.copy()
    query["cursor"] = encode_cursor(Position(value, row_id), by)
    return f"?{query.urlencode()}"


def text_in(request: HttpRequest, name: str, *, limit: int = 200) -> str:
    """A query parameter as text PostgreSQL can hold."""
    return request.GET.get(name, "").replace("\0", "").strip()[:limit]


def number_in(request: HttpRequest, name: str, default: int, *, low: int, high: int) -> int:
    """A query or form parameter as a number within bounds."""
    text = (request.POST.get(name) or request.GET.get(name) or "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        return default
    return max(low, min(high, int(text)))


def act_once(request: HttpRequest, act: str, work: Callable[[], Mapping[str, Any]]) -> tuple[str, dict[str, Any]]:
    """Do what a form asks, once for its ``action_id``: (the sentence of a refusal or "", the answer of ``work``)."""
    status, answer = once(staff(request), request.POST.get("action_id", ""), act, work)
    return ("" if status == 200 else str(answer.get("detail") or _("This did not work. Try again."))), answer


def page(
    request: HttpRequest,
    template: str,
    fragment: str,
    context: Mapping[str, Any],
    *,
    say: str = "",
    status: int = 200,
) -> HttpResponse:
    """The whole page, or only its list when HTMX swaps it; ``say`` is announced to screen readers after a swap."""
    htmx = getattr(request, "htmx", None)
    partial = bool(htmx) and not htmx.history_restore_request and not htmx.boosted  # type: ignore[union-attr]
    response = render(request, fragment if partial else template, dict(context), status=status)
    if partial and say:
        response["HX-Trigger"] = json.dumps({"say": {"text": say}})
    patch_vary_headers(response, ["HX-Request"])
    return response
