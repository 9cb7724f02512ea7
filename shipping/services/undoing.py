"""Take the last pick back: out of the tote, onto the shelf it came from."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.transitions import advance
from inventory.services import ledger
from inventory.services.picking import plan_again
from orders.errors import WorkStopped
from orders.selectors.facts import Picked
from orders.services import fulfilment
from shipping.models import PickLine, PickList
from shipping.states import PickLineStatus


def undo_pick(row: PickList, *, by: Actor, now: datetime) -> str:
    """Take back what was last put in a tote; returns the sentence why not, or an empty string when it was done.

    The caller holds the list. Only the last put, and only until its order is complete: then it is on its way to the
    bench.
    """
    if row.last_line_id is None or row.last_quantity == 0:
        return _("There is nothing to take back.")
    line = PickLine.objects.select_related("pick_tote").get(pk=row.last_line_id)
    units, tote_id = row.last_quantity, line.pick_tote.tote_id
    if tote_id is None or line.picked < units:
        return _("There is nothing to take back.")
    try:
        (work,) = fulfilment.lock_for_work([line.pick_tote.fulfillment_order_id])
    except WorkStopped as stopped:
        return str(stopped)
    if work.status != "picking":
        return _("The order is complete. Tell the packer.")
    (held,) = fulfilment.record_unpicked([Picked(line.allocation_id, units, tote_id, line.lot)], by=by, now=now)
    _reopen(line, units, held, by=by, now=now)
    row.last_line, row.last_quantity, row.at_bin_id = None, 0, line.bin_id
    row.save(update_fields=["last_line", "last_quantity", "at_bin"])
    ledger.move(
        [
            ledger.Move(
                product_id=line.product_id,
                quantity=units,
                from_bin_id=tote_id,
                to_bin_id=line.bin_id,
                reason="put_back",
                lot=line.lot,
                document=line.order_ref,
                note="undo",
            )
        ],
        by=by,
        now=now,
    )
    plan_again([(line.product_id, line.bin_id, line.lot, units)])
    return ""


def _reopen(line: PickLine, units: int, allocation_id: int, *, by: Actor, now: datetime) -> None:
    """The units wait to be picked again; as a line of their own when their allocation is another than the line's."""
    if allocation_id == line.allocation_id or units == line.quantity:
        PickLine.objects.filter(pk=line.pk).update(picked=line.picked - units, allocation_id=allocation_id)
        line.picked -= units
        if line.status == PickLineStatus.PICKED:
            advance(line, PickLineStatus.PENDING, by=by, now=now, done_at=None)
        return
    PickLine.objects.filter(pk=line.pk).update(quantity=line.quantity - units, picked=line.picked - units)
    line.quantity, line.picked = line.quantity - units, line.picked - units
    if line.status != PickLineStatus.PICKED and line.picked == line.quantity:
        advance(line, PickLineStatus.PICKED, by=by, now=now, done_at=now)
    PickLine.objects.create(
        pick_list_id=line.pick_list_id,
        pick_tote_id=line.pick_tote_id,
        allocation_id=allocation_id,
        order_ref=line.order_ref,
        product_id=line.product_id,
        bin_id=line.bin_id,
        lot=line.lot,
        sequence=line.sequence,
        quantity=units,
    )
