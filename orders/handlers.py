"""What this room does when something happened lower down."""

from datetime import datetime

from core.kernel.actors import system
from core.outbox.facts import EventFact
from orders.services.allocation import allocate_backorders


def fill_backorders(event: EventFact, *, now: datetime) -> None:
    """``stock.replenished``: give what came to the orders that wait for it, oldest first."""
    allocate_backorders(
        int(event.data["product_id"]), int(event.data["warehouse_id"]), by=system("backorders"), now=now
    )
