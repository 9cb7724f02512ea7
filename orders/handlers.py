"""What this room does when something happened lower down."""

from datetime import datetime

from core.kernel.actors import system
from core.outbox.facts import EventFact
from orders.services.allocation import allocate_backorders
from orders.services.choices import ask_choice, withdraw_choice
from orders.services.order_cases import close_set_aside, close_with_order, follow_hold
from orders.services.preorders import follow_release
from orders.services.rule_effects import apply_rules
from orders.services.third_party import ask_anew, settle_requests

TOLD_THIRD_PARTIES = frozenset({"shipping_address", "shipping_method", "gift"})
"""What a request says of an order beside its lines."""


def fill_backorders(event: EventFact, *, now: datetime) -> None:
    """``stock.replenished``: give what came to the orders that wait for it, oldest first."""
    allocate_backorders(
        int(event.data["product_id"]), int(event.data["warehouse_id"]), by=system("backorders"), now=now
    )


def ask_customer(event: EventFact, *, now: datetime) -> None:
    """``order.backordered``: ask the customer what to do about it, where the channel asks."""
    ask_choice(event.subject_id, asked_for=event.at, by=system("choices"), now=now)


def withdraw_question(event: EventFact, *, now: datetime) -> None:
    """Something of the order was filled, changed or cancelled, or it is over: ask no more when nothing is missing."""
    withdraw_choice(event.subject_id, by=system("choices"), now=now)


def ask_rules(event: EventFact, *, now: datetime) -> None:
    """``order.edited``, ``order.backordered``, ``order.held``: ask the shop's rules what to do about it."""
    apply_rules(event, now=now)


def follow_holds(event: EventFact, *, now: datetime) -> None:
    """``order.held``, ``order.hold_released``: open or close its case, ask third parties to stop or to go on."""
    follow_hold(event.subject_id, event.data, by=system("exceptions"), now=now)
    close_set_aside(event.timeline, by=system("exceptions"), now=now)
    settle_requests(event.timeline, by=system("third parties"), now=now)


def follow_end(event: EventFact, *, now: datetime) -> None:
    """``order.cancelled``, ``order.lines_cancelled``: close its cases, tell third parties."""
    touched = [int(one) for one in event.data.get("fulfillment_order_ids", ())]
    settle_requests(event.timeline, changed=touched, since=event.at, by=system("third parties"), now=now)
    close_with_order(event.timeline, by=system("exceptions"), now=now)


def follow_change(event: EventFact, *, now: datetime) -> None:
    """``order.edited``, ``order.upgraded``, ``order.method_changed``: third parties hear of way, address and wishes.

    Nobody is asked any more what to do when the change brought all that was missing.
    """
    withdraw_question(event, now=now)
    fields = event.data.get("fields")
    if fields is None or TOLD_THIRD_PARTIES.intersection(fields) or event.data.get("wishes"):
        ask_anew(event.timeline, since=event.at, by=system("third parties"), now=now)


def follow_reschedule(event: EventFact, *, now: datetime) -> None:
    """``fulfillment_order.rescheduled``: a third party that was asked for it before is asked anew, for that day."""
    settle_requests(event.timeline, changed=[event.subject_id], since=event.at, by=system("third parties"), now=now)


def follow_release_day(event: EventFact, *, now: datetime) -> None:
    """``product.release_moved``: open orders of the product leave on the new day."""
    follow_release(int(event.data["product_id"]), by=system("releases"), now=now)
