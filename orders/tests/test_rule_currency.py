"""Amounts of a rule are in the channel's currency, or in the one it names; others are never compared with them."""

from typing import Any

import pytest

from core.outbox.services import run_due
from orders.models import Order
from orders.services.holds import place_hold
from orders.services.rules import create_rule
from orders.tests.shop import NOW, TESTER, Shop

DEAR = {"field": "value", "is": "at_least", "value": "20"}
CHEAP = {"field": "total", "is": "less_than", "value": "1000"}
DEAR_UNIT = {"field": "any_line.unit_price", "is": "at_least", "value": "2"}
IN_EURO = {"field": "currency", "is": "is", "value": "eur"}


def tagged(shop: Shop, currency: str, *conditions: dict[str, Any], match_any: bool = False) -> bool:
    """Whether an order of 20.00 in that currency gets the tag of a rule; the channel sells in pounds."""
    tag = {"do": "tag", "value": "dear"}
    document = {"name": "Dear", "event": "order.placed", "conditions": list(conditions), "actions": [tag]}
    create_rule({**document, "match_any": match_any}, by=TESTER, now=NOW)
    return bool(shop.order({"MUG": 8}, currency=currency).tags)


@pytest.mark.parametrize("condition", [DEAR, CHEAP, DEAR_UNIT], ids=lambda one: one["field"])
@pytest.mark.parametrize(("currency", "counts"), [("GBP", True), ("SEK", False)])
def test_an_amount_means_the_currency_of_the_channel(
    shop: Shop, condition: dict[str, Any], currency: str, counts: bool
) -> None:
    assert tagged(shop, currency, condition) is counts


@pytest.mark.parametrize(("currency", "counts"), [("EUR", True), ("GBP", False)])
def test_a_rule_that_names_a_currency_means_amounts_in_it(shop: Shop, currency: str, counts: bool) -> None:
    assert tagged(shop, currency, DEAR, IN_EURO) is counts


@pytest.mark.parametrize(("currency", "counts"), [("GBP", True), ("EUR", True), ("SEK", False)])
def test_of_conditions_of_which_one_is_enough_the_currency_says_nothing_of_the_amount(
    shop: Shop, currency: str, counts: bool
) -> None:
    assert tagged(shop, currency, DEAR, IN_EURO, match_any=True) is counts


def test_what_asks_for_no_amount_counts_in_any_currency(shop: Shop) -> None:
    assert tagged(shop, "SEK", {"field": "units", "is": "at_least", "value": "8"})


@pytest.mark.parametrize(("currency", "tags"), [("GBP", ["dear"]), ("SEK", [])])
def test_an_order_asked_about_later_is_compared_the_same_way(shop: Shop, currency: str, tags: list[str]) -> None:
    actions = [{"do": "tag", "value": "dear"}]
    document = {"name": "Dear", "event": "order.held", "conditions": [DEAR], "actions": actions}
    create_rule(document, by=TESTER, now=NOW)
    order = shop.order({"MUG": 8}, currency=currency)
    place_hold(order.ref, type="fraud", reason="", by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)
    assert Order.objects.get().tags == tags
