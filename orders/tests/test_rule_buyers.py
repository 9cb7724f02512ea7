"""Rules that ask for the past of the buyers of many orders at once."""

import pytest

from orders.models import Order
from orders.services.bulk import place_orders
from orders.tests.shop import NOW, TESTER, Shop, request_for
from orders.tests.test_rules import TAG, rule, statements, write

pytestmark = pytest.mark.slow


def test_the_past_of_the_buyers_of_a_batch_is_read_at_once_and_counts_the_batch_itself(shop: Shop) -> None:
    shop.order({"MUG": 1}, email="known@example.com")

    def batch(name: str, count: int = 1) -> list[list[str]]:
        buyers = [
            "known@example.com",
            *(f"{name}{n}@example.com" for n in range(count)),
            f"{name.title()}0@example.com",
        ]
        fates = place_orders(
            shop.channel_id, [request_for({"MUG": 1}, email=one) for one in buyers], by=TESTER, now=NOW
        )
        return [Order.objects.get(ref=fate.ref).tags for fate in fates]

    write(rule(TAG, conditions=({"field": "customer_orders", "is": "is", "value": "0"},)))
    assert batch("ada") == [[], ["vip"], []], "the second of the same moment is no first order"
    assert statements(lambda: batch("ben", 2)) + 6 == statements(lambda: batch("cy", 8)), "but for the reading here"
