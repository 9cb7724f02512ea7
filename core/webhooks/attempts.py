"""One attempt: counted and leased, made outside any transaction, then recorded; and the schedule of the next."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.attention.services import open_case
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import NotFound
from core.kernel.locks import lock_many
from core.outbox.publish import publish
from core.webhooks.errors import DeliveryPending, StillSending
from core.webhooks.fanout import ACTOR, due_event
from core.webhooks.models import DisabledReason, WebhookDelivery, WebhookEndpoint, WebhookStatus
from core.webhooks.selectors import message_id
from core.webhooks.sending import Outcome, post
from core.webhooks.signing import signed_headers
from core.webhooks.subscribing import failing_key, refuse_silent, silence

# Waits after the first, second, … failed attempt: eight in all, over a day and a half.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=20),
)
# Longer than an attempt can take (a look-up and five seconds), shorter than the lease of the outbox's delivery, so
# that the attempt of a worker that died is made again and never stuck.
LEASE = timedelta(seconds=60)
# An endpoint that had no success for so long is switched off at its next failure: the last one of a lone message.
SUSTAINED = timedelta(hours=36)
# A receiver that fails slowly is let be for a while, so that a thousand messages to it do not take a worker each for
# five seconds. A turn that falls into the pause is spent without a call, except a message's last one.
SLOW_MS = 1000
PAUSE = timedelta(minutes=1)
GONE = 410


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An attempt that is counted and ours to make."""

    delivery_id: int
    token: uuid.UUID
    url: str
    message_id: str
    body: bytes
    secrets: tuple[str, ...]


def attempt(delivery_id: int, *, turn: int, now: datetime) -> Outcome | None:
    """Make attempt ``turn`` of the delivery; None when it is not to be made (any more).

    Raises StillSending while another worker has it in hand.
    """
    outgoing = begin_attempt(delivery_id, turn=turn, now=now)
    if outgoing is None:
        return None
    headers = signed_headers(message_id=outgoing.message_id, body=outgoing.body, keys=outgoing.secrets, now=now)
    outcome = post(outgoing.url, body=outgoing.body, headers=headers)
    finish_attempt(outgoing, outcome, now=now + timedelta(milliseconds=outcome.duration_ms))
    return outcome


@command
def begin_attempt(delivery_id: int, *, turn: int, now: datetime) -> Outgoing | None:
    """Count the attempt and take the lease, committed before anything is sent. None and StillSending as above."""
    found = lock_many(WebhookDelivery.objects.select_related("endpoint"), [delivery_id])
    delivery = found[0] if found else None
    if delivery is None or delivery.status != WebhookStatus.PENDING or delivery.turn != turn:
        return None
    if delivery.sending_until is not None and delivery.sending_until > now:
        raise StillSending
    endpoint = delivery.endpoint
    if not endpoint.active:
        delivery.status, delivery.next_attempt_at = WebhookStatus.CANCELLED, None
        delivery.save(update_fields=["status", "next_attempt_at"])
        return None
    if endpoint.paused_until is not None and endpoint.paused_until > now and delivery.tries < len(WAITS):
        delivery.tries += 1
        delivery.last_error = "paused"
        _put_off(delivery, now=now)
        delivery.save()
        return None
    delivery.claim_token, delivery.sending_until = uuid.uuid4(), now + LEASE
    delivery.tries += 1
    delivery.attempts += 1
    delivery.last_attempt_at = now
    delivery.save(update_fields=["claim_token", "sending_until", "tries", "attempts", "last_attempt_at"])
    secrets = [endpoint.secret]
    if endpoint.previous_secret and endpoint.previous_until and endpoint.previous_until > now:
        secrets.append(endpoint.previous_secret)
    return Outgoing(
        delivery_id=delivery.pk,
        token=delivery.claim_token,
        url=endpoint.url,
        message_id=message_id(delivery.event_id, endpoint.pk),
        body=bytes(delivery.body),
        secrets=tuple(secrets),
    )


@command
def finish_attempt(outgoing: Outgoing, outcome: Outcome, *, now: datetime) -> bool:
    """Record the outcome and schedule what follows, if the lease is still ours; False when it is not.

    2xx: delivered. 410: the endpoint is switched off. Anything else: the next attempt after its wait, and after the
    last one failed. An endpoint without any success for a day and a half is switched off, with an exception case.
    """
    found = lock_many(WebhookDelivery.objects.all(), [outgoing.delivery_id])
    if not found or found[0].claim_token != outgoing.token:
        return False
    delivery = found[0]
    delivery.claim_token = delivery.sending_until = delivery.next_attempt_at = None
    delivery.last_status_code = outcome.status_code
    delivery.last_error = outcome.error[:40]
    delivery.last_duration_ms = outcome.duration_ms
    if outcome.delivered:
        delivery.status, delivery.delivered_at = WebhookStatus.DELIVERED, now
        delivery.turn += 1
        failing = WebhookEndpoint.objects.filter(pk=delivery.endpoint_id).exclude(failing_since=None)
        failing.update(failing_since=None, paused_until=None)
    elif outcome.status_code == GONE or delivery.tries > len(WAITS):
        delivery.status = WebhookStatus.FAILED
        delivery.turn += 1
    else:
        _put_off(delivery, now=now)
    delivery.save()
    if not outcome.delivered:
        _blame(delivery, outcome, now=now)
    return True


@command
def replay(delivery_id: int, *, endpoint: WebhookEndpoint, by: Actor, now: datetime) -> WebhookDelivery:
    """Send the same bytes under the same id once more, with a fresh round of attempts.

    Raises NotFound, DeliveryPending while it is on its way, EndpointDisabled.
    """
    found = lock_many(WebhookDelivery.objects.filter(endpoint=endpoint), [delivery_id])
    if not found:
        raise NotFound(_("There is no such delivery."))
    delivery = found[0]
    if delivery.status == WebhookStatus.PENDING:
        raise DeliveryPending(_("This delivery is still on its way."))
    refuse_silent(endpoint)
    delivery.status, delivery.tries, delivery.next_attempt_at = WebhookStatus.PENDING, 0, now
    delivery.turn += 1
    delivery.save(update_fields=["status", "tries", "next_attempt_at", "turn"])
    publish(due_event(delivery.pk, turn=delivery.turn), by=by, now=now)
    return delivery


def _put_off(delivery: WebhookDelivery, *, now: datetime) -> None:
    """Schedule the next turn; the caller saves the row."""
    delivery.turn += 1
    delivery.next_attempt_at = now + WAITS[delivery.tries - 1]
    publish(due_event(delivery.pk, turn=delivery.turn, due_at=delivery.next_attempt_at), by=ACTOR, now=now)


def _blame(delivery: WebhookDelivery, outcome: Outcome, *, now: datetime) -> None:
    """Note the failure at the endpoint; switch it off when it is gone or has failed for too long."""
    endpoint = lock_many(WebhookEndpoint.objects.all(), [delivery.endpoint_id])[0]
    if not endpoint.active:
        return
    if outcome.status_code == GONE:
        silence(endpoint, DisabledReason.GONE, now=now)
        return
    endpoint.failing_since = endpoint.failing_since or now
    if outcome.duration_ms >= SLOW_MS:
        endpoint.paused_until = now + PAUSE
    endpoint.save(update_fields=["failing_since", "paused_until"])
    if now - endpoint.failing_since < SUSTAINED:
        return
    silence(endpoint, DisabledReason.FAILING, now=now)
    open_case(
        kind="webhook_failing",
        dedupe_key=failing_key(endpoint.pk),
        summary=gettext_noop("A shop's webhook failed for a day and a half and was switched off. Tell the shop."),
        subject_type="webhook_endpoint",
        subject_id=endpoint.pk,
        detail={"channel_id": endpoint.channel_id, "last_error": delivery.last_error},
        fixes=[
            {
                "label": gettext_noop("Open the endpoint"),
                "url": f"/admin/webhooks/webhookendpoint/{endpoint.pk}/change/",
            }
        ],
        now=now,
    )
