"""Orders on hold: which kinds there are, and why each waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from orders.models import Hold


@dataclass(frozen=True, slots=True)
class HeldOrder:
    """An open hold with its order. ``others`` are further open holds of the same order."""

    id: int
    order_ref: str
    customer_name: str
    type: str
    reason: str
    code: str
    placed_by: str
    placed_at: datetime
    release_at: datetime | None
    others: int


def held_counts(warehouse_ids: Sequence[int] | None = None) -> dict[str, int]:
    """{type: open holds} of orders sold by those warehouses. One statement, over open holds only."""
    rows = Hold.objects.filter(released_at=None)
    if warehouse_ids is not None:
        rows = rows.filter(order__channel__warehouse__in=warehouse_ids)
    return dict(rows.order_by().values("type").annotate(n=Count("pk")).values_list("type", "n"))


def held_orders(
    *, types: Sequence[str] = (), warehouse_ids: Sequence[int] | None = None, after: int = 0, limit: int = 50
) -> list[HeldOrder]:
    """Open holds, the oldest first, from the one after that id; of orders sold by those warehouses.

    One statement.
    """
    rows = Hold.objects.filter(released_at=None, pk__gt=after).select_related("order")
    if types:
        rows = rows.filter(type__in=types)
    if warehouse_ids is not None:
        rows = rows.filter(order__channel__warehouse__in=warehouse_ids)
    return [
        HeldOrder(
            id=row.pk,
            order_ref=row.order.ref,
            customer_name=row.order.customer_name,
            type=row.type,
            reason=row.reason,
            code=row.code,
            placed_by=row.placed_by,
            placed_at=row.placed_at,
            release_at=row.release_at,
            others=row.order.open_holds - 1,
        )
        for row in rows.order_by("pk")[:limit]
    ]
