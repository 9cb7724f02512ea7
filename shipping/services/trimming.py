"""Keep pick lines true to allocations that shrank: cancelled, given up, or never to be picked."""

from collections.abc import Iterable
from datetime import datetime

from core.kernel.actors import Actor
from core.kernel.transitions import advance, advance_many
from inventory.services.picking import unplan_picks
from orders.selectors.work import allocations_by_id
from shipping.models import PickLine, PickList
from shipping.services.pick_work import OPEN_LINE
from shipping.states import PickLineStatus


def trim_lines(fulfillment_order_ids: Iterable[int], *, by: Actor, now: datetime) -> int:
    """Take off open pick lines what their allocations no longer hold, last stops first; returns the units taken off.

    The plans of those units are taken back. The caller holds the pick lists concerned. Three statements, and two for
    each state a line goes to.
    """
    lines = list(
        PickLine.objects.filter(
            pick_tote__fulfillment_order__in=list(fulfillment_order_ids), status__in=OPEN_LINE
        ).order_by("sequence", "pk")
    )
    if not lines:
        return 0
    facts = allocations_by_id({line.allocation_id for line in lines})
    left = {key: fact.quantity if fact.status == "allocated" else 0 for key, fact in facts.items()}
    in_hand = dict(
        PickList.objects.filter(pk__in={line.pick_list_id for line in lines}, in_hand__gt=0).values_list(
            "hand_line_id", "in_hand"
        )
    )
    cancelled: list[PickLine] = []
    shortened: list[tuple[PickLine, int]] = []
    back: list[tuple[int, int, str, int]] = []
    for line in lines:
        wanted = line.quantity - line.picked
        keep = min(wanted, left.get(line.allocation_id, 0))
        left[line.allocation_id] = left.get(line.allocation_id, 0) - keep
        if keep == wanted:
            continue
        back.append((line.product_id, line.bin_id, line.lot, wanted - keep))
        if line.picked + keep == 0:
            cancelled.append(line)
        else:
            shortened.append((line, line.picked + keep))
    if not back:
        return 0
    unplan_picks(back)
    if cancelled:
        advance_many(cancelled, PickLineStatus.CANCELLED, by=by, now=now, done_at=now)
    for line, quantity in shortened:
        PickLine.objects.filter(pk=line.pk).update(quantity=quantity)
        line.quantity = quantity
        if line.picked == quantity:
            advance(line, PickLineStatus.PICKED, by=by, now=now, done_at=now)
    dropped = [line.pk for line in cancelled if line.pk in in_hand]
    PickList.objects.filter(hand_line__in=dropped).update(hand_line=None, in_hand=0)
    return sum(quantity for *_place, quantity in back)
