"""What products are listed at."""

from collections.abc import Iterable
from decimal import Decimal

from inventory.models import Product


def list_prices(product_ids: Iterable[int]) -> dict[int, Decimal]:
    """{product_id: its list price} of those that have one: the attribute ``price``, in no particular currency."""
    rows = Product.objects.filter(pk__in=set(product_ids)).values_list("pk", "attributes__price")
    found = {product_id: _amount(price) for product_id, price in rows}
    return {product_id: price for product_id, price in found.items() if price is not None}


def _amount(price: object) -> Decimal | None:
    try:
        amount = Decimal(str(price)).quantize(Decimal("0.01")) if price not in (None, "", True, False) else None
    except ArithmeticError:
        return None
    return amount if amount is not None and amount.is_finite() and 0 <= amount < 10**10 else None
