"""How every status looks and reads: tone, shape and word, in one place for screens, timeline and portal."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

TONES = ("ok", "warn", "danger", "info", "hold", "neutral")


@dataclass(frozen=True)
class Look:
    """A tone (one of ``TONES``; the shape follows from it) and the translated word."""

    tone: str
    word: str | Promise


LOOKS: dict[str, Look] = {
    # orders, fulfilment, payment, return status of an order
    "draft": Look("neutral", _("Draft")),
    "pending": Look("neutral", _("Pending")),
    "confirmed": Look("info", _("Confirmed")),
    "completed": Look("ok", _("Completed")),
    "cancelled": Look("neutral", _("Cancelled")),
    "unfulfilled": Look("neutral", _("Not shipped")),
    "partially_fulfilled": Look("info", _("Partly shipped")),
    "fulfilled": Look("ok", _("Shipped")),
    "on_hold": Look("hold", _("On hold")),
    "paid": Look("ok", _("Paid")),
    "unpaid": Look("warn", _("Unpaid")),
    "authorized": Look("info", _("Authorised")),
    "partially_paid": Look("warn", _("Partly paid")),
    "refunded": Look("hold", _("Refunded")),
    "partially_refunded": Look("hold", _("Partly refunded")),
    "voided": Look("neutral", _("Voided")),
    "not_returned": Look("neutral", _("No return")),
    "partially_returned": Look("hold", _("Partly returned")),
    "returned": Look("hold", _("Returned")),
    # fulfilment order
    "open": Look("neutral", _("Open")),
    "scheduled": Look("neutral", _("Scheduled")),
    "allocated": Look("info", _("Allocated")),
    "released": Look("info", _("Released")),
    "picking": Look("info", _("Picking")),
    "picked": Look("info", _("Picked")),
    "packing": Look("info", _("Packing")),
    "packed": Look("info", _("Packed")),
    "closed": Look("neutral", _("Closed")),
    "incomplete": Look("warn", _("Incomplete")),
    "backordered": Look("warn", _("Backordered")),
    # waves, pick lines
    "in_progress": Look("info", _("In progress")),
    "short": Look("warn", _("Short")),
    "skipped": Look("warn", _("Skipped")),
    # holds
    "address": Look("hold", _("Address")),
    "payment": Look("hold", _("Payment")),
    "fraud": Look("hold", _("Fraud check")),
    "operator": Look("hold", _("Held by staff")),
    "stock": Look("hold", _("Waiting for stock")),
    "until_date": Look("hold", _("Held until a date")),
    "custom": Look("hold", _("On hold")),
    # parcels and tracking
    "label_purchased": Look("info", _("Label bought")),
    "ready_for_pickup": Look("info", _("Ready for pickup")),
    "shipped": Look("info", _("Shipped")),
    "picked_up": Look("info", _("Picked up")),
    "in_transit": Look("info", _("In transit")),
    "out_for_delivery": Look("info", _("Out for delivery")),
    "ready_for_collection": Look("info", _("Ready to collect")),
    "delivered": Look("ok", _("Delivered")),
    "delivery_failed": Look("danger", _("Delivery failed")),
    "delivery_delayed": Look("warn", _("Delayed")),
    "exception": Look("danger", _("Problem")),
    "return_to_sender": Look("hold", _("Coming back")),
    "lost": Look("danger", _("Lost")),
    # label requests
    "claimed": Look("info", _("Requested")),
    "purchased": Look("ok", _("Bought")),
    "failed": Look("danger", _("Failed")),
    "unknown": Look("warn", _("Not known yet")),
    # receiving, counting
    "ordered": Look("info", _("Ordered")),
    "partially_received": Look("info", _("Partly received")),
    "received": Look("ok", _("Received")),
    "over": Look("warn", _("Too many")),
    "damaged": Look("danger", _("Damaged")),
    "counting": Look("info", _("Counting")),
    "counted": Look("info", _("Counted")),
    "investigating": Look("warn", _("Being looked into")),
    # returns
    "requested": Look("neutral", _("Requested")),
    "approved": Look("info", _("Approved")),
    "rejected": Look("danger", _("Rejected")),
    "inspecting": Look("info", _("Being inspected")),
    "resolved": Look("ok", _("Resolved")),
    "expired": Look("neutral", _("Expired")),
    # a customer's choice
    "asked": Look("warn", _("Asked")),
    "chosen": Look("ok", _("Chosen")),
    "withdrawn": Look("neutral", _("No longer needed")),
    "awaiting": Look("neutral", _("Awaited")),
    "missing": Look("danger", _("Missing")),
    "wrong_item": Look("danger", _("Wrong item")),
    "unexpected": Look("warn", _("Unexpected")),
    "accepted": Look("ok", _("Accepted")),
    "needs_decision": Look("warn", _("Needs a decision")),
    "queued": Look("neutral", _("Queued")),
    "awaiting_second_opinion": Look("warn", _("Second opinion")),
    "passed": Look("ok", _("Passed")),
    "restock": Look("ok", _("Restock")),
    "restock_as_open_box": Look("ok", _("Restock as open box")),
    "repack": Look("info", _("Repack")),
    "quarantine": Look("hold", _("Quarantine")),
    "quarantined": Look("hold", _("Quarantined")),
    "repair": Look("info", _("Repair")),
    "return_to_vendor": Look("hold", _("Return to supplier")),
    "donate": Look("neutral", _("Donate")),
    "dispose": Look("danger", _("Dispose")),
    "return_to_customer": Look("hold", _("Send back to customer")),
    "refund": Look("hold", _("Refund")),
    "partial_refund": Look("hold", _("Part refund")),
    "exchange": Look("info", _("Exchange")),
    "replacement": Look("info", _("Replacement")),
    "store_credit": Look("hold", _("Store credit")),
    "keep_item": Look("neutral", _("Customer keeps it")),
    "none": Look("neutral", pgettext_lazy("status", "None")),
    "succeeded": Look("ok", _("Done")),
    # stock conditions
    "sellable": Look("ok", _("Sellable")),
    "good": Look("ok", _("Sellable")),
    "quality_control": Look("hold", _("Quality control")),
    "safety_stock": Look("neutral", _("Safety stock")),
    "low": Look("warn", _("Low")),
    "out": Look("danger", _("Out of stock")),
    # messages, events, cases
    "sending": Look("info", _("Sending")),
    "sent": Look("ok", _("Sent")),
    "suppressed": Look("neutral", _("Not sent on purpose")),
    "delivering": Look("info", _("Delivering")),
    "done": Look("ok", _("Done")),
    "dead": Look("danger", _("Given up")),
    # ship notices, proposals, alerts
    "expected": Look("neutral", _("Expected")),
    "proposed": Look("neutral", _("Proposed")),
    "dismissed": Look("neutral", _("Dismissed")),
    "fine": Look("ok", _("In stock")),
    # imports
    "reading": Look("info", _("Being read")),
    "preview": Look("warn", _("Ready to check")),
    "running": Look("info", _("Running")),
    "undoing": Look("info", _("Being undone")),
    "undone": Look("neutral", _("Undone")),
    "snoozed": Look("hold", _("Snoozed")),
    "late": Look("danger", _("Late")),
    "due": Look("warn", _("Due today")),
}

# The same word of the machine may mean another thing elsewhere.
LOOKS_BY_KIND: dict[tuple[str, str], Look] = {
    ("order", "pending"): Look("neutral", _("New")),
    ("parcel", "open"): Look("neutral", _("Being packed")),
    ("parcel", "pending"): Look("neutral", _("Announced")),
    ("return", "received"): Look("info", _("Received")),
    ("return_item", "received"): Look("info", _("Received")),
    ("receipt", "short"): Look("warn", _("Too few")),
    ("return_item", "short"): Look("warn", _("Too few")),
    ("inspection", "failed"): Look("danger", _("Did not pass")),
    ("count", "counted"): Look("warn", _("Counted")),
    ("count", "approved"): Look("ok", _("Approved")),
    ("case", "open"): Look("danger", _("Open")),
    ("hold", "stock"): Look("hold", _("Waiting for stock")),
    ("hold", "custom"): Look("hold", _("Another reason")),
    ("payment", "pending"): Look("warn", _("Payment pending")),
    ("payment", "none"): Look("neutral", _("Not known")),
    ("return_status", "none"): Look("neutral", _("No return")),
}


def look_of(status: str, kind: str = "") -> Look:
    """The look of a status; an unknown one is neutral and reads as its own name: a new state never breaks a page."""
    found = LOOKS_BY_KIND.get((kind, status)) or LOOKS.get(status)
    return found or Look("neutral", str(status).replace("_", " ").capitalize())
