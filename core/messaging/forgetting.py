"""Forget who was written to."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from core.messaging.models import Message


def forget_recipients(timelines: Sequence[str], recipients: Sequence[str]) -> int:
    """Blank the recipients of all messages about those orders, and of those to the addresses about nothing in
    particular; returns how many there were.

    That something was sent, when and by which template stays. Runs in the caller's transaction.
    """
    about = Q(timeline__in=[one for one in timelines if one])
    return Message.objects.filter(about | Q(timeline="", recipient__in=recipients)).update(recipient="", error="")


def personal_data(timelines: Sequence[str]) -> dict[str, Any]:
    """The messages about those orders: which, in what language, when, to whom."""
    rows = Message.objects.filter(timeline__in=[one for one in timelines if one]).order_by("pk")
    return {
        "messages": [
            {
                "about": row.timeline,
                "template": row.template,
                "language": row.locale,
                "to": row.recipient,
                "status": row.status,
                "sent_at": row.sent_at.isoformat() if row.sent_at else None,
            }
            for row in rows
        ]
    }
