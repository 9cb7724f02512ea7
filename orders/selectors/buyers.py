"""What is known of a buyer who orders again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orders.models import Order


@dataclass(frozen=True, slots=True)
class KnownBuyer:
    """Who a channel's last order of an e-mail address was for, and where it went."""

    name: str
    phone: str
    locale: str
    address: Mapping[str, Any]
    orders: int
    """How many there were, 20 at most."""


def known_buyer(channel_id: int, email: str) -> KnownBuyer | None:
    """The buyer with that address in the channel; None for a new one. One statement."""
    rows = list(
        Order.objects.filter(channel_id=channel_id, email__iexact=email)
        .order_by("-placed_at", "-pk")
        .values_list("customer_name", "phone", "locale", "shipping_address")[:20]
    )
    return KnownBuyer(*rows[0], orders=len(rows)) if rows and email else None
