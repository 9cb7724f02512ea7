"""What other rooms may read of orders."""

from orders.selectors.backorders import backordered_units
from orders.selectors.channels import ChannelFact, channel_by_code, channel_by_id, channels
from orders.selectors.facts import (
    AllocationFact,
    FulfillmentWork,
    LineFact,
    OrderFact,
    PromiseFact,
    Recipient,
    Releasable,
)
from orders.selectors.lists import OrderFilter, OrderRow, counts_by_view, home_figures, orders_list
from orders.selectors.order_page import OrderPage, order_page
from orders.selectors.orders import access_order, order_by_id, orders_with_lines
from orders.selectors.public import order_by_public_token, order_for_return
from orders.selectors.releasing import ReleaseFilter
from orders.selectors.timeline import StoryEntry, story
from orders.selectors.work import (
    allocations_by_id,
    fulfillment_orders_of,
    recipient_of_fulfillment_order,
    recipients,
    releasable,
    releasable_count,
    stop_reasons,
    work_of,
)

__all__ = [
    "AllocationFact",
    "ChannelFact",
    "FulfillmentWork",
    "LineFact",
    "OrderFact",
    "OrderFilter",
    "OrderPage",
    "OrderRow",
    "PromiseFact",
    "Recipient",
    "Releasable",
    "ReleaseFilter",
    "StoryEntry",
    "access_order",
    "allocations_by_id",
    "backordered_units",
    "channel_by_code",
    "channel_by_id",
    "channels",
    "counts_by_view",
    "fulfillment_orders_of",
    "home_figures",
    "order_by_id",
    "order_by_public_token",
    "order_for_return",
    "order_page",
    "orders_list",
    "orders_with_lines",
    "recipient_of_fulfillment_order",
    "recipients",
    "releasable",
    "releasable_count",
    "stop_reasons",
    "story",
    "work_of",
]
