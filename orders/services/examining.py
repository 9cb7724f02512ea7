"""Look at a new order for what is probably wrong with it."""

from collections.abc import Sequence
from datetime import datetime

from inventory.selectors import ProductFact
from orders.planning.decisions import PlannedHold
from orders.selectors.channels import ChannelFact
from orders.services.requests import OrderRequest


def examine(
    channel: ChannelFact, request: OrderRequest, products: Sequence[ProductFact], *, now: datetime
) -> list[PlannedHold]:
    """The holds that the checks of the channel call for; ``products`` are those of the lines, in their order."""
    return []
