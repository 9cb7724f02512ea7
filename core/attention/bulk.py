"""Open and close cases of many things at once, in the statements of one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.attention.models import ExceptionCase
from core.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class NewCase:
    """What ``services.open_case`` takes, for one of many."""

    kind: str
    dedupe_key: str
    summary: str
    subject_type: str
    subject_id: int | None = None
    timeline: str = ""
    warehouse_id: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


def open_all(cases: Sequence[NewCase], *, now: datetime) -> None:
    """Open each, or leave the one already open under its key as it is. Runs in the caller's transaction."""
    # In one order for everybody: two that open the same cases at once wait for each other instead of for ever.
    rows = [
        ExceptionCase(
            kind=case.kind,
            dedupe_key=case.dedupe_key,
            summary=case.summary[:300],
            subject_type=case.subject_type,
            subject_id=case.subject_id,
            timeline=case.timeline,
            warehouse_id=case.warehouse_id,
            detail=dict(case.detail),
            fixes=[],
            opened_at=now,
        )
        for case in sorted(cases, key=lambda case: case.dedupe_key)
    ]
    ExceptionCase.objects.bulk_create(rows, ignore_conflicts=True, batch_size=5000)


def close_all(kind: str, dedupe_keys: Collection[str], *, resolution: str, by: Actor, now: datetime) -> int:
    """Close what is open of that kind under any of the keys; returns how many were. In the caller's transaction."""
    rows = ExceptionCase.objects.filter(kind=kind, closed_at=None)
    ending = [key for key in rows.values_list("dedupe_key", flat=True) if key in dedupe_keys]
    if not ending:
        return 0
    return rows.filter(dedupe_key__in=ending).update(closed_at=now, closed_by=by.name, resolution=resolution[:300])
