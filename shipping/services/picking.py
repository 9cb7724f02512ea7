"""Pick by scans: claim a list, walk it, let every scan prove a place or a thing."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import NotFound
from core.kernel.locks import lock_one
from core.kernel.prepared import Prepared
from core.kernel.transitions import advance_many
from core.outbox.publish import published_together
from inventory.selectors import BinFact, bin_by_code
from inventory.selectors.places import empty_bins
from inventory.selectors.scans import read_scan
from inventory.selectors.stock import bin_content
from orders.errors import WorkStopped, WrongQuantity
from orders.selectors.facts import FulfillmentWork
from orders.services import fulfilment
from shipping.errors import NoWork, ToteBusy
from shipping.models import PickLine, PickList, PickTote
from shipping.planning.picking_steps import (
    Act,
    AssignTote,
    Decision,
    ItemRead,
    NumberRead,
    Place,
    PlaceRead,
    PutInTote,
    Reading,
    StandAt,
    TakeInHand,
    UnknownRead,
    Walk,
    after,
    current_stop,
    decide,
)
from shipping.selectors.commands import command_of
from shipping.selectors.walks import job_of, looks_like_place, walk_of
from shipping.services import pick_acts
from shipping.services.facts import ListFact, PickDone, ScanVerdict
from shipping.services.pick_work import put_in_totes, start_list
from shipping.services.sentences import say
from shipping.states import PickLineStatus, PickListStatus

__all__ = ["claim_next_pick_list", "confirm_picks", "scan_pick", "set_picked", "take_over"]

# Positions that have a tote keep it.
_GIVE_TOTES = """
UPDATE shipping_picktote slot SET tote_id = given.tote_id
FROM unnest(%s::int[], %s::bigint[]) AS given (position, tote_id)
WHERE slot.pick_list_id = %s AND slot.position = given.position AND slot.tote_id IS NULL
"""

_COUNTS = Prepared(
    "shipping_list_counts",
    """
SELECT (SELECT count(*) FROM shipping_picktote WHERE pick_list_id = %(list)s),
       (SELECT count(*) FROM shipping_pickline WHERE pick_list_id = %(list)s)
""",
    list="bigint",
)

OPEN = (PickListStatus.RELEASED, PickListStatus.IN_PROGRESS)


@command
def claim_next_pick_list(
    user_id: int, warehouse_id: int, *, tote_code: str = "", by: Actor, now: datetime
) -> ListFact | None:
    """Give the picker the list they are on, else the most urgent waiting one; None when nothing waits.

    Two pickers never get the same list: rows another transaction holds are skipped. With ``tote_code`` (the scan of a
    free tote at the pick screen) the tote becomes the first of the list. Raises ToteBusy, NotFound.
    """
    mine = (
        PickList.objects.select_for_update(of=("self",), no_key=True)
        .filter(picker_id=user_id, warehouse_id=warehouse_id, status__in=OPEN)
        .order_by("pk")
        .first()
    )
    if mine is None:
        mine = (
            PickList.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
            .filter(warehouse_id=warehouse_id, status=PickListStatus.RELEASED, picker=None)
            .order_by("ship_by", "pk")
            .first()
        )
        if mine is None:
            return None
        mine.picker_id = user_id
        mine.save(update_fields=["picker"])
    if tote_code:
        _first_tote(mine, tote_code, by=by, now=now)
    return _fact(mine)


@command
def take_over(pick_list_id: int, *, user_id: int, by: Actor, now: datetime) -> ListFact:
    """Go on with a list somebody else began, from the scan they stopped at. Raises NotFound, NoWork."""
    row = lock_one(PickList.objects.all(), pk=pick_list_id)
    if row.status not in OPEN:
        raise NoWork(_("This list is not open any more."))
    row.picker_id = user_id
    row.save(update_fields=["picker"])
    return _fact(row)


@command
@published_together
def scan_pick(
    pick_list_id: int, code: str, *, user_id: int, alt: Sequence[str] = (), by: Actor, now: datetime
) -> ScanVerdict:
    """Judge one scan of a picker and do what it means; docs/scan-contract.md names the verdicts.

    The stop flag of the order is asked first. A refusal moves nothing. Every item put in its tote is a movement
    shelf → tote; the last one completes the list. ``alt`` are further readings of the same scan. Raises NotFound.
    """
    row = lock_one(PickList.objects.all(), pk=pick_list_id)
    refusal = not_open(row, user_id)
    if refusal:
        return refusal
    act = command_of(code)
    if act is not None:
        return pick_acts.run_command(row, act, by=by, now=now)
    return _judge(row, [code, *alt], None, by=by, now=now)


@command
@published_together
def set_picked(pick_list_id: int, quantity: int, *, user_id: int, by: Actor, now: datetime) -> ScanVerdict:
    """The number typed after the first scan of a line of more than three: all that was taken for it."""
    row = lock_one(PickList.objects.all(), pk=pick_list_id)
    refusal = not_open(row, user_id)
    return refusal or _judge(row, [], NumberRead(quantity), by=by, now=now)


@command
@published_together
def confirm_picks(
    pick_list_id: int,
    picks: Sequence[PickDone],
    *,
    totes: Mapping[int, int] | None = None,
    by: Actor,
    now: datetime,
) -> str:
    """Confirm many picks of a list at once, as a paper list or a robot does; returns the list's status.

    ``totes`` maps positions on the cart (from 1) to bins where none is set yet. All or nothing: raises WorkStopped,
    NotFound, ToteBusy, WrongQuantity when a line asks for less by now, or a refusal of the ledger. Does by sets what
    scans do one by one.
    """
    row = lock_one(PickList.objects.all(), pk=pick_list_id)
    if row.status not in OPEN:
        raise NoWork(_("This list is not open any more."))
    wanted = {one.pick_line_id: one.quantity for one in picks}
    lines = list(
        PickLine.objects.select_related("pick_tote").filter(
            pick_list=row, pk__in=wanted, status__in=("pending", "skipped")
        )
    )
    if len(lines) != len(wanted):
        raise NotFound(_("There is no such open line on this list."))
    if any(not 0 <= wanted[line.pk] <= line.quantity - line.picked for line in lines):
        raise WrongQuantity(_("A line asks for less by now. Read the list again."))
    works = {
        work.id: work for work in fulfilment.lock_for_work({line.pick_tote.fulfillment_order_id for line in lines})
    }
    if totes:  # after the orders: whoever empties a tote holds its order
        _give_totes(row, totes)
        for line in lines:
            if line.pick_tote.tote_id is None:
                line.pick_tote.tote_id = totes.get(line.pick_tote.position)
    start_list(row, by=by, now=now)
    put_in_totes(row, [(line, wanted[line.pk]) for line in lines], works, by=by, now=now)
    return str(row.status)


def not_open(row: PickList, user_id: int) -> ScanVerdict | None:
    """The verdict when this person cannot go on with the list, else None."""
    if row.status not in OPEN:
        message = _("This list is finished.") if row.status == "completed" else _("This list was cancelled.")
        return ScanVerdict("already" if row.status == "completed" else "stop", _("List closed"), message)
    if row.picker_id is not None and row.picker_id != user_id:
        return ScanVerdict(
            "stop", _("Taken over"), _("Somebody else works on this list now. Scan a free tote for your next one.")
        )
    return None


def _judge(row: PickList, codes: Sequence[str], number: NumberRead | None, *, by: Actor, now: datetime) -> ScanVerdict:
    walk = walk_of(row)
    work, stopped = _stop_flag(row, walk, by=by, now=now)
    if stopped:
        return stopped
    decision, reading = Decision("unknown", "unknown_code", {"code": ""}), None
    for reading in [number] if number else _readings(row, walk, codes):
        decision = decide(walk, reading)
        if decision.verdict != "unknown":
            break
    if decision.act is not None:
        walk = _do(row, walk, decision.act, work, by=by, now=now)
    row.scans += 1
    row.wrong_scans += decision.refused
    row.save(update_fields=["scans", "wrong_scans"])
    title, message = say(decision)
    return ScanVerdict(decision.verdict, title, message, job_of(row, walk))


def _stop_flag(
    row: PickList, walk: Walk, *, by: Actor, now: datetime
) -> tuple[FulfillmentWork | None, ScanVerdict | None]:
    """The order picked next, locked, or the verdict of its stop flag; a held order's lines go to the walk's end."""
    stop = current_stop(walk)
    if stop is None:
        return None, None
    slot = PickTote.objects.get(pick_list=row, position=stop.position)
    try:
        (work,) = fulfilment.lock_for_work([slot.fulfillment_order_id])
    except WorkStopped as stopped:
        others = any(one.missing and one.position != stop.position and not one.skipped for one in walk.stops)
        if others:
            waiting = list(PickLine.objects.filter(pick_tote=slot, status="pending"))
            advance_many(waiting, PickLineStatus.SKIPPED, by=by, now=now)
            row.hand_line, row.in_hand = None, 0
            row.save(update_fields=["hand_line", "in_hand"])
            walk = walk_of(row)
        return None, ScanVerdict("stop", _("Stop"), str(stopped), job_of(row, walk))
    return work, None


def _readings(row: PickList, walk: Walk, codes: Sequence[str]) -> list[Reading]:
    return [read(row, walk, code) for code in codes if code.strip()] or [UnknownRead("")]


def read(row: PickList, walk: Walk, code: str) -> Reading:
    """What a code means on this list: its own articles and places first, then anything in the house."""
    code = code.strip()
    folded = code.casefold()
    for stop in walk.stops:
        if folded in stop.codes:
            return ItemRead(stop.product_id, stop.name, stop.codes[folded])
    for stop in walk.stops:
        if folded == stop.place.code.casefold():
            return PlaceRead(stop.place)
    for slot in walk.slots:
        if slot.tote and folded == slot.tote.code.casefold():
            return PlaceRead(slot.tote, is_tote=True)
    readers = (_as_place, _as_item) if looks_like_place(code) else (_as_item, _as_place)
    for reader in readers:
        found = reader(row, code)
        if found is not None:
            return found
    return UnknownRead(code[:40])


def _as_item(row: PickList, code: str) -> Reading | None:
    scan = read_scan(code)
    if scan.product is None:
        return None
    lots = tuple(dict.fromkeys(one for one in (scan.lot, scan.serial) if one))
    return ItemRead(scan.product.id, scan.product.name, scan.units, lots)


def _as_place(row: PickList, code: str) -> Reading | None:
    try:
        found = bin_by_code(code, warehouse_id=row.warehouse_id)
    except NotFound:
        return None
    is_tote = found.kind == "tote"
    return PlaceRead(Place(found.id, found.name, found.code), is_tote=is_tote, free=is_tote and tote_is_free(found.id))


def tote_is_free(bin_id: int) -> bool:
    """Whether a tote serves no order and nothing lies in it."""
    if PickTote.objects.filter(tote_id=bin_id, released_at=None).exists():
        return False
    return not bin_content(bin_id, limit=1)


def free_totes(warehouse_id: int, count: int) -> list[BinFact]:
    """Up to ``count`` totes of the warehouse that are free now: for simulations and for a hint on the screen."""
    taken = PickTote.objects.filter(released_at=None, tote__isnull=False).values_list("tote_id", flat=True)
    return empty_bins(warehouse_id, kind="tote", without=taken, limit=count)


def _do(row: PickList, walk: Walk, act: Act, work: FulfillmentWork | None, *, by: Actor, now: datetime) -> Walk:
    start_list(row, by=by, now=now)
    if isinstance(act, AssignTote):
        give_tote(row, act.position, act.place.bin_id, act.place.name)
    elif isinstance(act, StandAt):
        row.at_bin_id = act.bin_id
        row.save(update_fields=["at_bin"])
    elif isinstance(act, TakeInHand):
        row.in_hand = (row.in_hand if row.hand_line_id == act.line_id else 0) + act.quantity
        row.hand_line_id = act.line_id
        row.save(update_fields=["hand_line", "in_hand"])
    elif work is not None:
        _put(row, act, work, by=by, now=now)
    return after(walk, act)


def _give_totes(row: PickList, totes: Mapping[int, int]) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_GIVE_TOTES, [list(totes), list(totes.values()), row.pk])
    except IntegrityError as error:
        raise ToteBusy(_("One of the totes serves another order. Take free totes.")) from error


def give_tote(row: PickList, position: int, bin_id: int, name: str) -> None:
    """Put a tote on a place of the cart. Raises ToteBusy when another list took it a moment ago."""
    try:
        with transaction.atomic():
            PickTote.objects.filter(pick_list=row, position=position).update(tote_id=bin_id)
    except IntegrityError as error:
        raise ToteBusy(
            _("%(name)s is not empty or serves another order. Take a free tote.") % {"name": name}
        ) from error


def _put(row: PickList, act: PutInTote, work: FulfillmentWork, *, by: Actor, now: datetime) -> None:
    """What is put belongs to the order picked now, which the stop flag has locked."""
    line = PickLine.objects.select_related("pick_tote").get(pk=act.line_id, pick_list=row)
    row.hand_line, row.in_hand = None, 0
    row.last_line, row.last_quantity = line, act.quantity
    row.save(update_fields=["hand_line", "in_hand", "last_line", "last_quantity"])
    put_in_totes(row, [(line, act.quantity)], {work.id: work}, by=by, now=now)


def _first_tote(row: PickList, code: str, *, by: Actor, now: datetime) -> None:
    slot = PickTote.objects.filter(pick_list=row, tote=None, released_at=None).order_by("position").first()
    found = bin_by_code(code, warehouse_id=row.warehouse_id)
    if found.kind != "tote":
        raise ToteBusy(_("%(name)s is no tote. Scan a free tote.") % {"name": found.name})
    if slot is None:
        return
    if PickTote.objects.filter(pick_list=row, tote_id=found.id, released_at=None).exists():
        return
    if not tote_is_free(found.id):
        raise ToteBusy(_("%(name)s is not empty or serves another order. Take a free tote.") % {"name": found.name})
    give_tote(row, slot.position, found.id, found.name)
    start_list(row, by=by, now=now)
    row.scans += 1
    row.save(update_fields=["scans"])


def _fact(row: PickList) -> ListFact:
    ((orders, lines),) = _COUNTS.run(list=row.pk)
    return ListFact(
        id=row.pk,
        ref=row.ref,
        status=str(row.status),
        picker_id=row.picker_id,
        orders=orders,
        lines=lines,
    )
