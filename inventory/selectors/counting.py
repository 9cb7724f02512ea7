"""Look up counts: what is to be counted, what was found, what waits for a decision."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, Max, OuterRef, Q, QuerySet, Value
from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from inventory.models import BinStock, CountLine, CountPlan, CountTask
from inventory.states import CountStatus

TO_DO = (CountStatus.REQUESTED, CountStatus.COUNTING, CountStatus.INVESTIGATING)


@dataclass(frozen=True, slots=True)
class CountFact:
    """A count of one bin, of one product when ``sku`` is not empty. ``variance_*`` are absolute sums."""

    id: int
    ref: str
    warehouse_id: int
    bin_id: int
    bin_name: str
    bin_code: str
    zone: str
    sku: str
    product_name: str
    cause: str
    status: str
    round: int
    due_on: date
    counter_id: int | None
    counter_name: str
    began_at: datetime | None
    counted_at: datetime | None
    approved_at: datetime | None
    approved_by: str
    variance_units: int
    variance_value: Decimal
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Slot:
    """A product and lot to count in a bin; ``counted`` is None until it was entered. What the books say is not here.

    ``moved``: units of it that went through the bin meanwhile may be the whole variance, so it is counted again.
    """

    product_id: int
    sku: str
    name: str
    lot: str
    tracking: str
    counted: int | None = None
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class NextBin:
    """Where to count next."""

    ref: str
    bin_name: str
    bin_code: str
    zone: str
    recount: bool
    sku: str


@dataclass(frozen=True, slots=True)
class ZoneProgress:
    """How far today's counting is in a zone."""

    zone: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class CountPlanFact:
    """How a warehouse counts. ``days`` between counts by class; 0 is never."""

    days: dict[str, int]
    bins_per_day: int
    count_zero: bool
    count_short: bool
    tolerance_units: int
    tolerance_value: Decimal
    active: bool


def count_fact(ref: str) -> CountFact:
    """That count. Raises NotFound."""
    row = _rows().filter(ref=ref).first() if "\0" not in ref else None
    if row is None:
        raise NotFound(_("There is no count %(ref)s.") % {"ref": ref[:24]})
    return _fact(row)


def counts_page(
    *,
    warehouse_ids: Sequence[int] | None = None,
    view: str = "",
    zone: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    off_only: bool = False,
    limit: int = 50,
    before_id: int | None = None,
    after_id: int | None = None,
) -> list[CountFact]:
    """Counts, newest first. ``view``: todo, recount, approval, done, or all of them.

    ``zone`` and the moments between which they were counted narrow those; ``off_only`` leaves out the exact ones.
    """
    rows = _rows()
    if warehouse_ids is not None:
        rows = rows.filter(warehouse_id__in=warehouse_ids)
    if view == "todo":
        rows = rows.filter(status__in=TO_DO, round=1)
    elif view == "recount":
        rows = rows.filter(status__in=TO_DO, round__gt=1)
    elif view == "approval":
        rows = rows.filter(status=CountStatus.COUNTED)
    elif view == "done":
        rows = rows.filter(status=CountStatus.APPROVED)
    if zone:
        rows = rows.filter(bin__zone__code=zone) if zone != "-" else rows.filter(bin__zone=None)
    if since is not None:
        rows = rows.filter(counted_at__gte=since)
    if until is not None:
        rows = rows.filter(counted_at__lt=until)
    if off_only:
        rows = rows.filter(variance_units__gt=0)
    if after_id is not None:
        return [_fact(row) for row in rows.filter(pk__gt=after_id).order_by("pk")[:limit]]
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    return [_fact(row) for row in rows.order_by("-pk")[:limit]]


def open_numbers(warehouse_id: int) -> dict[str, int]:
    """{view: how many} of the open counts: todo, recount, approval. One query over the open rows."""
    return CountTask.objects.filter(warehouse_id=warehouse_id, status__in=[*TO_DO, CountStatus.COUNTED]).aggregate(
        todo=Count("pk", filter=Q(status__in=TO_DO, round=1)),
        recount=Count("pk", filter=Q(status__in=TO_DO, round__gt=1)),
        approval=Count("pk", filter=Q(status=CountStatus.COUNTED)),
    )


def slots_of(ref: str, *, limit: int = 200) -> list[Slot]:
    """What is to be counted in the bin, by the books and by what was entered in this round, by SKU. Two queries."""
    task = CountTask.objects.only("pk", "bin_id", "product_id", "round").get(ref=ref)
    stock = BinStock.objects.filter(bin_id=task.bin_id, quantity__gt=0)
    if task.product_id:
        stock = stock.filter(product_id=task.product_id)
    fields = ("product_id", "product__sku", "product__name", "lot", "product__tracking")
    slots: dict[tuple[int, str], Slot] = {}
    for row in stock.order_by("product__sku", "lot").values_list(*fields)[: limit * 4]:
        slots.setdefault((row[0], row[3]), Slot(*row))
    entered: dict[tuple[int, str], list[Any]] = {}
    lines = CountLine.objects.filter(task=task, round=task.round)
    for *row, counted, book, moved in lines.order_by("pk").values_list(*fields, "counted", "book", "moved"):
        known = entered.setdefault((row[0], row[3]), [row, 0, 0, 0])
        known[1] += counted
        known[2] += counted - book
        known[3] = max(known[3], moved)
    for slot, (row, counted, variance, moved) in entered.items():
        slots[slot] = replace(Slot(*row), counted=counted, doubtful=0 < abs(variance) <= moved)
    return sorted(slots.values(), key=lambda one: (one.sku, one.lot))[:limit]


def next_bins(
    warehouse_id: int,
    *,
    today: date,
    counter_id: int | None,
    counter_name: str,
    after: int | None = None,
    limit: int = 3,
) -> list[NextBin]:
    """Bins this person may count next: from ``after`` on along the walk and round again, bins with open picks last.

    ``after`` is the place on the walk of the bin just counted. Recounts of one's own counts are left out.
    """
    busy = BinStock.objects.filter(bin=OuterRef("bin"), to_pick__gt=0)
    mine = CountLine.objects.filter(task=OuterRef("pk"), counted_by=counter_name)
    passed = Value(False) if after is None else ExpressionWrapper(Q(bin__pick_sequence__lte=after), BooleanField())
    rows = (
        CountTask.objects.filter(
            warehouse_id=warehouse_id,
            status__in=[CountStatus.REQUESTED, CountStatus.INVESTIGATING],
            due_on__lte=today,
        )
        .annotate(busy=Exists(busy), own=Exists(mine), behind=passed)
        .exclude(own=True, round__gt=1)
        .exclude(first_counter_id=counter_id, first_counter_id__isnull=False)
        .order_by("busy", "behind", "bin__pick_sequence", "bin__name")
        .values_list("ref", "bin__name", "bin__code", "bin__zone__code", "round", "product__sku")
    )
    return [
        NextBin(ref, name, code, zone or "", round_ > 1, sku or "")
        for ref, name, code, zone, round_, sku in rows[:limit]
    ]


def progress_of(warehouse_id: int, *, today: date, day_began: datetime) -> list[ZoneProgress]:
    """Today's counting by zone, along the walk: bins done and bins in all, those due earlier and not done included."""
    rows = (
        CountTask.objects.filter(warehouse_id=warehouse_id)
        .filter(Q(status__in=TO_DO, due_on__lte=today) | Q(counted_at__gte=day_began))
        .exclude(status=CountStatus.CANCELLED)
        .values_list("bin__zone__code")
        .annotate(
            done=Count("pk", filter=Q(status__in=[CountStatus.COUNTED, CountStatus.APPROVED])),
            total=Count("pk"),
        )
        .order_by(F("bin__zone__code").asc(nulls_last=True))
    )
    return [ZoneProgress(zone or "–", done, total) for zone, done, total in rows]


def in_hand(warehouse_id: int, *, counter_id: int) -> list[CountFact]:
    """What a person is counting now."""
    rows = _rows().filter(warehouse_id=warehouse_id, status=CountStatus.COUNTING, counter_id=counter_id)
    return [_fact(row) for row in rows.order_by("began_at")[:5]]


def count_plan(warehouse_id: int) -> CountPlanFact:
    """How the warehouse counts; the usual values, not active, when nobody set a plan."""
    plan = CountPlan.objects.filter(warehouse_id=warehouse_id).first() or CountPlan(active=False)
    return CountPlanFact(
        days={"A": plan.days_a, "B": plan.days_b, "C": plan.days_c},
        bins_per_day=plan.bins_per_day,
        count_zero=plan.count_zero,
        count_short=plan.count_short,
        tolerance_units=plan.tolerance_units,
        tolerance_value=Decimal(plan.tolerance_value),
        active=plan.active,
    )


def counts_by_id(ids: Iterable[int]) -> dict[int, CountFact]:
    """{id: count} of those that exist; one query."""
    return {row.pk: _fact(row) for row in _rows().filter(pk__in=sorted(set(ids)))}


def _rows() -> "QuerySet[CountTask]":
    return CountTask.objects.select_related("bin__zone", "product")


def _fact(row: CountTask) -> CountFact:
    return CountFact(
        id=row.pk,
        ref=row.ref,
        warehouse_id=row.warehouse_id,
        bin_id=row.bin_id,
        bin_name=row.bin.name,
        bin_code=row.bin.code,
        zone=row.bin.zone.code if row.bin.zone else "",
        sku=row.product.sku if row.product else "",
        product_name=row.product.name if row.product else "",
        cause=row.cause,
        status=row.status,
        round=row.round,
        due_on=row.due_on,
        counter_id=row.counter_id,
        counter_name=row.counter_name,
        began_at=row.began_at,
        counted_at=row.counted_at,
        approved_at=row.approved_at,
        approved_by=row.approved_by,
        variance_units=row.variance_units,
        variance_value=row.variance_value,
        created_at=row.created_at,
    )


def counted_at(bin_ids: Iterable[int]) -> dict[int, datetime]:
    """{bin: when it was last counted} of those that were. One statement."""
    rows = CountTask.objects.filter(bin__in=set(bin_ids), counted_at__isnull=False).order_by()
    return dict(rows.values_list("bin_id").annotate(at=Max("counted_at")))
