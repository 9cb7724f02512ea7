"""Ask the shop's rules about a new order."""

from collections.abc import Sequence
from datetime import datetime

from inventory.selectors import ProductFact
from orders.planning.decisions import Decisions, PlannedHold
from orders.selectors.channels import ChannelFact
from orders.services.requests import OrderRequest


def rule_on(
    channel: ChannelFact,
    request: OrderRequest,
    products: Sequence[ProductFact],
    holds: Sequence[PlannedHold],
    *,
    now: datetime,
) -> Decisions:
    """What the rules decide about an order that comes in; ``holds`` are those already planned."""
    return Decisions()
