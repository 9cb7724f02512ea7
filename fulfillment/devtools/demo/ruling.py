"""Rules that fire on the demo's orders: big ones first, dear ones express, far ones looked at, regulars known."""

from datetime import datetime
from typing import Any

from core.kernel.actors import Actor
from orders.models import Rule
from orders.services.rules import create_rule

RULES: tuple[dict[str, Any], ...] = (
    {
        "name": "Wholesale goes first",
        "event": "order.placed",
        "conditions": [{"field": "value", "is": "at_least", "value": "500"}],
        "actions": [{"do": "tag", "value": "wholesale"}, {"do": "priority", "value": "2"}],
    },
    {
        "name": "Dear wholesale by express",
        "event": "order.placed",
        "conditions": [
            {"field": "tags", "is": "contains", "value": "wholesale"},
            {"field": "value", "is": "at_least", "value": "2000"},
        ],
        "actions": [{"do": "method", "value": "express"}],
    },
    {
        "name": "Look at dear orders from far away",
        "event": "order.placed",
        "conditions": [
            {"field": "country", "is": "one_of", "value": ["AU", "JP", "SG", "US", "HK"]},
            {"field": "value", "is": "at_least", "value": "1000"},
        ],
        "actions": [{"do": "hold", "value": "fraud", "reason": "Call the customer before it leaves", "days": 1}],
    },
    {
        "name": "Regulars",
        "event": "order.placed",
        "conditions": [{"field": "customer_orders", "is": "at_least", "value": "3"}],
        "actions": [{"do": "tag", "value": "regular"}],
    },
    {
        "name": "Much is missing",
        "event": "order.backordered",
        "conditions": [{"field": "backordered", "is": "at_least", "value": "50"}],
        "actions": [{"do": "tag", "value": "much-missing"}],
    },
)


def make_rules(*, by: Actor, now: datetime) -> None:
    """Write the rules, for orders that come from now on. Does nothing when there are rules."""
    if Rule.objects.exists():
        return
    for document in RULES:
        create_rule(document, by=by, now=now)
