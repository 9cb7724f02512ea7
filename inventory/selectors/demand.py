"""What customers asked for, read through the port that orders fills."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

from inventory import ports
from inventory.planning.sales_file import History, by_trading_day
from inventory.selectors.products import products_by_id


def daily_units(
    since: date, until: date, *, warehouse_id: int, product_ids: Iterable[int]
) -> dict[int, dict[date, int]]:
    """{product_id: {day: units}} that were asked for from ``since`` to before ``until``; days without are left out.

    A kit counts as demand for its parts, for intake writes an order line for each of them.
    """
    found: dict[int, dict[date, int]] = {}
    for (product_id, _warehouse, day), units in ports.daily_demand(since, until, product_ids, [warehouse_id]).items():
        found.setdefault(product_id, {})[day] = units
    return found


def trading_history(since: date, until: date) -> History:
    """All demand of all warehouses together by SKU and trading day, for a back-test."""
    sold: Counter[tuple[int, date]] = Counter()
    for (product_id, _warehouse, day), units in ports.daily_demand(since, until).items():
        sold[product_id, day] += units
    products = products_by_id({product_id for product_id, _day in sold})
    return by_trading_day({(products[product_id].sku, day): units for (product_id, day), units in sold.items()})


def days_between(since: date, until: date) -> list[date]:
    """Every day from ``since`` to before ``until``."""
    return [since + timedelta(days=number) for number in range((until - since).days)]
