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
    # The way back is a receipt that was voided.
    "partially_received": frozenset({"ordered", "received", "closed"}),
    "received": frozenset({"ordered", "partially_received", "closed"}),
    "closed": frozenset({"ordered", "partially_received", "received"}),
    "cancelled": frozenset(),
}


class MovementReason(models.TextChoices):
    """Why units moved. The second group are the reasons a person gives for an adjustment (API.md)."""

    RECEIVE = "receive", _("Received")
    PUT_AWAY = "put_away", _("Put away")
    PICK = "pick", _("Picked")
    PACK = "pack", _("Packed")
    INSERT = "insert", _("Laid into a parcel")
    SHIP = "ship", _("Shipped")
    PUT_BACK = "put_back", _("Put back")
    RETURN = "return", _("Returned")
    INSPECT = "inspect", _("Inspected")
    MOVE = "move", _("Moved")
    VOID = "void", _("Receipt voided")
    QUALITY = "quality", _("Checked")
    TRANSFER_OUT = "transfer_out", _("Sent to another warehouse")
    TRANSFER_IN = "transfer_in", _("Received from another warehouse")
    CONSUME = "consume", _("Used for a kit")
    PRODUCE = "produce", _("Assembled")
    REPLENISH = "replenish", _("Brought to the pick face")
    RECALL = "recall", _("Recalled")
    UNDO = "undo", _("Import undone")
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


class ShipNoticeStatus(models.TextChoices):
    EXPECTED = "expected", _("Expected")
    RECEIVED = "received", _("Received")
    CANCELLED = "cancelled", _("Cancelled")


SHIP_NOTICE_TRANSITIONS: dict[str, frozenset[str]] = {
    "expected": frozenset({"received", "cancelled"}),
    # Back again when its receipt is voided.
    "received": frozenset({"expected"}),
    "cancelled": frozenset(),
}


class QualityCheckStatus(models.TextChoices):
    PENDING = "pending", _("To check")
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")
    VOIDED = "voided", _("Receipt voided")


QUALITY_CHECK_TRANSITIONS: dict[str, frozenset[str]] = {
    "pending": frozenset({"passed", "failed", "voided"}),
    "passed": frozenset(),
    "failed": frozenset(),
    "voided": frozenset(),
}


class AlertState(models.TextChoices):
    FINE = "fine", _("In stock")
    LOW = "low", _("Low")
    OUT = "out", _("Out of stock")


class TransferStatus(models.TextChoices):
    """``ordered``: asked for and held at the source; ``in_transit``: some of it has left."""

    DRAFT = "draft", _("Draft")
    ORDERED = "ordered", _("Ordered")
    IN_TRANSIT = "in_transit", _("On the way")
    PARTIALLY_RECEIVED = "partially_received", _("Partially received")
    RECEIVED = "received", _("Received")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")


TRANSFER_TRANSITIONS: dict[str, frozenset[str]] = {
    "draft": frozenset({"ordered", "cancelled"}),
    "ordered": frozenset({"in_transit", "cancelled"}),
    "in_transit": frozenset({"partially_received", "received", "closed"}),
    "partially_received": frozenset({"received", "closed"}),
    "received": frozenset({"partially_received", "closed"}),
    "closed": frozenset(),
    "cancelled": frozenset(),
}


class WorkOrderStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    RELEASED = "released", _("Released")
    IN_PROGRESS = "in_progress", _("In progress")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


WORK_ORDER_TRANSITIONS: dict[str, frozenset[str]] = {
    "draft": frozenset({"released", "cancelled"}),
    "released": frozenset({"in_progress", "completed", "cancelled"}),
    "in_progress": frozenset({"completed", "cancelled"}),
    "completed": frozenset(),
    "cancelled": frozenset(),
}


class WorkOrderKind(models.TextChoices):
    ASSEMBLE = "assemble", _("Assemble")
    DISASSEMBLE = "disassemble", _("Take apart")


class CountStatus(models.TextChoices):
    """``counted``: a variance waits for approval; ``investigating``: somebody else counts again."""

    REQUESTED = "requested", _("Requested")
    COUNTING = "counting", _("Being counted")
    COUNTED = "counted", _("Counted")
    INVESTIGATING = "investigating", _("To count again")
    APPROVED = "approved", _("Approved")
    CANCELLED = "cancelled", _("Cancelled")


COUNT_TRANSITIONS: dict[str, frozenset[str]] = {
    "requested": frozenset({"counting", "cancelled"}),
    "counting": frozenset({"counted", "requested", "cancelled"}),
    "counted": frozenset({"investigating", "approved", "cancelled"}),
    "investigating": frozenset({"counting", "cancelled"}),
    "approved": frozenset(),
    "cancelled": frozenset(),
}


class CountCause(models.TextChoices):
    PLAN = "plan", _("Plan")
    ZERO = "zero", _("Bin should be empty")
    SHORT_PICK = "short_pick", _("Short pick")
    REQUEST = "request", _("Asked for")
    SHEET = "sheet", _("Count sheet")


class ForecastMethod(models.TextChoices):
    MOVING_AVERAGE = "moving_average", _("Moving average")
    SMOOTHING = "smoothing", _("Exponential smoothing")
    CROSTON = "croston", _("Croston")
    TSB = "tsb", _("Teunter, Syntetos and Babai")
    WEEKDAY = "weekday", _("Weekday pattern")


class ProposalStatus(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    ORDERED = "ordered", _("Ordered")
    DISMISSED = "dismissed", _("Dismissed")


PROPOSAL_TRANSITIONS: dict[str, frozenset[str]] = {
    "proposed": frozenset({"ordered", "dismissed"}),
    "ordered": frozenset(),
    "dismissed": frozenset(),
}


class TaskStatus(models.TextChoices):
    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


TASK_TRANSITIONS: dict[str, frozenset[str]] = {
    "open": frozenset({"done", "cancelled"}),
    "done": frozenset(),
    "cancelled": frozenset(),
}


class ImportStatus(models.TextChoices):
    READING = "reading", _("Reading")
    PREVIEW = "preview", _("Ready to check")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    UNDOING = "undoing", _("Undoing")
    UNDONE = "undone", _("Undone")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


IMPORT_TRANSITIONS: dict[str, frozenset[str]] = {
    "reading": frozenset({"preview", "failed", "cancelled"}),
    "preview": frozenset({"reading", "running", "cancelled"}),
    "running": frozenset({"done", "failed"}),
    "done": frozenset({"undoing"}),
    "undoing": frozenset({"undone", "done"}),
    "undone": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
}


class ImportKind(models.TextChoices):
    PRODUCTS = "products", _("Products")
    BINS = "bins", _("Bins")
    STOCK = "stock", _("Stock")
    PURCHASE_ORDERS = "purchase_orders", _("Purchase orders")
