"""What happens when time runs out."""

from datetime import datetime

from django.utils.translation import gettext_noop

from core.attention.services import open_case
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.transitions import advance_many
from returns.models import Inspection, Return
from returns.states import OPEN_INSPECTION


@command
def escalate_inspection(inspection_id: int, *, now: datetime) -> bool:
    """Open an exception case for an inspection that is still open after its deadline; whether it was.

    Safe to run twice: the case has one key, and the moment is written once.
    """
    inspection = Inspection.objects.select_for_update(no_key=True).filter(pk=inspection_id).first()
    if inspection is None or inspection.status not in OPEN_INSPECTION or inspection.due_at > now:
        return False
    if inspection.escalated_at is None:
        Inspection.objects.filter(pk=inspection_id).update(escalated_at=now)
    open_case(
        kind="inspection_overdue",
        dedupe_key=f"inspection_overdue:{inspection_id}",
        summary=gettext_noop("An inspection is open past its deadline. Have somebody do it now."),
        subject_type="inspection",
        subject_id=inspection_id,
        timeline=inspection.order_ref,
        warehouse_id=inspection.warehouse_id,
        detail={"return_ref": inspection.return_ref, "due_at": inspection.due_at.isoformat()},
        fixes=[{"label": gettext_noop("Inspect it"), "url": f"/inspect/{inspection_id}"}],
        now=now,
    )
    return True


def expirable(now: datetime, *, limit: int = 500) -> list[int]:
    """Ids of returns whose goods never came in time, oldest first."""
    return list(
        Return.objects.filter(expires_at__lte=now, status__in=["requested", "approved"])
        .order_by("expires_at")
        .values_list("pk", flat=True)[:limit]
    )


@command
def put_down_abandoned(*, older_than: datetime, by: Actor, now: datetime) -> int:
    """Give inspections started before ``older_than`` and never finished back to the queue; returns how many."""
    rows = list(
        Inspection.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(status="in_progress", started_at__lt=older_than)
        .order_by("pk")[:200]
    )
    advance_many(rows, "queued", by=by, now=now, inspector_id=None, started_at=None)
    return len(rows)
