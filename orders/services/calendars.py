"""A warehouse's calendar, as the planning wants it."""

from inventory.selectors import WarehouseFact, warehouse_by_id
from orders.planning.promises import Calendar


def calendar_of(warehouse: WarehouseFact) -> Calendar:
    """The working days of a warehouse already read."""
    return Calendar(
        time_zone=warehouse.time_zone,
        cut_off=warehouse.cut_off,
        handling_days=warehouse.handling_days,
        working_weekdays=frozenset(warehouse.working_weekdays),
        closed_days=frozenset(warehouse.closed_days),
    )


def calendar_of_warehouse(warehouse_id: int) -> Calendar:
    """The working days of that warehouse. One statement; raises NotFound."""
    return calendar_of(warehouse_by_id(warehouse_id))
