"""A season's demand against stock, suppliers and room."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from core.kernel.errors import NotFound
from inventory.models import PeakPlan
from inventory.planning.peak import Need, Season, need
from inventory.selectors.occupancy import together, zone_rows
from inventory.selectors.replenishing import Outlook, outlooks

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class PeakFact:
    """A season to prepare for in a warehouse."""

    id: int
    warehouse_id: int
    name: str
    season: Season


@dataclass(frozen=True, slots=True)
class PeakRow:
    """What a season asks of one product."""

    outlook: Outlook
    need: Need


@dataclass(frozen=True, slots=True)
class PeakPage:
    """The rows to be ordered, the latest days first, and what all products together take.

    ``products`` with demand in the season, ``late`` of them past their day. Volumes in litres: what will lie here when
    it begins, and what the bins with a volume limit hold in all, None when no bin has one.
    """

    rows: tuple[PeakRow, ...]
    products: int
    to_order: int
    late: int
    needed_litres: int
    capacity_litres: int | None
    unmeasured: int


def peak_plans(warehouse_id: int) -> list[PeakFact]:
    """The seasons of a warehouse, the next to begin first."""
    return [_fact(row) for row in PeakPlan.objects.filter(warehouse_id=warehouse_id).order_by("starts_on", "pk")[:50]]


def peak_plan(plan_id: int) -> PeakFact:
    """That season. Raises NotFound."""
    row = PeakPlan.objects.filter(pk=plan_id).first()
    if row is None:
        raise NotFound("There is no such season.")
    return _fact(row)


def peak_rows(plan: PeakFact, *, today: date) -> Iterator[PeakRow]:
    """What the season asks of every product of the warehouse that sells; some hundred are read at a time."""
    last_id = 0
    while found := outlooks(plan.warehouse_id, after_id=last_id, limit=CHUNK):
        last_id = found[-1].product_id
        for one in found:
            asked = need(
                plan.season, one.demand, one.terms, one.position, today=today, service_level=one.rule.service_level
            )
            yield PeakRow(one, asked)


def peak_page(plan: PeakFact, *, today: date, limit: int = 200) -> PeakPage:
    """The season's plan: the rows to order, at most ``limit`` of them, and the sums over all products."""
    rows: list[PeakRow] = []
    products = unmeasured = 0
    litres = 0.0
    for row in peak_rows(plan, today=today):
        stored = max(row.need.stored, row.outlook.on_hand)
        litres += stored * row.outlook.unit_ml / 1000
        unmeasured += bool(stored and not row.outlook.unit_ml)
        products += bool(row.need.demand)
        if row.need.order_by is not None:
            rows.append(row)
    rows.sort(key=lambda row: (row.need.order_by or date.max, row.outlook.sku))
    capacity = together(zone_rows(plan.warehouse_id)).capacity_ml
    return PeakPage(
        rows=tuple(rows[:limit]),
        products=products,
        to_order=len(rows),
        late=sum(row.need.late for row in rows),
        needed_litres=round(litres),
        capacity_litres=None if capacity is None else capacity // 1000,
        unmeasured=unmeasured,
    )


def _fact(row: PeakPlan) -> PeakFact:
    return PeakFact(row.pk, row.warehouse_id, row.name, Season(row.starts_on, row.ends_on, float(row.uplift)))
