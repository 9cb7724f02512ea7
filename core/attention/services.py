"""Open, work and close exception cases."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from core.attention.errors import CaseClosed
from core.attention.models import ExceptionCase
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_one


def open_case(
    *,
    kind: str,
    dedupe_key: str,
    summary: str,
    subject_type: str,
    now: datetime,
    subject_id: int | None = None,
    timeline: str = "",
    warehouse_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
    fixes: Sequence[Mapping[str, str]] = (),
) -> int:
    """Open a case, or leave the one already open under ``dedupe_key`` as it is; returns its id.

    Runs in the caller's transaction, where there is one. ``summary`` and each fix's ``label`` are English
    message ids (``gettext_noop``) that the screen translates; neither they nor ``detail`` hold personal data.
    """
    row = ExceptionCase(
        kind=kind,
        dedupe_key=dedupe_key,
        summary=summary[:300],
        subject_type=subject_type,
        subject_id=subject_id,
        timeline=timeline,
        warehouse_id=warehouse_id,
        detail=dict(detail or {}),
        fixes=[dict(fix) for fix in fixes],
        opened_at=now,
    )
    while True:
        # ON CONFLICT DO NOTHING waits for a concurrent twin and says nothing about who won, hence the read.
        ExceptionCase.objects.bulk_create([row], ignore_conflicts=True)
        case_id = (
            ExceptionCase.objects.filter(dedupe_key=dedupe_key, closed_at=None).values_list("pk", flat=True).first()
        )
        if case_id is not None:
            return case_id
        row.pk = None  # closed between the two statements: open it afresh


def close_cases(*, dedupe_key: str, resolution: str, by: Actor, now: datetime) -> int:
    """Close what is open under ``dedupe_key``; returns how many were (0 or 1). Runs in the caller's transaction."""
    return ExceptionCase.objects.filter(dedupe_key=dedupe_key, closed_at=None).update(
        closed_at=now, closed_by=by.name, resolution=resolution[:300]
    )


def close_cases_about(timeline: str, *, kinds: Iterable[str], resolution: str, by: Actor, now: datetime) -> int:
    """Close the open cases of those kinds about one order, return or purchase order; returns how many there were."""
    return ExceptionCase.objects.filter(timeline=timeline, kind__in=list(kinds), closed_at=None).update(
        closed_at=now, closed_by=by.name, resolution=resolution[:300]
    )


@command
def assign_case(case_id: int, *, owner_id: int | None, by: Actor, now: datetime) -> None:
    """Give the case to a member of staff, or to nobody. Raises NotFound, CaseClosed."""
    _lock_open(case_id)
    ExceptionCase.objects.filter(pk=case_id).update(owner_id=owner_id)


@command
def snooze_case(case_id: int, *, until: datetime | None, by: Actor, now: datetime) -> None:
    """Hide the case until then; None shows it again. Raises NotFound, CaseClosed."""
    _lock_open(case_id)
    ExceptionCase.objects.filter(pk=case_id).update(snoozed_until=until)


@command
def resolve_case(case_id: int, *, resolution: str, by: Actor, now: datetime) -> None:
    """Close the case, saying how it ended. Raises NotFound, CaseClosed."""
    _lock_open(case_id)
    ExceptionCase.objects.filter(pk=case_id).update(closed_at=now, closed_by=by.name, resolution=resolution[:300])


def _lock_open(case_id: int) -> ExceptionCase:
    case = lock_one(ExceptionCase.objects.all(), pk=case_id)
    if case.closed_at is not None:
        raise CaseClosed("This case is already closed.")
    return case
