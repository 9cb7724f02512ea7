"""The only writer of the counters of order lines."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.models import F, QuerySet

from core.kernel.commands import refuse_outside_transaction
from core.kernel.errors import NotFound
from orders.models import Order, OrderLine


@dataclass(slots=True)
class LineShift:
    """By how many units the counters of a line change; any may be negative."""

    allocated: int = 0
    backordered: int = 0
    shipped: int = 0
    cancelled: int = 0
    returned: int = 0


_SHIFT = """
UPDATE orders_orderline line
SET allocated = line.allocated + shift.allocated, backordered = line.backordered + shift.backordered,
    shipped = line.shipped + shift.shipped, cancelled = line.cancelled + shift.cancelled,
    returned = line.returned + shift.returned
FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[])
    AS shift (id, allocated, backordered, shipped, cancelled, returned)
WHERE line.id = shift.id
"""


def shift_lines(shifts: Mapping[int, LineShift]) -> None:
    """Add the shifts to the lines' counters; one statement. The table's CHECKs refuse what would break conservation.

    The caller holds the rows of the lines' orders.
    """
    refuse_outside_transaction()
    if not shifts:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _SHIFT,
            [
                list(shifts),
                [shift.allocated for shift in shifts.values()],
                [shift.backordered for shift in shifts.values()],
                [shift.shipped for shift in shifts.values()],
                [shift.cancelled for shift in shifts.values()],
                [shift.returned for shift in shifts.values()],
            ],
        )
        if cursor.rowcount != len(shifts):
            raise NotFound("There is no such order line.")


def open_lines(order: Order) -> QuerySet[OrderLine]:
    """The lines of the order of which anything is still to be shipped."""
    return OrderLine.objects.filter(order=order, quantity__gt=F("cancelled") + F("shipped"))


def of_line(shifts: dict[int, LineShift], line_id: int) -> LineShift:
    """The shift of that line, made when it is not there yet."""
    return shifts.setdefault(line_id, LineShift())
