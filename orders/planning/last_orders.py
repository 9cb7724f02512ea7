"""The newest moment at which an order still arrives by a day, pure."""

from datetime import date, datetime, timedelta

from orders.planning.promises import Load, Terms, cut_off_moment, dates_from, local_day, no_load

LONGEST_AHEAD = 120
"""Days before the day asked for that are looked at."""


def last_order(terms: Terms, arrive_by: date, *, now: datetime, load: Load = no_load) -> datetime | None:
    """The cut-off (UTC) up to which an order arrives by that day at the latest; at that moment it does not any more.

    None when it is too late already, or would take longer than ``LONGEST_AHEAD`` days.
    """
    calendar = terms.calendar
    today = local_day(now, calendar.time_zone)
    for back in range(min((arrive_by - today).days, LONGEST_AHEAD) + 1):
        day = arrive_by - timedelta(days=back)
        if not calendar.works_on(day) or (terms.earliest is not None and day < terms.earliest):
            continue
        moment = cut_off_moment(day, terms.cut_off_on(day), calendar.time_zone)
        if moment > now and dates_from(day, terms, load).deliver_to <= arrive_by:
            return moment
    return None
