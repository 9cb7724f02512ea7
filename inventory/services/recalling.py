"""Call a lot back: nothing of it is sold any more, and everybody who got some is named."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.attention.services import close_cases, open_case
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_one
from core.outbox.publish import NewEvent, publish
from inventory.errors import Invalid
from inventory.events import LOT_RECALL_LIFTED, LOT_RECALLED
from inventory.models import BinStock, Lot
from inventory.selectors.lots import fact_of_lot
from inventory.selectors.tracing import orders_with
from inventory.services.expiring import lot_link, set_lot_aside
from inventory.states import Condition

NAMED = 200
"""Orders a case and an event name at most; the lot's page names all."""


@dataclass(frozen=True, slots=True)
class RecallFact:
    """What a recall did: units set aside, units already fetched for orders, and the orders that got some before."""

    lot_id: int
    units: int
    carried: int
    orders: tuple[str, ...]


def recall_lot(lot_id: int, *, reason: str, by: Actor, now: datetime) -> RecallFact:
    """Recall a lot everywhere. From the first step on nothing of it is planned for a pick any more.

    Then its sellable units are quarantined where they lie, warehouse by warehouse, each its own transaction; what a
    crash left undone the nightly sweep does. To recall it again only sets aside what came since. Publishes
    ``lot.recalled`` and opens a case that names the orders. Raises NotFound, and Invalid without a reason.
    """
    orders = _mark(lot_id, reason=reason, by=by, now=now)
    lot = Lot.objects.get(pk=lot_id)
    warehouses = (
        BinStock.objects.filter(product_id=lot.product_id, lot=lot.number, condition=Condition.SELLABLE, quantity__gt=0)
        .order_by("bin__warehouse_id")
        .values_list("bin__warehouse_id", flat=True)
        .distinct()
    )
    done = [set_lot_aside(lot_id, warehouse_id, by=by, now=now) for warehouse_id in list(warehouses)]
    return RecallFact(lot_id, sum(one.units for one in done), sum(one.carried for one in done), orders)


@command
def lift_recall(lot_id: int, *, by: Actor, now: datetime) -> None:
    """Take a mistaken recall back. What was set aside stays so until somebody declares it sellable. Raises NotFound."""
    row = lock_one(Lot.objects.select_related("product"), pk=lot_id)
    if row.recalled_at is None:
        return
    row.recalled_at, row.recall_reason = None, ""
    row.save(update_fields=["recalled_at", "recall_reason"])
    close_cases(dedupe_key=f"lot_recalled:{lot_id}", resolution=gettext_noop("The recall was lifted."), by=by, now=now)
    publish(
        NewEvent(
            type=LOT_RECALL_LIFTED,
            subject_type="lot",
            subject_id=row.pk,
            data={"product_id": row.product_id, "lot": row.number},
        ),
        by=by,
        now=now,
    )


@command
def _mark(lot_id: int, *, reason: str, by: Actor, now: datetime) -> tuple[str, ...]:
    if not reason.strip():
        raise Invalid(_("Say why this lot is recalled: whoever meets it reads it."))
    row = lock_one(Lot.objects.select_related("product"), pk=lot_id)
    orders = orders_with(row.product_id, row.number)
    if row.recalled_at is not None:
        return tuple(orders)
    row.recalled_at, row.recall_reason = now, reason.strip()[:200]
    row.save(update_fields=["recalled_at", "recall_reason"])
    publish(
        NewEvent(
            type=LOT_RECALLED,
            subject_type="lot",
            subject_id=row.pk,
            data={"product_id": row.product_id, "lot": row.number, "orders": orders[:NAMED]},
        ),
        by=by,
        now=now,
    )
    lot = fact_of_lot(row)
    open_case(
        kind="lot_recalled",
        dedupe_key=f"lot_recalled:{lot.id}",
        summary=gettext_noop("A lot is recalled. Its units are set aside; tell the customers who got some of it."),
        subject_type="lot",
        subject_id=lot.id,
        detail={"product_id": lot.product_id, "code": lot.number, "orders": len(orders), "first": orders[:NAMED]},
        fixes=[lot_link(lot)],
        now=now,
    )
    return tuple(orders)
