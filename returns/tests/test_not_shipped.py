"""What was never sent does not come back."""

from core.kernel.actors import system
from inventory.services.products import create_products
from orders.tests.shop import NOW, build_shop
from returns.selectors.sources import order_source


def test_a_gift_card_is_not_offered_for_return(db: None) -> None:
    shop = build_shop({"MUG": 5})
    create_products([{"sku": "CARD", "name": "Gift card", "ships": False}], by=system("test"), now=NOW)
    order = shop.order({"MUG": 1, "CARD": 1})
    source = order_source(order.ref)
    assert source is not None
    assert {line.sku: line.excluded for line in source.lines} == {"MUG": "", "CARD": "not_returnable"}
