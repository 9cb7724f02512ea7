"""What orders asks of the rooms above it and of the roof; ``fulfillment.wiring`` connects it at the start."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Orders whose buyer is to be forgotten: their ids, their references, and every address the buyer had."""

    order_ids: tuple[int, ...]
    refs: tuple[str, ...]
    emails: tuple[str, ...]


ForgetOrders = Callable[[Forgotten, datetime], dict[str, int]]
"""Blank what a room keeps of the buyers of those orders; {what: rows}. Runs in the caller's transaction."""

PersonalData = Callable[[Sequence[str]], dict[str, Any]]
"""What a room keeps of the buyers of the orders with those references, as JSON-ready values."""

forget_orders: list[ForgetOrders] = []
personal_data: list[PersonalData] = []
busy_orders: list[Callable[[Sequence[int]], Sequence[str]]] = []
"""References of those of the orders (by id) that a room is still at work for: an open return, a refund to come."""

labelled_parcels: list[Callable[[int], Sequence[str]]] = []
"""References of the parcels of an order (by id) for which a label was bought, or is being bought."""

offered_methods: list[Callable[[], Sequence[tuple[str, str]]]] = []
"""The shipping methods a room offers for orders, as (method, name); none anywhere means that none is configured yet."""
