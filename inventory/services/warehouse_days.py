"""Change on which days a warehouse works, and how much it can send."""

from datetime import date

from core.kernel.commands import command
from core.kernel.locks import lock_one
from inventory.models import Warehouse


@command
def close_day(warehouse_id: int, day: date, *, closed: bool) -> None:
    """Close the warehouse on that day, or open it again. Raises NotFound. Promises already made stay."""
    row = lock_one(Warehouse.objects.all(), pk=warehouse_id)
    days = {*row.closed_days, day} if closed else {*row.closed_days} - {day}
    Warehouse.objects.filter(pk=row.pk).update(closed_days=sorted(days))


@command
def set_daily_capacity(warehouse_id: int, shipments: int | None) -> None:
    """How many shipments it can send on a usual working day; None for no limit. Raises NotFound."""
    lock_one(Warehouse.objects.all(), pk=warehouse_id)
    Warehouse.objects.filter(pk=warehouse_id).update(daily_capacity=shipments)
