from orders.models.channel import Channel, ChannelBuffer
from orders.models.customer import Customer
from orders.models.fulfillment_order import Allocation, FulfillmentOrder
from orders.models.hold import Hold
from orders.models.order import Order, OrderCharge, OrderKit, OrderLine
from orders.models.promise import Promise

__all__ = [
    "Allocation",
    "Channel",
    "ChannelBuffer",
    "Customer",
    "FulfillmentOrder",
    "Hold",
    "Order",
    "OrderCharge",
    "OrderKit",
    "OrderLine",
    "Promise",
]
