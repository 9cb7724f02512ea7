"""Try a rule out before it is saved: on orders that came, without writing anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inventory.selectors import warehouses
from orders.events import ORDER_EDITED
from orders.planning.rule_vocabulary import CLOSED
from orders.planning.rules import OrderFacts, compiled, decide
from orders.selectors.channels import channel_by_code
from orders.selectors.rule_facts import facts_of, newest_orders
from orders.services.rules import read_or_refuse

TRIED = 100
"""Orders a rule is tried on before it is saved."""


@dataclass(frozen=True, slots=True)
class Match:
    """An order the rule would have matched."""

    order_id: int
    ref: str
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class Trial:
    """How many orders were tried, those that match, newest first, and what would be done with each of them."""

    tried: int
    matches: tuple[Match, ...]
    actions: tuple[Mapping[str, Any], ...]


def try_out(document: Mapping[str, Any], *, last: int = TRIED, now: datetime) -> Trial:
    """What the rule would have done with the last orders of its channel, or of all; nothing is written.

    Orders are taken as they are now. What was changed about an order is not kept with it, so a condition on that
    counts as met by every change. Raises Invalid as saving would. Statements are constant.
    """
    text = read_or_refuse(document)
    channel_id = channel_by_code(text.channel).id if text.channel else None
    rule = compiled(0, text, {warehouse.code: warehouse.id for warehouse in warehouses()})
    orders = facts_of(newest_orders(last, channel_id=channel_id), past=rule.asks_past)
    changed = {"changed": CLOSED["changed"]} if text.event == ORDER_EDITED else {}
    matches = tuple(
        Match(one.id, one.ref, one.placed_at)
        for one in orders
        if decide([rule], OrderFacts({**one.facts.values, **changed}, one.facts.lines), now=now).fired
    )
    return Trial(len(orders), matches, tuple(act.document() for act in text.actions))
