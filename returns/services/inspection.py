"""Look at what came back: take an inspection, answer its questions. What follows is decided in ``deciding``."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import Invalid
from core.kernel.locks import lock_one
from core.kernel.transitions import advance
from core.outbox.publish import NewEvent, publish
from returns import policy
from returns.errors import NotYours
from returns.events import INSPECTION_DEADLINE, INSPECTION_QUEUED
from returns.models import Inspection, Return, ReturnItem
from returns.selectors.inspections import InspectionFact, inspection_fact
from returns.services.steps import lock_return_by_id, step
from returns.states import OPEN_INSPECTION, InspectionStatus, ReturnStatus


@command
def queue_inspections(return_id: int, *, by: Actor, now: datetime) -> list[int]:
    """Queue an inspection for all received units of the return that have none; returns the new inspections' ids.

    Safe to run any number of times. The deadline is an event that comes due when an inspection's time is up.
    """
    rma = lock_return_by_id(return_id)
    if rma.status not in (ReturnStatus.PARTIALLY_RECEIVED, ReturnStatus.RECEIVED, ReturnStatus.INSPECTING):
        return []
    queued = queue_uncovered(rma, by=by, now=now)
    if rma.status != ReturnStatus.INSPECTING and Inspection.objects.filter(item__rma=rma).exists():
        step(rma, ReturnStatus.INSPECTING, by=by, now=now)
    return [inspection.pk for inspection in queued]


def queue_uncovered(rma: Return, *, by: Actor, now: datetime) -> list[Inspection]:
    """Queue what no inspection of the locked return covers yet. Inner.

    Units that arrive while an inspection of their item is open wait until it is decided.
    """
    items = list(rma.items.filter(received__gt=0).order_by("pk"))
    covered: dict[int, int] = {}
    busy: set[int] = set()
    for item_id, status, quantity in Inspection.objects.filter(item__in=items).values_list(
        "item_id", "status", "quantity"
    ):
        if status != InspectionStatus.CANCELLED:
            covered[item_id] = covered.get(item_id, 0) + quantity
        if status in OPEN_INSPECTION:
            busy.add(item_id)
    due_at = now + policy.time_to_inspect(rma.kind)
    rows = Inspection.objects.bulk_create(
        _new(rma, item, item.received - covered.get(item.pk, 0), now=now, due_at=due_at)
        for item in items
        if item.received > covered.get(item.pk, 0) and item.pk not in busy
    )
    publish(
        *(
            NewEvent(
                type=type_,
                subject_type="inspection",
                subject_id=row.pk,
                timeline=row.order_ref,
                data={"return_ref": rma.ref, "item_id": row.item_id, "quantity": row.quantity},
                due_at=due,
            )
            for row in rows
            for type_, due in ((INSPECTION_QUEUED, None), (INSPECTION_DEADLINE, due_at))
        ),
        by=by,
        now=now,
    )
    return rows


def _new(rma: Return, item: ReturnItem, quantity: int, *, now: datetime, due_at: datetime) -> Inspection:
    return Inspection(
        item=item,
        return_ref=rma.ref,
        order_ref=rma.order_ref,
        warehouse_id=rma.warehouse_id,
        quantity=quantity,
        checklist=list(policy.checklist_for(rma.kind)),
        queued_at=now,
        due_at=due_at,
    )


@command
def claim_next_inspection(
    *, warehouse_id: int, inspector_id: int, by: Actor, now: datetime, second_opinions: bool = True
) -> InspectionFact | None:
    """Take the most urgent inspection nobody has; None when nothing waits. Who has one open gets that one again.

    Two inspectors who ask at once get two different ones. A second opinion is offered to everybody but the first
    inspector.
    """
    mine = (
        Inspection.objects.filter(
            warehouse_id=warehouse_id, status=InspectionStatus.IN_PROGRESS, inspector_id=inspector_id
        )
        .order_by("due_at", "pk")
        .first()
    )
    if mine is not None:
        return inspection_fact(mine.pk)
    free = _next(warehouse_id, InspectionStatus.QUEUED)
    if free is not None:
        advance(free, InspectionStatus.IN_PROGRESS, by=by, now=now, inspector_id=inspector_id, started_at=now)
        return inspection_fact(free.pk)
    if second_opinions:
        waiting = _next(warehouse_id, InspectionStatus.AWAITING_SECOND_OPINION, not_by=inspector_id)
        if waiting is not None:
            return inspection_fact(waiting.pk)
    return None


def _next(warehouse_id: int, status: str, *, not_by: int | None = None) -> Inspection | None:
    rows = Inspection.objects.filter(warehouse_id=warehouse_id, status=status)
    if not_by is not None:
        rows = rows.exclude(inspector_id=not_by)
    return rows.select_for_update(skip_locked=True, no_key=True, of=("self",)).order_by("due_at", "pk").first()


@command
def start_inspection(inspection_id: int, *, inspector_id: int, by: Actor, now: datetime) -> InspectionFact:
    """Take this inspection; to take one's own again changes nothing. Raises NotFound, NotYours, IllegalTransition."""
    inspection = lock_one(Inspection.objects.all(), pk=inspection_id)
    if inspection.status == InspectionStatus.IN_PROGRESS:
        _refuse_others(inspection, inspector_id)
    elif inspection.status != InspectionStatus.AWAITING_SECOND_OPINION:
        advance(inspection, InspectionStatus.IN_PROGRESS, by=by, now=now, inspector_id=inspector_id, started_at=now)
    return inspection_fact(inspection_id)


@command
def put_down_inspection(inspection_id: int, *, by: Actor, now: datetime) -> InspectionFact:
    """Give an inspection back to the queue with the answers it has. Raises NotFound, IllegalTransition."""
    inspection = lock_one(Inspection.objects.all(), pk=inspection_id)
    advance(inspection, InspectionStatus.QUEUED, by=by, now=now, inspector_id=None, started_at=None)
    return inspection_fact(inspection_id)


@command
def record_check(inspection_id: int, check: str, fine: bool, *, inspector_id: int, now: datetime) -> InspectionFact:
    """Answer one question of the checklist; answering again changes the answer.

    Raises NotFound, NotYours, Invalid for a question that is not on the list, IllegalTransition when it is not open.
    """
    inspection = lock_one(Inspection.objects.all(), pk=inspection_id)
    if inspection.status != InspectionStatus.IN_PROGRESS:
        raise NotYours(_("Start this inspection first."))
    _refuse_others(inspection, inspector_id)
    if check not in inspection.checklist:
        raise Invalid(_("This question is not on the checklist."))
    Inspection.objects.filter(pk=inspection_id).update(checks={**inspection.checks, check: bool(fine)})
    return inspection_fact(inspection_id)


def _refuse_others(inspection: Inspection, inspector_id: int) -> None:
    if inspection.inspector_id not in (None, inspector_id):
        raise NotYours(_("Somebody else has taken this inspection. Take the next one."))
