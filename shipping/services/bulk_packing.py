"""Many orders packed, labelled and handed over at once, in the statements of one: bulk goods, robots, simulations."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_many
from core.kernel.refs import new_ref
from core.kernel.transitions import advance_many
from core.outbox.publish import published_together
from inventory.selectors import default_bins, warehouse_by_id
from orders.errors import WorkStopped
from orders.selectors.facts import Packed
from orders.selectors.work import recipients
from orders.services import fulfilment
from shipping.carriers.base import BoughtLabel, CarrierError, Refused
from shipping.carriers.registry import carrier_for
from shipping.models import LabelDocument, LabelRequest, Parcel, ParcelItem, PickTote
from shipping.planning.packing import expected_weight, suggest
from shipping.selectors.inserts import weighed
from shipping.selectors.pack_jobs import boxes, things_of
from shipping.services.facts import ParcelFact
from shipping.services.inserts import issue_inserts, lay_out
from shipping.services.labels import (
    LIVE,
    Purchase,
    ask_to_void,
    doubt_purchase,
    fail_purchase,
    label_order,
    refuse_stopped,
    service_of,
)
from shipping.services.packing import PACKABLE, fact_of
from shipping.states import LabelRequestStatus, ParcelStatus


@command
@published_together
def pack_many(
    fulfillment_order_ids: Iterable[int], *, user_id: int | None = None, by: Actor, now: datetime
) -> list[ParcelFact]:
    """Pack everything picked of each order into one parcel of its own, without scans; returns the parcels packed.

    Orders that must stop, that have nothing to pack, or that somebody packs already are left alone.
    """
    found, _stops = fulfilment.lock_workable(fulfillment_order_ids)
    slots = {
        slot.fulfillment_order_id: slot
        for slot in PickTote.objects.filter(
            fulfillment_order__in=[work.id for work in found], released_at=None
        ).order_by("pk")
    }
    busy = set(
        Parcel.objects.filter(fulfillment_order__in=slots, status=ParcelStatus.OPEN).values_list(
            "fulfillment_order_id", flat=True
        )
    )
    works = [
        work
        for work in found
        if work.id in slots
        and work.status in PACKABLE
        and work.id not in busy
        and any(one.status == "picked" and not one.packed for one in work.allocations)
    ]
    parcels = Parcel.objects.bulk_create(
        [
            Parcel(
                ref=new_ref("SHP"),
                order_ref=work.order_ref,
                order_id=work.order_id,
                fulfillment_order_id=work.id,
                warehouse_id=work.warehouse_id,
                channel_id=work.channel_id,
                tote_id=slots[work.id].tote_id,
                packer_id=user_id,
                created_at=now,
            )
            for work in works
        ]
    )
    items = ParcelItem.objects.bulk_create(
        [
            ParcelItem(
                parcel=parcel,
                allocation_id=one.id,
                order_line_id=one.order_line_id,
                product_id=one.product_id,
                quantity=one.quantity,
                scanned=one.quantity,
            )
            for parcel, work in zip(parcels, works, strict=True)
            for one in work.allocations
            if one.status == "picked" and not one.packed
        ]
    )
    if not items:
        return []
    things, shelf = things_of([parcel.pk for parcel in parcels]), boxes()
    lay_out(parcels, lambda _parcels: things, lambda: shelf)
    staging = {key: default_bins(key)["staging"] for key in {parcel.warehouse_id for parcel in parcels}}
    units: dict[int, int] = {}
    for item in items:
        units[item.parcel_id] = units.get(item.parcel_id, 0) + item.quantity
    advance_many(
        parcels,
        ParcelStatus.PACKED,
        by=by,
        now=now,
        data=lambda parcel: {"units": units[parcel.pk], "order_ref": parcel.order_ref},
    )
    place = {parcel.pk: staging[parcel.warehouse_id] for parcel in parcels}
    emptied = fulfilment.record_packed_many(
        [Packed(item.allocation_id, item.quantity, place[item.parcel_id]) for item in items], by=by, now=now
    )
    PickTote.objects.filter(fulfillment_order__in=emptied, released_at=None).update(released_at=now)
    laid_in = issue_inserts(parcels, by=by, now=now)
    by_carton = {box.carton_id: box for box in shelf}
    for parcel in parcels:
        content = [*things[parcel.pk], *weighed(laid_in.get(parcel.pk, ()))]
        box = by_carton.get(parcel.carton_id or 0) or suggest(content, shelf)
        expected = expected_weight(content, box)
        parcel.carton_id = box.carton_id if box else None
        parcel.weight_g, parcel.expected_weight_g, parcel.packed_at = expected, expected or 0, now
    Parcel.objects.bulk_update(parcels, ["carton", "weight_g", "expected_weight_g", "packed_at"])
    return [fact_of(parcel) for parcel in parcels]


def purchase_labels(parcel_refs: Iterable[str], *, by: Actor, now: datetime) -> int:
    """Buy the labels of many packed parcels; returns how many were bought. Call it outside any transaction.

    The same three steps as for one: all intents are committed first, then the carriers are called, then all answers are
    committed together. A kill in between leaves intents that the sweep settles.
    """
    bought: dict[int, BoughtLabel] = {}
    for purchase in _begin(list(parcel_refs), by=by, now=now):
        if purchase.order is None:
            continue
        try:
            refuse_stopped(purchase, by=by, now=now)
            bought[purchase.request_id] = carrier_for(purchase.carrier).buy(purchase.order)
        except WorkStopped:
            continue
        except Refused as refusal:
            fail_purchase(purchase.request_id, error=str(refusal), by=by, now=now)
        except CarrierError as trouble:
            doubt_purchase(purchase.request_id, error=str(trouble), by=by, now=now)
    return _finish(bought, by=by, now=now)


@command
def _begin(parcel_refs: Sequence[str], *, by: Actor, now: datetime) -> list[Purchase]:
    ids = Parcel.objects.filter(ref__in=parcel_refs).values_list("pk", flat=True)
    packed = [
        parcel
        for parcel in lock_many(Parcel.objects.select_related("carton"), ids)
        if parcel.status == ParcelStatus.PACKED
    ]
    live = set(LabelRequest.objects.filter(parcel__in=packed, status__in=LIVE).values_list("parcel_id", flat=True))
    works, stops = fulfilment.lock_workable({parcel.fulfillment_order_id for parcel in packed})
    ready = [one for one in packed if one.pk not in live and one.fulfillment_order_id not in stops]
    methods = {work.id: work.shipping_method for work in works}
    services = {method: service_of(method) for method in sorted(set(methods.values()))}
    requests = LabelRequest.objects.bulk_create(
        [
            LabelRequest(
                parcel=parcel,
                order_ref=parcel.order_ref,
                idempotency_key=uuid.uuid4(),
                carrier=services[methods[parcel.fulfillment_order_id]].carrier,
                service=services[methods[parcel.fulfillment_order_id]].service,
                requested_at=now,
            )
            for parcel in ready
        ]
    )
    people = recipients({parcel.order_id for parcel in ready})
    houses = {key: warehouse_by_id(key) for key in {parcel.warehouse_id for parcel in ready}}
    return [
        Purchase(
            request.pk,
            request.carrier,
            label_order(
                request,
                parcel,
                services[methods[parcel.fulfillment_order_id]].name,
                recipient=people[parcel.order_id],
                warehouse=houses[parcel.warehouse_id],
            ),
            parcel.fulfillment_order_id,
        )
        for request, parcel in zip(requests, ready, strict=True)
    ]


@command
@published_together
def _finish(bought: dict[int, BoughtLabel], *, by: Actor, now: datetime) -> int:
    requests = [
        request
        for request in lock_many(LabelRequest.objects.all(), bought)
        if request.status in (LabelRequestStatus.CLAIMED, LabelRequestStatus.UNKNOWN)
    ]
    if not requests:
        return 0
    parcels = {row.pk: row for row in lock_many(Parcel.objects.all(), {one.parcel_id for one in requests})}
    LabelDocument.objects.bulk_create(
        [
            LabelDocument(label_request=request, format=document.format, content=document.content)
            for request in requests
            for document in bought[request.pk].documents
        ]
    )
    for request in requests:
        label = bought[request.pk]
        request.tracking_number, request.tracking_url = label.tracking_number, label.tracking_url
        request.carrier_ref, request.cost, request.currency = label.carrier_ref, label.cost, label.currency
        request.settled_at = now
        parcel = parcels[request.parcel_id]
        if parcel.status == ParcelStatus.PACKED:
            parcel.carrier, parcel.service = request.carrier, request.service
            parcel.tracking_number, parcel.tracking_url = label.tracking_number, label.tracking_url
    LabelRequest.objects.bulk_update(
        requests, ["tracking_number", "tracking_url", "carrier_ref", "cost", "currency", "settled_at"]
    )
    advance_many(
        requests, LabelRequestStatus.PURCHASED, by=by, now=now, data=lambda request: {"parcel_id": request.parcel_id}
    )
    for request in requests:
        if parcels[request.parcel_id].status != ParcelStatus.PACKED:
            ask_to_void(request, by=by, now=now)
    ready = [parcel for parcel in parcels.values() if parcel.status == ParcelStatus.PACKED]
    Parcel.objects.bulk_update(ready, ["carrier", "service", "tracking_number", "tracking_url"])
    if ready:
        advance_many(
            ready,
            ParcelStatus.LABEL_PURCHASED,
            by=by,
            now=now,
            data=lambda parcel: {"carrier": parcel.carrier, "tracking_number": parcel.tracking_number},
        )
    return len(requests)
