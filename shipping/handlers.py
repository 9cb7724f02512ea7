"""What shipping does when something happened. Each handler may run twice."""

from datetime import datetime

from core.kernel.actors import system
from core.outbox.errors import Permanent
from core.outbox.facts import EventFact
from shipping.carriers.base import Refused
from shipping.errors import LabelBeingBought, LabelRefused
from shipping.selectors.parcels import parcel_by_id
from shipping.services.labels import purchase_label, void_label
from shipping.services.tracking import read_notice
from shipping.services.withdrawing import follow_order

WITHDRAWAL, LABELS, NEWS = system("withdrawal"), system("labels"), system("carrier news")


def withdraw(event: EventFact, *, now: datetime) -> None:
    """``order.cancelled``, ``order.lines_cancelled``, ``order.backordered``: follow the order with lists and parcels.

    An order that was short at intake or at the shelf has nothing on the floor that could be too much.
    """
    if event.data.get("cause") not in ("intake", "short"):
        follow_order(event.timeline, by=WITHDRAWAL, now=now)


def buy_missing_label(event: EventFact, *, now: datetime) -> None:
    """``parcel.packed``, a while later: buy the label if the bench's own attempt was lost."""
    parcel = parcel_by_id(event.subject_id)
    if parcel.status != "packed":
        return
    try:
        purchase_label(parcel.ref, by=LABELS, now=now)
    except LabelBeingBought:
        return  # the sweep settles it
    except LabelRefused as refusal:
        raise Permanent(str(refusal)) from refusal


def give_label_back(event: EventFact, *, now: datetime) -> None:
    """``label_request.void_wanted``: the carrier takes the label back."""
    try:
        void_label(event.subject_id, by=LABELS, now=now)
    except Refused as refusal:
        raise Permanent(f"The carrier does not take the label back: {refusal}") from refusal


def read_carrier_notice(event: EventFact, *, now: datetime) -> None:
    """``carrier_notice.received``: its reports go to the parcels they name."""
    read_notice(event.subject_id, by=NEWS, now=now)
