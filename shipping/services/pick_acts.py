"""What a picker may do beside scanning: report a short, skip a stop, take the last scan back."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import Invalid
from core.kernel.locks import lock_one
from core.kernel.transitions import advance
from orders.errors import WorkStopped
from orders.services import fulfilment
from shipping.models import PickLine, PickList
from shipping.planning.picking_steps import Stop, Walk, current_stop, next_step
from shipping.selectors.walks import job_of, walk_of
from shipping.services.facts import ScanVerdict
from shipping.services.pick_work import start_list
from shipping.services.sentences import next_words
from shipping.services.shorts import lock_for_short, short_line
from shipping.services.undoing import undo_pick
from shipping.states import PickLineStatus, PickListStatus, ShortReason

OPEN = (PickListStatus.RELEASED, PickListStatus.IN_PROGRESS)


@command
def short_pick(
    pick_list_id: int,
    *,
    reason: str = ShortReason.NOT_FOUND,
    pick_line_id: int | None = None,
    by: Actor,
    now: datetime,
) -> ScanVerdict:
    """What is left to take at the current stop (or of that line) is not there, or cannot be sold.

    Other bins are tried at once and the walk goes on there; what none can give is backordered. The missing units are
    taken off sale until they are counted, broken ones become ``damaged``; an exception case says so.
    """
    row = lock_one(PickList.objects.all(), pk=pick_list_id)
    if row.status not in OPEN:
        return ScanVerdict("already", _("List closed"), _("This list is finished."))
    if reason not in ShortReason.values:
        raise Invalid(_("Say what is wrong: not found, damaged, wrong item, or fewer than expected."))
    walk = walk_of(row)
    stop = _stop(walk, pick_line_id)
    if stop is None:
        return ScanVerdict("already", "", _("Everything on this list is picked."), job_of(row, walk))
    line = PickLine.objects.select_related("pick_tote").get(pk=stop.line_id)
    held = row.in_hand if row.hand_line_id == line.pk else 0
    lock_for_short(row, line, held=held, now=now)
    try:
        works = fulfilment.lock_for_work([line.pick_tote.fulfillment_order_id])
    except WorkStopped as stopped:
        return ScanVerdict("stop", _("Stop"), str(stopped), job_of(row, walk))
    start_list(row, by=by, now=now)
    found = short_line(row, line, works[0], held=held, reason=reason, by=by, now=now)
    row.refresh_from_db()
    walk = walk_of(row)
    if found:
        told = _("Noted. %(found)d of it lie elsewhere.") % {"found": found}
    else:
        told = _("Noted. What is missing is backordered and a supervisor sees it.")
    done = next_step(walk) == "done" or row.status not in OPEN
    return ScanVerdict("done" if done else "ok", "", f"{told} {_onwards(walk)}".strip(), job_of(row, walk))


@command
def skip_stop(pick_list_id: int, *, by: Actor, now: datetime) -> ScanVerdict:
    """Come back to the current stop at the end of the walk."""
    row = lock_one(PickList.objects.all(), pk=pick_list_id)
    return _skip(row, by=by, now=now)


@command
def undo_last(pick_list_id: int, *, by: Actor, now: datetime) -> ScanVerdict:
    """Take the last item scan back: out of the hand, or out of the tote back to the shelf."""
    row = lock_one(PickList.objects.all(), pk=pick_list_id)
    return _undo(row, by=by, now=now)


def run_command(row: PickList, act: str, *, by: Actor, now: datetime) -> ScanVerdict:
    """A scan of the command card. The caller holds the list."""
    if act == "undo":
        return _undo(row, by=by, now=now)
    if act == "skip":
        return _skip(row, by=by, now=now)
    if act == "short":
        return ScanVerdict(
            "decision", _("Problem"), _("What is wrong here?"), {**job_of(row, walk_of(row)), "ask": "short"}
        )
    walk = walk_of(row)
    return ScanVerdict("wrong", _("Not here"), _("This card does nothing here. %(next)s") % {"next": _onwards(walk)})


def _skip(row: PickList, *, by: Actor, now: datetime) -> ScanVerdict:
    walk = walk_of(row)
    stop = current_stop(walk)
    others = [one for one in walk.stops if one.missing and one is not stop and not one.skipped]
    if stop is None or row.in_hand or not others:
        return ScanVerdict(
            "wrong", _("Nothing to skip"), _("This stop cannot be left for later. %(next)s") % {"next": _onwards(walk)}
        )
    line = PickLine.objects.get(pk=stop.line_id)
    if line.status == PickLineStatus.PENDING:
        advance(line, PickLineStatus.SKIPPED, by=by, now=now)
    walk = walk_of(row)
    return ScanVerdict("ok", "", _("Left for later. %(next)s") % {"next": _onwards(walk)}, job_of(row, walk))


def _undo(row: PickList, *, by: Actor, now: datetime) -> ScanVerdict:
    if row.status not in OPEN:
        return ScanVerdict("already", _("List closed"), _("This list is finished."))
    if row.in_hand:
        row.hand_line, row.in_hand = None, 0
        row.save(update_fields=["hand_line", "in_hand"])
        walk = walk_of(row)
        told = _("Taken back. Put what you hold back on the shelf.")
        return ScanVerdict("ok", "", f"{told} {_onwards(walk)}", job_of(row, walk))
    refusal = undo_pick(row, by=by, now=now)
    walk = walk_of(row)
    if refusal:
        return ScanVerdict("wrong", _("Nothing to undo"), f"{refusal} {_onwards(walk)}", job_of(row, walk))
    told = _("Taken back. Put it back on the shelf.")
    return ScanVerdict("ok", "", f"{told} {_onwards(walk)}", job_of(row, walk))


def _stop(walk: Walk, pick_line_id: int | None) -> Stop | None:
    if pick_line_id is None:
        return current_stop(walk)
    return next((stop for stop in walk.stops if stop.line_id == pick_line_id and stop.missing), None)


def _onwards(walk: Walk) -> str:
    stop = current_stop(walk)
    if stop is None:
        return next_words("done", {})
    job = {"place": stop.place.name, "wanted": stop.name, "tote": chr(64 + stop.position)}
    return next_words(next_step(walk), job)
