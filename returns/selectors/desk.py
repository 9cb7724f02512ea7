"""What the returns desk reads: tabs with counts, and the rows of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from returns.models import Inspection, Return, ReturnItem
from returns.states import OPEN_INSPECTION

TABS = ("announced", "in_transit", "arrived", "to_inspect", "needs_decision", "done")
CAP = 1000


@dataclass(frozen=True, slots=True)
class DeskRow:
    """A return as a line of the desk's list."""

    id: int
    ref: str
    kind: str
    order_ref: str
    warehouse_id: int
    status: str
    resolution: str
    requested_at: datetime
    received_at: datetime | None
    items: int
    units: int
    received_units: int
    next_due_at: datetime | None
    open_inspections: int


_OPEN = Inspection.objects.filter(item__rma=OuterRef("pk"), status__in=OPEN_INSPECTION)
_DOUBTFUL = ReturnItem.objects.filter(rma=OuterRef("pk"), acceptance_status="needs_decision")
_SECOND = Inspection.objects.filter(item__rma=OuterRef("pk"), status="awaiting_second_opinion")


def _tab(tab: str, warehouse_ids: Sequence[int]) -> "QuerySet[Return]":
    rows = Return.objects.all()
    if warehouse_ids:
        rows = rows.filter(warehouse_id__in=warehouse_ids)
    if tab == "announced":
        return rows.filter(status__in=["requested", "approved"])
    if tab == "in_transit":
        return rows.filter(status="in_transit")
    if tab == "arrived":
        return rows.filter(status__in=["partially_received", "received"])
    if tab == "to_inspect":
        return rows.filter(Exists(_OPEN), status="inspecting")
    if tab == "needs_decision":
        waiting = Q(status="inspecting") & (Q(Exists(_DOUBTFUL)) | Q(Exists(_SECOND)))
        return rows.filter(Q(status="requested") | waiting)
    return rows.filter(status__in=["resolved", "closed", "rejected", "cancelled", "expired"])


def desk_counts(warehouse_ids: Sequence[int] = (), *, cap: int = CAP) -> dict[str, int]:
    """{tab: how many returns}, counted up to ``cap``, of those warehouses (none named: all). One query a tab."""
    return {tab: _tab(tab, warehouse_ids)[:cap].count() for tab in TABS}


def desk_rows(
    tab: str,
    warehouse_ids: Sequence[int] = (),
    *,
    kind: str = "",
    before: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[DeskRow]:
    """The returns of a tab, newest first; ``before`` is (requested_at, id) of the last row seen. Three queries."""
    rows = _tab(tab if tab in TABS else TABS[0], warehouse_ids)
    if kind:
        rows = rows.filter(kind=kind)
    if before is not None:
        moment, pk = before
        rows = rows.filter(Q(requested_at__lt=moment) | Q(requested_at=moment, pk__lt=pk))
    found = list(rows.order_by("-requested_at", "-pk")[:limit])
    units = {
        rma_id: (items, units, in_house)
        for rma_id, items, units, in_house in ReturnItem.objects.filter(rma__in=found)
        .values("rma_id")
        .annotate(items=Count("pk"), units=Sum("quantity"), in_house=Sum("received"))
        .values_list("rma_id", "items", "units", "in_house")
    }
    due: dict[str, list[datetime]] = {}
    for ref, due_at in Inspection.objects.filter(
        return_ref__in=[row.ref for row in found], status__in=OPEN_INSPECTION
    ).values_list("return_ref", "due_at"):
        due.setdefault(ref, []).append(due_at)
    return [
        DeskRow(
            id=row.pk,
            ref=row.ref,
            kind=row.kind,
            order_ref=row.order_ref,
            warehouse_id=row.warehouse_id,
            status=row.status,
            resolution=row.resolution,
            requested_at=row.requested_at,
            received_at=row.received_at,
            items=units.get(row.pk, (0, 0, 0))[0],
            units=units.get(row.pk, (0, 0, 0))[1],
            received_units=units.get(row.pk, (0, 0, 0))[2],
            next_due_at=min(due.get(row.ref, []), default=None),
            open_inspections=len(due.get(row.ref, [])),
        )
        for row in found
    ]
