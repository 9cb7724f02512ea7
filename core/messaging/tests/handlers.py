"""A handler that sends a mail, for workers in processes of their own."""

from datetime import datetime
from pathlib import Path

from django.template import engines
from django.template.backends.django import DjangoTemplates

from core.messaging.services import send_email_once
from core.messaging.tests.conftest import CONTEXT
from core.outbox.facts import EventFact

_templates = engines["django"]
assert isinstance(_templates, DjangoTemplates)
_templates.engine.dirs.append(str(Path(__file__).parent / "templates"))


def greet(event: EventFact, *, now: datetime) -> None:
    send_email_once(
        dedupe_key=f"greeting:{event.subject_id}",
        template="greeting",
        recipient=f"customer{event.subject_id}@example.com",
        locale="en",
        context=lambda: CONTEXT,
        subject_type="order",
        subject_id=event.subject_id,
        timeline="ORD-TEST",
        now=now,
    )
