"""Bring units from bulk to the pick faces before they run dry."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_one
from core.kernel.refs import new_ref
from core.kernel.transitions import advance
from inventory import ports
from inventory.errors import Invalid, NotEnoughInBin
from inventory.models import Bin, ReplenishmentTask
from inventory.planning.facing import Face, FaceNeed, face_need
from inventory.selectors.faces import FaceRow, Source, faces, sources
from inventory.services.counting import request_count
from inventory.services.ledger import Move, move
from inventory.services.storing import require_fit
from inventory.states import CountCause, MovementReason, TaskStatus

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of a task: the units brought, 0 when it was done or ended before."""

    units: int
    rest: int


def open_face_tasks(warehouse_id: int, *, by: Actor, now: datetime) -> int:
    """Open a task for every face that is too empty or soon will be; returns how many are new.

    Open tasks learn how urgent they are now, and end when their face was filled otherwise. One task of a face is open
    at a time. Some hundred faces in a transaction; safe to run twice at once.
    """
    last_id = opened = 0
    while found := faces(warehouse_id, after_id=last_id, limit=CHUNK):
        last_id = found[-1].rule_id
        opened += _look_after(warehouse_id, found, asked="", by=by, now=now)
    return opened


@command
def ask_for_face(
    product_ids: Iterable[int], warehouse_id: int, *, cause: str = "asked", by: Actor, now: datetime
) -> int:
    """Have the faces of products filled up although they may not be at their minimum; returns how many tasks are new.

    ``cause`` is what the list shows for it: ``asked`` or ``short_pick``.
    """
    found = faces(warehouse_id, product_ids=product_ids)
    return _look_after(warehouse_id, found, asked=cause, by=by, now=now) if found else 0


@command
def _look_after(warehouse_id: int, found: Sequence[FaceRow], *, asked: str, by: Actor, now: datetime) -> int:
    waiting = ports.waiting_units(sorted({row.product_id for row in found}), warehouse_id)
    needs = {row: face_need(_face(row, waiting.get(row.product_id, [])), asked=bool(asked)) for row in found}
    _update_open(needs, by=by, now=now)
    new = {row: need for row, need in needs.items() if need is not None and row.task_id is None}
    stock = sources(warehouse_id, {row.product_id for row in new}, now=now) if new else {}
    tasks = []
    for row, need in new.items():
        source = _take(stock.get(row.product_id, []), need.units)
        if source is None:
            continue
        tasks.append(
            ReplenishmentTask(
                ref=new_ref("RPL"),
                warehouse_id=warehouse_id,
                product_id=row.product_id,
                lot=source.lot,
                from_bin_id=source.bin_id,
                to_bin_id=row.bin_id,
                quantity=min(need.units, source.free),
                cause=asked or need.cause,
                orders_blocked=need.orders_blocked,
                needed_by=_needed_by(need, now),
                created_at=now,
            )
        )
    before = ReplenishmentTask.objects.filter(ref__in=[task.ref for task in tasks])
    ReplenishmentTask.objects.bulk_create(tasks, ignore_conflicts=True)
    return before.count() if tasks else 0


def _face(row: FaceRow, waiting: Sequence[int]) -> Face:
    return Face(row.present, row.planned, row.minimum, row.maximum, row.daily_mean, tuple(waiting))


def _take(found: list[Source], units: int) -> Source | None:
    """The source to go to; what it gives is not offered to the next face."""
    if not found:
        return None
    source = found[0]
    left = source.free - units
    found[:1] = [Source(source.product_id, source.bin_id, source.lot, left)] if left > 0 else []
    return source


def _needed_by(need: FaceNeed, now: datetime) -> datetime | None:
    return None if need.hours is None else now + timedelta(hours=min(need.hours, 24 * 365))


def _update_open(needs: dict[FaceRow, FaceNeed | None], *, by: Actor, now: datetime) -> None:
    of_task = {row.task_id: (row, need) for row, need in needs.items() if row.task_id is not None}
    if not of_task:
        return
    rows = list(
        ReplenishmentTask.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(pk__in=list(of_task), status=TaskStatus.OPEN)
        .order_by("pk")
    )
    for task in rows:
        row, need = of_task[task.pk]
        if row.present >= row.maximum:
            advance(task, TaskStatus.CANCELLED, by=by, now=now, done_at=now, data={"because": "full"})
        elif need is not None:
            task.orders_blocked, task.needed_by = need.orders_blocked, _needed_by(need, now)
            task.save(update_fields=["orders_blocked", "needed_by"])


@command
def bring_to_face(ref: str, quantity: int, *, anyway: bool = False, by: Actor, now: datetime) -> Brought:
    """Move ``quantity`` units of a task to its face and end the task; a task that ended before moves nothing.

    Units planned for a pick stay where they are. ``anyway`` overrules want of room. Raises NotFound, Invalid,
    BinForbidden, BinFull, and NotEnoughInBin when fewer units are free in the source.
    """
    task = lock_one(ReplenishmentTask.objects.all(), ref=ref)
    if task.status != TaskStatus.OPEN:
        return Brought(0, 0)
    if quantity <= 0:
        raise Invalid(_("Bring at least one unit, or say that the source is empty."))
    if quantity > task.quantity:
        raise Invalid(_("This face takes %(count)d units now. Bring no more.") % {"count": task.quantity})
    if Bin.objects.filter(pk__in=[task.from_bin_id, task.to_bin_id], frozen=True).exists():
        raise Invalid(_("One of the two bins is frozen now. Put the units back and take the next task."))
    require_fit(task.to_bin_id, [(task.product_id, quantity)], anyway=anyway)
    try:
        move(
            [
                Move(
                    product_id=task.product_id,
                    quantity=quantity,
                    from_bin_id=task.from_bin_id,
                    to_bin_id=task.to_bin_id,
                    lot=task.lot,
                    reason=MovementReason.REPLENISH,
                    document=task.ref,
                    move_key=f"replenish:{task.ref}",
                )
            ],
            by=by,
            now=now,
        )
    except NotEnoughInBin as refusal:
        free = refusal.missing[0].free
        told = _("Only %(free)d units may be taken from here, the rest is for pickers. Type how many you bring.")
        refusal.args, refusal.detail = (told % {"free": free},), told % {"free": free}
        raise
    advance(
        task,
        TaskStatus.DONE,
        by=by,
        now=now,
        data={"product_id": task.product_id, "quantity": quantity},
        done_at=now,
        done_by=by.name,
    )
    return Brought(quantity, task.quantity - quantity)


@command
def source_empty(ref: str, *, by: Actor, now: datetime) -> str:
    """The source holds less than the books say: have it counted, and go to the next one.

    Returns the same task's reference when it was given another source, "" when there is none: then the task ends,
    and the face is looked at again with the next round. Raises NotFound.
    """
    task = lock_one(ReplenishmentTask.objects.all(), ref=ref)
    if task.status != TaskStatus.OPEN:
        return ""
    request_count(task.from_bin_id, cause=CountCause.REQUEST, product_id=task.product_id, by=by, now=now)
    found = sources(task.warehouse_id, [task.product_id], now=now).get(task.product_id, [])
    others = [one for one in found if one.bin_id != task.from_bin_id]
    if not others:
        advance(task, TaskStatus.CANCELLED, by=by, now=now, data={"because": "no_source"}, done_at=now, done_by=by.name)
        return ""
    task.from_bin_id, task.lot = others[0].bin_id, others[0].lot
    task.quantity = min(task.quantity, others[0].free)
    task.save(update_fields=["from_bin", "lot", "quantity"])
    return task.ref
