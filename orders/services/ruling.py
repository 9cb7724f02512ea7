"""Ask the shop's rules about a new order."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from inventory.selectors import ProductFact
from orders.events import ORDER_PLACED
from orders.planning.decisions import Decisions, PlannedHold
from orders.planning.rules import OrderFacts, decide
from orders.selectors.channels import ChannelFact
from orders.selectors.rule_buyers import Buyers
from orders.selectors.rule_facts import address_values, gift_values, line_values, past_values
from orders.selectors.rulebook import rules_in_force
from orders.services.drafts import Draft
from orders.services.requests import OrderRequest


def rule_on(
    channel: ChannelFact,
    request: OrderRequest,
    products: Sequence[ProductFact],
    holds: Sequence[PlannedHold],
    *,
    buyers: Buyers | None = None,
    drafted: Sequence[Draft] = (),
    now: datetime,
) -> Decisions:
    """What the rules decide about an order that comes in; ``holds`` are those already planned.

    ``buyers`` are those of all orders of the same work, ``drafted`` its orders that are not written yet. No statement
    while the rulebook is unchanged; one for all of the buyers when a rule asks for a customer's past.
    """
    if channel.rulebook is None:
        return Decisions()
    rules = rules_in_force(channel.rulebook).of(ORDER_PLACED, channel.id)
    if not rules:
        return Decisions()
    values = _values(channel, request, products, holds)
    if any(rule.asks_past for rule in rules):
        email = request.customer.email
        count, tags = (buyers or Buyers(channel.id, [email])).past_of(email)
        count += sum(one.request.customer.email.casefold() == email.casefold() for one in drafted)
        values |= past_values(count, tags)
    lines = [
        line_values(line.sku, product.name, line.quantity, line.unit_price, line.note, line.properties, product)
        for line, product in zip(request.lines, products, strict=True)
    ]
    return decide(rules, OrderFacts(values, lines), now=now)


def _values(
    channel: ChannelFact, request: OrderRequest, products: Sequence[ProductFact], holds: Sequence[PlannedHold]
) -> dict[str, Any]:
    goods = sum((line.unit_price * line.quantity for line in request.lines), Decimal(0))
    charges = sum((charge.amount for charge in request.charges), Decimal(0))
    return {
        "value": goods,
        "total": goods + request.shipping_price + charges,
        "currency": request.currency or channel.currency,
        "own_currency": (request.currency or channel.currency) == channel.currency,
        "units": sum(line.quantity for line in request.lines),
        "lines": len(request.lines),
        "weight_g": sum(
            product.weight_g * line.quantity for product, line in zip(products, request.lines, strict=True)
        ),
        "method": request.shipping_method,
        "tags": frozenset(request.tags),
        "priority": 0,
        "payment": request.payment_status,
        "note": request.note,
        "purchase_order": request.purchase_order_number,
        "channel_kind": channel.kind,
        "holds": frozenset(str(hold.type) for hold in holds),
        "customer_email": request.customer.email,
        "customer_language": request.customer.locale or channel.default_locale,
        **gift_values(request.gift),
        **address_values(request.shipping_address),
    }
