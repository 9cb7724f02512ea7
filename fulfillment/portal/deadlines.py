"""The last moments to order, kept for a minute: the page is open to everybody, and crawlers ask often."""

import time
from collections import OrderedDict
from datetime import date, datetime, timedelta

from core.kernel.errors import NotFound
from inventory.selectors import warehouse_by_id
from orders.planning.promises import local_day
from orders.selectors.channels import ChannelFact, channel_by_code
from shipping.services.last_orders import LastOrders, last_orders

KEPT_SECONDS = 60.0
REMEMBERED = 64
FARTHEST = timedelta(days=366)

_kept: OrderedDict[tuple[str, str], tuple[float, ChannelFact, LastOrders]] = OrderedDict()


def deadlines_of(code: str, by: str, *, now: datetime) -> tuple[ChannelFact, LastOrders]:
    """The channel and its table for the day ``by`` (ISO; anything else is the end of the next season).

    Raises NotFound for a channel that is none or not active.
    """
    kept = _kept.get((code, by))
    if kept is not None and time.monotonic() - kept[0] < KEPT_SECONDS:
        return kept[1], kept[2]
    channel = channel_by_code(code)
    if not channel.active:
        raise NotFound("There is no such channel.")
    table = last_orders(channel.warehouse_id, channel=channel, arrive_by=_day(by, channel, now), now=now)
    _kept[code, by] = (time.monotonic(), channel, table)
    _kept.move_to_end((code, by))
    while len(_kept) > REMEMBERED:
        _kept.popitem(last=False)
    return channel, table


def forget_deadlines() -> None:
    """Work all tables out anew when they are next asked for."""
    _kept.clear()


def _day(text: str, channel: ChannelFact, now: datetime) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    today = local_day(now, warehouse_by_id(channel.warehouse_id).time_zone)
    return day if today <= day <= today + FARTHEST else None
