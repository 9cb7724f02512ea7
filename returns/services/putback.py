"""Returns nobody asks for: goods picked for a cancelled order, and parcels a carrier brings back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_noop

from core.attention.services import open_case
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.outbox.publish import NewEvent, publish
from returns.events import RETURN_ANNOUNCED, UNITS_RECEIVED
from returns.models import Return, ReturnItem
from returns.selectors.sources import SourceParcel, order_source, parcel_by_id
from returns.services.claims import Claim, speak_for, spoken_for
from returns.services.requests import ItemRequest, announce_request, open_for_goods, summed
from returns.services.steps import step, told
from returns.states import ReceptionStatus, Resolution, ReturnKind, ReturnReason, ReturnStatus


@dataclass(frozen=True, slots=True)
class PutBackUnits:
    """Units of a cancelled line that lie in the house in quality control, in that bin, and belong on a shelf again."""

    order_line_id: int
    quantity: int
    bin_id: int
    warehouse_id: int


@command
def open_put_back(
    order_ref: str, *, units: Sequence[PutBackUnits], source_key: str, by: Actor, now: datetime
) -> list[str]:
    """Open a return, already received, for units that were picked before their order was cancelled; its references.

    One for each warehouse. The units were moved into quality control by the cancellation itself, so nothing moves here;
    their inspections are queued with the short checklist. The same ``source_key`` twice opens nothing twice.
    """
    refs = []
    source = order_source(order_ref)
    if source is None:
        return []
    for warehouse_id in sorted({one.warehouse_id for one in units}):
        key = f"{source_key}:{warehouse_id}"
        known = Return.objects.filter(source_key=key).values_list("ref", flat=True).first()
        if known is not None:
            refs.append(known)
            continue
        here = [one for one in units if one.warehouse_id == warehouse_id]
        rma = open_for_goods(
            source,
            [ItemRequest(one.order_line_id, one.quantity, reason=ReturnReason.OTHER) for one in here],
            kind=ReturnKind.PUT_BACK,
            status=ReturnStatus.APPROVED,
            resolution=Resolution.NONE,
            source_key=key,
            now=now,
            warehouse_id=warehouse_id,
        )
        items = list(rma.items.order_by("pk"))
        for item, one in zip(items, here, strict=True):
            item.received, item.bin_id = item.quantity, one.bin_id
            item.reception_status = ReceptionStatus.RECEIVED
        ReturnItem.objects.bulk_update(items, ["received", "bin", "reception_status"])
        step(rma, ReturnStatus.RECEIVED, by=by, now=now, received_at=now)
        publish(
            NewEvent(
                type=UNITS_RECEIVED,
                subject_type="return",
                subject_id=rma.pk,
                timeline=rma.order_ref,
                data=told(rma, units=sum(one.quantity for one in here)),
            ),
            by=by,
            now=now,
        )
        refs.append(rma.ref)
    return refs


@command
def open_return_to_sender(parcel_id: int, *, by: Actor, now: datetime) -> str | None:
    """Open a return, on its way, for everything in a parcel that a carrier brings back; its reference.

    It is received when the parcel is scanned at the desk: until then there is nothing to count. None, and an exception
    case, when its units are in another return already. Safe to run twice.
    """
    parcel = parcel_by_id(parcel_id)
    source = order_source(parcel.order_ref) if parcel else None
    if parcel is None or source is None:
        return None
    key = f"return_to_sender:{parcel_id}"
    known = Return.objects.filter(source_key=key).values_list("ref", flat=True).first()
    if known is not None:
        return known
    items = [ItemRequest(line, units, reason=ReturnReason.OTHER) for line, units in parcel.items]
    shipped = {line.id: line.shipped for line in source.lines}
    claims = {line: Claim(units, shipped.get(line, 0)) for line, units in summed(items).items()}
    if not _are_free(claims):
        _already_coming(parcel, source.id, now=now)
        return None
    rma = open_for_goods(
        source,
        items,
        kind=ReturnKind.RETURN_TO_SENDER,
        status=ReturnStatus.IN_TRANSIT,
        resolution=Resolution.REFUND,
        source_key=key,
        now=now,
        warehouse_id=parcel.warehouse_id,
        parcel_id=parcel_id,
    )
    speak_for(claims)
    announce_request(rma, units=sum(item.quantity for item in items), by=by, now=now)
    publish(
        NewEvent(
            type=RETURN_ANNOUNCED,
            subject_type="return",
            subject_id=rma.pk,
            timeline=rma.order_ref,
            data=told(rma, parcel_ref=parcel.ref),
        ),
        by=by,
        now=now,
    )
    return rma.ref


def _are_free(claims: Mapping[int, Claim]) -> bool:
    spoken = spoken_for(list(claims))
    return bool(claims) and all(spoken.get(line, 0) + claim.units <= claim.shipped for line, claim in claims.items())


def _already_coming(parcel: SourceParcel, order_id: int, *, now: datetime) -> None:
    open_case(
        kind="parcel_coming_back",
        dedupe_key=f"parcel_coming_back:{parcel.id}",
        summary=gettext_noop("A carrier brings a parcel back whose items are in a return already. Compare the two."),
        subject_type="order",
        subject_id=order_id,
        timeline=parcel.order_ref,
        warehouse_id=parcel.warehouse_id,
        detail={"parcel_ref": parcel.ref},
        fixes=[{"label": gettext_noop("Open the order"), "url": f"/orders/{parcel.order_ref}"}],
        now=now,
    )
