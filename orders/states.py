"""Closed sets of orders and the steps between them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PENDING = "pending", _("Pending")
    CONFIRMED = "confirmed", _("Confirmed")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


ORDER_TRANSITIONS: dict[str, frozenset[str]] = {
    "draft": frozenset({"pending", "confirmed", "cancelled"}),
    "pending": frozenset({"confirmed", "cancelled"}),
    "confirmed": frozenset({"completed", "cancelled"}),
    "completed": frozenset(),
    "cancelled": frozenset(),
}


class FulfillmentStatus(models.TextChoices):
    """Derived from the lines: how much of what is still wanted has left the house."""

    UNFULFILLED = "unfulfilled", _("Unfulfilled")
    PARTIALLY_FULFILLED = "partially_fulfilled", _("Partially fulfilled")
    FULFILLED = "fulfilled", _("Fulfilled")


class PaymentStatus(models.TextChoices):
    """Mirrored from the shop; money moves there, not here."""

    PENDING = "pending", _("Payment pending")
    AUTHORIZED = "authorized", _("Payment authorized")
    PAID = "paid", _("Paid")
    PARTIALLY_REFUNDED = "partially_refunded", _("Partially refunded")
    REFUNDED = "refunded", _("Refunded")
    FAILED = "failed", _("Payment failed")


UNPAID = frozenset({PaymentStatus.PENDING, PaymentStatus.FAILED, PaymentStatus.REFUNDED})
"""What nothing leaves for: not paid, or paid back."""


class ReturnStatus(models.TextChoices):
    """Derived from the returns of the order."""

    NONE = "none", _("No return")
    REQUESTED = "requested", _("Return requested")
    PARTIALLY_RETURNED = "partially_returned", _("Partially returned")
    RETURNED = "returned", _("Returned")


class HoldType(models.TextChoices):
    ADDRESS = "address", _("Address")
    PAYMENT = "payment", _("Payment")
    FRAUD = "fraud", _("Fraud")
    OPERATOR = "operator", _("Operator")
    STOCK = "stock", _("Stock")
    UNTIL_DATE = "until_date", _("Until a date")
    CUSTOM = "custom", _("Custom")


class FulfillmentOrderStatus(models.TextChoices):
    OPEN = "open", _("Open")
    SCHEDULED = "scheduled", _("Scheduled")
    ALLOCATED = "allocated", _("Allocated")
    RELEASED = "released", _("Released")
    PICKING = "picking", _("Picking")
    PICKED = "picked", _("Picked")
    PACKING = "packing", _("Packing")
    PACKED = "packed", _("Packed")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")
    INCOMPLETE = "incomplete", _("Incomplete")


# A pick list that is cancelled, or a parcel that is taken apart, sends its part of the order back to ``allocated``.
# ``closed`` is reached early when some units were shipped and the rest cancelled or short.
FULFILLMENT_ORDER_TRANSITIONS: dict[str, frozenset[str]] = {
    "open": frozenset({"scheduled", "allocated", "closed", "cancelled", "incomplete"}),
    "scheduled": frozenset({"open", "allocated", "closed", "cancelled"}),
    "allocated": frozenset({"released", "cancelled", "open", "scheduled", "closed"}),
    "released": frozenset({"closed", "picking", "allocated", "open", "cancelled", "incomplete"}),
    "picking": frozenset({"closed", "picked", "allocated", "cancelled", "incomplete"}),
    "picked": frozenset({"closed", "packing", "packed", "allocated", "cancelled", "incomplete"}),
    "packing": frozenset({"closed", "packed", "picked", "allocated", "cancelled", "incomplete"}),
    "packed": frozenset({"closed", "packing", "allocated", "cancelled", "incomplete"}),
    "closed": frozenset(),
    "cancelled": frozenset(),
    "incomplete": frozenset(),
}

OPEN_FULFILLMENT_ORDER = frozenset(
    {"open", "scheduled", "allocated", "released", "picking", "picked", "packing", "packed"}
)


class AllocationStatus(models.TextChoices):
    ALLOCATED = "allocated", _("Allocated")
    PICKED = "picked", _("Picked")
    SHIPPED = "shipped", _("Shipped")
    RELEASED = "released", _("Released")


ALLOCATION_TRANSITIONS: dict[str, frozenset[str]] = {
    "allocated": frozenset({"picked", "released"}),
    "picked": frozenset({"shipped", "released", "allocated"}),
    "shipped": frozenset(),
    "released": frozenset(),
}

OPEN_ALLOCATION = frozenset({"allocated", "picked"})


class ShortagePolicy(models.TextChoices):
    """What a channel wants done with an order for more than there is."""

    BACKORDER = "backorder", _("Accept and backorder")
    REJECT = "reject", _("Reject")


class ChannelKind(models.TextChoices):
    SHOP = "shop", _("Own shop")
    MARKETPLACE = "marketplace", _("Marketplace")
    SOCIAL = "social", _("Social")
    POINT_OF_SALE = "point_of_sale", _("Point of sale")
    B2B = "b2b", _("B2B")
    MANUAL = "manual", _("Manual")


class ShipPolicy(models.TextChoices):
    """Whether what is there goes ahead of what is not."""

    PARTIAL = "partial", _("Ship what is there")
    COMPLETE = "complete", _("Ship everything together")


class FillPolicy(models.TextChoices):
    """Who of those that wait gets new stock first."""

    OLDEST = "oldest", _("Oldest order first")
    PROMISE = "promise", _("Earliest promise first")
    COMPLETES_AN_ORDER = "completes_an_order", _("Orders it completes first")
    PRIORITY = "priority", _("Highest priority first")
    MANUAL = "manual", _("By hand")


class IntakeCheck(models.TextChoices):
    """What is looked at when an order comes in. What looks wrong is held, never refused."""

    ADDRESS = "address", _("Address")
    PHONE = "phone", _("Phone")
    QUANTITY = "quantity", _("Unusual quantity")
    PRICE = "price", _("Unusual price")
    TOTAL = "total", _("Total that does not add up")
    DUPLICATE = "duplicate", _("Same order twice")


class OrderKind(models.TextChoices):
    SALE = "sale", _("Sale")
    REPLACEMENT = "replacement", _("Replacement")


class Choice(models.TextChoices):
    """What a customer can want when something of an order is not there."""

    WAIT = "wait", _("Wait for it")
    SHIP_AVAILABLE = "ship_available", _("Send what is there now")
    SUBSTITUTE = "substitute", _("Take something else instead")
    CANCEL = "cancel", _("Cancel what is missing")


class ChoiceStatus(models.TextChoices):
    ASKED = "asked", _("Asked")
    CHOSEN = "chosen", _("Chosen")
    EXPIRED = "expired", _("Not answered in time")
    WITHDRAWN = "withdrawn", _("No longer needed")


CHOICE_TRANSITIONS: dict[str, frozenset[str]] = {
    "asked": frozenset({"chosen", "expired", "withdrawn"}),
    "chosen": frozenset(),
    "expired": frozenset(),
    "withdrawn": frozenset(),
}


class RequestStatus(models.TextChoices):
    """A fulfilment order at a third party: asked for, taken on, or declined. Empty for our own warehouses."""

    REQUESTED = "requested", _("Requested")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")
