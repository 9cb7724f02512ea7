"""From one event to a message for each endpoint that asked for it and may hear it."""

import json
from datetime import UTC, datetime

from django.db.models import Q

from core.kernel.actors import system
from core.kernel.commands import command
from core.outbox.facts import EventFact
from core.outbox.publish import NewEvent, publish
from core.webhooks import ports
from core.webhooks.models import WebhookDelivery, WebhookEndpoint

ACTOR = system("webhooks")


def spread(event: EventFact, *, now: datetime) -> int:
    """Write the message for every endpoint that hears the event and has none yet, due now; returns how many.

    An endpoint hears what is shared and what belongs to its channel; one without a channel hears everything, but that
    of a third party what happens in its warehouse.
    """
    name = ports.public_types.get(event.type)
    notice = ports.notice_of(event) if name else None
    if name is None or notice is None:
        return 0
    return _write(event.id, name, body_of(event, name, notice), notice, now=now)


def body_of(event: EventFact, name: str, notice: ports.Notice) -> bytes:
    """``{"type", "timestamp", "data"}`` in UTF-8: the bytes that are signed and sent, for ever the same."""
    moment = event.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    told = {"type": name, "timestamp": moment, "data": dict(notice.data)}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


@command
def _write(event_id: int, name: str, body: bytes, notice: ports.Notice, *, now: datetime) -> int:
    kind = f"{name.partition('.')[0]}.*"
    hears = Q(client__warehouse_id=None)
    if not notice.shared:
        mine = Q(channel_id=None)
        hears &= mine if notice.channel_id is None else mine | Q(channel_id=notice.channel_id)
    if notice.warehouse_id is not None:
        hears |= Q(client__warehouse_id=notice.warehouse_id)
    rows = WebhookEndpoint.objects.filter(hears, active=True, event_types__overlap=[name, kind])
    told = WebhookDelivery.objects.filter(event_id=event_id, endpoint__in=rows).values_list("endpoint_id", flat=True)
    silent = set(rows.order_by("pk").values_list("pk", flat=True)) - set(told)
    deliveries = WebhookDelivery.objects.bulk_create(
        [
            WebhookDelivery(
                endpoint_id=endpoint_id,
                event_id=event_id,
                type=name,
                body=body,
                next_attempt_at=now,
                created_at=now,
            )
            for endpoint_id in sorted(silent)
        ]
    )
    publish(*(due_event(delivery.pk, turn=1) for delivery in deliveries), by=ACTOR, now=now)
    return len(deliveries)


def due_event(delivery_id: int, *, turn: int, due_at: datetime | None = None) -> NewEvent:
    """The event whose delivery makes one attempt."""
    return NewEvent(
        type=ports.WEBHOOK_DUE,
        subject_type="webhook_delivery",
        subject_id=delivery_id,
        data={"turn": turn},
        due_at=due_at,
    )
