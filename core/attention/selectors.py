"""What needs a person now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from core.attention.models import ExceptionCase


@dataclass(frozen=True, slots=True)
class CaseFact:
    """An exception case. ``summary`` and the fixes' labels are message ids to be translated where they are shown."""

    id: int
    kind: str
    summary: str
    subject_type: str
    subject_id: int | None
    timeline: str
    warehouse_id: int | None
    detail: Mapping[str, Any]
    fixes: Sequence[Mapping[str, str]]
    owner_id: int | None
    owner_name: str
    opened_at: datetime
    snoozed_until: datetime | None
    closed_at: datetime | None
    closed_by: str
    resolution: str


def last_closed_at(warehouse_ids: Sequence[int] = ()) -> datetime | None:
    """When the last case of these warehouses, or of none, was closed; None while none ever was."""
    cases = ExceptionCase.objects.filter(closed_at__isnull=False)
    if warehouse_ids:
        cases = cases.filter(Q(warehouse_id__in=warehouse_ids) | Q(warehouse_id=None))
    return cases.order_by("-closed_at").values_list("closed_at", flat=True).first()


def open_cases(
    kind: str | None = None,
    *,
    kinds: Sequence[str] = (),
    timeline: str | None = None,
    warehouse_ids: Sequence[int] = (),
    owner_id: int | None = None,
    awake_at: datetime | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[CaseFact]:
    """Open cases, oldest first, from the one after the ``(opened_at, id)`` given.

    ``warehouse_ids`` keeps those of these warehouses and those of none; ``awake_at`` leaves out what is still
    snoozed at that moment.
    """
    cases = ExceptionCase.objects.filter(closed_at=None).select_related("owner")
    if kind is not None:
        cases = cases.filter(kind=kind)
    if kinds:
        cases = cases.filter(kind__in=list(kinds))
    if timeline is not None:
        cases = cases.filter(timeline=timeline)
    if warehouse_ids:
        cases = cases.filter(Q(warehouse_id__in=warehouse_ids) | Q(warehouse_id=None))
    if owner_id is not None:
        cases = cases.filter(owner_id=owner_id)
    if awake_at is not None:
        cases = cases.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=awake_at))
    if after is not None:
        opened_at, pk = after
        cases = cases.filter(Q(opened_at__gt=opened_at) | Q(opened_at=opened_at, pk__gt=pk))
    return [_fact(case) for case in cases.order_by("opened_at", "pk")[:limit]]


def every_open_case(*kinds: str, page: int = 500) -> list[CaseFact]:
    """All open cases of those kinds, oldest first, for the sweeps that close what is over.

    However many there are: a sweep that looks at the oldest alone never comes to what is behind them. One statement
    for each ``page`` of cases.
    """
    found: list[CaseFact] = []
    after = None
    while True:
        more = open_cases(kinds=kinds, after=after, limit=page)
        found += more
        if len(more) < page:
            return found
        after = (more[-1].opened_at, more[-1].id)


def is_open(dedupe_key: str) -> bool:
    """Whether a case is open under that key."""
    return ExceptionCase.objects.filter(dedupe_key=dedupe_key, closed_at=None).exists()


def cases_of(timeline: str, *, limit: int = 100) -> list[CaseFact]:
    """Every case of one order, return or purchase order, open and closed, newest first."""
    cases = ExceptionCase.objects.filter(timeline=timeline).select_related("owner")
    return [_fact(case) for case in cases.order_by("-pk")[:limit]]


def case(case_id: int) -> CaseFact | None:
    """One case, open or closed; None when there is none."""
    row = ExceptionCase.objects.select_related("owner").filter(pk=case_id).first()
    return _fact(row) if row else None


def counts_by_kind(*, warehouse_ids: Sequence[int] = (), awake_at: datetime | None = None) -> dict[str, int]:
    """How many open cases there are of each kind; kinds without any are left out.

    Snoozed ones count too, unless ``awake_at`` leaves out what is still snoozed at that moment.
    """
    cases = ExceptionCase.objects.filter(closed_at=None)
    if warehouse_ids:
        cases = cases.filter(Q(warehouse_id__in=warehouse_ids) | Q(warehouse_id=None))
    if awake_at is not None:
        cases = cases.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=awake_at))
    return dict(cases.values_list("kind").annotate(count=Count("pk")).order_by("kind"))


def _fact(case: ExceptionCase) -> CaseFact:
    return CaseFact(
        id=case.pk,
        kind=case.kind,
        summary=case.summary,
        subject_type=case.subject_type,
        subject_id=case.subject_id,
        timeline=case.timeline,
        warehouse_id=case.warehouse_id,
        detail=case.detail,
        fixes=case.fixes,
        owner_id=case.owner_id,
        owner_name=case.owner.get_username() if case.owner else "",
        opened_at=case.opened_at,
        snoozed_until=case.snoozed_until,
        closed_at=case.closed_at,
        closed_by=case.closed_by,
        resolution=case.resolution,
    )
