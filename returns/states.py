"""Closed sets of returns and the steps between them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReturnKind(models.TextChoices):
    """Why goods come back: asked for by the customer, sent back by the carrier, or never left the house."""

    CUSTOMER = "customer", _("Customer return")
    RETURN_TO_SENDER = "return_to_sender", _("Returned to sender")
    PUT_BACK = "put_back", _("Put back")


class ReturnStatus(models.TextChoices):
    REQUESTED = "requested", _("Requested")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    IN_TRANSIT = "in_transit", _("In transit")
    PARTIALLY_RECEIVED = "partially_received", _("Partially received")
    RECEIVED = "received", _("Received")
    INSPECTING = "inspecting", _("Inspecting")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


RETURN_TRANSITIONS: dict[str, frozenset[str]] = {
    "requested": frozenset({"approved", "rejected", "cancelled", "expired"}),
    "approved": frozenset({"in_transit", "partially_received", "received", "cancelled", "expired"}),
    "in_transit": frozenset({"partially_received", "received", "expired"}),
    "partially_received": frozenset({"received", "inspecting"}),
    # What arrived while the rest is still awaited is inspected at once, so "inspecting" may come before "received".
    "received": frozenset({"inspecting", "resolved"}),
    "inspecting": frozenset({"resolved"}),
    "resolved": frozenset({"closed"}),
    "rejected": frozenset({"closed"}),
    "closed": frozenset(),
    "cancelled": frozenset(),
    "expired": frozenset(),
}


class ReceptionStatus(models.TextChoices):
    AWAITING = "awaiting", _("Awaiting")
    IN_TRANSIT = "in_transit", _("In transit")
    RECEIVED = "received", _("Received")
    SHORT = "short", _("Short")
    MISSING = "missing", _("Missing")
    WRONG_ITEM = "wrong_item", _("Wrong item")
    UNEXPECTED = "unexpected", _("Unexpected")
    EXPIRED = "expired", _("Expired")


class AcceptanceStatus(models.TextChoices):
    PENDING = "pending", _("Pending")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")
    NEEDS_DECISION = "needs_decision", _("Needs a decision")


OPEN_RETURN = frozenset({"requested", "approved", "in_transit", "partially_received", "received", "inspecting"})
RECEIVABLE_RETURN = frozenset({"approved", "in_transit", "partially_received", "inspecting"})
AWAITED_ITEM = frozenset({"awaiting", "in_transit"})


class ReceptionOutcome(models.TextChoices):
    """What came of a scan at the returns desk."""

    RECEIVED = "received", _("Received")
    PARTLY = "partly", _("Partly received")
    ALREADY = "already", _("Received before")
    NOT_APPROVED = "not_approved", _("Not approved")
    WITHOUT_RMA = "without_rma", _("No return announced")
    UNKNOWN = "unknown", _("Unknown parcel")


class ReturnReason(models.TextChoices):
    DAMAGED = "damaged", _("Arrived damaged")
    DEFECTIVE = "defective", _("Does not work")
    WRONG_ITEM = "wrong_item", _("Wrong item")
    NOT_AS_DESCRIBED = "not_as_described", _("Not as described")
    TOO_LATE = "too_late", _("Arrived too late")
    NO_LONGER_WANTED = "no_longer_wanted", _("No longer wanted")
    OTHER = "other", _("Something else")


class InspectionStatus(models.TextChoices):
    QUEUED = "queued", _("Queued")
    IN_PROGRESS = "in_progress", _("In progress")
    AWAITING_SECOND_OPINION = "awaiting_second_opinion", _("Awaiting a second opinion")
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


INSPECTION_TRANSITIONS: dict[str, frozenset[str]] = {
    "queued": frozenset({"in_progress", "cancelled"}),
    "in_progress": frozenset({"queued", "awaiting_second_opinion", "passed", "failed", "cancelled"}),
    "awaiting_second_opinion": frozenset({"passed", "failed", "cancelled"}),
    "passed": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
}


OPEN_INSPECTION = frozenset({"queued", "in_progress", "awaiting_second_opinion"})


class Check(models.TextChoices):
    """What an inspector looks at."""

    IDENTITY = "identity", _("Is it the item that was sold?")
    COMPLETENESS = "completeness", _("Is everything there?")
    DAMAGE = "damage", _("Is it free of damage?")
    TAMPERING = "tampering", _("Is the seal untouched?")
    FUNCTION = "function", _("Does it work?")
    PACKAGING = "packaging", _("Is the packaging as new?")


class Grade(models.TextChoices):
    A = "A", _("A: as new")
    B = "B", _("B: opened, complete")
    C = "C", _("C: used or marked")
    D = "D", _("D: not fit for sale")


class Disposition(models.TextChoices):
    RESTOCK = "restock", _("Restock")
    RESTOCK_AS_OPEN_BOX = "restock_as_open_box", _("Restock as open box")
    REPACK = "repack", _("Repack")
    QUARANTINE = "quarantine", _("Quarantine")
    REPAIR = "repair", _("Repair")
    RETURN_TO_VENDOR = "return_to_vendor", _("Return to vendor")
    DONATE = "donate", _("Donate")
    DISPOSE = "dispose", _("Dispose of")
    RETURN_TO_CUSTOMER = "return_to_customer", _("Return to customer")
    MISSING = "missing", _("Missing")


class Resolution(models.TextChoices):
    REFUND = "refund", _("Refund")
    PARTIAL_REFUND = "partial_refund", _("Partial refund")
    EXCHANGE = "exchange", _("Exchange")
    REPLACEMENT = "replacement", _("Replacement")
    STORE_CREDIT = "store_credit", _("Store credit")
    REPAIR = "repair", _("Repair")
    KEEP_ITEM = "keep_item", _("Keep the item")
    NONE = "none", _("None")


NEEDS_PERSON_TO_PLACE = frozenset({"exchange", "replacement", "repair", "store_credit"})


class RefundStatus(models.TextChoices):
    PENDING = "pending", _("Pending")
    REQUESTED = "requested", _("Requested")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


REFUND_TRANSITIONS: dict[str, frozenset[str]] = {
    "pending": frozenset({"requested", "cancelled"}),
    "requested": frozenset({"succeeded", "failed"}),
    "failed": frozenset({"requested", "cancelled"}),
    "succeeded": frozenset(),
    "cancelled": frozenset(),
}
