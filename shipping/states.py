"""Closed sets of shipping and the steps between them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WaveStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    RELEASED = "released", _("Released")
    IN_PROGRESS = "in_progress", _("In progress")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


WAVE_TRANSITIONS: dict[str, frozenset[str]] = {
    "draft": frozenset({"released", "cancelled"}),
    "released": frozenset({"in_progress", "completed", "cancelled"}),
    "in_progress": frozenset({"completed", "cancelled"}),
    "completed": frozenset(),
    "cancelled": frozenset(),
}


class PickListStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    RELEASED = "released", _("Released")
    IN_PROGRESS = "in_progress", _("In progress")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


PICK_LIST_TRANSITIONS = WAVE_TRANSITIONS


class PickMethod(models.TextChoices):
    """Discrete: one order a list. Cluster: a cart with one tote for each order. Batch: orders that share bins walk
    together, sorted into their totes at the shelf. Zone: a cart that stays within one zone."""

    DISCRETE = "discrete", _("One order at a time")
    CLUSTER = "cluster", _("Cart with a tote for each order")
    BATCH = "batch", _("Orders that share bins together")
    ZONE = "zone", _("One zone at a time")


class PickLineStatus(models.TextChoices):
    PENDING = "pending", _("Pending")
    PICKED = "picked", _("Picked")
    SHORT = "short", _("Short")
    SKIPPED = "skipped", _("Skipped")
    CANCELLED = "cancelled", _("Cancelled")


PICK_LINE_TRANSITIONS: dict[str, frozenset[str]] = {
    "pending": frozenset({"picked", "short", "skipped", "cancelled"}),
    "skipped": frozenset({"picked", "short", "cancelled"}),
    "picked": frozenset({"pending", "cancelled"}),
    "short": frozenset(),
    "cancelled": frozenset(),
}


class ShortReason(models.TextChoices):
    NOT_FOUND = "not_found", _("Not found")
    DAMAGED = "damaged", _("Damaged")
    WRONG_BIN = "wrong_bin", _("Wrong item in the bin")
    MISCOUNT = "miscount", _("Fewer than expected")


class ParcelStatus(models.TextChoices):
    OPEN = "open", _("Open")
    PACKED = "packed", _("Packed")
    LABEL_PURCHASED = "label_purchased", _("Label bought")
    READY_FOR_PICKUP = "ready_for_pickup", _("Ready for pickup")
    SHIPPED = "shipped", _("Shipped")
    IN_TRANSIT = "in_transit", _("In transit")
    OUT_FOR_DELIVERY = "out_for_delivery", _("Out for delivery")
    READY_FOR_COLLECTION = "ready_for_collection", _("Ready for collection")
    DELIVERED = "delivered", _("Delivered")
    DELIVERY_FAILED = "delivery_failed", _("Delivery failed")
    EXCEPTION = "exception", _("Exception")
    RETURN_TO_SENDER = "return_to_sender", _("Returned to sender")
    LOST = "lost", _("Lost")
    CANCELLED = "cancelled", _("Cancelled")


# Once it is with the carrier a parcel's status follows the newest event by time and rank, so any of these may follow
# any other; only what is delivered, back or given up for lost rests.
_WITH_CARRIER = frozenset(
    {
        "in_transit",
        "out_for_delivery",
        "ready_for_collection",
        "delivered",
        "delivery_failed",
        "exception",
        "return_to_sender",
        "lost",
    }
)

PARCEL_TRANSITIONS: dict[str, frozenset[str]] = {
    "open": frozenset({"packed", "cancelled"}),
    "packed": frozenset({"open", "label_purchased", "cancelled"}),
    "label_purchased": frozenset({"packed", "ready_for_pickup", "cancelled"}),
    "ready_for_pickup": frozenset({"packed", "shipped", "cancelled"}),
    "shipped": _WITH_CARRIER,
    "in_transit": _WITH_CARRIER - {"in_transit"},
    "out_for_delivery": _WITH_CARRIER - {"out_for_delivery"},
    "ready_for_collection": _WITH_CARRIER - {"ready_for_collection"},
    "delivery_failed": _WITH_CARRIER - {"delivery_failed"},
    "exception": _WITH_CARRIER - {"exception"},
    "lost": frozenset({"in_transit", "delivered", "return_to_sender"}),
    "delivered": frozenset({"return_to_sender"}),
    "return_to_sender": frozenset(),
    "cancelled": frozenset(),
}


class LabelRequestStatus(models.TextChoices):
    CLAIMED = "claimed", _("Claimed")
    PURCHASED = "purchased", _("Purchased")
    FAILED = "failed", _("Failed")
    UNKNOWN = "unknown", _("Unknown")
    VOIDED = "voided", _("Voided")


LABEL_REQUEST_TRANSITIONS: dict[str, frozenset[str]] = {
    "claimed": frozenset({"purchased", "failed", "unknown"}),
    "unknown": frozenset({"purchased", "failed"}),
    "purchased": frozenset({"voided"}),
    "failed": frozenset(),
    "voided": frozenset(),
}


class TrackingStatus(models.TextChoices):
    """What carriers report, in one vocabulary; the carrier's own code and text are kept beside it."""

    PENDING = "pending", _("Pending")
    PICKED_UP = "picked_up", _("Picked up")
    IN_TRANSIT = "in_transit", _("In transit")
    ON_HOLD = "on_hold", _("On hold")
    OUT_FOR_DELIVERY = "out_for_delivery", _("Out for delivery")
    READY_FOR_COLLECTION = "ready_for_collection", _("Ready for collection")
    DELIVERED = "delivered", _("Delivered")
    DELIVERY_FAILED = "delivery_failed", _("Delivery failed")
    DELIVERY_DELAYED = "delivery_delayed", _("Delivery delayed")
    RETURN_TO_SENDER = "return_to_sender", _("Returned to sender")
    CANCELLED = "cancelled", _("Cancelled")
    UNKNOWN = "unknown", _("Unknown")
