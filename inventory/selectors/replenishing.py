"""What a product sells, has and costs to order: all that a proposal is decided from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from statistics import NormalDist
from typing import Any

from django.db import connection

from inventory import ports
from inventory.models import DemandForecast, PurchaseProposal
from inventory.planning.replenishing import Demand, Plan, Position, Rule, Terms, plan
from inventory.selectors.lead_times import LeadTime, lead_times

USUAL_LEAD_DAYS = 7
"""When neither the product's terms nor its supplier say how long a delivery takes."""
ENOUGH_RECEIPTS = 3
"""Deliveries a lead time is learned from; after fewer, what the supplier promises counts."""
NINE_IN_TEN = NormalDist().inv_cdf(0.9)


@dataclass(frozen=True, slots=True)
class ForecastFact:
    """Units a day of a product in a warehouse, and how well that was told in the back-test."""

    id: int
    product_id: int
    sku: str
    warehouse_id: int
    warehouse: str
    method: str
    daily_mean: float
    daily_deviation: float
    wape: float | None
    baseline_wape: float | None
    days: int
    computed_at: datetime


@dataclass(frozen=True, slots=True)
class Outlook:
    """A product in a warehouse: demand, stock and terms. ``learned_from`` receipts told the lead time, 0 if agreed."""

    product_id: int
    sku: str
    name: str
    unit_cost: Decimal | None
    unit_ml: float
    on_hand: int
    safety_stock_kept: int
    demand: Demand
    position: Position
    rule: Rule
    terms: Terms
    supplier_id: int | None
    supplier: str
    learned_from: int

    def plan(self) -> Plan:
        """What to order now."""
        return plan(self.demand, self.terms, self.rule, self.position)


_OUTLOOK = """
SELECT product.id, product.sku, product.name, coalesce(terms.unit_cost, product.unit_cost),
       product.length_mm::float8 * product.width_mm * product.height_mm / 1000,
       coalesce(level.on_hand, 0), coalesce(level.free, 0), coalesce(level.safety_stock, 0),
       coalesce((
           SELECT sum(line.quantity - line.received)
           FROM inventory_purchaseorderline line
           JOIN inventory_purchaseorder bought ON bought.id = line.purchase_order_id
           WHERE line.product_id = product.id AND line.received < line.quantity
             AND bought.warehouse_id = %(warehouse)s AND bought.status IN ('ordered', 'partially_received')
       ), 0) + coalesce((
           SELECT sum(line.shipped - line.received - line.lost)
           FROM inventory_transferline line JOIN inventory_transfer sent ON sent.id = line.transfer_id
           WHERE line.product_id = product.id AND line.shipped > line.received + line.lost
             AND sent.target_id = %(warehouse)s
       ), 0),
       coalesce(forecast.daily_mean, 0), coalesce(forecast.daily_deviation, 0),
       coalesce(policy.service_level, 0.95)::float8, coalesce(policy.review_days, 7),
       coalesce(policy.reorder_point, product.reorder_point), policy.maximum,
       terms.supplier_id, coalesce(supplier.name, ''), coalesce(terms.pack_size, 1),
       coalesce(terms.minimum_quantity, 1), terms.lead_time_days, supplier.lead_time_days
FROM inventory_product product
LEFT JOIN inventory_stocklevel level ON level.product_id = product.id AND level.warehouse_id = %(warehouse)s
LEFT JOIN inventory_demandforecast forecast
    ON forecast.product_id = product.id AND forecast.warehouse_id = %(warehouse)s
LEFT JOIN inventory_stockpolicy policy ON policy.product_id = product.id AND policy.warehouse_id = %(warehouse)s
LEFT JOIN LATERAL (
    SELECT * FROM inventory_supplierproduct sold
    WHERE sold.product_id = product.id ORDER BY sold.preferred DESC, sold.id LIMIT 1
) terms ON true
LEFT JOIN inventory_supplier supplier ON supplier.id = terms.supplier_id
WHERE product.active AND product.kit_kind <> 'virtual' AND product.id > %(after)s
  AND (%(products)s::bigint[] IS NULL OR product.id = ANY(%(products)s))
  AND (level.id IS NOT NULL OR forecast.id IS NOT NULL OR policy.id IS NOT NULL)
  AND (product.kit_kind <> 'assembled' OR terms.supplier_id IS NOT NULL)
ORDER BY product.id LIMIT %(limit)s
"""


def outlooks(
    warehouse_id: int, *, product_ids: Iterable[int] | None = None, after_id: int = 0, limit: int = 500
) -> list[Outlook]:
    """The products a warehouse keeps, by id from behind ``after_id`` on. Three statements.

    Kits packed from components are left out, and kits assembled here unless a supplier sells them.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _OUTLOOK,
            {
                "warehouse": warehouse_id,
                "after": after_id,
                "limit": limit,
                "products": None if product_ids is None else sorted(set(product_ids)),
            },
        )
        rows = cursor.fetchall()
    waited = ports.backordered([row[0] for row in rows], [warehouse_id]) if rows else {}
    learned = lead_times({row[15] for row in rows if row[15] is not None})
    return [_outlook(row, waited.get((row[0], warehouse_id), 0), learned.get(row[15])) for row in rows]


def _outlook(row: Sequence[Any], backordered: int, learned: LeadTime | None) -> Outlook:
    (
        product_id,
        sku,
        name,
        unit_cost,
        unit_ml,
        on_hand,
        free,
        kept,
        incoming,
        mean,
        deviation,
        service_level,
        review_days,
        reorder_point,
        maximum,
        supplier_id,
        supplier,
        pack_size,
        minimum_quantity,
        agreed_for_product,
        agreed,
    ) = row
    lead_days, lead_deviation, receipts = float(agreed if agreed is not None else USUAL_LEAD_DAYS), 0.0, 0
    if agreed_for_product is not None:
        lead_days = float(agreed_for_product)
    elif learned is not None and learned.receipts >= ENOUGH_RECEIPTS:
        lead_days, receipts = learned.median_days, learned.receipts
        lead_deviation = max(0.0, learned.p90_days - learned.median_days) / NINE_IN_TEN
    return Outlook(
        product_id=product_id,
        sku=sku,
        name=name,
        unit_cost=unit_cost,
        unit_ml=unit_ml,
        on_hand=on_hand,
        safety_stock_kept=kept,
        demand=Demand(mean, deviation),
        position=Position(free, backordered, incoming),
        rule=Rule(service_level, review_days, reorder_point, maximum),
        terms=Terms(lead_days, lead_deviation, pack_size, minimum_quantity),
        supplier_id=supplier_id,
        supplier=supplier,
        learned_from=receipts,
    )


def forecasts_page(
    *,
    product_ids: Iterable[int] | None = None,
    limit: int = 50,
    before_id: int | None = None,
    after_id: int | None = None,
) -> list[ForecastFact]:
    """Forecasts, newest rows first; with ``after_id`` the newer ones, nearest first. One query."""
    rows = DemandForecast.objects.all()
    if product_ids is not None:
        rows = rows.filter(product_id__in=sorted(set(product_ids)))
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    rows = rows.filter(pk__gt=after_id).order_by("pk") if after_id is not None else rows.order_by("-pk")
    found = rows.values_list(
        "pk",
        "product_id",
        "product__sku",
        "warehouse_id",
        "warehouse__code",
        "method",
        "daily_mean",
        "daily_deviation",
        "wape",
        "baseline_wape",
        "days",
        "computed_at",
    )
    return [ForecastFact(*row) for row in found[:limit]]


@dataclass(frozen=True, slots=True)
class ProposalFact:
    """Units the system proposes to order. ``reason`` holds the figures, see ``services.proposing``."""

    id: int
    product_id: int
    sku: str
    name: str
    warehouse_id: int
    warehouse: str
    supplier_id: int | None
    supplier: str
    status: str
    quantity: int
    order_by: date | None
    purchase_order_ref: str
    created_at: datetime
    reason: dict[str, Any]


def proposals_page(
    *,
    warehouse_ids: Iterable[int] | None = None,
    status: str = "proposed",
    limit: int = 50,
    before_id: int | None = None,
    after_id: int | None = None,
) -> list[ProposalFact]:
    """Proposals of a status (all when empty), newest first; with ``after_id`` the newer ones. One query."""
    rows = PurchaseProposal.objects.all()
    if warehouse_ids is not None:
        rows = rows.filter(warehouse_id__in=sorted(set(warehouse_ids)))
    if status:
        rows = rows.filter(status=status)
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    rows = rows.filter(pk__gt=after_id).order_by("pk") if after_id is not None else rows.order_by("-pk")
    return _proposals(rows[:limit])


def proposals_by_urgency(warehouse_id: int, *, limit: int = 200) -> list[ProposalFact]:
    """The open proposals of a warehouse: the soonest day to order first, then by supplier. One query."""
    rows = PurchaseProposal.objects.filter(warehouse_id=warehouse_id, status="proposed")
    return _proposals(rows.order_by("order_by", "supplier__name", "pk")[:limit])


def _proposals(rows: Any) -> list[ProposalFact]:
    return [
        ProposalFact(
            id=row.pk,
            product_id=row.product_id,
            sku=row.product.sku,
            name=row.product.name,
            warehouse_id=row.warehouse_id,
            warehouse=row.warehouse.code,
            supplier_id=row.supplier_id,
            supplier=row.supplier.name if row.supplier else "",
            status=row.status,
            quantity=row.quantity,
            order_by=row.order_by,
            purchase_order_ref=row.purchase_order.ref if row.purchase_order else "",
            created_at=row.created_at,
            reason=row.reason,
        )
        for row in rows.select_related("product", "warehouse", "supplier", "purchase_order")
    ]
