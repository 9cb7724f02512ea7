"""What is sent again is sent again once, whatever becomes of the order that does so."""

import pytest

from inventory.models import Product, Substitute
from orders.errors import AlreadyReplaced
from orders.models import Channel, FulfillmentOrder, OrderLine
from orders.selectors.facts import OrderFact
from orders.services.cancellation import cancel_order
from orders.services.choices import ask_choice, choose
from orders.services.replacing import place_replacement
from orders.tests.shop import NOW, TESTER, Shop


def again(order: OrderFact) -> OrderFact:
    units = {order.lines[0].id: 1}
    return place_replacement(
        order.ref, units, source=order.ref, at_most=units, method="", reason="lost", by=TESTER, now=NOW
    )


@pytest.fixture
def made_good(shop: Shop) -> tuple[OrderFact, OrderFact]:
    """A vase that left and got lost, and the order that sends a lamp instead of it, for there are no more vases."""
    Channel.objects.update(choice_days=4)
    products = {one.sku: one for one in Product.objects.all()}
    Substitute.objects.create(product=products["VASE"], substitute=products["LAMP"])
    shop.receive("VASE", 1)
    order = shop.order({"VASE": 1})
    shop.fulfil(FulfillmentOrder.objects.get().pk)
    sent_again = again(order)
    ask_choice(sent_again.id, asked_for=NOW, by=TESTER, now=NOW)
    choose(sent_again.ref, "substitute", by=TESTER, now=NOW)
    return order, sent_again


def test_what_was_made_good_by_something_else_is_not_sent_again(made_good: tuple[OrderFact, OrderFact]) -> None:
    order, sent_again = made_good
    assert sorted(OrderLine.objects.filter(order=sent_again.id).values_list("sku", "cancelled")) == [
        ("LAMP", 0),
        ("VASE", 1),
    ]
    with pytest.raises(AlreadyReplaced) as refusal:
        again(order)
    assert refusal.value.extra == {"ref": sent_again.ref, "left": 0}


def test_it_is_sent_again_once_that_is_cancelled_too(made_good: tuple[OrderFact, OrderFact]) -> None:
    order, sent_again = made_good
    cancel_order(sent_again.ref, reason="", by=TESTER, now=NOW)
    assert again(order).replaces_id == order.id
