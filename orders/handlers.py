"""What this room does when something happened lower down."""

from datetime import datetime

from core.kernel.actors import system
from core.outbox.facts import EventFact
from orders.services.allocation import allocate_backorders
from orders.services.choices import ask_choice, withdraw_choice
from orders.services.rule_effects import apply_rules


def fill_backorders(event: EventFact, *, now: datetime) -> None:
    """``stock.replenished``: give what came to the orders that wait for it, oldest first."""
    allocate_backorders(
        int(event.data["product_id"]), int(event.data["warehouse_id"]), by=system("backorders"), now=now
    )


def ask_customer(event: EventFact, *, now: datetime) -> None:
    """``order.backordered``: ask the customer what to do about it, where the channel asks."""
    ask_choice(event.subject_id, asked_for=event.at, by=system("choices"), now=now)


def withdraw_question(event: EventFact, *, now: datetime) -> None:
    """Something of the order was filled or cancelled, or it is over: ask no more when nothing is missing."""
    withdraw_choice(event.subject_id, by=system("choices"), now=now)


def ask_rules(event: EventFact, *, now: datetime) -> None:
    """``order.edited``, ``order.backordered``, ``order.held``: ask the shop's rules what to do about it."""
    apply_rules(event, now=now)
