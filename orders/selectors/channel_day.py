"""What came in today, by channel."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from orders.models import Order


@dataclass(frozen=True, slots=True)
class ChannelDay:
    """Orders placed since a moment, and how many of them are held now."""

    placed: int
    held: int


def orders_since(channel_ids: Iterable[int], since: datetime) -> dict[int, ChannelDay]:
    """{channel_id: what was placed there from that moment on}; channels without orders are left out. One statement."""
    rows = (
        Order.objects.filter(channel_id__in=list(channel_ids), placed_at__gte=since)
        .order_by()
        .values_list("channel_id")
        .annotate(placed=Count("pk"), held=Count("pk", filter=Q(open_holds__gt=0)))
    )
    return {channel_id: ChannelDay(placed, held) for channel_id, placed, held in rows}
