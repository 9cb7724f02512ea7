"""Choose where a new order ships from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orders.planning.decisions import Decisions
from orders.selectors.channels import ChannelFact
from orders.services.asking import Asked, share

Stock = Mapping[tuple[int, int], int]
"""{(product_id, warehouse_id): units the channel can have there}."""


@dataclass(frozen=True, slots=True)
class Leg:
    """What one warehouse ships: of each line asked for, in their order, so many units (of a kit: whole kits)."""

    warehouse_id: int
    shares: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """The legs of an order, none of them empty, and every warehouse ``considered`` with its verdict."""

    legs: tuple[Leg, ...]
    shares: tuple[int, ...]
    """Of each line asked for, what all legs give together."""
    considered: tuple[Mapping[str, Any], ...] = ()


def route(channel: ChannelFact, asked: Sequence[Asked], stock: Stock, decisions: Decisions) -> RoutePlan:
    """Where each line ships from, as far as there is stock. Nothing is taken yet."""
    there = {product_id: units for (product_id, place), units in stock.items() if place == channel.warehouse_id}
    shares = tuple(share(asked, there))
    legs = (Leg(channel.warehouse_id, shares),) if any(shares) else ()
    return RoutePlan(legs, shares)
