"""Scans and buttons of staff: the browser makes an id for each act, so a double tap or a re-send acts once."""

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

from django.db import OperationalError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from core.accounts.models import User
from core.kernel.commands import LOCK_NOT_AVAILABLE, TryAgain, command
from core.kernel.errors import DomainError, Invalid
from core.rest.idempotency import KeyReused, StillRunning
from core.rest.models import StaffAction
from core.rest.renderers import to_plain

Result = tuple[int, dict[str, Any]]


def once(user: User, action_id: UUID | str, fingerprint: str, work: Callable[[], Mapping[str, Any]]) -> Result:
    """Do the act in one transaction and keep its answer under the action's id; a repeat gets the kept answer.

    ``fingerprint`` names the act (``"pick:81:LA07K"``): the same id with another one is refused. Returns (200, answer)
    or, for a DomainError of the work, (its status, ``{"code", "detail", "errors", …}``), which is rolled back and not
    kept, so that the same scan may succeed later. ``work`` may run again after a deadlock.
    """
    try:
        return 200, _act(user.pk, _uuid(action_id), sha256(fingerprint.encode()).hexdigest(), work, timezone.now())
    except DomainError as refusal:
        extra = {name: value for name, value in refusal.extra.items() if name != "headers"}
        return refusal.status, {
            **extra,
            "code": refusal.code,
            "detail": refusal.detail,
            "errors": refusal.errors,
        }


@command
def _act(
    user_id: int, action_id: UUID, fingerprint: str, work: Callable[[], Mapping[str, Any]], now: datetime
) -> dict[str, Any]:
    if not _claim(user_id, action_id, fingerprint, now):
        first = StaffAction.objects.filter(pk=action_id).first()
        if first is None:  # pruned between the two statements
            raise TryAgain
        if (first.user_id, first.fingerprint) != (user_id, fingerprint):
            raise KeyReused(_("This action was already used for something else. Scan again."))
        return cast("dict[str, Any]", first.answer)
    answer = to_plain(work())
    StaffAction.objects.filter(pk=action_id).update(status=200, answer=answer)
    return cast("dict[str, Any]", answer)


def _claim(user_id: int, action_id: UUID, fingerprint: str, now: datetime) -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO rest_staffaction (id, user_id, fingerprint, status, answer, created_at)"
                " VALUES (%s, %s, %s, 0, '{}', %s) ON CONFLICT DO NOTHING",
                [str(action_id), user_id, fingerprint, now],
            )
            return bool(cursor.rowcount == 1)
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) == LOCK_NOT_AVAILABLE:
            raise StillRunning(_("This scan is still being worked on.")) from error
        raise


def _uuid(action_id: UUID | str) -> UUID:
    if isinstance(action_id, UUID):
        return action_id
    try:
        return UUID(action_id)
    except ValueError as error:
        raise Invalid(_("This action has no proper id. Reload the page.")) from error
