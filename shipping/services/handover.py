"""Parcels leave the house: each proved by a scan, each once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_many
from core.kernel.refs import tidy_ref
from core.kernel.transitions import advance
from orders.errors import WorkStopped
from orders.selectors.facts import Shipped
from orders.services import fulfilment
from shipping.errors import NotHandedOver
from shipping.models import Parcel, ParcelItem
from shipping.services.facts import ScanVerdict
from shipping.services.pack_scans import confirm_label
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
def hand_over_parcels(parcel_ids: Iterable[int], *, by: Actor, now: datetime) -> HandedOver:
    """Hand over many parcels at once, as a closed cage or a simulation does; each that may not go says why."""
    shipped, already, refused = [], [], {}
    for parcel in lock_many(Parcel.objects.all(), parcel_ids):
        if parcel.status in AWAY:
            already.append(parcel.pk)
            continue
        try:
            _hand_over(parcel, by=by, now=now)
        except (NotHandedOver, WorkStopped) as refusal:
            refused[parcel.pk] = str(refusal)
        else:
            shipped.append(parcel.pk)
    return HandedOver(tuple(shipped), tuple(already), refused)


def _hand_over(parcel: Parcel, *, by: Actor, now: datetime) -> None:
    if parcel.status == ParcelStatus.CANCELLED:
        raise NotHandedOver(_("%(ref)s was cancelled. Put it aside.") % {"ref": parcel.ref})
    if parcel.status in (ParcelStatus.OPEN, ParcelStatus.PACKED):
        raise NotHandedOver(_("%(ref)s has no label yet. Bring it back to the bench.") % {"ref": parcel.ref})
    fulfilment.lock_for_work([parcel.fulfillment_order_id])
    confirm_label(parcel, by=by, now=now)
    items = list(ParcelItem.objects.filter(parcel=parcel).order_by("pk").values_list("allocation_id", "quantity"))
    advance(
        parcel,
        ParcelStatus.SHIPPED,
        by=by,
        now=now,
        data={"carrier": parcel.carrier, "tracking_number": parcel.tracking_number, "order_id": parcel.order_id},
        shipped_at=now,
    )
    follow(parcel, by=by, now=now)
    fulfilment.record_shipped(parcel.fulfillment_order_id, [Shipped(*item) for item in items], by=by, now=now)


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
