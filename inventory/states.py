"""Closed sets of inventory and the steps between them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Condition(models.TextChoices):
    """What units are good for. Only sellable ones can be available."""

    SELLABLE = "sellable", _("Sellable")
    QUALITY_CONTROL = "quality_control", _("Quality control")
    QUARANTINED = "quarantined", _("Quarantined")
    DAMAGED = "damaged", _("Damaged")


class PurchaseOrderStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    ORDERED = "ordered", _("Ordered")
    PARTIALLY_RECEIVED = "partially_received", _("Partially received")
    RECEIVED = "received", _("Received")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")


PURCHASE_ORDER_TRANSITIONS: dict[str, frozenset[str]] = {
    "draft": frozenset({"ordered", "cancelled"}),
    "ordered": frozenset({"partially_received", "received", "cancelled"}),
    "partially_received": frozenset({"received", "closed"}),
    "received": frozenset({"closed"}),
    "closed": frozenset(),
    "cancelled": frozenset(),
}


class MovementReason(models.TextChoices):
    """Why units moved. The second group are the reasons a person gives for an adjustment (API.md)."""

    RECEIVE = "receive", _("Received")
    PUT_AWAY = "put_away", _("Put away")
    PICK = "pick", _("Picked")
    PACK = "pack", _("Packed")
    SHIP = "ship", _("Shipped")
    PUT_BACK = "put_back", _("Put back")
    RETURN = "return", _("Returned")
    INSPECT = "inspect", _("Inspected")
    MOVE = "move", _("Moved")
    REPAIR = "repair", _("Repaired by the stock check")
    FOUND = "found", _("Found")
    LOST = "lost", _("Lost")
    DAMAGED = "damaged", _("Damaged")
    EXPIRED = "expired", _("Expired")
    THEFT = "theft", _("Stolen")
    SAMPLE = "sample", _("Taken as a sample")
    RECOUNT = "recount", _("Counted again")
    CORRECTION = "correction", _("Corrected")
    OTHER = "other", _("Other")


ADJUSTMENT_REASONS = frozenset(
    {"found", "lost", "damaged", "expired", "theft", "sample", "recount", "correction", "other"}
)


class ReceiptDiscrepancy(models.TextChoices):
    NONE = "none", _("As expected")
    OVER = "over", _("Over")
    SHORT = "short", _("Short")
    DAMAGED = "damaged", _("Damaged")
    UNKNOWN = "unknown", _("Unknown article")
