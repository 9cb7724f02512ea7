"""Take work back from the floor: orders that shrank or ended, orders pulled out, lists and waves cancelled."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.attention.services import open_case
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_many, lock_one
from core.kernel.transitions import advance, advance_many
from inventory.services.picking import unplan_picks
from orders.selectors.work import allocations_by_id, fulfillment_orders_of
from orders.services import fulfilment
from shipping.errors import AlreadyPicked, NotInWave
from shipping.models import LabelRequest, Parcel, ParcelItem, PickLine, PickList, PickTote, Wave
from shipping.services.inserts import give_back_inserts
from shipping.services.labels import ask_to_void
from shipping.services.pick_work import OPEN_LINE, finish_list, settle
from shipping.services.trimming import trim_lines
from shipping.states import LabelRequestStatus, ParcelStatus, PickLineStatus, PickListStatus, WaveStatus

IN_HOUSE = (
    ParcelStatus.OPEN,
    ParcelStatus.PACKED,
    ParcelStatus.LABEL_PURCHASED,
    ParcelStatus.READY_FOR_PICKUP,
)
OPEN_LIST = (PickListStatus.RELEASED, PickListStatus.IN_PROGRESS)


@command
def follow_order(order_ref: str, *, by: Actor, now: datetime) -> None:
    """Units of the order were cancelled or given up: take them off pick lists and out of parcels still in the house.

    Open pick lines lose their plans; a parcel left with nothing is cancelled and its label voided; one that loses
    part of its content loses its label and opens an exception case. Doing it again changes nothing.
    """
    works = fulfillment_orders_of(order_ref)
    ids = [work.id for work in works]
    slots = PickTote.objects.filter(fulfillment_order__in=ids, released_at=None)
    lists = lock_many(PickList.objects.all(), slots.values_list("pick_list_id", flat=True))
    parcels = lock_many(
        Parcel.objects.all(),
        Parcel.objects.filter(fulfillment_order__in=ids, status__in=IN_HOUSE).values_list("pk", flat=True),
    )
    fulfilment.lock_workable(ids)
    on_floor = [row for row in lists if row.status in OPEN_LIST]
    trim_lines(ids, by=by, now=now)
    for row in on_floor:
        mine = row.totes.filter(fulfillment_order__in=ids, released_at=None)
        settle(row, mine.values_list("fulfillment_order_id", flat=True), by=by, now=now)
    _shrink_parcels([parcel for parcel in parcels if parcel.status in IN_HOUSE], by=by, now=now)
    ended = [work.id for work in works if work.status in ("cancelled", "closed", "incomplete")]
    PickTote.objects.filter(fulfillment_order__in=ended, released_at=None).update(released_at=now)


@command
def pull_order(order_ref: str, *, by: Actor, now: datetime) -> None:
    """Take an order off its pick list, before anything of it was picked: it may be released again.

    Raises NotInWave, AlreadyPicked.
    """
    ids = [work.id for work in fulfillment_orders_of(order_ref)]
    slot = PickTote.objects.filter(fulfillment_order__in=ids, released_at=None).first()
    if slot is None:
        raise NotInWave(_("%(ref)s is on no pick list.") % {"ref": order_ref})
    row = lock_one(PickList.objects.all(), pk=slot.pick_list_id)
    _take_off(row, [slot], cause="pulled", by=by, now=now)
    _finish_if_empty(row, by=by, now=now)


@command
def cancel_pick_list(pick_list_id: int, *, by: Actor, now: datetime) -> None:
    """Take a whole list back from the floor, before anything on it was picked. Raises AlreadyPicked."""
    row = lock_one(PickList.objects.all(), pk=pick_list_id)
    _take_off(row, list(row.totes.filter(released_at=None)), cause="list_cancelled", by=by, now=now)
    _finish_if_empty(row, by=by, now=now)


@command
def cancel_wave(wave_id: int, *, by: Actor, now: datetime) -> None:
    """Take back what of a wave was not begun; lists with picks go on. Raises IllegalTransition when it is over."""
    wave = lock_one(Wave.objects.all(), pk=wave_id)
    lists = lock_many(PickList.objects.all(), wave.pick_lists.values_list("pk", flat=True))
    begun = False
    for row in lists:
        if row.status == PickListStatus.DRAFT:
            row.totes.all().delete()
            advance(row, PickListStatus.CANCELLED, by=by, now=now)
        elif row.status in OPEN_LIST:
            if row.lines.filter(picked__gt=0).exists():
                begun = True
                continue
            _take_off(row, list(row.totes.filter(released_at=None)), cause="wave_cancelled", by=by, now=now)
            advance(row, PickListStatus.CANCELLED, by=by, now=now, completed_at=now)
    wave.refresh_from_db()
    if not begun and wave.status in (WaveStatus.DRAFT, WaveStatus.RELEASED, WaveStatus.IN_PROGRESS):
        advance(wave, WaveStatus.CANCELLED, by=by, now=now, completed_at=now)


def give_up_picks(product_id: int, bin_id: int, lot: str, quantity: int, *, by: Actor, now: datetime) -> int:
    """Take up to ``quantity`` units of a product in a bin off open pick lines, latest ship-by first; returns how many.

    Inventory calls this through its port when units planned for a pick are gone. The orders keep their allocations:
    what no line covers is planned anew when the rest of the order is picked.
    """
    candidates = PickLine.objects.filter(product_id=product_id, bin_id=bin_id, lot=lot, status__in=OPEN_LINE)
    lock_many(PickList.objects.all(), candidates.values_list("pick_list_id", flat=True))
    taken = 0
    for line in candidates.select_related("pick_list", "pick_tote").order_by("-pick_list__ship_by", "-pk"):
        units = min(quantity - taken, line.quantity - line.picked)
        if units <= 0:
            continue
        taken += units
        if line.quantity == units:
            advance(line, PickLineStatus.CANCELLED, by=by, now=now, done_at=now)
        else:
            PickLine.objects.filter(pk=line.pk).update(quantity=line.quantity - units)
            line.quantity -= units
            if line.quantity == line.picked:
                advance(line, PickLineStatus.PICKED, by=by, now=now, done_at=now)
        unplan_picks([(product_id, bin_id, lot, units)])
        settle(
            line.pick_list,
            [line.pick_tote.fulfillment_order_id],
            avoid_bins={(product_id, bin_id)},
            by=by,
            now=now,
        )
    return taken


def _take_off(row: PickList, slots: Sequence[PickTote], *, cause: str, by: Actor, now: datetime) -> None:
    lines = list(PickLine.objects.filter(pick_tote__in=slots))
    if any(line.picked for line in lines):
        raise AlreadyPicked(_("Units were picked already. Finish the list, or cancel the order."))
    orders = [slot.fulfillment_order_id for slot in slots]
    works, _stops = fulfilment.lock_workable(orders)
    open_lines = [line for line in lines if line.status in OPEN_LINE]
    if open_lines:
        unplan_picks([(line.product_id, line.bin_id, line.lot, line.quantity) for line in open_lines])
        advance_many(open_lines, PickLineStatus.CANCELLED, by=by, now=now, done_at=now)
    PickTote.objects.filter(pk__in=[slot.pk for slot in slots]).update(released_at=now)
    back = [work.id for work in works if work.status in ("released", "picking")]
    if back:
        fulfilment.mark_unreleased(back, cause=cause, by=by, now=now)
    PickList.objects.filter(pk=row.pk, hand_line__in=[line.pk for line in open_lines]).update(hand_line=None, in_hand=0)


def _finish_if_empty(row: PickList, *, by: Actor, now: datetime) -> None:
    row.refresh_from_db()
    if not row.lines.filter(status__in=OPEN_LINE).exists():
        finish_list(row, by=by, now=now)


def _shrink_parcels(parcels: Iterable[Parcel], *, by: Actor, now: datetime) -> None:
    rows = {parcel.pk: parcel for parcel in parcels}
    items = list(ParcelItem.objects.filter(parcel__in=rows).order_by("pk"))
    facts = allocations_by_id({item.allocation_id for item in items})
    lost: dict[int, int] = {}
    left: dict[int, int] = dict.fromkeys(rows, 0)
    # Two boxes of a split may share an allocation until the first of them is closed.
    held = {key: fact.quantity if fact.status == "picked" else 0 for key, fact in facts.items()}
    for item in items:
        keep = min(item.quantity, held.get(item.allocation_id, 0))
        held[item.allocation_id] = held.get(item.allocation_id, 0) - keep
        left[item.parcel_id] += keep
        if keep == item.quantity:
            continue
        lost[item.parcel_id] = lost.get(item.parcel_id, 0) + item.quantity - keep
        if keep:
            item.quantity, item.scanned = keep, min(item.scanned, keep)
            item.save(update_fields=["quantity", "scanned"])
        else:
            item.delete()
    emptied = []
    for parcel_id, units in lost.items():
        parcel = rows[parcel_id]
        label = LabelRequest.objects.filter(parcel=parcel, status=LabelRequestStatus.PURCHASED).first()
        if label is not None:
            ask_to_void(label, by=by, now=now)
        if left[parcel_id] == 0:
            advance(parcel, ParcelStatus.CANCELLED, by=by, now=now)
            emptied.append(parcel)
        elif parcel.status != ParcelStatus.OPEN:
            open_case(
                kind="unpack",
                dedupe_key=f"unpack:{parcel_id}",
                summary=gettext_noop("Cancelled units are in a closed box. Take them out and print a new label."),
                subject_type="parcel",
                subject_id=parcel_id,
                timeline=parcel.order_ref,
                warehouse_id=parcel.warehouse_id,
                detail={"units": units},
                now=now,
            )
    give_back_inserts(emptied, by=by, now=now)
