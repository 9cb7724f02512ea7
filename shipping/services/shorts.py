"""A shelf that does not hold what it should: try others, else backorder; and take the missing units off sale."""

from datetime import datetime

from django.utils.translation import gettext_noop

from core.attention.services import open_case
from core.kernel.actors import Actor
from core.kernel.transitions import advance
from inventory.selectors.pick_bins import likely_picks
from inventory.services import ledger
from inventory.services.adjustment import change_condition
from inventory.services.loss_locks import Loss, lock_for_losses
from inventory.services.picking import PickWant, plan_picks, unplan_picks
from orders.selectors.facts import FulfillmentWork
from orders.selectors.work import work_of
from orders.services import fulfilment
from shipping.models import PickLine, PickList
from shipping.services.pick_work import lock_loose, lock_wave, settle
from shipping.services.trimming import trim_lines
from shipping.services.wave_rows import Slot, ToFetch, write_lines
from shipping.states import PickLineStatus, ShortReason


def lock_for_short(pick_list: PickList, line: PickLine, *, held: int, now: datetime) -> None:
    """Lock what a short may take from other orders, before its own order is locked. The caller holds the pick list.

    What is fetched elsewhere is promised to somebody: when nothing is free, others lose what this order is given.
    """
    missing = line.quantity - line.picked - held
    if missing <= 0:
        return
    works = work_of([line.pick_tote.fulfillment_order_id])
    wants = [PickWant(line.allocation_id, line.product_id, pick_list.warehouse_id, missing)]
    found = sum(pick.quantity for pick in likely_picks(wants, avoid_bins={(line.product_id, line.bin_id)}, now=now))
    if found:
        lock_for_losses(
            [Loss(line.product_id, pick_list.warehouse_id, found)],
            work=[work.id for work in works],
            products={one.product_id for work in works for one in work.allocations if one.status == "allocated"},
            before_bins=lambda: lock_wave(pick_list),
        )


def short_line(
    pick_list: PickList,
    line: PickLine,
    work: FulfillmentWork,
    *,
    held: int,
    reason: str,
    by: Actor,
    now: datetime,
) -> int:
    """End a pick line that cannot be filled: ``held`` units in the hand still count; returns units found elsewhere.

    The caller holds the pick list and the order (``lock_for_work``). Missing units may lie anywhere or nowhere, so
    until somebody counts they are quarantined where they should be, or damaged when that is the reason.
    """
    missing = line.quantity - line.picked - held
    if missing <= 0:
        return 0
    lock_wave(pick_list)
    lock_loose([work])
    condition = "damaged" if reason == ShortReason.DAMAGED else "quarantined"
    unplan_picks([(line.product_id, line.bin_id, line.lot, missing)])
    short = _split_off(line, missing, held=held, reason=reason, by=by, now=now)
    picks = plan_picks(
        [PickWant(line.allocation_id, line.product_id, work.warehouse_id, missing)],
        avoid_bins={(line.product_id, line.bin_id)},
        now=now,
    )
    found = sum(pick.quantity for pick in picks)
    if found:
        wanted = ToFetch(work.id, work.order_ref, line.allocation_id, line.product_id)
        slot = Slot(line.pick_tote_id, line.pick_tote.pick_list_id, line.pick_tote.position)
        write_lines([wanted], {line.allocation_id: picks}, {work.id: slot})
    if missing > found:
        loss = ledger.Move(
            product_id=line.product_id,
            quantity=missing - found,
            from_bin_id=line.bin_id,
            to_bin_id=line.bin_id,
            to_condition=condition,
            lot=line.lot,
            reason="lost" if condition == "quarantined" else "damaged",
            document=line.order_ref,
        )
        fulfilment.record_short(line.allocation_id, missing - found, reason=reason, loss=[loss], by=by, now=now)
    open_case(
        kind="short_pick",
        dedupe_key=f"short_pick:{short.pk}",
        summary=gettext_noop("A shelf held fewer units than expected. Count it."),
        subject_type="pick_line",
        subject_id=short.pk,
        timeline=line.order_ref,
        warehouse_id=work.warehouse_id,
        detail={
            "product_id": line.product_id,
            "bin_id": line.bin_id,
            "missing": missing,
            "found_elsewhere": found,
            "reason": reason,
        },
        now=now,
    )
    if found:
        # The units promised from here are fetched elsewhere, so those that should lie here can be promised to nobody.
        change_condition(
            product_id=line.product_id,
            bin_id=line.bin_id,
            quantity=found,
            from_condition="sellable",
            to_condition=condition,
            lot=line.lot,
            reason="lost" if condition == "quarantined" else "damaged",
            document=line.order_ref,
            by=by,
            now=now,
        )
        trim_lines([work.id], by=by, now=now)
    settle(pick_list, [work.id], by=by, now=now)
    return found


def _split_off(line: PickLine, missing: int, *, held: int, reason: str, by: Actor, now: datetime) -> PickLine:
    """The missing part as a line of its own, short; the whole line when nothing of it was taken."""
    kept = line.quantity - missing
    if kept == 0:
        advance(
            line,
            PickLineStatus.SHORT,
            by=by,
            now=now,
            data=_data(line, missing, reason),
            short_reason=reason,
            done_at=now,
        )
        return line
    short = PickLine.objects.create(
        pick_list_id=line.pick_list_id,
        pick_tote_id=line.pick_tote_id,
        allocation_id=line.allocation_id,
        order_ref=line.order_ref,
        product_id=line.product_id,
        bin_id=line.bin_id,
        lot=line.lot,
        sequence=line.sequence,
        quantity=missing,
    )
    advance(
        short, PickLineStatus.SHORT, by=by, now=now, data=_data(line, missing, reason), short_reason=reason, done_at=now
    )
    PickLine.objects.filter(pk=line.pk).update(quantity=kept)
    line.quantity = kept
    if not held:
        advance(line, PickLineStatus.PICKED, by=by, now=now, done_at=now)
    return short


def _data(line: PickLine, missing: int, reason: str) -> dict[str, int | str]:
    return {"product_id": line.product_id, "bin_id": line.bin_id, "quantity": missing, "reason": reason}
