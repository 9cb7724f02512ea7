"""What the outbox calls: spread an event, and make an attempt that is due."""

from datetime import datetime

from core.outbox.facts import EventFact
from core.webhooks.attempts import attempt
from core.webhooks.fanout import spread


def fan_out(event: EventFact, *, now: datetime) -> None:
    """Write a message for every endpoint that hears the event."""
    spread(event, now=now)


def send_due(event: EventFact, *, now: datetime) -> None:
    """Make the attempt the event stands for; one that was overtaken is left alone."""
    attempt(event.subject_id, turn=int(event.data["turn"]), now=now)
