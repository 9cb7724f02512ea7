"""Work orders: what is to be assembled or taken apart, and how far it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from core.kernel.refs import tidy_ref
from inventory.models import BinStock, KitKind, Product, Reservation, ReservationLine, WorkOrder, WorkOrderLine
from inventory.planning import PICK_RANK
from inventory.planning.kits import whole_kits
from inventory.selectors.availability import availability
from inventory.states import Condition

OPEN = ("released", "in_progress")


@dataclass(frozen=True, slots=True)
class WorkOrderFact:
    """``quantity`` kits to assemble, or to take apart (``kind``), of which ``completed`` are done."""

    id: int
    ref: str
    kind: str
    status: str
    product_id: int
    sku: str
    name: str
    tracking: str
    warehouse_id: int
    warehouse: str
    quantity: int
    completed: int
    due_on: date | None
    created_at: datetime

    @property
    def left(self) -> int:
        return self.quantity - self.completed

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


@dataclass(frozen=True, slots=True)
class WorkLineFact:
    """``per_kit`` units of a component in each kit; ``moved`` went in or came out, ``held`` wait for the rest."""

    product_id: int
    sku: str
    name: str
    tracking: str
    per_kit: int
    moved: int
    held: int
    available: int
    """Units anybody could have, beside those held for this order."""


@dataclass(frozen=True, slots=True)
class WorkOrderDetail:
    """A work order with its components; ``can_make`` kits there is enough of everything for now."""

    order: WorkOrderFact
    lines: tuple[WorkLineFact, ...]
    can_make: int


_FIELDS = (
    "pk",
    "ref",
    "kind",
    "status",
    "product_id",
    "product__sku",
    "product__name",
    "product__tracking",
    "warehouse_id",
    "warehouse__code",
    "quantity",
    "completed",
    "due_on",
    "created_at",
)


def open_work_orders(warehouse_id: int, *, limit: int = 100) -> list[WorkOrderFact]:
    """Released and begun work orders of a warehouse, the one due first ahead. One query of a partial index."""
    rows = WorkOrder.objects.filter(warehouse_id=warehouse_id, status__in=OPEN)
    return _facts(rows.order_by(F("due_on").asc(nulls_last=True), "pk")[:limit])


def work_orders_page(
    *,
    limit: int,
    before_id: int | None = None,
    after_id: int | None = None,
    warehouse_ids: Sequence[int] | None = None,
    status: str = "",
) -> list[WorkOrderFact]:
    """Work orders, newest first: those older than ``before_id``, or (nearest first) newer than ``after_id``."""
    rows = WorkOrder.objects.all()
    if warehouse_ids is not None:
        rows = rows.filter(warehouse_id__in=warehouse_ids)
    if status:
        rows = rows.filter(status=status)
    if after_id is not None:
        return _facts(rows.filter(pk__gt=after_id).order_by("pk")[:limit])
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    return _facts(rows.order_by("-pk")[:limit])


def work_order(ref: str) -> WorkOrderDetail:
    """That work order. Raises NotFound. Four queries."""
    found = _facts(WorkOrder.objects.filter(ref=tidy_ref(ref)[:24]))
    if not found:
        raise NotFound(_("There is no such work order."))
    order = found[0]
    rows = list(
        WorkOrderLine.objects.filter(work_order=order.id)
        .order_by("pk")
        .values_list("product_id", "product__sku", "product__name", "product__tracking", "per_kit", "moved")
    )
    held: dict[int, int] = {}
    holds = Reservation.objects.filter(document=order.ref, closed_at=None)
    for product_id, units in ReservationLine.objects.filter(reservation__in=holds).values_list(
        "product_id", "quantity"
    ):
        held[product_id] = held.get(product_id, 0) + units
    uses = [order.product_id] if order.kind == "disassemble" else [row[0] for row in rows]
    there = availability([*uses, *(row[0] for row in rows)], [order.warehouse_id])
    lines = tuple(
        WorkLineFact(*row, held=held.get(row[0], 0), available=there.get((row[0], order.warehouse_id), 0))
        for row in rows
    )
    if order.kind == "disassemble":
        units = held.get(order.product_id, 0) + there.get((order.product_id, order.warehouse_id), 0)
        can_make = min(units, order.left)
    else:
        can_make = min(whole_kits((line.per_kit, line.held + line.available) for line in lines), order.left)
    return WorkOrderDetail(order, lines, can_make if order.is_open else 0)


def shelves_of(product_ids: Iterable[int], warehouse_id: int, *, each: int = 3) -> dict[int, list[tuple[str, int]]]:
    """{product_id: [(bin, free sellable units)]} of the first bins along the walk to fetch them from. One query."""
    rows = (
        BinStock.objects.filter(
            product_id__in=sorted(set(product_ids)),
            bin__warehouse_id=warehouse_id,
            bin__kind__in=[*PICK_RANK],
            bin__active=True,
            bin__frozen=False,
            condition=Condition.SELLABLE,
            quantity__gt=F("to_pick"),
        )
        .order_by("product_id", "bin__pick_sequence", "bin__name")
        .values_list("product_id", "bin__name", F("quantity") - F("to_pick"))[:1000]
    )
    found: dict[int, list[tuple[str, int]]] = {}
    for product_id, name, units in rows:
        there = found.setdefault(product_id, [])
        if len(there) < each:
            there.append((name, units))
    return found


def assembled_kits(*, limit: int = 500) -> list[tuple[str, str]]:
    """[(sku, name)] of the kits that can be assembled, by SKU. One query."""
    rows = Product.objects.filter(kit_kind=KitKind.ASSEMBLED, active=True).order_by("sku")
    return list(rows.values_list("sku", "name")[:limit])


def _facts(rows: "QuerySet[WorkOrder]") -> list[WorkOrderFact]:
    return [WorkOrderFact(*row) for row in rows.values_list(*_FIELDS)]
