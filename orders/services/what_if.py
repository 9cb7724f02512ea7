"""What a change of the calendar would do to the open orders. Nothing is saved."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils.translation import gettext as _

from core.kernel.errors import Invalid
from inventory.selectors import WarehouseFact
from orders.planning.promises import Terms, begins, local_day
from orders.planning.what_if import OpenPart, late_parts, leaving_days
from orders.selectors.due import open_parts
from orders.services.promising import terms_of

MOST_PARTS = 20_000
EXAMPLES = 8


@dataclass(frozen=True, slots=True)
class WhatIf:
    """How many of ``orders`` open parts leave late, as things are and with the change; ``named`` are new ones.

    ``capped`` when there are more open parts than were looked at.
    """

    orders: int
    late_now: int
    late_then: int
    named: tuple[str, ...]
    capped: bool

    @property
    def more(self) -> int:
        """Late because of the change alone; below zero when it helps."""
        return self.late_then - self.late_now


def what_if(
    warehouse: WarehouseFact,
    *,
    close: date | None = None,
    day: date | None = None,
    capacity: int | None = None,
    now: datetime,
) -> WhatIf:
    """What happens to the open orders when that day is closed, or ``day`` (every day without) has another capacity.

    Each leaves on its day, or on the next with room. Two statements at most; Invalid when some would not in a year.
    """
    if capacity == 0 and day is None:
        raise Invalid(_("With no room on any day nothing would ever leave."))
    rows = open_parts(warehouse.id, limit=MOST_PARTS + 1)
    parts = [OpenPart(number, row[1], row[2]) for number, row in enumerate(rows[:MOST_PARTS])]
    terms = terms_of(warehouse, "", "")
    changed = _changed(terms, close, day, capacity)
    before = late_parts(parts, _days(parts, terms, now))
    after = late_parts(parts, _days(parts, changed, now))
    known = {one.id for one in before}
    fresh = [one.order_ref for one in after if one.id not in known]
    return WhatIf(
        len(parts), len(before), len(after), tuple(dict.fromkeys(fresh))[:EXAMPLES], capped=len(rows) > MOST_PARTS
    )


def _changed(terms: Terms, close: date | None, day: date | None, capacity: int | None) -> Terms:
    if close is not None:
        calendar = replace(terms.calendar, closed_days=terms.calendar.closed_days | {close})
        terms = replace(terms, calendar=calendar)
    if capacity is not None and day is not None:
        terms = replace(terms, capacity_days={**terms.capacity_days, day: capacity})
    elif capacity is not None:
        terms = replace(terms, capacity=capacity)
    return terms


def _days(parts: list[OpenPart], terms: Terms, now: datetime) -> dict[int, date]:
    # What is due today and still here after the cut-off may yet leave tonight: only closed days and room count.
    today = local_day(now, terms.calendar.time_zone)
    first = today if terms.calendar.works_on(today) else begins(now, terms)
    try:
        return leaving_days(parts, first=first, works_on=terms.calendar.works_on, capacity_on=terms.capacity_on)
    except ValueError as error:
        raise Invalid(_("With so little room some of the open orders would not leave within a year.")) from error
