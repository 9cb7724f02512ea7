"""Kits come back whole or in parts; what is paid back is each part's share of the price, to the cent."""

from decimal import Decimal

import pytest

from core.kernel.errors import Invalid
from inventory.services.products import create_product
from orders.selectors.facts import OrderFact
from orders.tests.shop import NOW, TESTER, Shop
from returns.errors import NotReturnable
from returns.models import RefundInstruction, ReturnItem
from returns.selectors.offers import estimate, return_offer
from returns.selectors.reads import return_by_ref
from returns.services.requests import ItemRequest, request_return
from returns.tests.goods import LATER, arrive, inspect, inspection_of, line_of, received, shipped_order, work_through


@pytest.fixture
def order(shop: Shop) -> OrderFact:
    """Two sets of three mugs and a lamp at 10.00 each, shipped; a mug's share of it is 2.50."""
    create_product(sku="SET", name="Lamp set", kit=[("MUG", 3), ("LAMP", 1)], by=TESTER, now=NOW)
    return shipped_order(shop, {"SET": 2}, price="10.00")


def test_parts_are_offered_under_their_kit(order: OrderFact) -> None:
    offer = return_offer(order.ref, now=LATER)

    assert [(line.sku, line.kit_name, line.units, line.worth(1)) for line in offer.returnable] == [
        ("MUG", "Lamp set", 6, Decimal("2.50")),
        ("LAMP", "Lamp set", 2, Decimal("2.50")),
    ]
    assert estimate(offer, [(line.order_line_id, line.units, "damaged") for line in offer.lines]).goods == 20


def test_a_part_is_paid_back_by_its_share(shop: Shop, order: OrderFact) -> None:
    rma = received(shop, order, {"MUG": 1})
    inspect(inspection_of(rma))
    work_through()

    assert RefundInstruction.objects.get().goods_amount == Decimal("2.50")


def test_a_whole_kit_comes_back_by_its_own_id(shop: Shop, order: OrderFact) -> None:
    items = [ItemRequest(order.kits[0].id, 1, reason="no_longer_wanted")]
    rma = request_return(order.ref, items=items, by=TESTER, now=LATER)

    assert sorted(ReturnItem.objects.values_list("sku", "quantity")) == [("LAMP", 1), ("MUG", 3)]
    with pytest.raises(NotReturnable) as refused:
        request_return(order.ref, items=[ItemRequest(order.kits[0].id, 2)], by=TESTER, now=LATER)
    assert refused.value.errors[0]["pointer"] == "/items/0/quantity"
    arrive(shop, rma.ref)
    work_through()
    for sku in ("MUG", "LAMP"):
        inspect(inspection_of(return_by_ref(rma.ref), sku))
    work_through()
    assert RefundInstruction.objects.get().goods_amount == Decimal("10.00")


def test_a_stranger_kit_is_no_line_of_the_order(shop: Shop, order: OrderFact) -> None:
    other = shipped_order(shop, {"SET": 1})
    with pytest.raises(Invalid):
        request_return(order.ref, items=[ItemRequest(other.kits[0].id, 1)], by=TESTER, now=LATER)


def test_bit_by_bit_as_much_is_paid_back_as_was_paid(shop: Shop) -> None:
    create_product(sku="ODD", name="Odd set", kit=[("MUG", 3)], by=TESTER, now=NOW)
    order = shipped_order(shop, {"ODD": 1}, price="10.00")
    assert line_of(order, "MUG") == order.kits[0].components[0].id

    for _nth in range(3):
        inspect(inspection_of(received(shop, order, {"MUG": 1})))
        work_through()

    amounts = RefundInstruction.objects.order_by("pk").values_list("goods_amount", flat=True)
    assert list(amounts) == [Decimal("3.33"), Decimal("3.33"), Decimal("3.34")]
