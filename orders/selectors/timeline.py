"""The story of an order in words: what happened to it, its parcels and its returns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.outbox.selectors import timeline
from orders.states import Choice

# Told by another entry at the same moment, or of no interest on an order's page.
SILENT = frozenset(
    {
        "fulfillment_order.allocated",
        "inspection.deadline",
        "label_request.void_wanted",
        "message.resend_requested",
        "return.units_received",
    }
)

# Why work went back from the floor to where it can be released again.
TAKEN_BACK: dict[str, str | Promise] = {
    "pulled": gettext_lazy("pulled out of its wave"),
    "list_cancelled": gettext_lazy("its pick list was taken back"),
    "wave_cancelled": gettext_lazy("its wave was taken back"),
}

# What was decided about where units ship from.
ROUTED: dict[str, str | Promise] = {
    "placed": gettext_lazy("chosen among its warehouses"),
    "split": gettext_lazy("units are a part of their own"),
    "merged": gettext_lazy("parts were joined"),
    "moved": gettext_lazy("units moved to another warehouse"),
    "declined": gettext_lazy("looked for elsewhere after a third party declined"),
}

WORDS: dict[str, str | Promise] = {
    "fulfillment_order.allocated": gettext_lazy("Off the floor again"),
    "order.placed": gettext_lazy("Order placed"),
    "order.rule_fired": gettext_lazy("A rule was applied"),
    "order.routed": gettext_lazy("Where it ships from"),
    "order.combined": gettext_lazy("Goes out together with other orders of the buyer"),
    "order.confirmed": gettext_lazy("Order confirmed"),
    "order.completed": gettext_lazy("Order completed"),
    "order.cancelled": gettext_lazy("Order cancelled"),
    "order.lines_cancelled": gettext_lazy("Part of the order cancelled"),
    "order.edited": gettext_lazy("Order changed"),
    "order.assigned": gettext_lazy("Order assigned"),
    "order.held": gettext_lazy("Put on hold"),
    "order.address_asked": gettext_lazy("The customer was asked for the right address"),
    "order.hold_released": gettext_lazy("Hold released"),
    "order.payment_changed": gettext_lazy("Payment status changed"),
    "order.backordered": gettext_lazy("Waiting for stock"),
    "order.backorder_filled": gettext_lazy("Stock arrived for the order"),
    "order.lines_returned": gettext_lazy("Units came back"),
    "order.upgraded": gettext_lazy("Ships faster, at no charge"),
    "order.method_changed": gettext_lazy("Shipping method changed"),
    "order.replaced": gettext_lazy("Sent again"),
    "promise.changed": gettext_lazy("Promised date changed"),
    "order.release_moved": gettext_lazy("Release day moved"),
    "shortage_choice.asked": gettext_lazy("Asked the customer what happens to what is missing"),
    "shortage_choice.chosen": gettext_lazy("Decided about what is missing"),
    "shortage_choice.expired": gettext_lazy("No answer in time about what is missing"),
    "shortage_choice.withdrawn": gettext_lazy("Nothing is missing any more"),
    "fulfillment_order.open": gettext_lazy("Back to waiting for stock"),
    "fulfillment_order.scheduled": gettext_lazy("Scheduled"),
    "fulfillment_order.released": gettext_lazy("Released to the floor"),
    "fulfillment_order.picking": gettext_lazy("Picking began"),
    "fulfillment_order.picked": gettext_lazy("Picked"),
    "fulfillment_order.packing": gettext_lazy("Packing began"),
    "fulfillment_order.packed": gettext_lazy("Packed"),
    "fulfillment_order.closed": gettext_lazy("Everything of it has left the house"),
    "fulfillment_order.cancelled": gettext_lazy("Work cancelled"),
    "fulfillment_order.incomplete": gettext_lazy("Ended incomplete"),
    "fulfillment_order.rescheduled": gettext_lazy("Leaves on another day"),
    "fulfillment_order.requested": gettext_lazy("A third party was asked to ship it"),
    "fulfillment_order.accepted": gettext_lazy("The third party took it on"),
    "fulfillment_order.rejected": gettext_lazy("The third party declined"),
    "fulfillment_order.request_cancelled": gettext_lazy("The request to the third party was taken back"),
    "fulfillment_order.short": gettext_lazy("Units were missing at the shelf"),
    "pick_line.picked": gettext_lazy("Line picked"),
    "pick_line.short": gettext_lazy("Line short"),
    "parcel.open": gettext_lazy("Parcel opened"),
    "parcel.packed": gettext_lazy("Parcel packed"),
    "parcel.label_purchased": gettext_lazy("Label bought"),
    "parcel.ready_for_pickup": gettext_lazy("Ready for the carrier"),
    "parcel.shipped": gettext_lazy("Handed to the carrier"),
    "parcel.in_transit": gettext_lazy("On its way"),
    "parcel.out_for_delivery": gettext_lazy("Out for delivery"),
    "parcel.ready_for_collection": gettext_lazy("Ready to be collected"),
    "parcel.delivered": gettext_lazy("Delivered"),
    "parcel.delivery_failed": gettext_lazy("Delivery failed"),
    "parcel.exception": gettext_lazy("The carrier reports a problem"),
    "parcel.return_to_sender": gettext_lazy("On its way back to us"),
    "parcel.lost": gettext_lazy("Lost by the carrier"),
    "parcel.cancelled": gettext_lazy("Parcel cancelled"),
    "label_request.claimed": gettext_lazy("Label requested"),
    "label_request.purchased": gettext_lazy("Label received"),
    "label_request.failed": gettext_lazy("The carrier refused the label"),
    "label_request.unknown": gettext_lazy("No answer about the label yet"),
    "label_request.voided": gettext_lazy("Label voided"),
    "return.requested": gettext_lazy("Return requested"),
    "return.approved": gettext_lazy("Return approved"),
    "return.rejected": gettext_lazy("Return refused"),
    "return.in_transit": gettext_lazy("Return on its way"),
    "return.partially_received": gettext_lazy("Part of the return received"),
    "return.received": gettext_lazy("Return received"),
    "return.inspecting": gettext_lazy("Return is being inspected"),
    "return.item_decided": gettext_lazy("Decided about a returned item"),
    "return.resolved": gettext_lazy("Return resolved"),
    "return.closed": gettext_lazy("Return closed"),
    "return.cancelled": gettext_lazy("Return cancelled"),
    "return.expired": gettext_lazy("Return expired"),
    "inspection.queued": gettext_lazy("Waiting for inspection"),
    "inspection.in_progress": gettext_lazy("Inspection began"),
    "inspection.awaiting_second_opinion": gettext_lazy("A second opinion was asked for"),
    "inspection.passed": gettext_lazy("Passed inspection"),
    "inspection.failed": gettext_lazy("Did not pass inspection"),
    "inspection.cancelled": gettext_lazy("Inspection cancelled"),
    "refund.pending": gettext_lazy("Refund prepared"),
    "refund.requested": gettext_lazy("Refund asked of the shop"),
    "refund.succeeded": gettext_lazy("Refunded"),
    "refund.failed": gettext_lazy("The refund failed"),
    "refund.cancelled": gettext_lazy("Refund cancelled"),
    "message.sent": gettext_lazy("Message sent to the customer"),
    "message.failed": gettext_lazy("A message could not be sent"),
}


@dataclass(frozen=True, slots=True)
class StoryEntry:
    """One line of the story, in the reader's language. ``by`` is a user, an API client or a part of the system."""

    id: int
    type: str
    subject_type: str
    subject_id: int
    at: datetime
    by: str
    actor_kind: str
    sentence: str
    data: Mapping[str, Any]


def story(ref: str, *, after: int = 0, limit: int = 500) -> list[StoryEntry]:
    """What happened to the order ``ref``, oldest first, from the event after id ``after``. One statement."""
    return [
        StoryEntry(
            id=entry.id,
            type=entry.type,
            subject_type=entry.subject_type,
            subject_id=entry.subject_id,
            at=entry.at,
            by=entry.actor_name,
            actor_kind=entry.actor_kind,
            sentence=sentence_of(entry.type, entry.data),
            data=entry.data,
        )
        for entry in timeline(ref, after=after, limit=limit)
        if entry.type not in SILENT or str(entry.data.get("cause")) in TAKEN_BACK
    ]


def sentence_of(type: str, data: Mapping[str, Any]) -> str:
    """What an event says to people; a type without words of its own reads as its own name."""
    words = str(WORDS.get(type) or type.replace(".", " ").replace("_", " ").capitalize())
    detail = _detail(type, data)
    return f"{words}: {detail}" if detail else words


def _detail(type: str, data: Mapping[str, Any]) -> str:
    if type == "order.placed":
        allocated, backordered = int(data.get("allocated", 0)), int(data.get("backordered", 0))
        if not backordered:
            return _("everything is in stock")
        return _("%(here)s in stock, %(rest)d to follow") % {"here": _units(allocated), "rest": backordered}
    if type in ("order.backordered", "order.backorder_filled", "order.lines_cancelled", "order.lines_returned"):
        return _units(sum(int(units) for _line, units in data.get("lines", ())))
    if type == "fulfillment_order.allocated":
        return str(TAKEN_BACK.get(str(data.get("cause")), ""))
    if type == "order.routed":
        return str(ROUTED.get(str(data.get("cause")), ""))
    if type == "order.combined":
        return ", ".join(str(ref) for ref in data.get("refs", ()))
    if type == "fulfillment_order.short":
        return _units(int(data.get("quantity", 0)))
    if type in ("promise.changed", "fulfillment_order.rescheduled") and data.get("ship_by"):
        return _("leaves by %(day)s") % {"day": data["ship_by"]}
    if type in ("order.upgraded", "order.method_changed"):
        return f"{data.get('from', '')} → {data.get('to', '')}"
    if type == "order.replaced":
        return str(data.get("replacement", ""))
    if type == "order.release_moved":
        return str(data.get("release_on") or "")
    if type in ("shortage_choice.chosen", "shortage_choice.expired") and data.get("choice") in Choice.values:
        return str(Choice(data["choice"]).label)
    if type == "order.payment_changed" and data.get("after"):
        return str(data["after"]).replace("_", " ")
    return ""


def _units(count: int) -> str:
    return ngettext("%(count)d unit", "%(count)d units", count) % {"count": count}
