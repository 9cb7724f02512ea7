"""A count as a supervisor looks at it: both rounds, what moved meanwhile, and what approving will post."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Q, Sum

from inventory.models import BinStock, CountLine, CountTask, StockMovement
from inventory.planning.counting import SlotKey, agree
from inventory.states import CountStatus


@dataclass(frozen=True, slots=True)
class RoundCount:
    """What one round found of a slot, against the books at that moment."""

    counted: int
    book: int
    by: str
    at: datetime

    @property
    def variance(self) -> int:
        return self.counted - self.book


@dataclass(slots=True)
class ReviewRow:
    """A slot over the rounds. ``will_post`` units and their ``value`` change the books when the last is approved."""

    product_id: int
    sku: str
    name: str
    lot: str
    unit_cost: Decimal | None
    rounds: dict[int, RoundCount] = field(default_factory=dict)
    now: int = 0
    planned: int = 0
    will_post: int = 0

    @property
    def value(self) -> Decimal:
        return self.will_post * (self.unit_cost or Decimal(0))

    @property
    def after(self) -> int:
        return self.now + self.will_post


@dataclass(frozen=True, slots=True)
class CountMovement:
    """A movement of the bin while it was counted or waited; ``units`` is signed, from the bin's point of view."""

    id: int
    at: datetime
    sku: str
    lot: str
    units: int
    reason: str
    actor: str
    document: str
    during: bool


@dataclass(frozen=True, slots=True)
class Review:
    """``agrees``: the last two rounds found the same; None when there was one. ``posted`` is what approving did."""

    rows: list[ReviewRow]
    rounds: list[int]
    movements: list[CountMovement]
    agrees: bool | None
    posted: list[CountMovement]


def review(ref: str, *, limit: int = 100) -> Review:
    """Everything a supervisor needs to decide; four queries."""
    task = CountTask.objects.get(ref=ref)
    rows: dict[SlotKey, ReviewRow] = {}
    first: datetime | None = None
    for line in CountLine.objects.filter(task=task).select_related("product").order_by("product__sku", "lot", "pk"):
        product = line.product
        row = rows.setdefault(
            (line.product_id, line.lot), ReviewRow(product.pk, product.sku, product.name, line.lot, product.unit_cost)
        )
        known = row.rounds.get(line.round)
        counted, book = line.counted + (known.counted if known else 0), line.book + (known.book if known else 0)
        row.rounds[line.round] = RoundCount(counted, book, line.counted_by, line.at)
        first = min(first or line.at, line.at)
    lying = BinStock.objects.filter(bin_id=task.bin_id, product__in={product for product, _lot in rows})
    for product_id, lot, units, planned in (
        lying.values_list("product_id", "lot").annotate(Sum("quantity"), Sum("to_pick")).order_by()
    ):
        if (product_id, lot) in rows:
            rows[product_id, lot].now, rows[product_id, lot].planned = units, planned
    rounds = sorted({number for row in rows.values() for number in row.rounds})
    open_ = task.status not in (CountStatus.APPROVED, CountStatus.CANCELLED)
    found: dict[int, dict[SlotKey, int]] = {number: {} for number in rounds}
    for slot, row in rows.items():
        for number, one in row.rounds.items():
            found[number][slot] = one.variance
        row.will_post = found[task.round].get(slot, 0) if open_ and task.round in found else 0
    began = min((one for one in (first, task.began_at) if one), default=None)
    movements = _movements(task, began, limit=limit) if began else []
    return Review(
        rows=list(rows.values()),
        rounds=rounds,
        movements=[one for one in movements if one.document != ref],
        agrees=agree(found[rounds[-2]], found[rounds[-1]]) if len(rounds) > 1 else None,
        posted=[one for one in movements if one.document == ref],
    )


def _movements(task: CountTask, began: datetime, *, limit: int) -> list[CountMovement]:
    rows = (
        StockMovement.objects.filter(Q(from_bin_id=task.bin_id) | Q(to_bin_id=task.bin_id), at__gte=began)
        .exclude(from_bin_id=F("to_bin_id"))
        .select_related("product")
        .order_by("-id")
    )
    if task.approved_at is not None:
        rows = rows.filter(at__lte=task.approved_at)
    return [
        CountMovement(
            id=row.pk,
            at=row.at,
            sku=row.product.sku,
            lot=row.lot,
            units=row.quantity if row.to_bin_id == task.bin_id else -row.quantity,
            reason=row.reason,
            actor=row.actor_name,
            document=row.document,
            during=task.counted_at is None or row.at <= task.counted_at,
        )
        for row in rows[:limit]
    ]
