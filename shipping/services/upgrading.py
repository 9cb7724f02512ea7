"""Faster shipping as a surprise, within a month's budget; or by hand, with a reason."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Sum
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import Invalid, NotFound
from core.kernel.locks import lock_many
from inventory.selectors import products_by_id, warehouse_by_id
from orders.selectors.channels import channel_by_id
from orders.selectors.upgrading import UpgradeFacts, upgrade_facts
from orders.services.locking import lock_order
from orders.services.methods import change_method
from orders.states import OrderStatus
from shipping.errors import MethodFixed
from shipping.models import LabelRequest, Parcel, Upgrade, UpgradeBudget
from shipping.planning.pricing import FREE, Tariff, price_of
from shipping.planning.upgrades import Budget, Candidate, Spent, choose, may_win
from shipping.selectors.tariffs import tariffs_by_method, zones
from shipping.services.labels import LIVE
from shipping.states import ParcelStatus


@command
def surprise(order_id: int, *, by: Actor, now: datetime) -> str:
    """Upgrade a new order when a budget is for it and has room; returns the method it goes by now, "" when it stays.

    The budget's row is locked while its month is counted, so orders that come at once never overspend it. An order is
    looked at once: doing it again changes nothing.
    """
    facts = upgrade_facts(order_id)
    order = Candidate(facts.ref, facts.channel_id, facts.method, facts.goods_total, facts.is_first)
    rows = UpgradeBudget.objects.filter(active=True, channel_id=facts.channel_id, from_method=facts.method)
    hopeful = [row.pk for row in rows if may_win(_budget(row), order)]
    if not hopeful or facts.kind != "sale" or facts.status != "confirmed":
        return ""
    lock_order(facts.ref)
    if Upgrade.objects.filter(order_id=order_id).exists() or Parcel.objects.filter(order_id=order_id).exists():
        return ""
    facts = upgrade_facts(order_id)
    budgets = [row for row in lock_many(UpgradeBudget.objects.all(), hopeful) if row.active]
    costs = _extra_costs(facts, {row.to_method for row in budgets})
    won = choose(
        [_budget(row) for row in budgets],
        Candidate(facts.ref, facts.channel_id, facts.method, facts.goods_total, facts.is_first),
        spent=spent_of([row.pk for row in budgets], since=month_of(facts.warehouse_id, now)),
        costs=costs,
    )
    if won is None or facts.status != "confirmed":
        return ""
    Upgrade.objects.create(
        order_id=order_id,
        budget_id=won.id,
        from_method=facts.method,
        to_method=won.to_method,
        cost=costs[won.to_method],
        given_by=by.name,
        given_at=now,
    )
    change_method(
        facts.ref, won.to_method, upgraded_from=facts.method, data={"surprise": True, "budget": won.id}, by=by, now=now
    )
    return won.to_method


@command
def set_method(ref: str, method: str, *, reason: str, by: Actor, now: datetime) -> str:
    """Let an order go by another active method at no charge, faster or slower; returns the method it went by before.

    The reason is kept with what it costs more (or less, below 0). Back at the method that was ordered, a surprise
    gives its place in the budget back. Raises Invalid without a reason or when the order is too heavy for it,
    MethodFixed once a label is bought, OrderClosed, NotFound for the order or the method.
    """
    reason = reason.strip()[:200]
    if not reason:
        raise Invalid(_("Say why the order goes another way."))
    order = lock_order(ref)
    if method not in tariffs_by_method():
        raise NotFound(_("There is no active method %(method)s.") % {"method": method[:40]})
    if _is_labelled(order.pk):
        raise MethodFixed(_("A label of %(ref)s is bought already. Take the label back first.") % {"ref": order.ref})
    facts = upgrade_facts(order.pk)
    given = Upgrade.objects.filter(order_id=order.pk).first()
    ordered = given.from_method if given else facts.upgraded_from or facts.method
    if method not in _costs(facts):
        raise Invalid(_("%(method)s takes no such weight there.") % {"method": method[:40]})
    cost = FREE if method == ordered else _extra(facts, ordered, method)
    Upgrade.objects.update_or_create(
        order_id=order.pk,
        defaults={
            "budget_id": None,
            "from_method": ordered,
            "to_method": method,
            "cost": cost,
            "reason": reason,
            "given_by": by.name,
            "given_at": now,
        },
    )
    change_method(
        order.ref, method, upgraded_from=ordered if cost > 0 else "", data={"surprise": False}, by=by, now=now
    )
    return facts.method


def spent_of(budget_ids: Iterable[int], *, since: datetime) -> dict[int, Spent]:
    """What of each budget is gone since then. One statement.

    An order that was cancelled, or goes another way since, takes nothing of it: no such label is bought.
    """
    still = Upgrade.objects.filter(order__shipping_method=F("to_method"), order__upgraded_from=F("from_method"))
    given = still.exclude(order__status=OrderStatus.CANCELLED)
    rows = (
        given.filter(budget__in=list(budget_ids), given_at__gte=since)
        .values("budget_id")
        .annotate(orders=Count("pk"), money=Sum("cost"))
        .order_by()
        .values_list("budget_id", "orders", "money")
    )
    return {budget_id: Spent(orders, money) for budget_id, orders, money in rows}


def month_of(warehouse_id: int, now: datetime) -> datetime:
    """When the month of that instant began, where the warehouse is."""
    zone = ZoneInfo(warehouse_by_id(warehouse_id).time_zone)
    return now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def month_of_channel(channel_id: int, now: datetime) -> datetime:
    """When the month began for a channel: at its warehouse."""
    return month_of(channel_by_id(channel_id).warehouse_id, now)


def _budget(row: UpgradeBudget) -> Budget:
    return Budget(
        id=row.pk,
        channel_id=row.channel_id,
        from_method=row.from_method,
        to_method=row.to_method,
        orders=row.orders_a_month,
        money=row.money_a_month,
        min_value=row.min_value,
        first_orders=row.first_orders,
        one_in=row.one_in,
    )


def _extra_costs(facts: UpgradeFacts, methods: Iterable[str]) -> dict[str, Decimal]:
    """What each method costs more than the order's own; one that does not go there is left out, none is below 0."""
    wanted = set(methods)
    found = _costs(facts)
    own = found.get(facts.method)
    return {method: max(cost - (own or FREE), FREE) for method, cost in found.items() if method in wanted}


def _extra(facts: UpgradeFacts, before: str, after: str) -> Decimal:
    found = _costs(facts)
    return found.get(after, FREE) - found.get(before, FREE)


def _costs(facts: UpgradeFacts) -> dict[str, Decimal]:
    """What the shop pays for the order by each method: the carrier's cost, else what customers pay."""
    products = products_by_id(product_id for product_id, _units in facts.units)
    weight = sum(products[product_id].weight_g * units for product_id, units in facts.units if product_id in products)
    places = zones()
    country, code = str(facts.address.get("country", "")), str(facts.address.get("postal_code", ""))

    def cost_of(tariff: Tariff) -> Decimal | None:
        price = price_of(
            tariff, places, country=country, postal_code=code, weight_g=max(weight, 1), value=facts.goods_total
        )
        return None if price is None else (price.full if price.cost is None else price.cost)

    costs = {method: cost_of(tariff) for method, tariff in tariffs_by_method().items()}
    return {method: cost for method, cost in costs.items() if cost is not None}


def _is_labelled(order_id: int) -> bool:
    """Whether a parcel in the house has a label, or one is being bought."""
    in_house = (ParcelStatus.PACKED, ParcelStatus.LABEL_PURCHASED, ParcelStatus.READY_FOR_PICKUP)
    live = LabelRequest.objects.filter(parcel__order_id=order_id, status__in=LIVE, parcel__status__in=in_house)
    return live.exists()
