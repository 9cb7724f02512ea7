"""Until when a buyer may order again and have it by the end of the season: for mails."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from inventory.selectors import warehouse_by_id
from orders.planning.last_orders import last_order
from orders.planning.promises import local_day
from orders.selectors.calendars import book
from orders.selectors.channels import ChannelFact
from orders.services.promising import terms_of

NEAR = timedelta(weeks=6)
"""A season that begins later interests nobody yet."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """An order before ``last_order_at`` arrives by ``day``. ``time_zone`` is the warehouse's."""

    day: date
    last_order_at: datetime
    time_zone: str


def deadline_of(channel: ChannelFact, method: str, country: str, *, now: datetime) -> Deadline | None:
    """The last moment by that method to that country for a season that is near; None without one, or when too late."""
    warehouse = warehouse_by_id(channel.warehouse_id)
    today = local_day(now, warehouse.time_zone)
    season = book().next_season(warehouse.id, after=today, begins_by=today + NEAR)
    if season is None:
        return None
    moment = last_order(terms_of(warehouse, method, country, channel=channel), season.until, now=now)
    return Deadline(season.until, moment, warehouse.time_zone) if moment is not None else None
