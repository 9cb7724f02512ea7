"""What inventory does when something happened elsewhere. Each handler may run twice."""

from datetime import datetime

from core.kernel.actors import system
from core.outbox.facts import EventFact
from inventory.services import count_planning

COUNTS = system("counts")


def count_after_short(event: EventFact, *, now: datetime) -> None:
    """``pick_line.short``: have the bin counted in which a picker found less than the books say."""
    count_planning.count_after_short(event.data["bin_id"], event.data["product_id"], by=COUNTS, now=now)
