"""A return that is made good with the same goods once more."""

from decimal import Decimal

import pytest

from core.attention.selectors import open_cases
from core.kernel.errors import Invalid
from inventory.tests.threads import together
from orders.errors import AlreadyReplaced
from orders.selectors.orders import order_by_id
from orders.tests.shop import TESTER, Shop, assert_books_balance, build_shop
from returns.selectors.reads import return_by_ref
from returns.services.replacing import replace_returned
from returns.tests.goods import LATER
from returns.tests.test_resolution import resolved


def test_the_accepted_units_are_sent_again_and_the_return_is_closed(shop: Shop) -> None:
    ref = resolved(shop, {"MUG": 2}, {"MUG": 3}, resolution="replacement")
    assert [case.kind for case in open_cases()] == ["exchange_to_place"]
    placed = order_by_id(replace_returned(ref, by=TESTER, now=LATER).id)
    assert [(line.sku, line.quantity) for line in placed.lines] == [("MUG", 2)]
    assert (placed.kind, placed.external_id) == ("replacement", f"{ref}-R1")
    assert placed.total == Decimal(0)
    assert return_by_ref(ref).status == "closed"
    assert open_cases() == []
    assert_books_balance(shop)


def test_only_a_return_that_is_to_be_replaced_is_sent_again(shop: Shop) -> None:
    ref = resolved(shop, {"MUG": 1}, {"MUG": 2}, resolution="exchange")
    with pytest.raises(Invalid, match="Nothing of this return"):
        replace_returned(ref, by=TESTER, now=LATER)
    again = resolved(shop, {"MUG": 1}, {"MUG": 2}, resolution="replacement")
    replace_returned(again, by=TESTER, now=LATER)
    with pytest.raises(Invalid, match="Nothing of this return"):
        replace_returned(again, by=TESTER, now=LATER)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_colleagues_replace_a_return_once() -> None:
    shop = build_shop({"MUG": 10})
    ref = resolved(shop, {"MUG": 1}, {"MUG": 2}, resolution="replacement")
    ended = together(lambda _n: replace_returned(ref, by=TESTER, now=LATER), range(4))
    assert [type(one).__name__ for one in ended].count("OrderFact") == 1
    assert all(isinstance(one, Invalid | AlreadyReplaced) for one in ended if isinstance(one, Exception))
    assert_books_balance(shop)
