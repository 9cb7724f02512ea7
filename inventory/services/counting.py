"""Count what lies in a bin, blind, while the floor goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import IllegalTransition
from core.kernel.locks import lock_one
from core.kernel.refs import new_ref
from core.kernel.transitions import advance
from core.outbox.publish import NewEvent, publish
from inventory.errors import CountTaken, Invalid, LotRequired, NotFound, SameCounter, SerialTaken
from inventory.events import COUNT_REQUESTED
from inventory.models import Bin, BinStock, CountLine, CountTask, Tracking
from inventory.models.place import VIRTUAL_KINDS
from inventory.planning.counting import SlotKey, is_doubtful
from inventory.selectors.products import products_by_id
from inventory.services.count_books import Book, lock_books, moved_since, slots_in
from inventory.services.count_posting import settle_count
from inventory.states import CountCause, CountStatus

OPEN = (CountStatus.REQUESTED, CountStatus.COUNTING, CountStatus.COUNTED, CountStatus.INVESTIGATING)
MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Entered:
    """What was noted of a slot. ``again``: units moved while it was counted and may be the variance; count it again."""

    counted: int
    again: bool


@dataclass(frozen=True, slots=True)
class Finished:
    """How a count ended, or why it did not: slots still to count, and slots to count again."""

    status: str
    missing: tuple[SlotKey, ...] = ()
    doubtful: tuple[SlotKey, ...] = ()
    variance_units: int = 0

    @property
    def done(self) -> bool:
        return not self.missing and not self.doubtful


@command
def request_count(bin_id: int, *, cause: str, product_id: int | None = None, by: Actor, now: datetime) -> str:
    """Have a bin counted, of one product or of everything; returns the count's reference (CNT-…).

    One count of a bin is open at a time: a present one is returned, widened to the whole bin when it was to be of
    another product and nobody has begun. Raises NotFound, Invalid for a bin nothing lies in physically.
    """
    if cause not in CountCause.values:
        raise Invalid(_("This is not a reason to count."))
    place = Bin.objects.select_related("warehouse").filter(pk=bin_id).first()
    if place is None:
        raise NotFound(_("There is no such bin."))
    if place.kind in VIRTUAL_KINDS:
        raise Invalid(_("This bin is only a line in the books; there is nothing to count."))
    task = CountTask(
        ref=new_ref("CNT"),
        warehouse_id=place.warehouse_id,
        bin=place,
        product_id=product_id,
        cause=cause,
        due_on=now.astimezone(ZoneInfo(place.warehouse.time_zone)).date(),
        created_at=now,
    )
    while True:
        # ON CONFLICT DO NOTHING waits for a concurrent twin and says nothing about who won, hence the read.
        CountTask.objects.bulk_create([task], ignore_conflicts=True)
        found = CountTask.objects.filter(bin=place, status__in=OPEN).values_list("pk", "ref", "product_id").first()
        if found is not None:
            break
        task.pk = None  # ended between the two statements: ask afresh
    pk, ref, present_product = found
    if ref != task.ref:
        if present_product is not None and present_product != product_id:
            _widen(pk)
        return str(ref)
    publish(
        NewEvent(
            type=COUNT_REQUESTED,
            subject_type=CountTask.SUBJECT,
            subject_id=pk,
            timeline=ref,
            data={"bin_id": bin_id, "cause": str(cause)},
        ),
        by=by,
        now=now,
    )
    return str(ref)


@command
def request_counts(bin_ids: Sequence[int], *, cause: str, by: Actor, now: datetime) -> list[int]:
    """Have several bins counted, all or none; returns the counts' ids. Raises as ``request_count`` does."""
    refs = [request_count(bin_id, cause=cause, by=by, now=now) for bin_id in sorted(set(bin_ids))]
    return list(
        CountTask.objects.filter(ref__in=refs).order_by("bin__pick_sequence", "pk").values_list("pk", flat=True)
    )


@command
def begin_count(ref: str, *, by: Actor, now: datetime) -> None:
    """Take a count in hand; one's own is gone on with. Raises CountTaken, SameCounter, IllegalTransition, NotFound."""
    task = lock_one(CountTask.objects.all(), ref=ref)
    if task.status == CountStatus.COUNTING:
        if task.counter_id == by.id:
            return
        raise CountTaken(_("%(name)s is counting this bin. Count another one.") % {"name": task.counter_name})
    if task.status == CountStatus.COUNTED:
        raise IllegalTransition(_("This bin was counted; a supervisor is looking at it. Count another one."))
    if task.status not in OPEN:
        raise IllegalTransition(_("This count is over. Scan the bin to count it anew."))
    if task.round > 1 and _counted_before(task, by):
        raise SameCounter(_("You counted this bin before. Somebody else has to count it this time."))
    advance(
        task,
        CountStatus.COUNTING,
        by=by,
        now=now,
        data={"bin_id": task.bin_id, "round": task.round},
        counter_id=by.id,
        counter_name=by.name,
        began_at=now,
    )


@command
def enter_count(
    ref: str,
    *,
    product_id: int,
    lot: str = "",
    counted: int | None = None,
    add: int | None = None,
    counted_at: datetime | None = None,
    by: Actor,
    now: datetime,
) -> Entered:
    """Note that ``counted`` units of a product and lot lie in the bin, or ``add`` to what was noted, whatever state
    they are in.

    What the books say at this moment is read under the lock and kept with the line, so that movements before and
    after it stay true; ``counted_at`` is when they were really counted (a sheet), and takes the books of that moment.
    Entering a slot again replaces it. Raises CountTaken, LotRequired, SerialTaken, Invalid, NotFound.
    """
    task = lock_one(CountTask.objects.select_related("bin"), ref=ref)
    _refuse_strangers(task, by)
    given = counted if counted is not None else add
    if given is None or (counted is not None and add is not None) or not 0 <= given <= MOST:
        raise Invalid(_("Type how many there are, 0 when there are none."))
    lot = lot.strip()[:40]
    product = products_by_id([product_id]).get(product_id)
    if product is None:
        raise NotFound(_("There is no such product."))
    before = list(CountLine.objects.filter(task=task, round=task.round, product_id=product_id, lot=lot))
    noted = sum(line.counted for line in before)
    total = counted if counted is not None else noted + (add or 0)
    # Units that were stored without a lot are counted without one.
    book = lock_books(task.bin, [(product_id, lot)], now=now)[product_id, lot]
    if product.tracking != Tracking.NONE and not lot and not book.total and total:
        raise LotRequired(_("Scan or type the lot or serial number of %(sku)s first.") % {"sku": product.sku})
    if product.tracking == Tracking.SERIAL and lot and total > 1:
        raise Invalid(_("A serial number is one unit. Scan each unit by itself."))
    if product.tracking == Tracking.SERIAL and lot and total and not book.total:
        _refuse_serial_elsewhere(task.bin_id, product_id, lot)
    if counted_at is not None:
        book = book.at(counted_at, now=now)
    moved = 0
    if counted_at is None:
        since = max((line.at for line in before), default=task.began_at or now)
        moved = moved_since(task.bin_id, {(product_id, lot): since}, now=now)[product_id, lot]
        if add is not None and before:
            moved += before[0].moved
    variance = total - book.total
    if before and counted is not None and variance == noted - sum(line.book for line in before):
        moved = 0  # found the same way twice: it is no unit in somebody's hand
    _write(task, (product_id, lot), total, book, moved, by=by, at=counted_at or now)
    return Entered(total, again=add is None and is_doubtful(variance, moved))


@command
def finish_count(ref: str, *, rest_is_gone: bool = False, on_paper: bool = False, by: Actor, now: datetime) -> Finished:
    """End a count. What the books know of the bin and nobody entered is asked for, or noted as 0 (``rest_is_gone``).
    Slots whose variance may be units that moved meanwhile are named to be counted again, unless it was ``on_paper``.

    A variance within the plan's tolerance is approved and posted; a larger one is counted again by somebody else,
    and after that waits for a supervisor, with an exception case. A finished count is left as it is. Raises
    CountTaken, StaleCount, NotFound.
    """
    task = lock_one(CountTask.objects.select_related("bin", "warehouse"), ref=ref)
    if task.status != CountStatus.COUNTING and task.counter_id == by.id:
        return Finished(str(task.status), variance_units=task.variance_units)
    _refuse_strangers(task, by)
    lines = list(CountLine.objects.filter(task=task, round=task.round))
    entered = {(line.product_id, line.lot) for line in lines}
    missing = sorted(slots_in(task.bin_id, product_id=task.product_id) - entered)
    if missing and not rest_is_gone:
        return Finished(str(task.status), missing=tuple(missing))
    # Only these rows: what a loss gives up is locked before the bin's other rows.
    books = lock_books(task.bin, missing, now=now) if missing else {}
    for slot in missing:
        moved = moved_since(task.bin_id, {slot: task.began_at or now}, now=now)[slot]
        _write(task, slot, 0, books[slot], moved, by=by, at=now)
    doubtful = [] if on_paper else _doubtful(task, now=now)
    if doubtful:
        return Finished(str(task.status), doubtful=tuple(doubtful))
    settle_count(task, by=by, now=now)
    return Finished(str(task.status), variance_units=task.variance_units)


@command
def put_down_count(ref: str, *, by: Actor, now: datetime) -> None:
    """Leave a bin uncounted: what was entered in this round is forgotten. Raises CountTaken, NotFound."""
    task = lock_one(CountTask.objects.all(), ref=ref)
    _refuse_strangers(task, by)
    leave_count(task, by=by, now=now)


def leave_count(task: CountTask, *, by: Actor, now: datetime) -> None:
    """The same for a locked count that is being counted, whoever counts it. In the caller's transaction."""
    CountLine.objects.filter(task=task, round=task.round).delete()
    advance(
        task,
        CountStatus.REQUESTED,
        by=by,
        now=now,
        data={"bin_id": task.bin_id},
        counter_id=None,
        counter_name="",
        began_at=None,
    )


def _widen(pk: int) -> None:
    task = lock_one(CountTask.objects.all(), pk=pk)
    if task.status == CountStatus.REQUESTED and task.round == 1:
        CountTask.objects.filter(pk=pk).update(product=None)


def _counted_before(task: CountTask, by: Actor) -> bool:
    if task.first_counter_id == by.id:
        return True
    return CountLine.objects.filter(task=task, round__lt=task.round, counted_by=by.name).exists()


def _refuse_strangers(task: CountTask, by: Actor) -> None:
    if task.status != CountStatus.COUNTING:
        raise IllegalTransition(_("This bin is not being counted. Scan it to begin."))
    if task.counter_id != by.id:
        raise CountTaken(_("%(name)s is counting this bin. Count another one.") % {"name": task.counter_name})


def _refuse_serial_elsewhere(bin_id: int, product_id: int, serial: str) -> None:
    """A unit the books know in another bin was carried, not found: moved here first, it is counted here."""
    rows = BinStock.objects.filter(product_id=product_id, lot=serial, quantity__gt=0).exclude(bin_id=bin_id)
    known = rows.values_list("bin__name", flat=True).first()
    if known is not None:
        told = _("The books know serial number %(serial)s in %(bin)s. Move it here first, then count it.")
        raise SerialTaken(told % {"serial": serial, "bin": known})


def _doubtful(task: CountTask, *, now: datetime) -> list[SlotKey]:
    """Slots whose variance may be units that moved since they were entered, or that were not counted again yet."""
    variance: dict[SlotKey, int] = {}
    moved: dict[SlotKey, int] = {}
    entered: dict[SlotKey, datetime] = {}
    for line in CountLine.objects.filter(task=task, round=task.round):
        slot = (line.product_id, line.lot)
        variance[slot] = variance.get(slot, 0) + line.counted - line.book
        moved[slot] = max(moved.get(slot, 0), line.moved)
        entered[slot] = line.at
    odd = {slot: entered[slot] for slot, units in variance.items() if units}
    later = moved_since(task.bin_id, odd, now=now)
    return sorted(slot for slot in odd if is_doubtful(variance[slot], moved[slot] + later[slot]))


def _write(task: CountTask, slot: SlotKey, counted: int, book: Book, moved: int, *, by: Actor, at: datetime) -> None:
    product_id, lot = slot
    CountLine.objects.filter(task=task, round=task.round, product_id=product_id, lot=lot).delete()
    CountLine.objects.bulk_create(
        CountLine(
            task=task,
            round=task.round,
            product_id=product_id,
            lot=lot,
            condition=condition,
            counted=units,
            book=book.units.get(condition, 0),
            moved=moved,
            counted_by=by.name,
            at=at,
        )
        for condition, units in sorted(book.spread(counted).items())
    )
