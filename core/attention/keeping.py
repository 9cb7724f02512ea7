"""Keep the open cases of one cause as a sweep finds them: open what is new, tell what changed, close what is over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.attention.models import ExceptionCase
from core.kernel.actors import Actor
from core.kernel.commands import refuse_outside_transaction


@dataclass(frozen=True, slots=True)
class WantedCase:
    """A case that should be open. ``summary`` and labels are message ids; none of it holds personal data."""

    dedupe_key: str
    summary: str
    subject_type: str
    subject_id: int
    timeline: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    fixes: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """How many cases were opened, told anew and closed."""

    opened: int
    changed: int
    closed: int


def keep_cases(
    kind: str,
    cause: str,
    warehouse_id: int,
    wanted: Sequence[WantedCase],
    *,
    resolution: str,
    by: Actor,
    now: datetime,
) -> Kept:
    """Make the open cases of that kind, cause (``detail.cause``) and warehouse those wanted, and no others.

    A case open for another cause under the same key stays as it is. Owner and snooze are kept. Four statements at most,
    however many cases; runs in the caller's transaction.
    """
    refuse_outside_transaction()
    open_now = {
        case.dedupe_key: case
        for case in ExceptionCase.objects.filter(
            closed_at=None, kind=kind, warehouse_id=warehouse_id, detail__cause=cause
        )
    }
    keys = {one.dedupe_key for one in wanted}
    gone = [case.pk for key, case in open_now.items() if key not in keys]
    if gone:
        ExceptionCase.objects.filter(pk__in=gone, closed_at=None).update(
            closed_at=now, closed_by=by.name, resolution=resolution[:300]
        )
    fresh: list[ExceptionCase] = []
    changed: list[ExceptionCase] = []
    for one in wanted:
        detail = {**one.detail, "cause": cause}
        known = open_now.get(one.dedupe_key)
        if known is None:
            fresh.append(
                ExceptionCase(
                    kind=kind,
                    dedupe_key=one.dedupe_key,
                    subject_type=one.subject_type,
                    subject_id=one.subject_id,
                    timeline=one.timeline,
                    warehouse_id=warehouse_id,
                    summary=one.summary[:300],
                    detail=detail,
                    fixes=[dict(fix) for fix in one.fixes],
                    opened_at=now,
                )
            )
        elif known.detail != detail or known.summary != one.summary[:300]:
            known.detail, known.summary = detail, one.summary[:300]
            changed.append(known)
    if fresh:
        ExceptionCase.objects.bulk_create(fresh, ignore_conflicts=True)
    if changed:
        ExceptionCase.objects.bulk_update(changed, ["detail", "summary"])
    return Kept(len(fresh), len(changed), len(gone))
