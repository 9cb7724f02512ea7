"""Look up transfers between warehouses: which are open, what was sent, what came, what is on its way."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from inventory.models import Transfer, TransferLine
from inventory.states import Condition, TransferStatus

OPEN = (TransferStatus.ORDERED, TransferStatus.IN_TRANSIT, TransferStatus.PARTIALLY_RECEIVED)


@dataclass(frozen=True, slots=True)
class TransferLineFact:
    """One product and lot of a transfer, in eaches. A lot that left has a line of its own, asked for with none."""

    product_id: int
    sku: str
    name: str
    lot: str
    quantity: int
    shipped: int
    received: int
    lost: int

    @property
    def in_transit(self) -> int:
        return self.shipped - self.received - self.lost


@dataclass(frozen=True, slots=True)
class TransferFact:
    """A transfer with its totals; ``lines`` only where one transfer was asked for."""

    id: int
    ref: str
    status: str
    source_id: int
    source: str
    target_id: int
    target: str
    expected_on: date | None
    note: str
    created_at: datetime
    shipped_at: datetime | None
    quantity: int
    shipped: int
    received: int
    lost: int
    lines: tuple[TransferLineFact, ...] = ()

    @property
    def in_transit(self) -> int:
        return self.shipped - self.received - self.lost

    @property
    def may_load(self) -> bool:
        """Whether more can be loaded at the source."""
        return self.status in OPEN and self.shipped_at is None

    @property
    def may_receive(self) -> bool:
        return self.shipped > 0 and self.status in ("in_transit", "partially_received", "received")

    def to_load(self) -> dict[int, int]:
        """{product_id: units asked for and not yet sent}, products without any left out."""
        rest: dict[int, int] = {}
        for line in self.lines:
            rest[line.product_id] = rest.get(line.product_id, 0) + line.quantity - line.shipped
        return {product_id: units for product_id, units in rest.items() if units > 0}


def transfers_page(
    *,
    warehouse_ids: Iterable[int] | None = None,
    open_only: bool = False,
    status: str | None = None,
    limit: int = 50,
    before_id: int | None = None,
    after_id: int | None = None,
) -> list[TransferFact]:
    """Transfers from or to the warehouses, newest first; with ``after_id`` the newer ones, nearest first. One query."""
    rows = _with_totals()
    if warehouse_ids is not None:
        here = sorted(set(warehouse_ids))
        rows = rows.filter(Q(source_id__in=here) | Q(target_id__in=here))
    if open_only:
        rows = rows.filter(status__in=["draft", *OPEN])
    if status is not None:
        rows = rows.filter(status=status)
    if after_id is not None:
        return [_fact(row) for row in rows.filter(pk__gt=after_id).order_by("pk")[:limit]]
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    return [_fact(row) for row in rows.order_by("-pk")[:limit]]


def transfer_by_ref(ref: str) -> TransferFact:
    """That transfer with its lines. Two queries. Raises NotFound."""
    row = _with_totals().filter(ref=ref.replace("\0", "")).first()
    if row is None:
        raise NotFound(_("There is no such transfer."))
    lines = (
        TransferLine.objects.filter(transfer=row)
        .order_by("pk")
        .values_list("product_id", "product__sku", "product__name", "lot", "quantity", "shipped", "received", "lost")
    )
    return _fact(row, tuple(TransferLineFact(*line) for line in lines))


def arriving_at(warehouse_id: int, *, limit: int = 50) -> list[TransferFact]:
    """Transfers of which units are on their way to the warehouse, the soonest first. One query."""
    rows = _with_totals().filter(target_id=warehouse_id, status__in=["in_transit", "partially_received"])
    return [_fact(row) for row in rows.order_by(F("expected_on").asc(nulls_last=True), "pk")[:limit]]


_CONDITIONS = """
WITH document AS (
    SELECT ref FROM inventory_transfer WHERE id = %(transfer)s
    UNION ALL SELECT ref FROM inventory_receipt WHERE transfer_id = %(transfer)s
)
SELECT product_id, lot, condition FROM (
    SELECT movement.product_id, movement.lot,
           CASE WHEN target.kind = 'transit' THEN movement.to_condition ELSE movement.from_condition END AS condition,
           sum(movement.quantity * ((target.kind = 'transit')::int - (source.kind = 'transit')::int)) AS units
    FROM document
    JOIN inventory_stockmovement movement ON movement.document = document.ref
    JOIN inventory_bin source ON source.id = movement.from_bin_id
    JOIN inventory_bin target ON target.id = movement.to_bin_id
    WHERE source.kind = 'transit' OR target.kind = 'transit'
    GROUP BY 1, 2, 3
) AS travelling
WHERE units > 0 AND condition <> 'sellable'
"""


def travelling_conditions(transfer_id: int) -> dict[tuple[int, str], str]:
    """{(product_id, lot): condition} of units on their way that did not leave as sellable; the worst where they differ.

    Whoever receives them receives them so, until somebody has looked. One query.
    """
    worst = [Condition.QUALITY_CONTROL, Condition.QUARANTINED, Condition.DAMAGED]
    found: dict[tuple[int, str], str] = {}
    with connection.cursor() as cursor:
        cursor.execute(_CONDITIONS, {"transfer": transfer_id})
        for product_id, lot, condition in cursor.fetchall():
            known = found.get((product_id, lot))
            if known is None or worst.index(Condition(condition)) > worst.index(Condition(known)):
                found[product_id, lot] = condition
    return found


def _with_totals() -> Any:
    return Transfer.objects.select_related("source", "target").annotate(
        units=Sum("lines__quantity", default=0),
        units_shipped=Sum("lines__shipped", default=0),
        units_received=Sum("lines__received", default=0),
        units_lost=Sum("lines__lost", default=0),
    )


def _fact(row: Any, lines: tuple[TransferLineFact, ...] = ()) -> TransferFact:
    return TransferFact(
        id=row.pk,
        ref=row.ref,
        status=row.status,
        source_id=row.source_id,
        source=row.source.code,
        target_id=row.target_id,
        target=row.target.code,
        expected_on=row.expected_on,
        note=row.note,
        created_at=row.created_at,
        shipped_at=row.shipped_at,
        quantity=row.units,
        shipped=row.units_shipped,
        received=row.units_received,
        lost=row.units_lost,
        lines=lines,
    )
