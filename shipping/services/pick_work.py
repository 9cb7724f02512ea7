"""What a pick changes: called by scans, by bulk confirmation and by shorts, in their transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import connection

from core.kernel.actors import Actor
from core.kernel.transitions import advance, advance_many
from inventory.services import ledger
from orders.selectors.facts import FulfillmentWork, Picked
from orders.services import fulfilment
from shipping.models import PickLine, PickList, PickTote, Wave
from shipping.states import PickLineStatus, PickListStatus, WaveStatus

OPEN_LINE = (PickLineStatus.PENDING, PickLineStatus.SKIPPED)

_ADD_PICKED = """
UPDATE shipping_pickline line SET picked = line.picked + done.quantity
FROM unnest(%s::bigint[], %s::int[]) AS done (id, quantity)
WHERE line.id = done.id
"""


def put_in_totes(
    pick_list: PickList,
    puts: Sequence[tuple[PickLine, int]],
    works: Mapping[int, FulfillmentWork],
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Move units of pick lines from their shelves into the totes of their orders; set-based.

    The caller holds the pick list and has asked ``lock_for_work`` for ``works`` (by id). Lines come with their
    ``pick_tote``. Finished lines, orders, the list and its wave go on to their next state.
    """
    if not puts:
        return
    started = {line.pick_tote.fulfillment_order_id for line, _quantity in puts}
    for fulfillment_order_id in sorted(started):
        if works[fulfillment_order_id].status == "released":
            fulfilment.mark_picking(fulfillment_order_id, by=by, now=now)
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
    settle(pick_list, started, by=by, now=now)


def settle(pick_list: PickList, fulfillment_order_ids: Iterable[int], *, by: Actor, now: datetime) -> None:
    """Bring orders, the list and its wave up to date once some of the list's lines are no longer open."""
    still_open = set(
        PickLine.objects.filter(pick_list=pick_list, status__in=OPEN_LINE)
        .order_by()
        .values_list("pick_tote__fulfillment_order_id", flat=True)
        .distinct()
    )
    for fulfillment_order_id in sorted(set(fulfillment_order_ids) - still_open):
        status = fulfilment.mark_picked(fulfillment_order_id, by=by, now=now)
        if status in ("cancelled", "closed", "incomplete"):
            PickTote.objects.filter(
                pick_list=pick_list, fulfillment_order=fulfillment_order_id, released_at=None
            ).update(released_at=now)
    if not still_open:
        finish_list(pick_list, by=by, now=now)


def finish_list(pick_list: PickList, *, by: Actor, now: datetime) -> None:
    """Complete the list, or cancel it when nothing on it was picked; and the wave with its last list."""
    if pick_list.status not in (PickListStatus.RELEASED, PickListStatus.IN_PROGRESS):
        return
    if pick_list.lines.filter(picked__gt=0).exists() or pick_list.lines.filter(status="short").exists():
        advance(pick_list, PickListStatus.COMPLETED, by=by, now=now, completed_at=now, hand_line=None, in_hand=0)
    else:
        advance(pick_list, PickListStatus.CANCELLED, by=by, now=now, completed_at=now, hand_line=None, in_hand=0)
    # The last two lists of a wave may finish at once: the wave's row decides who sees the other's end.
    wave = Wave.objects.select_for_update(no_key=True).get(pk=pick_list.wave_id)
    if wave.status in (WaveStatus.RELEASED, WaveStatus.IN_PROGRESS):
        others = wave.pick_lists.exclude(pk=pick_list.pk)
        if not others.filter(status__in=["draft", "released", "in_progress"]).exists():
            advance(wave, WaveStatus.COMPLETED, by=by, now=now, completed_at=now)


def start_list(pick_list: PickList, *, by: Actor, now: datetime) -> None:
    """The first act on a list: it and its wave are in progress. Starting it again changes nothing."""
    if pick_list.status != PickListStatus.RELEASED:
        return
    advance(pick_list, PickListStatus.IN_PROGRESS, by=by, now=now, started_at=now)
    wave = Wave.objects.select_for_update(no_key=True).get(pk=pick_list.wave_id)
    if wave.status == WaveStatus.RELEASED:
        advance(wave, WaveStatus.IN_PROGRESS, by=by, now=now)


def _tote(pick_tote: PickTote) -> int:
    if pick_tote.tote_id is None:
        raise ValueError("Units go into a tote that was scanned.")
    return pick_tote.tote_id
