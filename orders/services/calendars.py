"""A warehouse's calendar, as the planning wants it."""

from inventory.selectors import WarehouseFact
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
