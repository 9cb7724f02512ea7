"""What an order's page and the home screen need of returns, in one statement each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from returns.models import Inspection, Return
from returns.states import OPEN_INSPECTION


@dataclass(frozen=True, slots=True)
class ReturnOnPage:
    """A return as a line of its order's page."""

    id: int
    ref: str
    kind: str
    status: str
    requested_at: datetime
    units: int
    received_units: int


def returns_on_page(order_ref: str, *, limit: int = 50) -> list[ReturnOnPage]:
    """The returns of an order, newest first. One statement."""
    return returns_of_orders([order_ref], limit=limit)


def returns_of_orders(order_refs: Sequence[str], *, limit: int = 50) -> list[ReturnOnPage]:
    """The returns of several orders, newest first. One statement."""
    rows = (
        Return.objects.filter(order__ref__in=order_refs)
        .annotate(units=Sum("items__quantity"), came=Sum("items__received"))
        .order_by("-requested_at", "-pk")
        .values_list("pk", "ref", "kind", "status", "requested_at", "units", "came")[:limit]
    )
    return [ReturnOnPage(*row[:-2], row[-2] or 0, row[-1] or 0) for row in rows]


def inspections_waiting(warehouse_ids: Sequence[int] = (), *, cap: int = 1000) -> int:
    """How many inspections are open, counted up to ``cap``. One statement."""
    rows = Inspection.objects.filter(status__in=OPEN_INSPECTION)
    if warehouse_ids:
        rows = rows.filter(warehouse_id__in=warehouse_ids)
    return rows.order_by()[:cap].count()
