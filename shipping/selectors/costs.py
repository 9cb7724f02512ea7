"""What sending really costs the shop."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

from core.outbox.facts import TimelineEntry
from core.outbox.selectors import timeline
from shipping.models import CarrierService, RateBand, Upgrade, UpgradeBudget


@dataclass(frozen=True, slots=True)
class OrderCost:
    """What an order's labels cost on average, of how many orders that is known, and what a parcel weighs (grams)."""

    average: Decimal | None
    orders: int
    weight_g: int = 1000


@dataclass(frozen=True, slots=True)
class ServiceFact:
    """A service as its prices are set. ``bands`` are (id, zone or "", up to grams, price, free from)."""

    id: int
    method: str
    name: str
    price: Decimal
    cost: Decimal | None
    free_from: Decimal | None
    bands: tuple[tuple[int, str, int, Decimal, Decimal | None], ...]


@dataclass(frozen=True, slots=True)
class BudgetFact:
    """An upgrade budget with what it says."""

    id: int
    channel: str
    channel_id: int
    from_method: str
    to_method: str
    orders_a_month: int
    money_a_month: Decimal | None
    min_value: Decimal
    first_orders: bool
    one_in: int
    active: bool
    currency: str


@dataclass(frozen=True, slots=True)
class UpgradeFact:
    """Somebody who was upgraded; by a budget, or by hand with a reason."""

    order_ref: str
    from_method: str
    to_method: str
    cost: Decimal
    reason: str
    given_by: str
    given_at: datetime
    by_hand: bool


_COST = """
SELECT sum(request.cost), count(DISTINCT parcel.order_id) FILTER (WHERE request.cost IS NOT NULL),
       avg(nullif(parcel.weight_g, 0))
FROM shipping_parcel parcel
JOIN shipping_labelrequest request ON request.parcel_id = parcel.id AND request.status IN ('purchased')
WHERE parcel.channel_id = %s AND parcel.created_at >= %s
  AND (request.carrier, request.service) = (SELECT carrier, service FROM shipping_carrierservice WHERE id = %s)
  AND (request.cost IS NULL OR request.currency IN (%s, ''))
"""


def label_cost(channel_id: int, service_id: int, currency: str, *, since: datetime) -> OrderCost:
    """What labels of that service cost per order of a channel since then. One statement over the channel's parcels."""
    with connection.cursor() as cursor:
        cursor.execute(_COST, [channel_id, since, service_id, currency])
        total, orders, weight = cursor.fetchone()
    average = (total / orders).quantize(Decimal("0.01")) if orders else None
    return OrderCost(average, orders, round(weight) if weight else 1000)


def services() -> list[ServiceFact]:
    """Active services with their bands, by method. Two statements."""
    bands: dict[int, list[tuple[int, str, int, Decimal, Decimal | None]]] = {}
    found = RateBand.objects.filter(service__active=True).select_related("zone").order_by("zone__code", "weight_to_g")
    for band in found:
        told = (band.pk, band.zone.name if band.zone else "", band.weight_to_g, band.price, band.free_from)
        bands.setdefault(band.service_id, []).append(told)
    rows = CarrierService.objects.filter(active=True).order_by("method")
    return [
        ServiceFact(row.pk, row.method, row.name, row.price, row.cost, row.free_from, tuple(bands.get(row.pk, ())))
        for row in rows
    ]


def free_from_history(service_id: int) -> list[TimelineEntry]:
    """Who set from what value a service is free, the newest first. One statement."""
    return list(reversed(timeline(service_story(service_id))))[:10]


def service_story(service_id: int) -> str:
    """The name under which changes of a service are told."""
    return f"SERVICE-{service_id}"


def budgets() -> list[BudgetFact]:
    """Every upgrade budget, active ones first. One statement."""
    rows = UpgradeBudget.objects.select_related("channel").order_by("-active", "pk")
    return [
        BudgetFact(
            row.pk,
            row.channel.name,
            row.channel_id,
            row.from_method,
            row.to_method,
            row.orders_a_month,
            row.money_a_month,
            row.min_value,
            row.first_orders,
            row.one_in,
            row.active,
            row.channel.currency,
        )
        for row in rows[:50]
    ]


def latest_upgrades(*, limit: int = 20) -> list[UpgradeFact]:
    """Who was upgraded last. One statement."""
    rows = Upgrade.objects.order_by("-pk").values_list(
        "order__ref", "from_method", "to_method", "cost", "reason", "given_by", "given_at", "budget_id"
    )
    return [UpgradeFact(*row[:-1], by_hand=row[-1] is None) for row in rows[:limit]]


def upgrade_of(order_id: int) -> UpgradeFact | None:
    """How an order's method was changed, when it was. One statement."""
    row = (
        Upgrade.objects.filter(order_id=order_id)
        .values_list("order__ref", "from_method", "to_method", "cost", "reason", "given_by", "given_at", "budget_id")
        .first()
    )
    return UpgradeFact(*row[:-1], by_hand=row[-1] is None) if row else None
