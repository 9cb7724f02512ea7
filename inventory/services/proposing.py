"""Propose what to order: once a night for every product, for a person to decide."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.transitions import advance_many
from inventory.models import Product, PurchaseProposal
from inventory.planning.cover import days_of_cover
from inventory.planning.replenishing import Plan
from inventory.selectors.places import warehouse_by_id
from inventory.selectors.replenishing import Outlook, outlooks
from inventory.states import ProposalStatus

CHUNK = 500


def propose_purchases(warehouse_id: int, *, by: Actor, now: datetime) -> int:
    """Bring the open proposals of a warehouse up to date; returns how many are open of the products looked at.

    A product whose position is below its reorder point gets one, or the open one its new quantity; where there is
    enough again, the open one is dismissed. What a person dismissed is not proposed again before the product's
    review time is over. Some hundred products in a transaction; safe to run twice at once.
    """
    today = now.astimezone(ZoneInfo(warehouse_by_id(warehouse_id).time_zone)).date()
    products = Product.objects.filter(active=True).order_by("pk").values_list("pk", flat=True)
    last_id = proposed = 0
    while product_ids := list(products.filter(pk__gt=last_id)[:CHUNK]):
        last_id = product_ids[-1]
        proposed += _propose_some(warehouse_id, product_ids, today=today, by=by, now=now)
    return proposed


@command
def _propose_some(warehouse_id: int, product_ids: list[int], *, today: date, by: Actor, now: datetime) -> int:
    open_rows = {
        row.product_id: row
        for row in PurchaseProposal.objects.select_for_update(no_key=True)
        .filter(warehouse_id=warehouse_id, product_id__in=product_ids, status=ProposalStatus.PROPOSED)
        .order_by("pk")
    }
    # Read behind the lock: what a person ordered of these a moment ago is on its way now.
    found = outlooks(warehouse_id, product_ids=product_ids, limit=CHUNK)
    dismissed = _dismissed(warehouse_id, product_ids, now)
    new: list[PurchaseProposal] = []
    changed: list[PurchaseProposal] = []
    gone: list[PurchaseProposal] = []
    for one in found:
        plan, row = one.plan(), open_rows.get(one.product_id)
        if not plan.quantity:
            if row is not None:
                gone.append(row)
            continue
        if row is None:
            quiet_until = dismissed.get(one.product_id, now) + timedelta(days=one.rule.review_days)
            if one.product_id in dismissed and quiet_until > now:
                continue
            row = PurchaseProposal(product_id=one.product_id, warehouse_id=warehouse_id, created_at=now)
            new.append(row)
        else:
            changed.append(row)
        row.supplier_id, row.quantity, row.reason = one.supplier_id, plan.quantity, reason_of(one, plan)
        row.order_by = today + timedelta(days=days_left(one))
    # Another run at the same time may have proposed the same: one proposal of a product is open.
    PurchaseProposal.objects.bulk_create(new, ignore_conflicts=True)
    PurchaseProposal.objects.bulk_update(changed, ["supplier", "quantity", "reason", "order_by"], batch_size=200)
    if gone:
        advance_many(gone, ProposalStatus.DISMISSED, by=by, now=now, decided_at=now, decided_by="")
    return len(new) + len(changed)


def _dismissed(warehouse_id: int, product_ids: list[int], now: datetime) -> dict[int, datetime]:
    """When a person last dismissed a proposal of each product."""
    rows = (
        PurchaseProposal.objects.filter(
            warehouse_id=warehouse_id,
            product_id__in=product_ids,
            status=ProposalStatus.DISMISSED,
            decided_at__gt=now - timedelta(days=366),
        )
        .exclude(decided_by="")
        .order_by("decided_at")
    )
    found = rows.values_list("product_id", "decided_at")
    return {product_id: decided_at for product_id, decided_at in found if decided_at is not None}


def days_left(one: Outlook) -> int:
    """Days until the order has to be placed if it is to arrive before the stock runs out at the usual pace."""
    cover = days_of_cover(one.position.units, one.demand.mean)
    return 0 if cover is None else max(0, int(cover - one.terms.lead_days))


def reason_of(one: Outlook, plan: Plan) -> dict[str, Any]:
    """The figures behind a proposal, as the screen puts them in words."""
    cover = days_of_cover(one.position.units, one.demand.mean)
    return {
        "mean": round(one.demand.mean, 2),
        "deviation": round(one.demand.deviation, 2),
        "free": one.position.free,
        "backordered": one.position.backordered,
        "incoming": one.position.incoming,
        "cover_days": None if cover is None else round(cover, 1),
        "lead_days": round(one.terms.lead_days, 1),
        "lead_deviation": round(one.terms.lead_deviation, 1),
        "learned_from": one.learned_from,
        "safety_stock": plan.safety_stock,
        "reorder_point": plan.reorder_point,
        "up_to": plan.up_to,
        "service_level": one.rule.service_level,
        "pack_size": one.terms.pack_size,
        "minimum_quantity": one.terms.minimum_quantity,
        "unit_cost": None if one.unit_cost is None else str(one.unit_cost),
    }
