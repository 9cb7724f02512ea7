"""Which columns the orders list shows: each person's choice, kept in their browser."""

from collections.abc import Mapping

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

COOKIE = "orders_columns"
COLUMNS: Mapping[str, str | Promise] = {
    "customer": _("Customer"),
    "channel": _("Channel"),
    "where": _("Where it is"),
    "left": _("Time left"),
    "carrier": _("Carrier"),
    "service": _("Service"),
    "owner": _("Owner"),
    "units": _("Units"),
    "total": _("Total"),
    "placed": _("Placed"),
}
"""What may stand beside an order's number, in the order of the table."""
DENSE = "dense"
UNASKED = frozenset(COLUMNS) - {"service", "owner"}


def columns_of(request: HttpRequest) -> frozenset[str]:
    """The columns to show, with ``dense`` among them when rows are to stand close."""
    kept = request.COOKIES.get(COOKIE)
    return UNASKED if kept is None else frozenset(kept.split(".")) & {*COLUMNS, DENSE}
