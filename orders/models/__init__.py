from orders.models.calendar import CapacityDay, Season, ServiceCutOff, TransitTime
from orders.models.channel import Channel, ChannelBuffer, ChannelWarehouse
from orders.models.choice import ShortageChoice
from orders.models.customer import Customer, CustomerNote, Erasure
from orders.models.fulfillment_order import Allocation, FulfillmentOrder
from orders.models.hold import Hold
from orders.models.order import Order, OrderCharge, OrderKit, OrderLine
from orders.models.promise import Promise
from orders.models.rule import Rule, Rulebook, RuleEvent

__all__ = [
    "Allocation",
    "CapacityDay",
    "Channel",
    "ChannelBuffer",
    "ChannelWarehouse",
    "Customer",
    "CustomerNote",
    "Erasure",
    "FulfillmentOrder",
    "Hold",
    "Order",
    "OrderCharge",
    "OrderKit",
    "OrderLine",
    "Promise",
    "Rule",
    "RuleEvent",
    "Rulebook",
    "Season",
    "ServiceCutOff",
    "ShortageChoice",
    "TransitTime",
]
