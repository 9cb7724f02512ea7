"""Parcels leave the house: each proved by a scan, each once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_many
from core.kernel.refs import tidy_ref
from core.kernel.transitions import advance_many
from core.outbox.publish import published_together
from orders.errors import WorkStopped
from orders.selectors.facts import Shipped
from orders.services import fulfilment
from shipping.errors import NotHandedOver
from shipping.models import Parcel, ParcelItem, TrackingEvent
from shipping.services.facts import ScanVerdict
from shipping.services.tracking import follow
from shipping.states import ParcelStatus

AWAY = frozenset(
    {
        "shipped",
        "in_transit",
        "out_for_delivery",
        "ready_for_collection",
        "delivered",
        "delivery_failed",
        "exception",
        "return_to_sender",
        "lost",
    }
)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What a bulk hand-over did, by parcel id; ``refused`` says why."""

    shipped: tuple[int, ...]
    already: tuple[int, ...]
    refused: dict[int, str]


@command
@published_together
def hand_over_parcel(code: str, *, warehouse_id: int, carrier: str = "", by: Actor, now: datetime) -> ScanVerdict:
    """A parcel goes onto the truck: ``code`` is its tracking number or reference.

    The units leave the stock and the parcel is ``shipped``. With ``carrier`` a parcel of another one is refused.
    Scanning it again says so and changes nothing; a held or cancelled order stops it at the door.
    """
    found = _find(code, warehouse_id)
    if found is None:
        return ScanVerdict(
            "unknown", _("Unknown code"), _("No parcel has the code %(code)s. Scan the label.") % {"code": code[:40]}
        )
    (parcel,) = lock_many(Parcel.objects.all(), [found])
    if parcel.status in AWAY:
        return _verdict(parcel, "already", "", _("%(ref)s was handed over before.") % {"ref": parcel.ref})
    if carrier and parcel.carrier and parcel.carrier != carrier:
        return _verdict(
            parcel,
            "wrong",
            _("Wrong carrier"),
            _("%(ref)s goes by %(carrier)s. Put it in that cage.") % {"ref": parcel.ref, "carrier": parcel.carrier},
        )
    try:
        _hand_over(parcel, by=by, now=now)
    except NotHandedOver as refusal:
        kind = "stop" if parcel.status == ParcelStatus.CANCELLED else "wrong"
        return _verdict(parcel, kind, _("Not ready"), str(refusal))
    except WorkStopped as stopped:
        return _verdict(parcel, "stop", _("Stop"), str(stopped))
    return _verdict(parcel, "ok", "", _("%(ref)s is on its way.") % {"ref": parcel.ref})


@command
@published_together
def hand_over_parcels(parcel_ids: Iterable[int], *, by: Actor, now: datetime) -> HandedOver:
    """Hand over many parcels at once, as a closed cage or a simulation does; each that may not go says why.

    The same statements however many parcels there are.
    """
    parcels = lock_many(Parcel.objects.all(), parcel_ids)
    already = tuple(parcel.pk for parcel in parcels if parcel.status in AWAY)
    refused = {
        parcel.pk: str(refusal)
        for parcel in parcels
        if parcel.status not in AWAY and (refusal := _not_ready(parcel)) is not None
    }
    ready = [parcel for parcel in parcels if parcel.pk not in refused and parcel.status not in AWAY]
    _works, stops = fulfilment.lock_workable({parcel.fulfillment_order_id for parcel in ready}, content=False)
    for parcel in ready:
        if parcel.fulfillment_order_id in stops:
            refused[parcel.pk] = " ".join(stops[parcel.fulfillment_order_id])
    going = [parcel for parcel in ready if parcel.pk not in refused]
    if going:
        leave(going, by=by, now=now)
    return HandedOver(tuple(parcel.pk for parcel in going), already, refused)


def _hand_over(parcel: Parcel, *, by: Actor, now: datetime) -> None:
    refusal = _not_ready(parcel)
    if refusal is not None:
        raise refusal
    fulfilment.lock_for_work([parcel.fulfillment_order_id], content=False)
    leave([parcel], by=by, now=now)


def _not_ready(parcel: Parcel) -> NotHandedOver | None:
    if parcel.status == ParcelStatus.CANCELLED:
        return NotHandedOver(_("%(ref)s was cancelled. Put it aside.") % {"ref": parcel.ref})
    if parcel.status in (ParcelStatus.OPEN, ParcelStatus.PACKED):
        return NotHandedOver(_("%(ref)s has no label yet. Bring it back to the bench.") % {"ref": parcel.ref})
    return None


def leave(parcels: Sequence[Parcel], *, by: Actor, now: datetime) -> None:
    """The parcels leave the house. The caller holds them and their orders. The scan of a label proves it, too."""
    unproved = [parcel for parcel in parcels if parcel.status == ParcelStatus.LABEL_PURCHASED]
    if unproved:
        advance_many(unproved, ParcelStatus.READY_FOR_PICKUP, by=by, now=now, label_confirmed_at=now)
    advance_many(
        parcels,
        ParcelStatus.SHIPPED,
        by=by,
        now=now,
        data=lambda parcel: {
            "carrier": parcel.carrier,
            "tracking_number": parcel.tracking_number,
            "order_id": parcel.order_id,
        },
        shipped_at=now,
    )
    ids = [parcel.pk for parcel in parcels]
    told = set(TrackingEvent.objects.filter(parcel__in=ids).order_by().values_list("parcel_id", flat=True).distinct())
    for parcel in parcels:
        if parcel.pk in told:
            follow(parcel, by=by, now=now)
    items = ParcelItem.objects.filter(parcel__in=ids).order_by("pk").values_list("allocation_id", "quantity")
    fulfilment.record_shipped_many([Shipped(*item) for item in items], by=by, now=now)


def _find(code: str, warehouse_id: int) -> int | None:
    here = Parcel.objects.filter(warehouse_id=warehouse_id)
    code = code.strip()
    found = here.filter(tracking_number=code.upper()).exclude(tracking_number="").order_by("-pk").first()
    found = found or here.filter(ref=tidy_ref(code)).first()
    return found.pk if found else None


def _verdict(parcel: Parcel, verdict: str, title: str, message: str) -> ScanVerdict:
    job = {
        "ref": parcel.ref,
        "order_ref": parcel.order_ref,
        "carrier": parcel.carrier,
        "status": str(parcel.status),
        "tracking_number": parcel.tracking_number,
    }
    return ScanVerdict(verdict, title, message, job, "", parcel.ref)
