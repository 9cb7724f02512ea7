"""Decide about a new order before stock is looked at: what holds it, and what the rules make of it."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from inventory.selectors import ProductFact
from orders.planning.checks import Goods
from orders.planning.decisions import Decisions, PlannedHold
from orders.selectors.channels import ChannelFact
from orders.selectors.rule_buyers import Buyers
from orders.services.drafts import Draft
from orders.services.examining import examine, unknown_method
from orders.services.requests import OrderRequest
from orders.services.ruling import rule_on
from orders.states import UNPAID, HoldType, OrderKind


def decide(
    channel: ChannelFact,
    request: OrderRequest,
    products: Sequence[ProductFact],
    *,
    drafted: Sequence[Draft] = (),
    past: Sequence[tuple[str, Goods]] | None = None,
    buyers: Buyers | None = None,
    now: datetime,
) -> Decisions:
    """Everything decided about the order; its ``holds`` are those for payment, of the checks and of the rules.

    ``drafted`` are orders of the same transaction that are not written yet, ``past`` what ``examining.past_orders``
    found for it, ``buyers`` those of all orders of the transaction.
    """
    holds = []
    if request.payment_status in UNPAID:
        reason = _("Payment is %(status)s") % {"status": request.payment_status}
        holds.append(PlannedHold(HoldType.PAYMENT, reason, code="payment"))
    holds += examine(channel, request, products, drafted=drafted, past=past, now=now)
    decisions = rule_on(channel, request, products, holds, buyers=buyers, drafted=drafted, now=now)
    if request.kind == OrderKind.REPLACEMENT:
        decisions.shipping_method = ""  # what is sent again goes the fastest way, whatever a rule says
    elif any(product.ships for product in products):
        # After the rules: they may have put another method in the place of the shop's word.
        decisions.holds += unknown_method(decisions.shipping_method or request.shipping_method)
    # A hold stops work, and for what is never packed there is none.
    decisions.holds = [*holds, *decisions.holds] if any(product.ships for product in products) else []
    return decisions
