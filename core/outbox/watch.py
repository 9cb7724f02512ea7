"""The alarm on the age of the oldest due delivery: the one sign that covers every way to stall."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_noop

from core.attention.services import close_cases, open_case
from core.kernel.actors import system
from core.outbox.selectors import oldest_due_age

LEFT_LYING_AFTER = timedelta(seconds=10)
STALLED_AFTER = timedelta(minutes=5)
CASE = "outbox_stalled"


def is_left_lying(*, now: datetime) -> bool:
    """Whether something due has waited so long that no relay can be running."""
    return oldest_due_age(now) >= LEFT_LYING_AFTER


def watch_age(*, now: datetime) -> timedelta:
    """Open a case when something has been due for five minutes, close it otherwise; returns the age."""
    age = oldest_due_age(now)
    if age >= STALLED_AFTER:
        open_case(
            kind=CASE,
            dedupe_key=CASE,
            summary=gettext_noop("Mails and follow-up work are late. Check that the relay and the workers run."),
            subject_type="outbox",
            detail={"oldest_due_seconds": int(age.total_seconds())},
            now=now,
        )
    else:
        close_cases(dedupe_key=CASE, resolution="caught_up", by=system("outbox"), now=now)
    return age
