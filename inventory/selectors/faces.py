"""Pick faces that are filled up, where from, and the tasks to do it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from inventory.models import ReplenishmentTask
from inventory.states import TaskStatus


@dataclass(frozen=True, slots=True)
class FaceRow:
    """A face rule with what lies in its bin; ``task_id`` is its open task."""

    rule_id: int
    product_id: int
    bin_id: int
    minimum: int
    maximum: int
    present: int
    planned: int
    daily_mean: float
    task_id: int | None


@dataclass(frozen=True, slots=True)
class Source:
    """Free sellable units of one lot in a bulk bin."""

    product_id: int
    bin_id: int
    lot: str
    free: int


@dataclass(frozen=True, slots=True)
class TaskFact:
    """Units to bring from a bulk bin to a pick face."""

    id: int
    ref: str
    warehouse_id: int
    product_id: int
    sku: str
    name: str
    image_url: str
    lot: str
    from_bin_id: int
    from_bin: str
    from_code: str
    to_bin_id: int
    to_bin: str
    to_code: str
    quantity: int
    status: str
    cause: str
    orders_blocked: int
    needed_by: datetime | None


_FACES = """
SELECT rule.id, rule.product_id, rule.bin_id, rule.minimum, rule.maximum,
       coalesce(lying.present, 0), coalesce(lying.planned, 0), coalesce(forecast.daily_mean, 0), task.id
FROM inventory_facerule rule
JOIN inventory_bin bin ON bin.id = rule.bin_id AND bin.active AND NOT bin.frozen
LEFT JOIN LATERAL (
    SELECT sum(stock.quantity) AS present, sum(stock.to_pick) AS planned FROM inventory_binstock stock
    WHERE stock.product_id = rule.product_id AND stock.bin_id = rule.bin_id AND stock.condition = 'sellable'
) lying ON true
LEFT JOIN inventory_demandforecast forecast
    ON forecast.product_id = rule.product_id AND forecast.warehouse_id = bin.warehouse_id
LEFT JOIN inventory_replenishmenttask task
    ON task.product_id = rule.product_id AND task.to_bin_id = rule.bin_id AND task.status IN ('open')
WHERE bin.warehouse_id = %(warehouse)s AND rule.id > %(after)s
  AND (%(products)s::bigint[] IS NULL OR rule.product_id = ANY(%(products)s))
ORDER BY rule.id LIMIT %(limit)s
"""

# A bin that is to be counted is no source: what the books say of it is in doubt.
_SOURCES = """
SELECT stock.product_id, stock.bin_id, stock.lot, stock.quantity - stock.to_pick
FROM inventory_binstock stock
JOIN inventory_bin bin ON bin.id = stock.bin_id AND bin.active AND NOT bin.frozen
JOIN inventory_product product ON product.id = stock.product_id
LEFT JOIN inventory_lot lot ON lot.product_id = stock.product_id AND lot.number = stock.lot AND stock.lot <> ''
WHERE stock.product_id = ANY(%(products)s) AND bin.warehouse_id = %(warehouse)s
  AND bin.kind IN ('bulk', 'pallet') AND stock.condition = 'sellable' AND stock.quantity > stock.to_pick
  AND lot.recalled_at IS NULL
  AND (lot.expires_on IS NULL
       OR %(now)s::date <= lot.expires_on - coalesce(product.expiry_horizon_days, 0))
  AND NOT EXISTS (
      SELECT FROM inventory_counttask counted
      WHERE counted.bin_id = bin.id AND counted.status IN ('requested', 'counting', 'counted', 'investigating'))
ORDER BY stock.product_id, lot.expires_on NULLS LAST, lot.first_received_at NULLS LAST, bin.pick_sequence, bin.id
"""


def faces(
    warehouse_id: int, *, product_ids: Iterable[int] | None = None, after_id: int = 0, limit: int = 500
) -> list[FaceRow]:
    """The faces of a warehouse with a rule, by the rule's id from behind ``after_id`` on. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            _FACES,
            {
                "warehouse": warehouse_id,
                "after": after_id,
                "limit": limit,
                "products": None if product_ids is None else sorted(set(product_ids)),
            },
        )
        return [FaceRow(*row) for row in cursor.fetchall()]


def sources(warehouse_id: int, product_ids: Iterable[int], *, now: datetime) -> dict[int, list[Source]]:
    """{product_id: where units of it can be brought from, what expires or came first first}. One statement."""
    found: dict[int, list[Source]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SOURCES, {"warehouse": warehouse_id, "products": sorted(set(product_ids)), "now": now})
        for row in cursor.fetchall():
            found.setdefault(row[0], []).append(Source(*row))
    return found


def open_tasks(warehouse_id: int, *, limit: int = 100) -> list[TaskFact]:
    """The open tasks of a warehouse: most orders blocked first, then the face that is empty soonest. One query."""
    rows = ReplenishmentTask.objects.filter(warehouse_id=warehouse_id, status=TaskStatus.OPEN)
    return _facts(rows.order_by("-orders_blocked", F("needed_by").asc(nulls_last=True), "pk")[:limit])


def task_by_ref(ref: str) -> TaskFact:
    """That task. Raises NotFound."""
    found = _facts(ReplenishmentTask.objects.filter(ref=ref))
    if not found:
        raise NotFound(_("There is no such task."))
    return found[0]


def _facts(rows: "QuerySet[ReplenishmentTask]") -> list[TaskFact]:
    return [
        TaskFact(*row)
        for row in rows.values_list(
            "pk",
            "ref",
            "warehouse_id",
            "product_id",
            "product__sku",
            "product__name",
            "product__image_url",
            "lot",
            "from_bin_id",
            "from_bin__name",
            "from_bin__code",
            "to_bin_id",
            "to_bin__name",
            "to_bin__code",
            "quantity",
            "status",
            "cause",
            "orders_blocked",
            "needed_by",
        )
    ]
