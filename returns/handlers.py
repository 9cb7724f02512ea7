"""What returns does when something happened. Each handler may run twice."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from core.kernel.actors import system
from core.outbox.facts import EventFact
from inventory.selectors import bins_by_id
from returns.services.escalation import escalate_inspection
from returns.services.inspection import queue_inspections
from returns.services.putback import PutBackUnits, open_put_back, open_return_to_sender

INSPECTION_QUEUE, PUT_BACK, RETURN_TO_SENDER = (
    system("inspection queue"),
    system("put back"),
    system("return to sender"),
)


def queue_received(event: EventFact, *, now: datetime) -> None:
    """``return.units_received``: queue inspections for what arrived."""
    queue_inspections(event.subject_id, by=INSPECTION_QUEUE, now=now)


def escalate_overdue(event: EventFact, *, now: datetime) -> None:
    """``inspection.deadline``, which comes due when the time is up: escalate what is still open."""
    escalate_inspection(event.subject_id, now=now)


def put_back_cancelled(event: EventFact, *, now: datetime) -> None:
    """``order.cancelled`` and ``order.lines_cancelled``: what had been picked goes back on its shelf by inspection."""
    rows = [tuple(row) for row in _rows(event.data.get("put_back"))]
    if not rows:
        return
    bins = bins_by_id(bin_id for _product, bin_id, _quantity, _line in rows)
    open_put_back(
        event.timeline,
        units=[
            PutBackUnits(order_line_id=line, quantity=quantity, bin_id=bin_id, warehouse_id=bins[bin_id].warehouse_id)
            for _product, bin_id, quantity, line in rows
        ],
        source_key=f"put_back:{event.id}",
        by=PUT_BACK,
        now=now,
    )


def return_to_sender(event: EventFact, *, now: datetime) -> None:
    """``parcel.return_to_sender``: expect the parcel's content at the desk."""
    open_return_to_sender(event.subject_id, by=RETURN_TO_SENDER, now=now)


def _rows(value: Any) -> Iterable[Iterable[int]]:
    return value or ()
