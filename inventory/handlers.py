"""What inventory does when something happened elsewhere. Each handler may run twice."""

from datetime import datetime
from time import monotonic

from core.kernel.actors import Actor, ActorKind, system
from core.outbox.facts import EventFact
from inventory.selectors.places import bin_by_id
from inventory.services import count_planning
from inventory.services.import_reading import read_file
from inventory.services.import_undo import undo_rows
from inventory.services.import_writing import write_rows
from inventory.services.replenishing import ask_for_face

COUNTS, REPLENISHMENT = system("counts"), system("replenishment")
IMPORT_SECONDS = 25.0
"""How long a worker stays with one import before it goes to the back of the queue; well within a task's limit."""


def count_after_short(event: EventFact, *, now: datetime) -> None:
    """``pick_line.short``: have the bin counted in which a picker found less than the books say."""
    count_planning.count_after_short(event.data["bin_id"], event.data["product_id"], by=COUNTS, now=now)


def fill_face_after_short(event: EventFact, *, now: datetime) -> None:
    """``pick_line.short``: a face that a picker found too empty is filled up, whatever its minimum says."""
    place = bin_by_id(event.data["bin_id"])
    ask_for_face([event.data["product_id"]], place.warehouse_id, cause="short_pick", by=REPLENISHMENT, now=now)


def work_import(event: EventFact, *, now: datetime) -> None:
    """``import.step``: read, write or undo rows for a while, whichever the import is at; the rest is a step more."""
    kind: ActorKind = "staff" if event.actor_kind == "staff" else "system"
    by = Actor(kind=kind, id=None, name=event.actor_name)
    until = monotonic() + IMPORT_SECONDS
    for work in (read_file, write_rows, undo_rows):
        work(event.subject_id, by=by, now=now, keep_going=lambda: monotonic() < until)
