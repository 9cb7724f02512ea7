"""Take work back from the floor: orders that shrank or ended, orders pulled out, lists and waves cancelled."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.attention.services import open_case
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import Among, lock_many, lock_one
from core.kernel.transitions import advance, advance_set
from inventory.ports import HeldPicks
from inventory.services.picking import unplan_picks
from orders.selectors.work import allocations_by_id, fulfillment_orders_of, work_of
from orders.services import fulfilment
from orders.services.releasing import lock_on_floor, take_from_floor
from shipping.errors import AlreadyPicked, NotInWave
from shipping.models import LabelRequest, Parcel, ParcelItem, PickLine, PickList, PickTote, Wave
from shipping.services.inserts import give_back_inserts
from shipping.services.labels import ask_to_void
from shipping.services.pick_work import OPEN_LINE, finish_list, settle
from shipping.services.trimming import trim_lines
from shipping.services.wave_rows import drop_totes, lock_lists
from shipping.states import LabelRequestStatus, ParcelStatus, PickLineStatus, PickListStatus, WaveStatus

IN_HOUSE = (
    ParcelStatus.OPEN,
    ParcelStatus.PACKED,
    ParcelStatus.LABEL_PURCHASED,
    ParcelStatus.READY_FOR_PICKUP,
)
OPEN_LIST = (PickListStatus.RELEASED, PickListStatus.IN_PROGRESS)


def unpack_key(parcel_id: int) -> str:
    """The dedupe key of the case of a closed box that units have to come out of."""
    return f"unpack:{parcel_id}"


class _Line(NamedTuple):
    id: int
    order_ref: str
    status: str
    picked: int
    product_id: int
    bin_id: int
    lot: str
    quantity: int


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
    fulfilment.lock_workable(ids, content=False)
    on_floor = [row for row in lists if row.status in OPEN_LIST]
    _lock_waves(on_floor)
    trim_lines(ids, by=by, now=now)
    for row in on_floor:
        mine = row.totes.filter(fulfillment_order__in=ids, released_at=None)
        settle(row, mine.values_list("fulfillment_order_id", flat=True), by=by, now=now)
    _shrink_parcels([parcel for parcel in parcels if parcel.status in IN_HOUSE], by=by, now=now)
    ended = [work.id for work in works if work.status in ("cancelled", "closed", "incomplete")]
    PickTote.objects.filter(fulfillment_order__in=ended, released_at=None).update(released_at=now)


@command
def pull_order(order_ref: str, *, wave_id: int | None = None, by: Actor, now: datetime) -> None:
    """Take an order off its pick list, before anything of it was picked: it may be released again.

    With ``wave_id`` only off a list of that wave: the rest of an order may be picked in another warehouse.
    Raises NotInWave, AlreadyPicked.
    """
    ids = [work.id for work in fulfillment_orders_of(order_ref)]
    slots = PickTote.objects.filter(fulfillment_order__in=ids, released_at=None)
    if wave_id is not None:
        slots = slots.filter(pick_list__wave=wave_id)
    row = lock_many(PickList.objects.all(), slots.order_by("pk").values_list("pick_list_id", flat=True)[:1])
    # Read again: until the list was held somebody else may have pulled the order out, and another wave taken it.
    mine = _slots(slots.filter(pick_list__in=row))
    if not mine:
        raise NotInWave(_("%(ref)s is on no pick list.") % {"ref": order_ref})
    _take_off(mine, row, cause="pulled", by=by, now=now)
    _finish_if_empty(row[0], by=by, now=now)


@command
def cancel_pick_list(pick_list_id: int, *, by: Actor, now: datetime) -> None:
    """Take a whole list back from the floor, before anything on it was picked. Raises AlreadyPicked."""
    row = lock_one(PickList.objects.all(), pk=pick_list_id)
    _take_off(_slots(row.totes.filter(released_at=None)), [row], cause="list_cancelled", by=by, now=now)
    _finish_if_empty(row, by=by, now=now)


@command
def cancel_wave(wave_id: int, *, by: Actor, now: datetime) -> None:
    """Take back what of a wave was not begun; lists with picks go on. A wave that is over stays as it is.

    The same number of statements however many orders there are, but for those that ship complete and lack something
    by now. Raises NotFound.
    """
    lists = lock_lists(wave_id)
    wave = lock_one(Wave.objects.all(), pk=wave_id)
    drafts = [key for key, status in lists.items() if status == PickListStatus.DRAFT]
    drop_totes(PickTote.objects.filter(Among("pick_list", drafts)).values_list("pk", flat=True))
    picked = PickLine.objects.filter(pick_list__wave=wave, picked__gt=0).order_by()
    begun = set(picked.values_list("pick_list_id", flat=True).distinct())
    going = {key: status for key, status in lists.items() if status in OPEN_LIST}
    back = {key: status for key, status in going.items() if key not in begun}
    slots = PickTote.objects.filter(Among("pick_list", back), released_at=None)
    _take_off(_slots(slots), (), cause="wave_cancelled", by=by, now=now)
    _cancel_lists(drafts, PickListStatus.DRAFT, by=by, now=now)
    for status in OPEN_LIST:
        mine = [key for key, before in back.items() if before == status]
        _cancel_lists(mine, status, by=by, now=now, completed_at=now)
    if len(back) == len(going) and wave.status in (WaveStatus.DRAFT, WaveStatus.RELEASED, WaveStatus.IN_PROGRESS):
        # What some of its lists brought home was no cancelled work.
        walked = wave.status != WaveStatus.DRAFT and PickListStatus.COMPLETED in lists.values()
        advance(wave, WaveStatus.COMPLETED if walked else WaveStatus.CANCELLED, by=by, now=now, completed_at=now)


def give_up_picks(product_id: int, bin_id: int, lot: str, quantity: int, *, by: Actor, now: datetime) -> int:
    """Take up to ``quantity`` units of a product in a bin off open pick lines, latest ship-by first; returns how many.

    Inventory calls this through its port when units planned for a pick are gone. The orders keep their allocations:
    what no line covers is planned anew when the rest of the order is picked. Only lists that lose units are held.
    """
    candidates = _open_lines_at(product_id, bin_id, lot)
    taken = 0
    while taken < quantity:
        lists = _lists_of(candidates, quantity - taken)
        if not lists:
            break
        lock_many(PickList.objects.all(), lists)
        # Read again: until the lists were held some of it may have been picked. Then the next ones are asked.
        lines = list(candidates.filter(pick_list__in=lists).select_related("pick_list", "pick_tote"))
        lock_on_floor(line.pick_tote.fulfillment_order_id for line in lines)
        for line in lines:
            units = min(quantity - taken, line.quantity - line.picked)
            if units > 0:
                taken += units
                _give_up(line, units, by=by, now=now)
    return taken


def lock_picks(places: Sequence[tuple[int, int, str, int]]) -> HeldPicks:
    """Lock the lists ``give_up_picks`` would take units off now: (product_id, bin_id, lot, units) each."""
    lists: set[int] = set()
    for product_id, bin_id, lot, units in places:
        lists |= _lists_of(_open_lines_at(product_id, bin_id, lot), units)
    held = lock_many(PickList.objects.all(), lists)
    lines = PickLine.objects.filter(pick_list__in=lists, status__in=OPEN_LINE, bin__in={place[1] for place in places})
    orders = frozenset(lines.values_list("pick_tote__fulfillment_order_id", flat=True))
    return HeldPicks(orders, lambda: _lock_waves(held), _uncovered(orders))


def _uncovered(fulfillment_order_ids: Iterable[int]) -> frozenset[tuple[int, int]]:
    """(product_id, warehouse_id) of what is allocated to the orders and on no line of theirs."""
    works = work_of(fulfillment_order_ids)
    covered: dict[int, int] = {}
    lines = PickLine.objects.filter(
        allocation__in=[one.id for work in works for one in work.allocations], status__in=OPEN_LINE
    )
    for allocation_id, units in lines.values_list("allocation_id", F("quantity") - F("picked")):
        covered[allocation_id] = covered.get(allocation_id, 0) + units
    return frozenset(
        (one.product_id, work.warehouse_id)
        for work in works
        for one in work.allocations
        if one.status == "allocated" and one.quantity > covered.get(one.id, 0)
    )


def _lock_waves(lists: Iterable[PickList]) -> None:
    """Before stock: a list that ends asks its wave whether others are still open."""
    if waves := {row.wave_id for row in lists}:
        lock_many(Wave.objects.all(), waves)


def _open_lines_at(product_id: int, bin_id: int, lot: str) -> "QuerySet[PickLine]":
    candidates = PickLine.objects.filter(product_id=product_id, bin_id=bin_id, lot=lot, status__in=OPEN_LINE)
    return candidates.order_by("-pick_list__ship_by", "-pk")


def _lists_of(candidates: "QuerySet[PickLine]", quantity: int) -> set[int]:
    """The lists of the first lines that ask for so many units together."""
    found: set[int] = set()
    for list_id, asked, picked in candidates.values_list("pick_list_id", "quantity", "picked")[:quantity]:
        found.add(list_id)
        quantity -= asked - picked
        if quantity <= 0:
            break
    return found


def _give_up(line: PickLine, units: int, *, by: Actor, now: datetime) -> None:
    if line.quantity == units:
        advance(line, PickLineStatus.CANCELLED, by=by, now=now, done_at=now)
        PickList.objects.filter(hand_line=line.pk).update(hand_line=None, in_hand=0)
    else:
        PickLine.objects.filter(pk=line.pk).update(quantity=line.quantity - units)
        line.quantity -= units
        if line.quantity == line.picked:
            advance(line, PickLineStatus.PICKED, by=by, now=now, done_at=now)
            PickList.objects.filter(hand_line=line.pk).update(hand_line=None, in_hand=0)
    unplan_picks([(line.product_id, line.bin_id, line.lot, units)])
    avoid = {(line.product_id, line.bin_id)}
    settle(line.pick_list, [line.pick_tote.fulfillment_order_id], avoid_bins=avoid, by=by, now=now)


def _slots(rows: "QuerySet[PickTote]") -> dict[int, int]:
    return dict(rows.values_list("pk", "fulfillment_order_id"))


def _take_off(slots: Mapping[int, int], lists: Sequence[PickList], *, cause: str, by: Actor, now: datetime) -> None:
    """Free those places on carts, {tote: fulfilment order}, whose lists the caller holds. Raises AlreadyPicked.

    ``lists`` are those that may end by it: their waves are locked between the orders and the bins.
    """
    if not slots:
        return
    rows = PickLine.objects.filter(Among("pick_tote", slots)).order_by("pk")
    lines = [_Line(*row) for row in rows.values_list(*_Line._fields)]
    if any(line.picked for line in lines):
        raise AlreadyPicked(_("Units were picked already. Finish the list, or cancel the order."))
    works = lock_on_floor(slots.values())
    _lock_waves(lists)
    open_lines = [line for line in lines if line.status in OPEN_LINE]
    unplan_picks([(line.product_id, line.bin_id, line.lot, line.quantity) for line in open_lines])
    for status in OPEN_LINE:
        mine = {line.id: line.order_ref for line in open_lines if line.status == status}
        if mine:
            advance_set(PickLine, mine, status, PickLineStatus.CANCELLED, by=by, now=now, done_at=now)
    PickTote.objects.filter(Among("pk", slots)).update(released_at=now)
    PickList.objects.filter(Among("hand_line", [line.id for line in open_lines])).update(hand_line=None, in_hand=0)
    take_from_floor(works, cause=cause, by=by, now=now)


def _cancel_lists(ids: Sequence[int], before: str, *, by: Actor, now: datetime, **columns: Any) -> None:
    if ids:
        advance_set(PickList, dict.fromkeys(ids, ""), before, PickListStatus.CANCELLED, by=by, now=now, **columns)


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
                dedupe_key=unpack_key(parcel_id),
                summary=gettext_noop("Cancelled units are in a closed box. Take them out and print a new label."),
                subject_type="parcel",
                subject_id=parcel_id,
                timeline=parcel.order_ref,
                warehouse_id=parcel.warehouse_id,
                detail={"units": units},
                now=now,
            )
    give_back_inserts(emptied, by=by, now=now)
