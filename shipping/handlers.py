"""What shipping does when something happened. Each handler may run twice."""

from contextlib import suppress
from datetime import datetime

from core.attention.selectors import is_open
from core.kernel.actors import system
from core.outbox.errors import Permanent
from core.outbox.facts import EventFact
from orders.errors import HoldReleased, WorkStopped
from orders.services.holds import release_hold
from shipping.carriers.base import Refused
from shipping.errors import LabelBeingBought, LabelRefused
from shipping.selectors.parcels import parcel_by_id, unlabelled_parcels
from shipping.services.labels import purchase_label, void_label
from shipping.services.replacing import follow_cancelled
from shipping.services.tracking import read_notice
from shipping.services.upgrading import surprise
from shipping.services.wave_starting import release_wanted
from shipping.services.withdrawing import follow_order, unpack_key

WITHDRAWAL, LABELS, NEWS = system("withdrawal"), system("labels"), system("carrier news")
WAVES = system("waves")
SURPRISES = system("surprises")


def surprise_buyer(event: EventFact, *, now: datetime) -> None:
    """``order.placed``: faster shipping as a present, where a budget is for the order."""
    surprise(event.subject_id, by=SURPRISES, now=now)


def withdraw(event: EventFact, *, now: datetime) -> None:
    """``order.cancelled``, ``order.lines_cancelled``, ``order.backordered``: follow the order with lists and parcels.

    An order that was short at intake or at the shelf has nothing on the floor that could be too much. What a cancelled
    replacement was to make good is missing again.
    """
    if event.data.get("cause") not in ("intake", "short"):
        follow_order(event.timeline, by=WITHDRAWAL, now=now)
    if event.type == "order.cancelled":
        follow_cancelled(event.subject_id, by=WITHDRAWAL, now=now)


def follow_edit(event: EventFact, *, now: datetime) -> None:
    """``order.edited`` of what the floor has begun: lists and parcels follow, then the floor may go on."""
    hold_id = event.data.get("hold_id")
    if hold_id is None:
        return
    follow_order(event.timeline, by=WITHDRAWAL, now=now)
    with suppress(HoldReleased):
        release_hold(event.timeline, int(hold_id), by=WITHDRAWAL, now=now)


def buy_missing_label(event: EventFact, *, now: datetime) -> None:
    """``parcel.packed``, a while later: buy the label if the bench's own attempt was lost.

    A box that is to be opened first gets its label from whoever opens it.
    """
    parcel = parcel_by_id(event.subject_id)
    if parcel.status != "packed" or is_open(unpack_key(parcel.id)):
        return
    try:
        purchase_label(parcel.ref, by=LABELS, now=now)
    except LabelBeingBought:
        return  # the sweep settles it
    except WorkStopped:
        return  # it is bought when the last hold is released
    except LabelRefused as refusal:
        raise Permanent(str(refusal)) from refusal


def buy_labels_after_hold(event: EventFact, *, now: datetime) -> None:
    """``order.hold_released``, the last one: buy what could not be bought while the order had to stop."""
    if event.data.get("open_holds"):
        return
    for parcel_id, ref in unlabelled_parcels(event.subject_id):
        if not is_open(unpack_key(parcel_id)):
            with suppress(LabelBeingBought, WorkStopped):
                purchase_label(ref, by=LABELS, now=now)


def give_label_back(event: EventFact, *, now: datetime) -> None:
    """``label_request.void_wanted``: the carrier takes the label back."""
    try:
        void_label(event.subject_id, by=LABELS, now=now)
    except Refused as refusal:
        raise Permanent(f"The carrier does not take the label back: {refusal}") from refusal


def release_large_wave(event: EventFact, *, now: datetime) -> None:
    """``wave.release_wanted``: a wave too large for somebody to wait for goes to the floor."""
    release_wanted(event.subject_id, by=WAVES, now=now)


def read_carrier_notice(event: EventFact, *, now: datetime) -> None:
    """``carrier_notice.received``: its reports go to the parcels they name."""
    read_notice(event.subject_id, by=NEWS, now=now)
