"""Send each message once."""

import time
import uuid as uuids
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, InterfaceError, connection
from django.db.models import F, Q
from django.db.models.functions import Now
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.utils import translation

from core.kernel.actors import SYSTEM, Actor, system
from core.kernel.commands import command
from core.kernel.errors import NotFound
from core.kernel.locks import lock_one
from core.messaging import smtp
from core.messaging.errors import BeingSent, CannotResend
from core.messaging.models import Message, MessageStatus
from core.messaging.rendering import render, supported_locale
from core.outbox.current import current_delivery
from core.outbox.errors import Permanent
from core.outbox.publish import NewEvent, publish
from core.outbox.services import deliver_again

# As long as a task may run at all, and shorter than the lease of the delivery that asks for the message: when a
# worker is lost, the next attempt finds the message free.
LEASE = timedelta(seconds=90)
# Of our own making, the same for the same message on every machine.
NAMESPACE = uuids.UUID("0c3f7f0e-54a3-5b51-9d0c-1f7c5b7a9e11")
# What nobody is sending and nobody has sent.
FREE = Q(status__in=(MessageStatus.QUEUED, MessageStatus.FAILED)) | Q(
    status=MessageStatus.SENDING, claimed_until__lt=Now()
)


@dataclass(frozen=True, slots=True)
class _Claim:
    pk: int
    uuid: uuids.UUID
    token: uuids.UUID


def send_email_once(
    *,
    dedupe_key: str,
    template: str,
    recipient: str,
    locale: str,
    context: Callable[[], Mapping[str, Any]],
    subject_type: str,
    subject_id: int,
    timeline: str,
    now: datetime,
    attachments: Sequence[smtp.Attachment] = (),
    allowed: bool = True,
) -> None:
    """Send ``templates/mail/<template>`` to the recipient in their language, unless this key has been sent before.

    Call it from an outbox handler, outside any transaction. The row is committed before anything is sent, and
    ``context`` is asked, in the recipient's language, only when the message is really about to go; its ``shop_name``
    is the sender's name and its ``support_email`` gets the replies. With an empty recipient, or when not ``allowed``
    (consent), the message is recorded as suppressed. Raises ``Permanent`` when the message can never go (bad address,
    refused by the server, broken template), ``BeingSent`` while a twin is at it, and whatever the mail server's
    trouble raises when trying again may help. A kill between the server's answer and our mark is the one way to a
    second copy; it carries the same Message-ID.
    """
    recipient = recipient.strip(" ")
    claim = _claim(
        dedupe_key=dedupe_key,
        template=template,
        recipient=recipient,
        locale=supported_locale(locale),
        subject_type=subject_type,
        subject_id=subject_id,
        timeline=timeline,
        suppressed=not recipient or not allowed,
        now=now,
    )
    if claim is None:
        return
    try:
        try:
            with translation.override(supported_locale(locale)):
                rendered = render(template, locale=locale, context=context())
        except (TemplateDoesNotExist, TemplateSyntaxError) as error:
            raise Permanent(f"The template {template} is broken or missing.") from error
        smtp.send(
            rendered,
            recipient=recipient,
            message_id=smtp.message_id(claim.uuid, template),
            attachments=attachments,
        )
    except Permanent as error:
        reason = str(error)
        _patiently(lambda: _mark_failed(claim, reason=reason, now=now))
        raise
    except Exception as error:
        # The trouble may be the database itself; then the lease frees the message.
        with suppress(DatabaseError, InterfaceError):
            _release(claim, reason=type(error).__name__)
        raise
    # The mail is out: losing the mark now would send it again, so insist.
    _patiently(lambda: _mark_sent(claim, now=now))


@command
def resend(message_id: int, *, by: Actor, now: datetime) -> None:
    """Have a sent or failed message sent once more as its next revision, rendered afresh.

    The event that caused it goes to its handler again; other messages of that handler are not repeated. Raises
    NotFound, CannotResend.
    """
    message = lock_one(Message.objects.all(), pk=message_id)
    if message.status not in (MessageStatus.SENT, MessageStatus.FAILED):
        raise CannotResend("Only a message that was sent or has failed can be sent again.")
    if message.delivery_id is None or "#" in message.dedupe_key:
        raise CannotResend("This message cannot be sent again from here.")
    Message.objects.filter(pk=message_id).update(dedupe_key=f"{message.dedupe_key}#{message.revision}")
    publish(_event(message, "message.resend_requested"), by=by, now=now)
    try:
        deliver_again(message.delivery_id, now=now)
    except NotFound as error:
        raise CannotResend("This message is too old to be sent again: what it told of has been filed away.") from error


@command
def _claim(
    *,
    dedupe_key: str,
    template: str,
    recipient: str,
    locale: str,
    subject_type: str,
    subject_id: int,
    timeline: str,
    suppressed: bool,
    now: datetime,
) -> _Claim | None:
    """Take the right to send this message; None when there is nothing to do. Raises BeingSent."""
    revision = 1 + Message.objects.filter(dedupe_key__startswith=f"{dedupe_key}#").count()
    row = Message(
        uuid=uuids.uuid5(NAMESPACE, f"{dedupe_key}#{revision}"),
        dedupe_key=dedupe_key,
        revision=revision,
        delivery_id=current_delivery(),
        template=template,
        locale=locale,
        recipient=recipient,
        subject_type=subject_type,
        subject_id=subject_id,
        timeline=timeline,
        status=MessageStatus.SUPPRESSED if suppressed else MessageStatus.QUEUED,
        created_at=now,
    )
    row.message_id = smtp.message_id(row.uuid, template)
    Message.objects.bulk_create([row], ignore_conflicts=True)
    token = uuids.uuid4()
    won = Message.objects.filter(FREE, dedupe_key=dedupe_key).update(
        status=MessageStatus.SENDING,
        attempts=F("attempts") + 1,
        claim_token=token,
        claimed_until=Now() + LEASE,
        # The customer may have corrected the address since the last attempt.
        recipient=recipient,
        locale=locale,
    )
    message = Message.objects.filter(dedupe_key=dedupe_key).values("pk", "uuid", "status").get()
    if won:
        return _Claim(message["pk"], message["uuid"], token)
    if message["status"] == MessageStatus.SENDING:
        raise BeingSent("Another worker is sending this message.")
    return None


@command
def _mark_sent(claim: _Claim, *, now: datetime) -> None:
    if _mine(claim).update(status=MessageStatus.SENT, sent_at=Now(), error="", claim_token=None, claimed_until=None):
        message = Message.objects.get(pk=claim.pk)
        publish(_event(message, "message.sent"), by=system("mail"), now=now)


@command
def _mark_failed(claim: _Claim, *, reason: str, now: datetime) -> None:
    if _mine(claim).update(status=MessageStatus.FAILED, error=reason, claim_token=None, claimed_until=None):
        message = Message.objects.get(pk=claim.pk)
        publish(_event(message, "message.failed"), by=SYSTEM, now=now)


def _release(claim: _Claim, *, reason: str) -> None:
    _mine(claim).update(status=MessageStatus.QUEUED, error=reason, claim_token=None, claimed_until=None)


def _mine(claim: _Claim) -> Any:
    return Message.objects.filter(pk=claim.pk, status=MessageStatus.SENDING, claim_token=claim.token)


def _event(message: Message, type_: str) -> NewEvent:
    return NewEvent(
        type=type_,
        subject_type="message",
        subject_id=message.pk,
        timeline=message.timeline,
        data={"template": message.template, "locale": message.locale, "revision": message.revision},
    )


def _patiently(mark: Callable[[], None]) -> None:
    """Record an outcome that cannot be repeated, waiting up to some eight seconds for the database to come back."""
    for pause in (0.5, 1, 2, 4):
        try:
            return mark()
        except (DatabaseError, InterfaceError):
            if connection.in_atomic_block:
                raise
            connection.close()
            time.sleep(pause)
    mark()
    return None
