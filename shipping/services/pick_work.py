"""What a pick changes: called by scans, by bulk confirmation and by shorts, in their transaction."""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime

from django.db import connection

from core.kernel.actors import Actor
from core.kernel.prepared import Prepared
from core.kernel.transitions import advance, advance_many
from inventory.services import ledger
from inventory.services.picking import BinPick, PickWant, plan_picks
from inventory.services.stock_locks import lock_bins, lock_levels
from orders.selectors.facts import AllocationFact, FulfillmentWork, Picked
from orders.selectors.work import work_of
from orders.services import fulfilment
from shipping.models import PickLine, PickList, PickTote, Wave
from shipping.services.wave_rows import Slot, ToFetch, write_lines
from shipping.states import PickLineStatus, PickListStatus, WaveStatus

OPEN_LINE = (PickLineStatus.PENDING, PickLineStatus.SKIPPED)

_ADD_PICKED = """
UPDATE shipping_pickline line SET picked = line.picked + done.quantity
FROM unnest(%s::bigint[], %s::int[]) AS done (id, quantity)
WHERE line.id = done.id
"""


# Asked at the end of every line, list and wave.
_OPEN_ORDERS = Prepared(
    "shipping_open_orders_of_list",
    """
SELECT DISTINCT slot.fulfillment_order_id
FROM shipping_pickline line JOIN shipping_picktote slot ON slot.id = line.pick_tote_id
WHERE line.pick_list_id = %(list)s AND line.status IN ('pending', 'skipped')
""",
    list="bigint",
)
_WALKED = Prepared(
    "shipping_list_was_walked",
    """
SELECT EXISTS (
    SELECT FROM shipping_pickline WHERE pick_list_id = %(list)s AND (picked > 0 OR status = 'short'))
""",
    list="bigint",
)
_OTHERS = Prepared(
    "shipping_other_open_lists",
    """
SELECT EXISTS (
    SELECT FROM shipping_picklist
    WHERE wave_id = %(wave)s AND id <> %(list)s AND status IN ('draft', 'released', 'in_progress'))
""",
    wave="bigint",
    list="bigint",
)


def put_in_totes(
    pick_list: PickList,
    puts: Sequence[tuple[PickLine, int]],
    works: Mapping[int, FulfillmentWork],
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Move units of pick lines from their shelves into the totes of their orders, and settle what that finishes.

    The caller holds the pick list and has asked ``lock_for_work`` for ``works`` (by id). Lines come with their
    ``pick_tote``. Finished lines, orders, the list and its wave go on to their next state; stock is taken last.
    """
    if note_puts(puts, works, by=by, now=now):
        orders = {line.pick_tote.fulfillment_order_id for line, _units in puts}
        settle(pick_list, orders, moving={line.product_id for line, _units in puts}, by=by, now=now)
    move_puts(puts, by=by, now=now)


def note_puts(
    puts: Sequence[tuple[PickLine, int]], works: Mapping[int, FulfillmentWork], *, by: Actor, now: datetime
) -> bool:
    """Counters and states of the lines put, of any number of lists; returns whether a line was finished.

    ``move_puts`` follows when all else is locked.
    """
    if not puts:
        return False
    started = {line.pick_tote.fulfillment_order_id for line, _quantity in puts}
    fresh = [works[key] for key in sorted(started) if works[key].status == "released"]
    if fresh:
        fulfilment.mark_picking_many(fresh, by=by, now=now)
    with connection.cursor() as cursor:
        cursor.execute(_ADD_PICKED, [[line.pk for line, _q in puts], [quantity for _l, quantity in puts]])
    full = []
    for line, quantity in puts:
        line.picked += quantity
        if line.picked == line.quantity:
            full.append(line)
    if full:
        advance_many(full, PickLineStatus.PICKED, by=by, now=now, done_at=now)
    fulfilment.record_picked(
        [
            Picked(line.allocation_id, quantity, _tote(line.pick_tote), line.lot)
            for line, quantity in sorted(puts, key=lambda put: put[0].pk)
        ],
        by=by,
        now=now,
    )
    return bool(full)


def move_puts(puts: Sequence[tuple[PickLine, int]], *, by: Actor, now: datetime) -> None:
    """The moves of the lines put, shelf → tote."""
    ledger.move(
        [
            ledger.Move(
                product_id=line.product_id,
                quantity=quantity,
                from_bin_id=line.bin_id,
                to_bin_id=_tote(line.pick_tote),
                reason="pick",
                lot=line.lot,
                document=line.order_ref,
                planned=True,
            )
            for line, quantity in puts
        ],
        by=by,
        now=now,
    )


def settle(
    pick_list: PickList,
    fulfillment_order_ids: Iterable[int],
    *,
    avoid_bins: Set[tuple[int, int]] = frozenset(),
    moving: Set[int] = frozenset(),
    by: Actor,
    now: datetime,
) -> None:
    """Bring orders, the list and its wave up to date once some of the list's lines are no longer open.

    An order none of whose lines is open is picked; units of it that no line covers (their shelf was given up meanwhile)
    are planned once more first, not from ``avoid_bins`` (product_id, bin_id), and backordered when no bin has them.
    ``moving`` are the products the caller moves next: their bins are locked with those that are planned.
    """
    still_open = _with_open_lines(pick_list)
    closed = set(fulfillment_order_ids) - still_open
    works = work_of(closed) if closed else ()
    if any(_loose(work) for work in works):
        lock_wave(pick_list)
        lock_loose(works, moving)
    covered = False
    for work in works:
        if work.status in ("released", "picking"):
            if _cover(pick_list, work, avoid_bins, by=by, now=now):
                covered = True
                continue
            status = fulfilment.end_picking(work, by=by, now=now)
        else:
            status = work.status
        if status in ("cancelled", "closed", "incomplete"):
            PickTote.objects.filter(pick_list=pick_list, fulfillment_order=work.id, released_at=None).update(
                released_at=now
            )
    if not covered and not still_open:
        finish_list(pick_list, by=by, now=now)


def lock_loose(works: Iterable[FulfillmentWork], moving: Iterable[int] = ()) -> None:
    """Lock the stock of what is allocated to the orders, to plan it anew or give it back in more than one step.

    ``moving`` are the products of which units are moved afterwards. The caller holds the wave.
    """
    keys = {(one.product_id, work.warehouse_id) for work in works for one in _loose(work)}
    lock_bins({*moving, *(product_id for product_id, _place in keys)}, {place for _product, place in keys})
    if len(keys) > 1:
        lock_levels(keys)


def _loose(work: FulfillmentWork) -> list[AllocationFact]:
    """What is allocated to an order on the floor and not picked: on no line once its lines are closed."""
    return [one for one in work.allocations if one.status == "allocated" and work.status in ("released", "picking")]


def _with_open_lines(pick_list: PickList) -> set[int]:
    return {key for (key,) in _OPEN_ORDERS.run(list=pick_list.pk)}


def _cover(
    pick_list: PickList, work: FulfillmentWork, avoid_bins: Set[tuple[int, int]], *, by: Actor, now: datetime
) -> bool:
    """New lines for units of an order that are allocated but on no line; True when there are some to walk to."""
    loose = _loose(work)
    if not loose:
        return False
    tote = PickTote.objects.get(pick_list=pick_list, fulfillment_order=work.id, released_at=None)
    picks: dict[int, list[BinPick]] = {}
    wants = [PickWant(one.id, one.product_id, work.warehouse_id, one.quantity) for one in loose]
    for pick in plan_picks(wants, avoid_bins=avoid_bins, now=now):
        picks.setdefault(int(pick.key), []).append(pick)
    wanted = [ToFetch(work.id, work.order_ref, one.id, one.product_id) for one in loose]
    write_lines(wanted, picks, {work.id: Slot(tote.pk, tote.pick_list_id, tote.position)})
    for one in loose:
        lacking = one.quantity - sum(pick.quantity for pick in picks.get(one.id, ()))
        if lacking:
            fulfilment.record_short(one.id, lacking, reason="miscount", by=by, now=now)
    return bool(picks)


def finish_list(pick_list: PickList, *, by: Actor, now: datetime) -> None:
    """Complete the list, or cancel it when nothing on it was picked; and the wave with its last list."""
    if pick_list.status not in (PickListStatus.RELEASED, PickListStatus.IN_PROGRESS):
        return
    ((walked,),) = _WALKED.run(list=pick_list.pk)
    if walked:
        advance(pick_list, PickListStatus.COMPLETED, by=by, now=now, completed_at=now, hand_line=None, in_hand=0)
    else:
        advance(pick_list, PickListStatus.CANCELLED, by=by, now=now, completed_at=now, hand_line=None, in_hand=0)
    wave = lock_wave(pick_list)
    if wave.status in (WaveStatus.RELEASED, WaveStatus.IN_PROGRESS):
        ((others,),) = _OTHERS.run(wave=wave.pk, list=pick_list.pk)
        if not others:
            advance(wave, WaveStatus.COMPLETED, by=by, now=now, completed_at=now)


def start_list(pick_list: PickList, *, by: Actor, now: datetime) -> None:
    """The first act on a list: it and its wave are in progress. Starting it again changes nothing."""
    if pick_list.status != PickListStatus.RELEASED:
        return
    advance(pick_list, PickListStatus.IN_PROGRESS, by=by, now=now, started_at=now)
    if Wave.objects.filter(pk=pick_list.wave_id, status=WaveStatus.IN_PROGRESS).exists():
        return  # nobody waits here for those who end their lists
    wave = lock_wave(pick_list)
    if wave.status == WaveStatus.RELEASED:
        advance(wave, WaveStatus.IN_PROGRESS, by=by, now=now)


def lock_wave(pick_list: PickList) -> Wave:
    """The wave of a list, locked: the last two lists of a wave may finish at once, its row decides who sees the other's
    end. Before any stock is locked."""
    return Wave.objects.select_for_update(no_key=True).get(pk=pick_list.wave_id)


def _tote(pick_tote: PickTote) -> int:
    if pick_tote.tote_id is None:
        raise ValueError("Units go into a tote that was scanned.")
    return pick_tote.tote_id
