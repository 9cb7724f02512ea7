"""What stands on an order's page beside the order: the customer's choice, colleagues' notes, what the customer sees."""

from datetime import date
from typing import Any

from orders.notifications import choice_url, tracking_url
from orders.selectors.choices import choices_of, question
from orders.selectors.customers import notes
from orders.selectors.facts import OrderFact
from orders.services.bulk_acts import PRIORITIES
from orders.states import Choice

NOTES_SHOWN = 3
ERASED = "@erased.invalid"
"""How the address of a customer ends whose data were erased."""


def extras_of(order: OrderFact, *, today: date) -> dict[str, Any]:
    """The context of those parts of the page. Two statements, a handful more while a question is open."""
    choice = next(iter(choices_of(order.id)), None)
    asked = question(order, today=today) if choice is not None and choice.is_open else None
    return {
        "erased": order.email.endswith(ERASED),
        "choice": choice,
        "question": asked,
        "choice_options": [(value, Choice(value).label) for value in asked.options] if asked else [],
        "choice_word": Choice(choice.choice).label if choice is not None and choice.choice else "",
        "notes": notes(order.customer_id, limit=NOTES_SHOWN),
        "priorities": PRIORITIES,
        "tracking_url": tracking_url(order.ref),
        "choice_url": choice_url(order.ref),
    }
