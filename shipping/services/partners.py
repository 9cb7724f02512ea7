"""Parcels that third parties report: packed and handed over by their people, out of their stock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import Invalid
from core.kernel.refs import new_ref
from core.kernel.transitions import advance_many
from core.rest.etags import refuse_stale
from inventory.selectors import default_bins
from inventory.services import ledger, picking
from orders.errors import RequestNotOpen, WrongQuantity
from orders.selectors.facts import FulfillmentWork, Picked
from orders.selectors.requests import request_by_id
from orders.services import fulfilment
from shipping.errors import NotShippable
from shipping.models import Parcel, ParcelItem
from shipping.services.facts import ParcelFact
from shipping.services.handover import leave
from shipping.services.packing import fact_of
from shipping.states import ParcelStatus


@dataclass(frozen=True, slots=True)
class PartnerParcel:
    """A parcel a third party sent. ``items`` are {order_line_id: units}; empty means all that is still open."""

    tracking_number: str
    carrier: str
    service: str = ""
    tracking_url: str = ""
    items: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Take:
    """Units of an allocation in a parcel, from a bin of the third party."""

    parcel: int
    allocation_id: int
    bin_id: int
    lot: str
    quantity: int


@command
def ship_for_partner(
    fulfillment_order_id: int,
    parcels: Sequence[PartnerParcel],
    *,
    warehouse_id: int | None = None,
    expected_version: int | None = None,
    by: Actor,
    now: datetime,
) -> list[ParcelFact]:
    """The third party sent these parcels: the units leave its stock, and the customer is told as of any parcel.

    A parcel reported before, known by carrier and tracking number, is returned as it is. Raises RequestNotOpen for work
    that was not accepted, WorkStopped while the order is on hold, WrongQuantity for more than is open, NotShippable
    when our books of its stock lack the units, NotFound, Invalid, StaleVersion.
    """
    request = request_by_id(fulfillment_order_id, warehouse_id=warehouse_id)
    refuse_stale(request.version, expected_version)
    _refuse_nameless(parcels)
    known = {
        (row.carrier, row.tracking_number): row
        for row in Parcel.objects.filter(fulfillment_order_id=request.id).exclude(status=ParcelStatus.CANCELLED)
    }
    new = [one for one in parcels if (one.carrier, one.tracking_number.upper()) not in known]
    if not new:
        return [fact_of(known[one.carrier, one.tracking_number.upper()]) for one in parcels]
    taken = Parcel.objects.filter(tracking_number__in=[one.tracking_number.upper() for one in new])
    for carrier, number in taken.values_list("carrier", "tracking_number"):
        if any((one.carrier, one.tracking_number.upper()) == (carrier, number) for one in new):
            raise Invalid(_("The tracking number %(number)s belongs to another parcel.") % {"number": number})
    (work,) = fulfilment.lock_for_work([request.id])
    request = request_by_id(request.id)
    refuse_stale(request.version, expected_version)
    if work.status != "released" or request.request_status != "accepted":
        raise RequestNotOpen(_("Accept the request first; it can be shipped once we have released it."))
    rows = Parcel.objects.bulk_create([_row(work, one, now=now) for one in new])
    takes = _fetch(work, new, rows, by=by, now=now)
    _pack(work, rows, takes, by=by, now=now)
    leave(rows, by=by, now=now)
    return [fact_of(row) for row in rows]


def _refuse_nameless(parcels: Sequence[PartnerParcel]) -> None:
    if not parcels:
        raise Invalid(_("Name at least one parcel."))
    numbers = [(one.carrier, one.tracking_number.upper()) for one in parcels]
    if any(not carrier or not number.strip() for carrier, number in numbers):
        raise Invalid(_("Each parcel needs its carrier and its tracking number."))
    if len(set(numbers)) != len(numbers):
        raise Invalid(_("Two of the parcels have the same tracking number."))
    if len(parcels) > 1 and any(not one.items for one in parcels):
        raise Invalid(_("Say what is in each of several parcels."))


def _row(work: FulfillmentWork, one: PartnerParcel, *, now: datetime) -> Parcel:
    return Parcel(
        ref=new_ref("SHP"),
        order_ref=work.order_ref,
        order_id=work.order_id,
        fulfillment_order_id=work.id,
        warehouse_id=work.warehouse_id,
        channel_id=work.channel_id,
        carrier=one.carrier,
        service=one.service,
        tracking_number=one.tracking_number.upper(),
        tracking_url=one.tracking_url,
        created_at=now,
        packed_at=now,
    )


def _fetch(
    work: FulfillmentWork, new: Sequence[PartnerParcel], rows: Sequence[Parcel], *, by: Actor, now: datetime
) -> list[_Take]:
    """Take the units of each parcel off the shelves of the third party, as our books know them, to its staging bin."""
    wants = _wants(work, new)
    keys = list(wants)
    picks = picking.plan_picks(
        [
            picking.PickWant(index, product_id, work.warehouse_id, wants[keys[index]])
            for index, product_id in enumerate(_products(work, keys))
        ],
        now=now,
    )
    got: dict[int, int] = {}
    for pick in picks:
        got[int(pick.key)] = got.get(int(pick.key), 0) + pick.quantity
    names = {one.id: one.sku for one in work.allocations}
    for index, (_parcel, allocation_id) in enumerate(keys):
        if got.get(index, 0) < wants[keys[index]]:
            raise NotShippable(
                _("Our books show too few sellable units of %(sku)s in your shelves. Correct the stock first.")
                % {"sku": names[allocation_id]}
            )
    staging = default_bins(work.warehouse_id)["staging"]
    products = {one.id: one.product_id for one in work.allocations}
    moves: dict[tuple[int, int, str], int] = {}
    takes: list[_Take] = []
    for pick in picks:
        parcel, allocation_id = keys[int(pick.key)]
        takes.append(_Take(parcel, allocation_id, staging, pick.lot, pick.quantity))
        key = (products[allocation_id], pick.bin_id, pick.lot)
        moves[key] = moves.get(key, 0) + pick.quantity
    ledger.move(
        [
            ledger.Move(
                product_id=product_id,
                quantity=quantity,
                from_bin_id=bin_id,
                to_bin_id=staging,
                lot=lot,
                reason="pick",
                document=work.order_ref,
                planned=True,
            )
            for (product_id, bin_id, lot), quantity in sorted(moves.items())
        ],
        by=by,
        now=now,
    )
    return takes


def _wants(work: FulfillmentWork, new: Sequence[PartnerParcel]) -> dict[tuple[int, int], int]:
    """{(index of the parcel, allocation): units}, taken from the line's allocations in their order."""
    left = {one.id: one.quantity for one in work.allocations if one.status == "allocated"}
    lines = {one.id: one.order_line_id for one in work.allocations}
    wants: dict[tuple[int, int], int] = {}
    for index, parcel in enumerate(new):
        asked = dict(parcel.items)
        if not asked:
            for allocation_id, units in left.items():
                if units:
                    wants[index, allocation_id] = units
                    left[allocation_id] = 0
            continue
        for line_id, units in asked.items():
            if units <= 0:
                raise WrongQuantity(_("A parcel holds at least one unit of what it names."))
            for allocation_id in [key for key in left if lines[key] == line_id]:
                take = min(units, left[allocation_id])
                if take:
                    wants[index, allocation_id] = take
                    left[allocation_id] -= take
                    units -= take
            if units:
                raise WrongQuantity(_("More units were sent of a line than the request has open."))
    if not wants:
        raise RequestNotOpen(_("Nothing of this request is left to ship."))
    return wants


def _products(work: FulfillmentWork, keys: Sequence[tuple[int, int]]) -> list[int]:
    products = {one.id: one.product_id for one in work.allocations}
    return [products[allocation_id] for _parcel, allocation_id in keys]


def _pack(work: FulfillmentWork, rows: Sequence[Parcel], takes: Sequence[_Take], *, by: Actor, now: datetime) -> None:
    """Write what is in each parcel, and bring allocations and parcels to the carrier's door."""
    held = fulfilment.record_sent(
        [Picked(one.allocation_id, one.quantity, one.bin_id, one.lot) for one in takes], by=by, now=now
    )
    facts = {one.id: one for one in work.allocations}
    items: dict[tuple[int, int], ParcelItem] = {}
    units: dict[int, int] = {}
    for one, allocation_id in zip(takes, held, strict=True):
        parcel, fact = rows[one.parcel], facts[one.allocation_id]
        item = items.setdefault(
            (parcel.pk, allocation_id),
            ParcelItem(
                parcel=parcel,
                allocation_id=allocation_id,
                order_line_id=fact.order_line_id,
                product_id=fact.product_id,
                quantity=0,
            ),
        )
        item.quantity += one.quantity
        item.scanned = item.quantity
        units[parcel.pk] = units.get(parcel.pk, 0) + one.quantity
    ParcelItem.objects.bulk_create(items.values())
    told = {row.pk: {"units": units[row.pk], "order_ref": row.order_ref} for row in rows}
    advance_many(rows, ParcelStatus.PACKED, by=by, now=now, data=lambda row: told[row.pk])
    advance_many(
        rows,
        ParcelStatus.LABEL_PURCHASED,
        by=by,
        now=now,
        data=lambda row: {"carrier": row.carrier, "tracking_number": row.tracking_number},
    )
