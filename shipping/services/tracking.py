"""Keep what carriers report, and let the parcel's status follow what the reports prove together."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.attention.services import close_cases, open_case
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_one
from core.kernel.transitions import advance
from core.outbox.publish import NewEvent, publish
from core.rest.etags import refuse_stale
from shipping.carriers.base import RawEvent, Refused
from shipping.carriers.registry import carrier_for
from shipping.errors import BadSignature
from shipping.events import CARRIER_NOTICE_RECEIVED
from shipping.models import CarrierAccount, CarrierNotice, Parcel, TrackingEvent
from shipping.planning.tracking import Report, whereabouts
from shipping.selectors.parcels import details
from shipping.states import PARCEL_TRANSITIONS, ParcelStatus

TOLERANCE = timedelta(minutes=5)
IN_HOUSE = frozenset({"open", "packed", "label_purchased", "ready_for_pickup", "cancelled"})
TROUBLE = frozenset({"exception", "delivery_failed", "lost"})


@command
def record_tracking_events(parcel_id: int, events: Sequence[RawEvent], *, by: Actor, now: datetime) -> str:
    """Store the reports not yet known and bring the parcel's status up to date; returns the status.

    Late, repeated and unordered reports are welcome: the status depends on the set of them alone.
    """
    parcel = lock_one(Parcel.objects.all(), pk=parcel_id)
    TrackingEvent.objects.bulk_create(
        [
            TrackingEvent(
                parcel=parcel,
                carrier_key=event.carrier_key[:120],
                status=event.status,
                raw_code=event.raw_code[:80],
                raw_text=event.raw_text[:300],
                place=event.place[:120],
                happened_at=event.happened_at,
                received_at=now,
            )
            for event in events
        ],
        ignore_conflicts=True,
    )
    follow(parcel, by=by, now=now)
    return str(parcel.status)


def follow(parcel: Parcel, *, by: Actor, now: datetime) -> None:
    """Move the parcel to the status its reports prove. The caller holds it.

    While the parcel is in the house its reports are kept only: what a carrier says counts once we handed it over.
    """
    rows = TrackingEvent.objects.filter(parcel=parcel).values_list("status", "happened_at")
    proven = whereabouts(Report(status, at) for status, at in rows)
    if proven is None or parcel.status in IN_HOUSE:
        return
    if (
        parcel.status == ParcelStatus.LOST
        and proven.status == ParcelStatus.IN_TRANSIT
        and _was_known(parcel, proven.at)
    ):
        return
    if proven.status == parcel.status or proven.status not in PARCEL_TRANSITIONS[str(parcel.status)]:
        if parcel.last_event_at != proven.at:
            Parcel.objects.filter(pk=parcel.pk).update(last_event_at=proven.at)
            parcel.last_event_at = proven.at
        return
    was_in_trouble = parcel.status in TROUBLE
    advance(
        parcel,
        proven.status,
        by=by,
        now=now,
        data={"order_id": parcel.order_id, "at": proven.at.isoformat()},
        last_event_at=proven.at,
        delivered_at=proven.delivered_at,
    )
    if proven.status in TROUBLE:
        _open_case(parcel, gettext_noop("The carrier reports a problem with a parcel."), now=now)
    elif was_in_trouble:
        close_cases(dedupe_key=f"delivery:{parcel.pk}", resolution=proven.status, by=by, now=now)


def _was_known(parcel: Parcel, at: datetime) -> bool:
    """Whether it is no newer than what was known when the parcel was given up: that is no sign of life."""
    return parcel.last_event_at is not None and at <= parcel.last_event_at


@command
def mark_lost(parcel_id: int, *, expected_version: int | None = None, by: Actor, now: datetime) -> None:
    """Give a parcel up for lost; its case ends when it is sent again or turns up. Doing it again changes nothing.

    Raises StaleVersion, IllegalTransition when it is delivered, back or still here.
    """
    parcel = lock_one(Parcel.objects.all(), pk=parcel_id)
    if expected_version is not None:
        refuse_stale(details([parcel])[0].version, expected_version)
    if parcel.status == ParcelStatus.LOST:
        return
    advance(parcel, ParcelStatus.LOST, by=by, now=now)
    open_loss(parcel, by=by, now=now)


def open_loss(parcel: Parcel, *, by: Actor, now: datetime) -> None:
    """Open the case of a lost parcel, in the place of one about what was wrong with it before. The caller holds it."""
    close_cases(dedupe_key=f"delivery:{parcel.pk}", resolution=str(ParcelStatus.LOST), by=by, now=now)
    _open_case(parcel, gettext_noop("A parcel is lost. Send it again, or pay it back."), now=now)


def _open_case(parcel: Parcel, summary: str, *, now: datetime) -> None:
    open_case(
        kind="delivery_problem",
        dedupe_key=f"delivery:{parcel.pk}",
        summary=summary,
        subject_type="parcel",
        subject_id=parcel.pk,
        timeline=parcel.order_ref,
        warehouse_id=parcel.warehouse_id,
        detail={"status": str(parcel.status), "tracking_number": parcel.tracking_number},
        now=now,
    )


def check_signature(
    carrier: str, *, message_id: str, timestamp: str, signatures: str, body: bytes, now: datetime
) -> None:
    """Standard Webhooks: HMAC-SHA256 over ``id.timestamp.body``, base 64, one of several after ``v1,``.

    Raises BadSignature, without saying which part was wrong.
    """
    account = CarrierAccount.objects.filter(carrier=carrier, active=True).first()
    refusal = BadSignature(_("The signature is not right."))
    if account is None or not message_id or len(message_id) > 120:
        raise refusal
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        raise refusal
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise refusal
    try:
        key = base64.b64decode(account.webhook_secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise refusal from error
    wanted = base64.b64encode(
        hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    ).decode()
    for one in signatures.split(" "):
        version, _comma, signature = one.partition(",")
        if version == "v1" and signature.isascii() and hmac.compare_digest(signature, wanted):
            return
    raise refusal


@command
def keep_notice(carrier: str, message_id: str, body: Mapping[str, Any], *, by: Actor, now: datetime) -> bool:
    """Store a carrier's notice and have it read; False when it came before."""
    CarrierNotice.objects.bulk_create(
        [CarrierNotice(carrier=carrier, message_id=message_id, body=dict(body), received_at=now)],
        ignore_conflicts=True,
    )
    notice = CarrierNotice.objects.select_for_update(no_key=True).get(carrier=carrier, message_id=message_id)
    if notice.outcome or notice.handled_at:
        return False
    notice.outcome = "kept"
    notice.save(update_fields=["outcome"])
    publish(NewEvent(type=CARRIER_NOTICE_RECEIVED, subject_type="carrier_notice", subject_id=notice.pk), by=by, now=now)
    return True


def read_notice(notice_id: int, *, by: Actor, now: datetime) -> int:
    """Read a stored notice: its reports go to the parcels they name; returns how many parcels that were."""
    notice = CarrierNotice.objects.get(pk=notice_id)
    if notice.handled_at is not None:
        return 0
    try:
        found = carrier_for(notice.carrier).parse_events(notice.body)
    except Refused as refusal:
        CarrierNotice.objects.filter(pk=notice_id).update(handled_at=now, outcome=str(refusal)[:200])
        return 0
    parcels = {
        number: pk
        for pk, number in Parcel.objects.filter(
            carrier=notice.carrier, tracking_number__in=[one.tracking_number for one in found]
        )
        .exclude(tracking_number="")
        .values_list("pk", "tracking_number")
    }
    for one in found:
        if one.tracking_number in parcels:
            record_tracking_events(parcels[one.tracking_number], one.events, by=by, now=now)
    known = sum(one.tracking_number in parcels for one in found)
    outcome = f"{known} of {len(found)} parcels known"
    CarrierNotice.objects.filter(pk=notice_id).update(handled_at=now, outcome=outcome)
    return known
