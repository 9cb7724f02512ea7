"""What was told to whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.messaging.models import Message


@dataclass(frozen=True, slots=True)
class MessageFact:
    """One message. ``recipient`` is personal data: for staff who may see the customer, never for logs."""

    id: int
    template: str
    locale: str
    recipient: str
    status: str
    revision: int
    attempts: int
    error: str
    created_at: datetime
    sent_at: datetime | None


def messages_of(timeline: str, *, limit: int = 100) -> list[MessageFact]:
    """The messages about an order, a return or a purchase order, newest first."""
    if not timeline:
        return []
    return [_fact(row) for row in Message.objects.filter(timeline=timeline).order_by("-pk")[:limit]]


def messages_to(timelines: Sequence[str], *, limit: int = 50) -> list[tuple[str, MessageFact]]:
    """[(order reference, message)] of the newest messages about those orders. One statement."""
    rows = Message.objects.filter(timeline__in=[one for one in timelines if one]).order_by("-pk")[:limit]
    return [(row.timeline, _fact(row)) for row in rows]


def _fact(row: Message) -> MessageFact:
    return MessageFact(
        id=row.pk,
        template=row.template,
        locale=row.locale,
        recipient=row.recipient,
        status=row.status,
        revision=row.revision,
        attempts=row.attempts,
        error=row.error,
        created_at=row.created_at,
        sent_at=row.sent_at,
    )
