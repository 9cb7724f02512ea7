"""Whole lists confirmed at once, any number of them in the statements of one: robots, paper lists, simulations."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_many
from core.kernel.transitions import advance_many
from core.outbox.publish import published_together
from orders.selectors.facts import FulfillmentWork
from orders.services import fulfilment
from shipping.models import PickLine, PickList, PickTote, Wave
from shipping.services.pick_work import OPEN_LINE, lock_loose, move_puts, note_puts, settle
from shipping.states import PickListStatus, WaveStatus

OPEN_LIST = (PickListStatus.RELEASED, PickListStatus.IN_PROGRESS)


@command
@published_together
def confirm_lists(totes: Mapping[int, Mapping[int, int]], *, by: Actor, now: datetime) -> list[int]:
    """Every open line of the lists was picked in full; ``totes`` is {list id: {position on the cart: tote's bin id}}.

    Returns the lists completed by it. A list is left alone that is closed, that has an order that must stop, or that
    still asks for units cancelled a moment ago. Positions that have a tote keep it. Raises a refusal of the ledger, and
    then nothing is done.
    """
    lists = {row.pk: row for row in lock_many(PickList.objects.all(), totes) if row.status in OPEN_LIST}
    slots = list(PickTote.objects.filter(pick_list__in=lists, released_at=None).order_by("pick_list_id", "position"))
    found, stops = fulfilment.lock_workable(slot.fulfillment_order_id for slot in slots)
    works = {work.id: work for work in found}
    for slot in slots:
        if slot.fulfillment_order_id in stops:
            lists.pop(slot.pick_list_id, None)
    rows = PickLine.objects.filter(pick_list__in=lists, status__in=OPEN_LINE)
    puts = [(line, line.quantity - line.picked) for line in rows.order_by("pk")]
    cut = _cut_lists(puts, works.values())
    for list_id in cut:
        lists.pop(list_id, None)
    puts = [(line, units) for line, units in puts if line.pick_list_id not in cut]
    new = [slot for slot in slots if slot.pick_list_id in lists and slot.tote_id is None]
    for slot in new:
        slot.tote_id = totes[slot.pick_list_id].get(slot.position)
    PickTote.objects.bulk_update([slot for slot in new if slot.tote_id], ["tote"])
    with_totes = {slot.pk: slot for slot in slots}
    for line, _units in puts:
        line.pick_tote = with_totes[line.pick_tote_id]
    wanted = {
        key: sum(one.quantity for one in work.allocations if one.status == "allocated") for key, work in works.items()
    }
    for line, units in puts:
        wanted[line.pick_tote.fulfillment_order_id] -= units
    _start([row for row in lists.values() if row.status == PickListStatus.RELEASED], by=by, now=now)
    note_puts(puts, works, by=by, now=now)
    # Units that no line covered, because their shelf was given up, are planned anew, one list at a time.
    loose = {slot.pick_list_id for slot in slots if wanted.get(slot.fulfillment_order_id)}
    whole = [row for key, row in lists.items() if key not in loose]
    in_whole = {row.pk for row in whole}
    fulfilment.mark_picked_many(
        {line.pick_tote.fulfillment_order_id for line, _units in puts if line.pick_list_id in in_whole}, by=by, now=now
    )
    if loose & lists.keys():
        _waves(list(lists.values()))
        lock_loose(works.values(), {line.product_id for line, _units in puts})
    for key in sorted(loose & lists.keys()):
        mine = [slot.fulfillment_order_id for slot in slots if slot.pick_list_id == key]
        settle(lists[key], mine, by=by, now=now)
    _finish(whole, by=by, now=now)
    move_puts(puts, by=by, now=now)
    return sorted(key for key, row in lists.items() if row.status == PickListStatus.COMPLETED)


def _cut_lists(puts: Sequence[tuple[PickLine, int]], works: Iterable[FulfillmentWork]) -> set[int]:
    """Lists that ask for more than is allocated: part of an order was cancelled and the lines are not trimmed yet."""
    left = {one.id: one.quantity for work in works for one in work.allocations if one.status == "allocated"}
    cut: set[int] = set()
    for line, units in puts:
        left[line.allocation_id] = left.get(line.allocation_id, 0) - units
        if left[line.allocation_id] < 0:
            cut.add(line.pick_list_id)
    return cut


def _start(rows: Sequence[PickList], *, by: Actor, now: datetime) -> None:
    if not rows:
        return
    advance_many(rows, PickListStatus.IN_PROGRESS, by=by, now=now, started_at=now)
    waves = [wave for wave in _waves(rows) if wave.status == WaveStatus.RELEASED]
    if waves:
        advance_many(waves, WaveStatus.IN_PROGRESS, by=by, now=now)


def _finish(rows: Sequence[PickList], *, by: Actor, now: datetime) -> None:
    if not rows:
        return
    advance_many(rows, PickListStatus.COMPLETED, by=by, now=now, completed_at=now, hand_line=None, in_hand=0)
    waves = [wave for wave in _waves(rows) if wave.status in (WaveStatus.RELEASED, WaveStatus.IN_PROGRESS)]
    busy = set(
        PickList.objects.filter(wave__in=waves, status__in=("draft", "released", "in_progress"))
        .order_by()
        .values_list("wave_id", flat=True)
    )
    over = [wave for wave in waves if wave.pk not in busy]
    if over:
        advance_many(over, WaveStatus.COMPLETED, by=by, now=now, completed_at=now)


def _waves(rows: Sequence[PickList]) -> list[Wave]:
    return lock_many(Wave.objects.all(), {row.wave_id for row in rows})
