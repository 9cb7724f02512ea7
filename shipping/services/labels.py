"""Buy labels so that a crash at any point leaves one live label or none, never two.

Three steps: ``begin_purchase`` commits the intent, the carrier is called outside any transaction, ``finish_purchase``
commits what it answered. What happened to an intent that never heard back is looked up by its key, never guessed.
"""

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.attention.services import close_cases, open_case
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_one
from core.kernel.transitions import advance
from core.outbox.publish import NewEvent, publish, published_together
from inventory.selectors import WarehouseFact, warehouse_by_id
from orders.errors import WorkStopped
from orders.planning.promises import local_day
from orders.selectors.facts import Recipient
from orders.selectors.work import recipients, stop_reasons
from orders.services import fulfilment
from shipping.carriers.base import Address, BoughtLabel, CarrierError, LabelOrder, Refused, Unreachable
from shipping.carriers.registry import carrier_for
from shipping.errors import LabelBeingBought, LabelRefused, NotPacked, UnknownCarrier
from shipping.events import LABEL_VOID_WANTED
from shipping.models import CarrierService, LabelDocument, LabelRequest, Parcel
from shipping.states import LabelRequestStatus, ParcelStatus

log = logging.getLogger(__name__)

DEFAULT_CARRIER = "own_delivery"
# Longer than any call of ours may take: a claim that is older has lost its process.
PATIENCE = timedelta(minutes=2)
# After so long without an answer somebody asks the carrier by telephone.
ALARM = timedelta(hours=1)
LIVE = (LabelRequestStatus.CLAIMED, LabelRequestStatus.PURCHASED, LabelRequestStatus.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Purchase:
    """An intent to buy a label. ``order`` is None when the label was bought before: there is nothing to call."""

    request_id: int
    carrier: str
    order: LabelOrder | None
    fulfillment_order_id: int = 0


@dataclass(frozen=True, slots=True)
class LabelFact:
    """A label bought for a parcel; ``formats`` are the files there are of it."""

    request_id: int
    parcel_ref: str
    carrier: str
    tracking_number: str
    formats: tuple[str, ...]


def purchase_label(parcel_ref: str, *, by: Actor, now: datetime) -> LabelFact:
    """Buy the label of a packed parcel, or return the one it has. Call it outside any transaction.

    Raises NotPacked (422) while a unit is not verified, WorkStopped, LabelBeingBought while another call is at it or
    its outcome is not known, LabelRefused when the carrier says no.
    """
    purchase = begin_purchase(parcel_ref, by=by, now=now)
    bought = settle(purchase, by=by, now=now)
    if bought is None:
        return label_of(parcel_ref)
    formats = sorted(document.format for document in bought.documents)
    return LabelFact(purchase.request_id, parcel_ref, purchase.carrier, bought.tracking_number, tuple(formats))


def settle(purchase: Purchase, *, by: Actor, now: datetime) -> BoughtLabel | None:
    """Call the carrier for an intent just begun and write down the answer. Raises what ``purchase_label`` does.

    Returns the label kept by this call; None when there was nothing to call, or another call wrote it down.
    """
    if purchase.order is None:
        return None
    refuse_stopped(purchase, by=by, now=now)
    try:
        bought = carrier_for(purchase.carrier).buy(purchase.order)
    except Refused as refusal:
        fail_purchase(purchase.request_id, error=str(refusal), by=by, now=now)
        raise LabelRefused(_("The carrier refused: %(reason)s") % {"reason": str(refusal)}) from refusal
    except CarrierError as trouble:
        doubt_purchase(purchase.request_id, error=str(trouble), by=by, now=now)
        raise LabelBeingBought(_("The carrier does not answer. The label comes by itself when it does.")) from trouble
    return bought if finish_purchase(purchase.request_id, bought, by=by, now=now) else None


@command
def begin_purchase(parcel_ref: str, *, by: Actor, now: datetime) -> Purchase:
    """Commit the intent to buy a label under a new key. One live label for each parcel: the database sees to it.

    Raises NotPacked, WorkStopped, LabelBeingBought, UnknownCarrier.
    """
    parcel = lock_one(Parcel.objects.select_related("carton"), ref=parcel_ref)
    live = LabelRequest.objects.filter(parcel=parcel, status__in=LIVE).first()
    if live is not None and live.status == LabelRequestStatus.PURCHASED:
        return Purchase(live.pk, live.carrier, None)
    if parcel.status == ParcelStatus.OPEN:
        raise NotPacked(_("Scan every unit into the box first; then the label is bought."))
    if parcel.status != ParcelStatus.PACKED:
        raise NotPacked(_("%(ref)s needs no label now.") % {"ref": parcel.ref})
    if live is not None:
        raise LabelBeingBought(_("The label of %(ref)s is being bought.") % {"ref": parcel.ref})
    (work,) = fulfilment.lock_for_work([parcel.fulfillment_order_id], content=False)
    service = service_of(work.shipping_method)
    request = LabelRequest.objects.create(
        parcel=parcel,
        order_ref=parcel.order_ref,
        idempotency_key=uuid.uuid4(),
        carrier=service.carrier,
        service=service.service,
        requested_at=now,
    )
    return Purchase(request.pk, request.carrier, label_order(request, parcel, service.name), work.id)


def refuse_stopped(purchase: Purchase, *, by: Actor, now: datetime) -> None:
    """Ask the stop flag once more, just before the carrier is called: the intent may have waited. One statement.

    Raises WorkStopped, and the intent has failed: nothing was sold. A hold that comes while the carrier answers is met
    at the next scan, with a label that lies unused.
    """
    stops = stop_reasons([purchase.fulfillment_order_id])
    if stops:
        ref = _withdraw_intent(purchase.request_id, by=by, now=now)
        raise WorkStopped(stops, {purchase.fulfillment_order_id: ref})


@command
def _withdraw_intent(request_id: int, *, by: Actor, now: datetime) -> str:
    request = lock_one(LabelRequest.objects.all(), pk=request_id)
    if request.status == LabelRequestStatus.CLAIMED:
        advance(request, LabelRequestStatus.FAILED, by=by, now=now, error="stopped", settled_at=now)
    return request.order_ref


@command
@published_together
def finish_purchase(request_id: int, bought: BoughtLabel, *, by: Actor, now: datetime) -> bool:
    """Keep the label the carrier sold; returns whether it was not kept before. Doing it again changes nothing.

    A parcel that was cancelled while the carrier was called gets its label all the same, and has it voided.
    """
    request = lock_one(LabelRequest.objects.all(), pk=request_id)
    if request.status not in (LabelRequestStatus.CLAIMED, LabelRequestStatus.UNKNOWN):
        return False
    parcel = lock_one(Parcel.objects.all(), pk=request.parcel_id)
    LabelDocument.objects.bulk_create(
        [
            LabelDocument(label_request=request, format=document.format, content=document.content)
            for document in bought.documents
        ]
    )
    advance(
        request,
        LabelRequestStatus.PURCHASED,
        by=by,
        now=now,
        data={"parcel_id": parcel.pk},
        tracking_number=bought.tracking_number,
        tracking_url=bought.tracking_url,
        carrier_ref=bought.carrier_ref,
        cost=bought.cost,
        currency=bought.currency,
        settled_at=now,
    )
    close_cases(dedupe_key=f"label:{parcel.pk}", resolution="bought", by=by, now=now)
    if parcel.status != ParcelStatus.PACKED:
        ask_to_void(request, by=by, now=now)
        return True
    advance(
        parcel,
        ParcelStatus.LABEL_PURCHASED,
        by=by,
        now=now,
        data={"carrier": request.carrier, "tracking_number": bought.tracking_number},
        carrier=request.carrier,
        service=request.service,
        tracking_number=bought.tracking_number,
        tracking_url=bought.tracking_url,
    )
    return True


@command
def fail_purchase(request_id: int, *, error: str, by: Actor, now: datetime) -> None:
    """The carrier sold nothing; a new intent may follow. Opens an exception case."""
    request = lock_one(LabelRequest.objects.select_related("parcel"), pk=request_id)
    if request.status in (LabelRequestStatus.CLAIMED, LabelRequestStatus.UNKNOWN):
        advance(request, LabelRequestStatus.FAILED, by=by, now=now, error=error[:300], settled_at=now)
        _open_case(request, gettext_noop("The carrier refused to sell a label."), now=now)


@command
def doubt_purchase(request_id: int, *, error: str, by: Actor, now: datetime) -> None:
    """Nobody knows whether a label was bought: the sweep asks the carrier."""
    request = lock_one(LabelRequest.objects.select_related("parcel"), pk=request_id)
    if request.status == LabelRequestStatus.CLAIMED:
        advance(request, LabelRequestStatus.UNKNOWN, by=by, now=now, error=error[:300])


def settle_open_requests(*, by: Actor, now: datetime, patience: timedelta = PATIENCE, limit: int = 50) -> int:
    """Ask carriers what became of intents that never heard back; returns how many were settled.

    For the beat; safe to run twice at once. An intent the carrier knows nothing of has failed, and the label may be
    bought anew; one whose carrier does not answer stays as it is, after an hour with an exception case.
    """
    waiting = (
        LabelRequest.objects.filter(
            status__in=(LabelRequestStatus.CLAIMED, LabelRequestStatus.UNKNOWN), requested_at__lte=now - patience
        )
        .select_related("parcel__carton")
        .order_by("requested_at")[:limit]
    )
    settled = 0
    for request in list(waiting):
        order = label_order(request, request.parcel, request.service)
        try:
            found = carrier_for(request.carrier).find(order)
        except (Unreachable, UnknownCarrier):
            doubt_purchase(request.pk, error="no answer to the look-up", by=by, now=now)
            _tell_unsettled(request, now=now)
            continue
        except Refused as refusal:
            # Not in the carrier's words: they may quote the address.
            log.warning("The look-up of label request %s was refused: %s", request.pk, type(refusal).__name__)
            _tell_unsettled(request, now=now)
            continue
        if found is None:
            fail_purchase(request.pk, error="the carrier knows of no such label", by=by, now=now)
        else:
            finish_purchase(request.pk, found, by=by, now=now)
        settled += 1
    return settled


def void_label(request_id: int, *, by: Actor, now: datetime) -> bool:
    """Give a bought label back to the carrier, then write that down; returns whether it is void now.

    Call it outside any transaction. Raises Refused or Unreachable of the carrier; trying again is safe.
    """
    request = LabelRequest.objects.get(pk=request_id)
    if request.status == LabelRequestStatus.PURCHASED:
        carrier_for(request.carrier).void(request.tracking_number, request.carrier_ref)
        _mark_voided(request_id, by=by, now=now)
    return LabelRequest.objects.filter(pk=request_id, status=LabelRequestStatus.VOIDED).exists()


@command
def _mark_voided(request_id: int, *, by: Actor, now: datetime) -> None:
    request = lock_one(LabelRequest.objects.all(), pk=request_id)
    if request.status != LabelRequestStatus.PURCHASED:
        return
    advance(request, LabelRequestStatus.VOIDED, by=by, now=now, settled_at=now)
    parcel = lock_one(Parcel.objects.all(), pk=request.parcel_id)
    if parcel.status in (ParcelStatus.LABEL_PURCHASED, ParcelStatus.READY_FOR_PICKUP):
        advance(
            parcel, ParcelStatus.PACKED, by=by, now=now, tracking_number="", tracking_url="", label_confirmed_at=None
        )


def ask_to_void(request: LabelRequest, *, by: Actor, now: datetime) -> None:
    """Have a label given back by a handler, outside this transaction."""
    publish(
        NewEvent(
            type=LABEL_VOID_WANTED,
            subject_type="label_request",
            subject_id=request.pk,
            timeline=request.order_ref,
        ),
        by=by,
        now=now,
    )


@command
def count_print(parcel_ref: str, *, by: Actor, now: datetime) -> int:
    """A label was printed; returns how often by now. Reprinting is free and noted."""
    request = lock_one(LabelRequest.objects.all(), parcel__ref=parcel_ref, status=LabelRequestStatus.PURCHASED)
    request.prints += 1
    request.save(update_fields=["prints"])
    return request.prints


def label_of(parcel_ref: str) -> LabelFact:
    """The live label of a parcel. Raises LabelBeingBought when there is none yet."""
    request = (
        LabelRequest.objects.filter(parcel__ref=parcel_ref, status=LabelRequestStatus.PURCHASED)
        .select_related("parcel")
        .first()
    )
    if request is None:
        raise LabelBeingBought(_("The label of %(ref)s is being bought.") % {"ref": parcel_ref})
    formats = LabelDocument.objects.filter(label_request=request).order_by("format").values_list("format", flat=True)
    return LabelFact(request.pk, request.parcel.ref, request.carrier, request.tracking_number, tuple(formats))


def service_of(method: str) -> CarrierService:
    """The carrier's service behind a shipping method; an unknown method goes by our own delivery."""
    found = CarrierService.objects.filter(method=method, active=True).first()
    return found or CarrierService(
        method=method, carrier=DEFAULT_CARRIER, service="standard", name=_("Standard delivery")
    )


def label_order(
    request: LabelRequest,
    parcel: Parcel,
    service_name: str,
    *,
    recipient: Recipient | None = None,
    warehouse: WarehouseFact | None = None,
) -> LabelOrder:
    """What the carrier is told: read fresh (unless the caller just did), kept nowhere."""
    recipient = recipient or recipients([parcel.order_id])[parcel.order_id]
    warehouse = warehouse or warehouse_by_id(parcel.warehouse_id)
    sender: Mapping[str, object] = {"name": warehouse.name, "country": warehouse.country, **warehouse.address}
    carton = parcel.carton
    return LabelOrder(
        idempotency_key=request.idempotency_key,
        parcel_ref=parcel.ref,
        order_ref=parcel.order_ref,
        service=request.service,
        service_name=service_name,
        sender=Address.read(sender),
        recipient=Address.read({"name": recipient.name, **recipient.address}),
        weight_g=parcel.weight_g or 0,
        length_mm=carton.length_mm if carton else 0,
        width_mm=carton.width_mm if carton else 0,
        height_mm=carton.height_mm if carton else 0,
        ship_on=local_day(request.requested_at, warehouse.time_zone),
        instructions=str(recipient.address.get("instructions") or ""),
    )


@command
def _tell_unsettled(request: LabelRequest, *, now: datetime) -> None:
    if now - request.requested_at >= ALARM:
        summary = gettext_noop("The carrier does not say whether it sold a label. Ask it before you buy another.")
        _open_case(request, summary, now=now)


def _open_case(request: LabelRequest, summary: str, *, now: datetime) -> None:
    open_case(
        kind="label_failed",
        dedupe_key=f"label:{request.parcel_id}",
        summary=summary,
        subject_type="parcel",
        subject_id=request.parcel_id,
        timeline=request.order_ref,
        warehouse_id=request.parcel.warehouse_id,
        detail={"carrier": request.carrier, "error": request.error},
        now=now,
    )
