"""What becomes of a finished count: post it, have it counted again, or let a supervisor decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.attention.services import close_cases, open_case
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import IllegalTransition
from core.kernel.locks import lock_one
from core.kernel.transitions import advance
from inventory.errors import StaleCount
from inventory.models import CountLine, CountPlan, CountTask, Product, StockLevel
from inventory.planning.counting import SELLABLE, SlotKey, Tally, sums, within
from inventory.selectors.products import products_by_id
from inventory.services.count_books import Book, lock_books
from inventory.services.difference import Difference, Room, give_room, post_difference, publish_adjusted
from inventory.services.loss_locks import Loss, lock_for_losses
from inventory.services.lots import NewLot, note_lots
from inventory.states import CountStatus, MovementReason


@dataclass(frozen=True, slots=True)
class Approved:
    """What approving a count posted: units more and fewer, and promised units given up for the loss."""

    found: int
    lost: int
    given_up: int


def settle_count(task: CountTask, *, by: Actor, now: datetime) -> None:
    """Judge a count whose lines are complete: approve and post, send it to somebody else, or to a supervisor.

    Runs in the caller's transaction, which holds the task.
    """
    nets = _nets(task)
    costs = dict(Product.objects.filter(pk__in={slot[0] for slot in nets}).values_list("pk", "unit_cost"))
    units, value = sums(Tally(net, 0, float(costs.get(slot[0]) or 0)) for slot, net in nets.items())
    plan = CountPlan.objects.filter(warehouse_id=task.warehouse_id).first() or CountPlan()
    advance(
        task,
        CountStatus.COUNTED,
        by=by,
        now=now,
        data={"bin_id": task.bin_id, "round": task.round, "units": units},
        counted_at=now,
        variance_units=units,
        variance_value=Decimal(str(round(value, 2))),
    )
    if within(units, value, tolerance_units=plan.tolerance_units, tolerance_value=float(plan.tolerance_value)):
        _approve(task, by=by, now=now)
    elif task.round == 1:
        _again(task, by=by, now=now, first_counter_id=task.counter_id)
    else:
        open_case(
            kind="count_variance",
            dedupe_key=_case(task),
            summary=gettext_noop("A count differs from the books. Approve it, or have it counted again."),
            subject_type=CountTask.SUBJECT,
            subject_id=task.pk,
            timeline=task.ref,
            warehouse_id=task.warehouse_id,
            detail={"bin_id": task.bin_id, "units": units, "value": str(task.variance_value)},
            fixes=[{"label": gettext_noop("Look at the count"), "url": f"/counts/{task.ref}"}],
            now=now,
        )


@command
def approve_count(ref: str, *, by: Actor, now: datetime) -> Approved:
    """Post what a count found; one that is approved already posts nothing more.

    Each slot changes by its difference from the books at the moment it was counted, so what moved since stays true.
    A loss gives up what it eats of promises. Raises IllegalTransition, StaleCount, StockPromised, NotFound.
    """
    task = lock_one(CountTask.objects.select_related("bin"), ref=ref)
    if task.status == CountStatus.APPROVED:
        return Approved(0, 0, 0)
    return _approve(task, by=by, now=now)


@command
def recount(ref: str, *, by: Actor, now: datetime) -> None:
    """Have a counted bin counted once more, by somebody who did not count it yet. Raises IllegalTransition."""
    task = lock_one(CountTask.objects.all(), ref=ref)
    if task.status == CountStatus.INVESTIGATING:
        return
    _again(task, by=by, now=now)
    close_cases(dedupe_key=_case(task), resolution="Counted again", by=by, now=now)


@command
def cancel_count(ref: str, *, by: Actor, now: datetime) -> None:
    """Drop a count; the books stay as they are. Raises IllegalTransition, NotFound."""
    task = lock_one(CountTask.objects.all(), ref=ref)
    if task.status == CountStatus.CANCELLED:
        return
    advance(task, CountStatus.CANCELLED, by=by, now=now, data={"bin_id": task.bin_id})
    close_cases(dedupe_key=_case(task), resolution="Cancelled", by=by, now=now)


def _again(task: CountTask, *, by: Actor, now: datetime, **columns: int | None) -> None:
    advance(
        task,
        CountStatus.INVESTIGATING,
        by=by,
        now=now,
        data={"bin_id": task.bin_id, "round": task.round + 1},
        round=task.round + 1,
        counter_id=None,
        counter_name="",
        began_at=None,
        **columns,
    )


def _approve(task: CountTask, *, by: Actor, now: datetime) -> Approved:
    if task.status != CountStatus.COUNTED:
        raise IllegalTransition(_("This count does not wait for approval."))
    # Before it counts as approved: what a picker did not find since the last approved count is suspect until then.
    done = _post(task, by=by, now=now)
    advance(
        task,
        CountStatus.APPROVED,
        by=by,
        now=now,
        data={"bin_id": task.bin_id, "units": task.variance_units},
        approved_at=now,
        approved_by=by.name,
    )
    close_cases(dedupe_key=_case(task), resolution="Approved", by=by, now=now)
    return done


def _post(task: CountTask, *, by: Actor, now: datetime) -> Approved:
    """Post each slot's difference against what lies there now: its total moves by it, however it is spread."""
    nets = _nets(task)
    _refuse_corrected(task, {slot for slot, net in nets.items() if net})
    new = [NewLot(product_id, lot) for (product_id, lot), net in nets.items() if lot and net > 0]
    # Orders are locked before lots and bins: what a loss gives up is judged by a first look, the rest under the lock.
    losses = _losses(task, nets)
    products = {product_id for product_id, _lot in nets}
    held = lock_for_losses(losses, products=products, before_bins=lambda: note_lots(new, now=now))
    if not held:
        note_lots(new, now=now)
    rooms: dict[int, Room] = {}
    for loss in losses:
        if loss.units > 0:
            rooms[loss.product_id] = Room()
            if held:
                rooms[loss.product_id] = give_room(
                    loss.product_id, task.warehouse_id, loss.units, reason=MovementReason.RECOUNT, by=by, now=now
                )
    books = lock_books(task.bin, list(nets), now=now)
    found = lost = given_up = 0
    for product_id in sorted({product_id for product_id, _lot in nets}):
        mine = {slot: net for slot, net in nets.items() if slot[0] == product_id}
        differences = _differences(task, mine, books)
        if not differences:
            continue
        posted = post_difference(
            product_id,
            task.warehouse_id,
            differences,
            reason=MovementReason.RECOUNT,
            room=rooms.get(product_id),
            document=task.ref,
            move_key=f"count:{task.ref}:{task.round}:{product_id}",
            by=by,
            now=now,
        )
        found += sum(net for net in mine.values() if net > 0)
        lost -= sum(net for net in mine.values() if net < 0)
        given_up += posted.given_up
        level_id = StockLevel.objects.values_list("pk", flat=True).get(
            product_id=product_id, warehouse_id=task.warehouse_id
        )
        publish_adjusted(
            product_id,
            task.warehouse_id,
            level_id,
            posted,
            reason=MovementReason.RECOUNT,
            document=task.ref,
            by=by,
            now=now,
        )
    return Approved(found, lost, given_up)


def _losses(task: CountTask, nets: Mapping[SlotKey, int]) -> list[Loss]:
    """What there is less of in the bin: of each product on the whole, and of which of its lots."""
    found: list[Loss] = []
    for product_id in sorted({product_id for product_id, _lot in nets}):
        mine = {lot: net for (one, lot), net in nets.items() if one == product_id}
        places = [(task.bin_id, lot, -net) for lot, net in mine.items() if net < 0]
        if places:
            found.append(Loss(product_id, task.warehouse_id, max(-sum(mine.values()), 0), places))
    return found


def _differences(task: CountTask, nets: Mapping[SlotKey, int], books: Mapping[SlotKey, Book]) -> list[Difference]:
    differences: list[Difference] = []
    for slot, net in nets.items():
        book = books[slot]
        if book.total + net < 0:
            raise _stale()
        target = book.spread(book.total + net)
        for condition in sorted({*target, *book.units}):
            change = target.get(condition, 0) - book.units.get(condition, 0)
            if change:
                differences.append(Difference(task.bin_id, change, lot=slot[1], condition=condition))
    return sorted(differences, key=lambda one: one.condition != SELLABLE)


_CORRECTED = """
SELECT line.product_id
FROM inventory_countline line
JOIN inventory_stockmovement movement
    ON movement.product_id = line.product_id AND movement.lot = line.lot AND movement.at > line.at
JOIN inventory_bin source ON source.id = movement.from_bin_id
JOIN inventory_bin target ON target.id = movement.to_bin_id
WHERE line.task_id = %(task)s AND line.round = %(round)s AND movement.document <> %(ref)s
  AND ((movement.from_bin_id = %(bin)s AND target.kind IN ('adjustment', 'scrap'))
    OR (movement.to_bin_id = %(bin)s AND source.kind IN ('adjustment', 'scrap')))
  AND line.product_id = ANY(%(products)s)
LIMIT 1
"""


def _refuse_corrected(task: CountTask, slots: set[SlotKey]) -> None:
    """Who corrected a slot after it was counted has done what this count would do again."""
    if not slots:
        return
    products = sorted({product_id for product_id, _lot in slots})
    with connection.cursor() as cursor:
        cursor.execute(
            _CORRECTED,
            {"task": task.pk, "round": task.round, "ref": task.ref, "bin": task.bin_id, "products": products},
        )
        row = cursor.fetchone()
    if row:
        raise _stale(products_by_id([row[0]])[row[0]].sku)


def _stale(sku: str = "") -> StaleCount:
    return StaleCount(
        _("The stock of %(sku)s in this bin was corrected after it was counted. Count it again.")
        % {"sku": sku or _("a product")}
    )


def _nets(task: CountTask) -> dict[SlotKey, int]:
    """{slot: counted − book} of the current round, in order."""
    nets: dict[SlotKey, int] = {}
    for line in CountLine.objects.filter(task=task, round=task.round).order_by("product_id", "lot"):
        slot = (line.product_id, line.lot)
        nets[slot] = nets.get(slot, 0) + line.counted - line.book
    return nets


def _case(task: CountTask) -> str:
    return f"count_variance:{task.ref}"
